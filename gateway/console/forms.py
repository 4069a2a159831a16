"""A form that was sent: read within bounds, its fields checked, what was wrong kept beside each."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Final, TypeVar

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from gateway.console.texts import Texts
from gateway.errors import BadInput, PayloadTooLarge

E = TypeVar("E", bound=Enum)

BODY_BYTES: Final = 100_000
LONGEST: Final = 2_000
_FIELDS: Final = 60
_AREA: Final = re.compile(r"[A-Z]{3}")
_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


class Faulty(Exception):
    """The form can't be taken as it is: its page is shown again, with what is wrong."""


class Form:
    """The fields of a form, and of each what was wrong; `faults` has the whole form's under the empty name.

    `in_english`: fields at which a service tells a refusal in its own words.
    """

    def __init__(self, texts: Texts, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        self._texts = texts
        self._fields = fields or {}
        self.faults: dict[str, str] = {}
        self.in_english: set[str] = set()

    @property
    def names(self) -> Collection[str]:
        """The fields that were sent."""
        return self._fields.keys()

    @property
    def sent(self) -> bool:
        """Whether there was a form at all."""
        return bool(self._fields)

    def value(self, name: str, otherwise: str = "") -> str:
        """What was written, as it was."""
        return self._fields.get(name, [otherwise])[0]

    def values(self, name: str, otherwise: Iterable[str] = ()) -> Sequence[str]:
        """What was chosen of several."""
        return self._fields.get(name, () if self.sent else tuple(otherwise))

    def fault(self, name: str, key: str, **parameters: object) -> None:
        """Notes what is wrong with a field, in words of its own where there are such; the first thing stays."""
        own = f"faults.{name}_{key}"
        self.faults.setdefault(name, self._texts(own if own in self._texts else f"faults.{key}", **parameters))

    def refuse(self, name: str, message: str) -> None:
        """Notes a refusal of a service in its own words."""
        if name not in self.faults:
            self.faults[name] = message
            self.in_english.add(name)

    def check(self) -> None:
        """Raises `Faulty` where anything is wrong."""
        if self.faults:
            raise Faulty

    def text(self, name: str, *, longest: int = LONGEST, required: bool = True) -> str:
        """A text, trimmed."""
        written = self.value(name).replace("\r\n", "\n").strip()
        if not written and required:
            self.fault(name, "missing")
        elif len(written) > longest:
            self.fault(name, "too_long", most=longest)
        return written

    def line(self, name: str, *, longest: int) -> str:
        """A text of one line."""
        written = self.text(name, longest=longest)
        if not written.isprintable():
            self.fault(name, "one_line")
        return written

    def mail(self, name: str) -> str:
        """A mail address, in small letters."""
        written = self.line(name, longest=200).lower()
        before, at, after = written.partition("@")
        if written and not (before and at and after and " " not in written):
            self.fault(name, "no_mail")
        return written

    def area(self, name: str, *, required: bool = True) -> str:
        """A country by its ISO 3166-1 alpha-3 code; small letters are taken too."""
        written = self.text(name, required=required).upper()
        if written and not _AREA.fullmatch(written):
            self.fault(name, "no_area")
        return written

    def areas(self, name: str) -> frozenset[str]:
        """Countries, with spaces or commas between; at least one."""
        written = frozenset(self.text(name).upper().replace(",", " ").split())
        if any(not _AREA.fullmatch(item) for item in written):
            self.fault(name, "no_area")
        return written

    def day(self, name: str, *, required: bool = True) -> date | None:
        """A day such as 2026-01-31."""
        written = self.text(name, required=required)
        try:
            return date.fromisoformat(written) if written else None
        except ValueError:
            self.fault(name, "no_day")
            return None

    def period(self, since: date | None, until: date | None, name: str) -> None:
        """Notes at `name` that a period ends before it begins."""
        if since is not None and until is not None and until < since:
            self.fault(name, "ends_before")

    def one(self, name: str, members: type[E]) -> E | None:
        """A member of a vocabulary."""
        written = self.value(name)
        if written in members.__members__:
            return members[written]
        self.fault(name, "choose")
        return None

    def several(self, name: str, offered: Collection[str]) -> Sequence[str]:
        """At least one of what is offered."""
        chosen = [item for item in offered if item in self.values(name)]
        if not chosen:
            self.fault(name, "choose")
        return chosen


async def read_form(request: Request) -> Mapping[str, Sequence[str]]:
    """The fields by name; of a file the text in it. Raises `BadInput`.

    Nothing is read beyond `BODY_BYTES`, and of more fields than a page has.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _TYPES:
        raise BadInput("the body is no form: send one")
    try:
        body = await _body(request)

        async def whole() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async with Request(request.scope, whole).form(max_files=2, max_fields=_FIELDS) as form:
            return await _fields(form)
    except (HTTPException, ClientDisconnect, UnicodeDecodeError) as error:
        raise BadInput("the form can't be read: send it again") from error


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_BYTES:
            raise PayloadTooLarge(f"the form has more than {BODY_BYTES} bytes: send less")
    return bytes(body)


async def _fields(form: FormData) -> Mapping[str, Sequence[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        text = (await value.read()).decode() if isinstance(value, UploadFile) else value
        if not isinstance(value, UploadFile) or text:
            fields.setdefault(name, []).append(text)
    return fields
