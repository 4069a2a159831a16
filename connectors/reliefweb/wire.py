"""ReliefWeb's answers: the envelope of a list, and its ways to refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from connectors.client import decode_json
from connectors.contract import Call
from connectors.errors import AuthenticationRefused, RateLimited, SourceError, Unusable

_JSON: Final = "application/json"
_GONE: Final = 410


class Item(msgspec.Struct):
    """One report, whose `id` is text in some answers and a number in others. Whatever it is, it is read by itself."""

    id: Any = None
    fields: Any = None


class _Link(msgspec.Struct):
    href: str


class _Links(msgspec.Struct):
    next: _Link | None = None


class Reports(msgspec.Struct, rename="camel"):
    """`data` is a list in every answer, of one item where one was asked for."""

    data: list[Item]
    total_count: int
    links: _Links | None = None

    def following(self, offset: int) -> int | None:
        """The next page's offset, None on the last; raises `Unusable`.

        Only that is taken of the next link. It leads to no other host then, and keeps the filter: the link of a list
        that was asked by POST holds neither the filter nor the `appname`.
        """
        if not self.data or self.links is None or self.links.next is None:
            return None
        values = parse_qs(urlsplit(self.links.next.href).query).get("offset", [])
        if len(values) != 1 or not (values[0].isascii() and values[0].isdecimal()):
            raise Unusable("a next link without `offset`")
        if int(values[0]) <= offset:
            raise Unusable("a next link that leads back: it is not followed")
        return int(values[0])


async def reports(appname: str, asked: Mapping[str, object], call: Call) -> Reports:
    """The answer to `POST /v2/reports`; raises a `SourceError` that says what to do."""
    try:
        body = await call.client.send(
            "POST",
            "/v2/reports",
            deadline=call.deadline,
            parameters={"appname": appname},
            headers={"accept": _JSON, "content-type": _JSON},
            content=msgspec.json.encode(asked),
            read=True,
        )
    except (AuthenticationRefused, Unusable) as error:
        explained = _explained(error, appname)
        if explained is None:
            raise
        explained.noted = error.noted
        raise explained from error
    if body.lstrip()[:1] == b"<":
        raise RateLimited("HTML in place of JSON, as ReliefWeb answers beyond 1,000 calls a day: ask it less often")
    return decode_json(body, Reports)


def _explained(error: SourceError, appname: str) -> SourceError | None:
    """The same refusal with what to do, where ReliefWeb's own reason for it is known."""
    if isinstance(error, AuthenticationRefused):
        return AuthenticationRefused(
            f"`options.appname`: ReliefWeb has not approved `{appname}`: ask for one at "
            "https://apidoc.reliefweb.int/parameters#appname and configure it as it was approved",
            status=error.status,
        )
    if error.status == _GONE:
        return Unusable(
            "this version of ReliefWeb's API was taken out of service: `url` is the host alone, without `/v1`, and the "
            "connector may have to be renewed",
            status=_GONE,
        )
    return None
