"""CAP files that an index names: each read once while the index names it unchanged, a few at a time."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec

from connectors.contract import Call
from connectors.errors import SourceError, Unusable
from connectors.formats import cap
from connectors.formats.feed_index import Entry

MOST_FILES: Final = 1000
_AT_ONCE: Final = 8
_LARGEST_BYTES: Final = 4 * 1024 * 1024  # of one file: a few are read side by side
_NOT_FOUND: Final = 404
_LONGEST_HREF: Final = 2000
_PORTS: Final = {"http": 80, "https": 443}


class CapFile(msgspec.Struct, frozen=True):
    """A CAP file as read: the message and its version, or why it is none. `absent`: the platform has none there."""

    version: str
    alert: cap.Alert | None
    reason: str = ""
    absent: bool = False


class CapFiles:
    """The files of one index, read from the source's own host and from those that its operator lists.

    `hosts`: other origins (`http://host`) that an index may name, whose files the source's own host serves as well.
    `linked`: origins that are asked themselves for the files that an index says are there, without credentials.
    `most`: how many an index may name; one that names more is refused, since any of them may be a Cancel.
    """

    def __init__(self, hosts: Iterable[str] = (), most: int = MOST_FILES, linked: Iterable[str] = ()) -> None:
        self._hosts = frozenset(origin(host) for host in hosts)
        self._linked = frozenset(origin(host) for host in linked)
        self._most = most
        self._kept: Mapping[Entry, CapFile] = {}

    async def read(self, listed: Sequence[Entry], call: Call, headers: Mapping[str, str]) -> Mapping[Entry, CapFile]:
        """The file of each entry; raises `SourceError` where the platform fails. What was read by then is kept."""
        if len(listed) > self._most:
            raise Unusable(f"the index names {len(listed)} messages, and {self._most} at most are read")
        files = {entry: self._kept[entry] for entry in listed if entry in self._kept}
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(entry: Entry) -> None:
            async with gate:
                files[entry] = await self._file(entry, call, headers)

        try:
            async with asyncio.TaskGroup() as group:
                for entry in listed:
                    if entry not in files:
                        group.create_task(one(entry))
        except* SourceError as failed:
            error = failed.exceptions[0]
        else:
            return {entry: files[entry] for entry in listed}
        finally:
            # Without a date in the index nothing tells that a file is still the same.
            self._kept = {
                entry: file for entry, file in files.items() if file.alert is not None and entry.updated is not None
            }
        raise error

    async def _file(self, entry: Entry, call: Call, headers: Mapping[str, str]) -> CapFile:
        try:
            if entry.inline is not None:
                return _read(cap.read_alert(entry.inline))
            if entry.href is None:
                return CapFile("", None, "its entry neither links to a CAP file nor holds one")
            href = self._permitted(entry.href, call.client.base)
            body = await call.client.get(
                href, deadline=call.deadline, headers=headers, linked=self._linked, body_bytes=_LARGEST_BYTES
            )
            return _read(cap.parse_alert(body))
        except cap.NotCap as error:
            return CapFile("", None, f"its CAP file can't be used: {error}")
        except Unusable as error:
            return CapFile("", None, f"its CAP file can't be used: {error}", absent=error.status == _NOT_FOUND)

    def _permitted(self, href: str, base: str) -> str:
        """`href` on the source's own host where that serves it, else as it is; raises `Unusable` for any other host."""
        try:
            split, own = urlsplit(href), urlsplit(base)
            place = origin(href)
        except ValueError as error:
            raise Unusable("a link that is no HTTP address") from error
        if len(href) > _LONGEST_HREF or not href.isprintable() or " " in href:
            raise Unusable("a link that is no HTTP address")
        if place == origin(base) or place in self._hosts:
            return split._replace(scheme=own.scheme, netloc=own.netloc, fragment="").geturl()
        if place in self._linked:
            return split._replace(fragment="").geturl()
        raise Unusable(
            "a link to another host: it is not followed; list its origin in `linked_hosts` if its files belong to the "
            "source"
        )


def origin(address: str) -> tuple[str, str, int]:
    """Scheme, host and port of an HTTP address; raises `ValueError` where it is none."""
    split = urlsplit(address)
    if split.scheme not in _PORTS or not split.hostname:
        raise ValueError("no HTTP address")
    return split.scheme, split.hostname, split.port or _PORTS[split.scheme]


def _read(alert: cap.Alert) -> CapFile:
    return CapFile(hashlib.sha256(msgspec.json.encode(alert)).hexdigest()[:16], alert)
