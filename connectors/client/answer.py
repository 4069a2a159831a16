"""One exchange over HTTP: an answer within its bounds, or the `SourceError` that it amounts to."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
import msgspec

from connectors.errors import (
    AuthenticationRefused,
    Late,
    RateLimited,
    SourceError,
    Unreachable,
    Untrusted,
    Unusable,
)

_PIECE: Final = 256 * 1024
_NOT_MODIFIED: Final = 304


class Answer(msgspec.Struct, frozen=True):
    """A success, its headers by small name, its body inflated; or 304 where a condition was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def exchange(http: httpx.AsyncClient, request: httpx.Request, maximum: int) -> Answer:
    """Sends `request`; the body has at most `maximum` bytes, inflated. Redirects are not followed.

    Raises `AuthenticationRefused` (401, 403), `RateLimited` (429), `Unreachable` (5xx, no connection), `Untrusted`,
    `Late`, and `Unusable` for any other status and for a body over the limit.
    """
    try:
        response = await http.send(request, stream=True, follow_redirects=False)
        try:
            if not (response.status_code == _NOT_MODIFIED and is_conditional(request)):
                _refuse(response)
            return Answer(response.status_code, dict(response.headers), await _body(response, maximum))
        finally:
            await response.aclose()
    except httpx.ConnectTimeout as error:
        raise Unreachable("no connection in time") from error
    except httpx.TimeoutException as error:
        raise Late("no complete answer before the deadline") from error
    except httpx.HTTPError as error:
        raise _unreached(error) from error


def is_conditional(request: httpx.Request) -> bool:
    """Whether 304 is an answer to it."""
    return "if-none-match" in request.headers or "if-modified-since" in request.headers


def check_media_type(answer: Answer, media_type: str | None) -> None:
    """Raises `Unusable` unless the answer is `media_type`, or a type whose suffix is its subtype (RFC 6839)."""
    if media_type is None:
        return
    got = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    if got != media_type and not got.endswith("+" + media_type.rpartition("/")[2]):
        raise Unusable(f"`{got or 'no media type'}` where `{media_type}` was expected")


async def _body(response: httpx.Response, maximum: int) -> bytes:
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip"):
        raise Unusable(f"a body in `{encoding}`, which was not asked for")
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > maximum:
        raise Unusable(f"a body of more than {maximum} bytes")
    inflate = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    body = bytearray()
    async for raw in response.aiter_raw(_PIECE):
        if inflate is None:
            body += raw
        else:
            _inflate(inflate, raw, body, maximum)
        if len(body) > maximum:
            body.clear()  # the error holds this frame, perhaps until the next collection of cycles
            raise Unusable(f"a body of more than {maximum} bytes")
    if inflate is not None and not inflate.eof and response.status_code != _NOT_MODIFIED:
        raise Unusable("a gzip body that ends early")
    return bytes(body)


def _inflate(inflate: zlib._Decompress, raw: bytes, body: bytearray, maximum: int) -> None:
    """Adds what `raw` inflates to, a piece at a time, until it is more than `maximum`: a small body can be a bomb."""
    piece = raw
    try:
        while piece and len(body) <= maximum:
            body += inflate.decompress(piece, _PIECE)
            piece = inflate.unconsumed_tail
    except zlib.error as error:
        raise Unusable("a gzip body that can't be inflated") from error


def _refuse(response: httpx.Response) -> None:
    """Raises for anything but a success."""
    status, after = response.status_code, retry_after(response.headers.get("retry-after"))
    if status in (401, 403):
        raise AuthenticationRefused(f"status {status}", status=status)
    if status == 429:
        raise RateLimited("status 429", after=after, status=status)
    if status >= 500:
        raise Unreachable(f"status {status}", after=after, status=status)
    if not 200 <= status < 300:
        raise Unusable(f"status {status}", status=status)


def retry_after(value: str | None) -> float | None:
    """Seconds of a `Retry-After` header (RFC 9110, section 10.2.3), None where there is none that can be read."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _unreached(error: httpx.HTTPError) -> SourceError:
    """A certificate that is refused is told apart: trying again does not help, and the operator can see to it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Untrusted(f"the platform's certificate is refused: {cause.verify_message}")
        cause = cause.__cause__ or cause.__context__
    return Unreachable(f"no answer: {type(error).__name__}")
