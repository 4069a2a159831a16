"""A platform's answers, asked for once and given again as often as wanted, so that a dry run can alter them."""

from __future__ import annotations

import httpx

from connectors.client import MAXIMUM_BODY_BYTES
from connectors.kit.tap import Answer, Tap

_OF_THE_BODY_AS_SENT = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


class Recording(Tap, httpx.AsyncBaseTransport):
    """Passes each request on once. Whoever sets `spoil` gets altered copies.

    While `spoil` is set the platform is asked nothing more, unless `asks_again`: an altered answer may lead further.
    """

    def __init__(self, inner: httpx.AsyncClient, *, asks_again: bool = False) -> None:
        super().__init__()
        self._inner = inner
        self._asks_again = asks_again
        self._recorded: dict[tuple[str, str, bytes], Answer] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The platform's answer, or the recorded one, altered by `spoil`."""
        key = request.method, str(request.url), await request.aread()
        answer = self._recorded.get(key)
        if answer is None:
            if self.spoil is not None and not self._asks_again:
                raise httpx.ConnectError("the dry run asks the platform for nothing twice", request=request)
            answer = self._recorded[key] = await self._asked(request)
        self.answers.append(answer)
        spoiled = answer if self.spoil is None else self.spoil(answer)
        assert isinstance(spoiled, Answer), "a recording holds nothing back"
        return httpx.Response(spoiled.status, headers=list(spoiled.headers), stream=httpx.ByteStream(spoiled.body))

    async def _asked(self, request: httpx.Request) -> Answer:
        response = await self._inner.send(request, stream=True)
        try:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > MAXIMUM_BODY_BYTES:
                    raise httpx.RemoteProtocolError("a body beyond the limit", request=request)
        finally:
            await response.aclose()
        return Answer(
            method=request.method,
            path=request.url.path,
            status=response.status_code,
            media_type=response.headers.get("content-type", "").partition(";")[0].strip(),
            headers=tuple(item for item in response.headers.raw if item[0].lower() not in _OF_THE_BODY_AS_SENT),
            body=bytes(body),
        )
