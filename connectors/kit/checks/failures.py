"""Bad days of a platform: silence, floods, refusals, and answers that are none of its own."""

from __future__ import annotations

import asyncio
import gzip
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, Final

import msgspec

from connectors.client import Bounds
from connectors.contract import Call, Connector, FetchRequest
from connectors.errors import AuthenticationRefused, Late, RateLimited, SourceError, Unreachable, Unusable
from connectors.kit.bench import Bench
from connectors.kit.check import Broken, require
from connectors.kit.tap import Answer, Hold, Spoil
from policies.vocabulary import InformationKind

_DEADLINE_SECONDS: Final = 0.4
_MARGIN_SECONDS: Final = 1.0
_GONE_SECONDS: Final = 2.0
_LIMIT_BYTES: Final = 1024 * 1024
# What the sockets between may hold beyond the limit.
_IN_FLIGHT_BYTES: Final = 32 * 1024 * 1024


async def deadline(bench: Bench) -> str:
    """A platform that falls silent, before or within an answer, ends in `Late` at the deadline, whatever is asked."""
    tried = 0
    for hold in (Hold.SILENCE, Hold.HALF):
        for name, attempt in (await _attempts(bench)).items():
            bench.tap.reset()
            bench.tap.spoil = _always(hold)
            started = asyncio.get_running_loop().time()
            error = await _error_of(attempt, bench.call(_DEADLINE_SECONDS))
            took = asyncio.get_running_loop().time() - started
            what = f"`{name}`, {hold.value}"
            require(isinstance(error, Late), f"{what}: {_described(error)} where `Late` was expected")
            late = took > _DEADLINE_SECONDS + _MARGIN_SECONDS
            require(not late, f"{what}: it took {took:.1f} s, with {_DEADLINE_SECONDS} s until the deadline")
            tried += 1
    return f"{tried} silences"


async def cancellation(bench: Bench) -> str:
    """Who stops reading closes the connection, and nothing more is asked of the platform."""
    for kind in bench.kinds:
        bench.tap.reset()
        bench.tap.spoil = _always(Hold.HALF)
        pages = bench.connector.fetch(FetchRequest(kind=kind), bench.call())
        reading = asyncio.ensure_future(_next(pages))
        held = await asyncio.to_thread(bench.tap.held.wait, _GONE_SECONDS)
        require(held, f"{kind.value}: nothing was asked of the platform")
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await _close(pages)
        gone = await asyncio.to_thread(bench.tap.released.wait, _GONE_SECONDS)
        require(gone, f"{kind.value}: the connection stays open after the reading was cancelled")
        bench.tap.reset()
        connector = bench.paged(1) or bench.connector
        pages = connector.fetch(FetchRequest(kind=kind), bench.call())
        await _next(pages)
        await _close(pages)
        asked = len(bench.tap.answers)
        await bench.fetch(kind, limit=1)
        more = len(bench.tap.answers) - asked
        await bench.fetch(kind, limit=1)
        same = len(bench.tap.answers) - asked - more <= more
        require(same, f"{kind.value}: after the first page the platform is still asked")
    return f"{len(bench.kinds)} kinds"


async def size(bench: Bench) -> str:
    """An answer beyond the size limit is refused while it comes, packed or not."""
    for kind in bench.kinds:
        for name, spoil in (("endless", _always(Hold.FLOOD)), ("packed", _bomb)):
            bench.tap.reset()
            bench.tap.spoil = spoil
            call = bench.call(bounds=Bounds(attempts=1, body_bytes=_LIMIT_BYTES))
            error = await _error_of(partial(_drained, bench, kind), call)
            told = f"{kind.value}, an {name} answer"
            require(isinstance(error, Unusable), f"{told}: {_described(error)} where `Unusable` was expected")
            sent = bench.tap.sent_bytes
            require(sent < _IN_FLIGHT_BYTES, f"{told}: {sent} bytes were taken")
    return f"{2 * len(bench.kinds)} answers"


async def errors(bench: Bench) -> str:
    """Whatever the platform answers ends in the documented error, never in another exception or in no records."""
    tried = 0
    for name, (spoil, expected) in _ANSWERS.items():
        for attempted, attempt in (await _attempts(bench)).items():
            bench.tap.reset()
            bench.tap.spoil = spoil
            error = await _error_of(attempt, bench.call(2.0))
            fits = isinstance(error, expected)
            names = " or ".join(f"`{kind.__name__}`" for kind in expected)
            require(fits, f"`{attempted}`, {name}: {_described(error)} where {names} was expected")
            tried += 1
    return f"{tried} bad answers"


