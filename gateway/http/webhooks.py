"""`/webhooks/{source}`: where a platform posts what is new. It proves itself by the source's secret, not by a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.errors import UnsupportedMediaType
from gateway.http.request import JSON, is_encoded, limited
from gateway.http.responses import NEVER_STORED

MOST_BYTES: Final = 1024 * 1024
MEDIA_TYPES: Final = (JSON, "application/xml", "text/xml")


def webhook(receive: Callable[[str, Mapping[str, str], bytes], Awaitable[None]]) -> Route:
    """The route. `receive` takes a source's name, the headers by their names in lower case, and the body.

    What it raises is a `Sendable`; nothing of headers or body is logged.
    """

    async def endpoint(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in MEDIA_TYPES:
            raise UnsupportedMediaType(f"the body is of another type: send {' or '.join(MEDIA_TYPES)}")
        if is_encoded(request):
            raise UnsupportedMediaType("`Content-Encoding`: compressed bodies are not read: send it as it is")
        body = await limited(request, MOST_BYTES)
        await receive(request.path_params["source"], dict(request.headers), body)
        return Response(status_code=204, headers=NEVER_STORED)

    return Route("/webhooks/{source}", endpoint, methods=["POST"])
