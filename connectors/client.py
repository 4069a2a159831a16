"""The HTTP client that every connector is handed: one a source, with deadline, size limit and typed failures.

Redirects are off, and every failure becomes a `SourceError`. The decoded body is bounded: a compressed body is inflated
piece by piece, since a small one can become a very large one before any later check sees it.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

import httpx
import msgspec

from connectors.errors import AuthenticationRefused, Late, RateLimited, SourceError, Unreachable, Unusable

Decoded = TypeVar("Decoded")

MAXIMUM_BODY_BYTES: Final = 32 * 1024 * 1024
_PIECE: Final = 256 * 1024


class SourceClient:
    """One source's client. `base` has no trailing slash; paths are given from it, other hosts are refused."""

    def __init__(self, base: str, http: httpx.AsyncClient, maximum_body_bytes: int = MAXIMUM_BODY_BYTES) -> None:
        self.base = base.rstrip("/")
        self._http = http
        self._maximum = maximum_body_bytes
        self._origin = httpx.URL(self.base)

    async def get(
        self,
        path: str,
        *,
        deadline: float,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The body of `GET base + path`, or of an absolute `path` on the same origin."""
        return await self.send("GET", path, deadline=deadline, parameters=parameters, headers=headers)

    async def send(
        self,
        method: str,
        path: str,
        *,
        deadline: float,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        media_type: str | None = None,
    ) -> bytes:
        """The decoded body of one request that must succeed before `deadline` (the running loop's clock).

        Raises `AuthenticationRefused` (401, 403), `RateLimited` (429), `Unreachable` (5xx, no connection), `Late`, and
        `Unusable` for any other status, a body over the limit, or a media type other than `media_type` asked for.
        """
        url = self._resolve(path)
        request = self._http.build_request(
            method,
            url if parameters is None else url.copy_merge_params(dict(parameters)),
            headers={"accept-encoding": "gzip", **(headers or {})},
            data=form,
            content=content,
        )
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._http.send(request, stream=True, follow_redirects=False)
                try:
                    _refuse(response, media_type)
                    return await self._body(response)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise Late("no complete answer before the deadline") from error
        except httpx.TimeoutException as error:
            raise Late("no complete answer before the deadline") from error
        except httpx.HTTPError as error:
            raise Unreachable(f"no answer: {type(error).__name__}") from error

    def _resolve(self, path: str) -> httpx.URL:
        if not path.startswith(("http://", "https://")):
            return httpx.URL(self.base + path)
        url = httpx.URL(path)
        if (url.scheme, url.host, url.port) != (self._origin.scheme, self._origin.host, self._origin.port):
            raise Unusable("the platform pointed to another host for its next page: it is not followed")
        return url

    async def _body(self, response: httpx.Response) -> bytes:
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "gzip"):
            raise Unusable(f"a body in `{encoding}`, which was not asked for")
        inflate = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
        body = bytearray()
        async for raw in response.aiter_raw(_PIECE):
            piece = raw
            if inflate is None:
                body += piece
            else:
                try:
                    while piece:
                        body += inflate.decompress(piece, self._maximum + 1 - len(body))
                        piece = inflate.unconsumed_tail
                        if len(body) > self._maximum:
                            break
                except zlib.error as error:
                    raise Unusable("a gzip body that can't be inflated") from error
            if len(body) > self._maximum:
                raise Unusable(f"a body of more than {self._maximum} bytes")
        if inflate is not None and not inflate.eof:
            raise Unusable("a gzip body that ends early")
        return bytes(body)


def _refuse(response: httpx.Response, media_type: str | None) -> None:
    """Raises for anything but a success in the media type that was asked for."""
    status = response.status_code
    if status in (401, 403):
        raise AuthenticationRefused(f"status {status}")
    if status == 429:
        raise RateLimited("status 429", after=_retry_after(response.headers.get("retry-after")))
    if status >= 500:
        raise Unreachable(f"status {status}", after=_retry_after(response.headers.get("retry-after")))
    if not 200 <= status < 300:
        raise Unusable(f"status {status}", status=status)
    if media_type is not None:
        got = response.headers.get("content-type", "").split(";")[0].strip().lower()
        subtype = media_type.rpartition("/")[2]
        if got != media_type and not got.endswith("+" + subtype):
            raise Unusable(f"`{got or 'no media type'}` where `{media_type}` was expected")


def _retry_after(value: str | None) -> float | None:
    """Seconds of a `Retry-After` header (RFC 9110, section 10.2.3), None where there is none that can be read."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def decode_json(body: bytes, as_type: type[Decoded]) -> Decoded:
    """`body` as `as_type`; raises `Unusable` naming where the JSON departs from the format, not the value."""
    try:
        return msgspec.json.decode(body, type=as_type)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unusable(f"not the platform's JSON: {_without_value(error)}") from error


def _without_value(error: Exception) -> str:
    """msgspec's message tells types and paths; an invalid enumeration value it quotes, so only its path is kept."""
    message = str(error)
    return message if "Invalid" not in message else "an invalid value" + message[message.rfind(" - at") :]


__all__ = ["MAXIMUM_BODY_BYTES", "SourceClient", "SourceError", "decode_json"]