async def credentials(bench: Bench) -> str:
    """No credential shows in an error, in what led to it, or in a representation."""
    held = list(bench.settings.credentials.values())
    if not held:
        return "no credentials"
    _silent("the connector's representation", repr(bench.connector), held)
    _silent("the settings' representation", repr(bench.settings), held)
    tried = 0
    for name, (spoil, _) in _ANSWERS.items():
        for attempted, attempt in (await _attempts(bench)).items():
            bench.tap.reset()
            bench.tap.spoil = spoil
            error = await _error_of(attempt, bench.call(2.0))
            if error is not None:
                told = "".join(traceback.format_exception(error)) + repr(error)
                _silent(f"`{attempted}`, {name}: the error", told, held)
                tried += 1
    return f"{tried} errors, {len(held)} credentials"


def _silent(what: str, text: str, held: list[str]) -> None:
    require(not any(secret in text for secret in held), f"{what} tells a credential")


async def wrong_credentials(bench: Bench) -> str:
    """Credentials that the platform refuses end in `AuthenticationRefused`."""
    if not bench.settings.credentials:
        return "no credentials"
    connector = bench.another(credentials=dict.fromkeys(bench.settings.credentials, "none-of-the-platform"))
    for kind in bench.kinds:
        error = await _error_of(partial(_first, connector, kind), bench.call())
        refused = isinstance(error, AuthenticationRefused)
        require(refused, f"{kind.value}: {_described(error)} where `AuthenticationRefused` was expected")
    return f"{len(bench.kinds)} kinds"


Attempt = Callable[[Call], Awaitable[object]]


async def _attempts(bench: Bench) -> dict[str, Attempt]:
    """One of each thing that can be asked, each of a connector that has asked nothing before."""
    bench.tap.reset()
    attempts: dict[str, Attempt] = {f"fetch {kind.value}": partial(_drained, bench, kind) for kind in bench.kinds}
    if bench.connector.capabilities.lookup:
        keys = (await bench.fetch(bench.kinds[0])).keys[:1]
        attempts["lookup"] = lambda call: bench.another().lookup(bench.kinds[0], keys, call)
    if bench.connector.capabilities.changes:
        attempts["changes"] = lambda call: _next(bench.another().changes(None, call))
    return attempts


async def _drained(bench: Bench, kind: InformationKind, call: Call) -> list[object]:
    return [page async for page in bench.another().fetch(FetchRequest(kind=kind), call)]


async def _first(connector: Connector, kind: InformationKind, call: Call) -> object:
    return await _next(connector.fetch(FetchRequest(kind=kind), call))


async def _next(pages: AsyncIterator[Any]) -> object:
    return await anext(pages, None)


async def _close(pages: AsyncIterator[Any]) -> None:
    close = getattr(pages, "aclose", None)
    if close is not None:
        await close()


async def _error_of(attempt: Attempt, call: Call) -> SourceError | None:
    try:
        await attempt(call)
    except SourceError as error:
        return error
    except Exception as error:  # whatever else escapes is what the check looks for
        raise Broken(f"{type(error).__name__} escapes: {error}: raise one of connectors/errors.py") from error
    return None


def _described(error: SourceError | None) -> str:
    return "no error" if error is None else f"`{type(error).__name__}` ({error})"


def _always(hold: Hold) -> Spoil:
    return lambda _answer: hold


def _status(status: int, **headers: str) -> Spoil:
    more = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return lambda answer: msgspec.structs.replace(answer, status=status, headers=(*answer.headers, *more), body=b"{}")


def _body(change: Callable[[bytes], bytes], media_type: str | None = None) -> Spoil:
    def spoil(answer: Answer) -> Answer:
        headers = answer.headers
        if media_type is not None:
            others = tuple((name, value) for name, value in headers if name != b"content-type")
            headers = (*others, (b"content-type", media_type.encode()))
        return msgspec.structs.replace(answer, headers=headers, body=change(answer.body))

    return spoil


def _half(answer: Answer) -> Answer:
    # Half a table is a table: only its first half-line tells that it is none.
    body = answer.body[: 1 if answer.media_type == "text/csv" else len(answer.body) // 2]
    return msgspec.structs.replace(answer, body=body)


def _bomb(answer: Answer) -> Answer:
    packed = gzip.compress(b" " * (16 * _LIMIT_BYTES))
    return msgspec.structs.replace(answer, headers=(*answer.headers, (b"content-encoding", b"gzip")), body=packed)


_ANSWERS: Final[dict[str, tuple[Spoil, tuple[type[SourceError], ...]]]] = {
    "status 500": (_status(500), (Unreachable, Late)),
    "status 429": (_status(429, retry_after="60"), (RateLimited,)),
    "status 403": (_status(403), (AuthenticationRefused,)),
    # Of what some platforms answer so to who asks too much, or without a right to ask, they may tell.
    "a page of HTML": (
        _body(lambda _: b"<!doctype html><title>Log in</title>", "text/html"),
        (Unusable, RateLimited, AuthenticationRefused),
    ),
    "half a body": (_half, (Unusable,)),
    "an empty body": (_body(lambda _: b""), (Unusable,)),
    "another format": (_body(lambda _: b'{"unexpected": [1]}'), (Unusable,)),
    "bytes that are no text": (_body(lambda _: b"\xff\xfe\x00\xd8"), (Unusable,)),
}
