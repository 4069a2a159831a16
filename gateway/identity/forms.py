"""A form as OAuth's endpoints take it, within bounds (RFC 6749 section 3.2)."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_FORM_BYTES: Final = 16_384
_FORM_FIELDS: Final = 20


class Malformed(Exception):
    """A form that can't be taken; the message is sent."""


async def read_form(request: Request) -> dict[str, str]:
    """The parameters of the body; raises `Malformed`."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise Malformed(f"the body is of another type: send {_FORM_TYPE}")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _FORM_BYTES:
                raise Malformed(f"the body is larger than {_FORM_BYTES} bytes: send the parameters only")
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_FORM_FIELDS)
    except (ValueError, ClientDisconnect) as error:
        raise Malformed("the body is no form in UTF-8: encode the parameters") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise Malformed("a parameter is sent more than once: send each once")
    if "client_secret" in form:
        raise Malformed("the secret stands in the body: send it in the Authorization header as Basic")
    return form
