"""ACLED's two layers around the rows: the password grant's token, and the envelope with its own status."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec

from connectors.acled.mapping import Row
from connectors.client import decode_json
from connectors.contract import Call, SourceSettings
from connectors.errors import AuthenticationRefused, RateLimited, Unconfigured, Unreachable, Unusable

_JSON: Final = "application/json"
# A token is given up this long before it ends, so that it does not end on its way.
_MARGIN_SECONDS: Final = 60.0


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int


class _Held(msgspec.Struct, frozen=True):
    value: str
    ends: float


class _DateRecency(msgspec.Struct, frozen=True):
    date: date


class _Restrictions(msgspec.Struct, frozen=True):
    date_recency: _DateRecency | None = None


class Envelope(msgspec.Struct, frozen=True):
    """What `read` answers. ACLED writes numbers as text now and then, and an empty object as `[]`."""

    data: list[Row]
    status: int | str = 200
    success: bool = True
    count: int | str | None = None
    total_count: int | str | None = None
    data_query_restrictions: _Restrictions | list[None] | None = None

    @property
    def total(self) -> int | None:
        """The rows that match on all pages, where ACLED tells it."""
        text = str(self.total_count)
        return int(text) if text.isdecimal() else None

    @property
    def embargoed_until(self) -> date | None:
        """The last day of events that the account may read; later rows are absent without a word (`date_recency`)."""
        restrictions = self.data_query_restrictions
        if isinstance(restrictions, _Restrictions) and restrictions.date_recency is not None:
            return restrictions.date_recency.date
        return None


class _Failure(msgspec.Struct, frozen=True):
    status: int | str = 200
    success: bool = True


class Session:
    """One account's session: reads with a token that is kept until it ends and renewed once where it is refused."""

    def __init__(self, settings: SourceSettings, client_id: str) -> None:
        missing = [key for key in ("username", "password") if not settings.credentials.get(key)]
        if missing:
            raise Unconfigured(f"`credentials.{missing[0]}`: ACLED's password grant needs it")
        self._settings = settings
        self._client_id = client_id
        self._held: _Held | None = None
        self._renewing = asyncio.Lock()

    async def read(self, path: str, parameters: Mapping[str, str], call: Call) -> Envelope:
        """One page; raises a `SourceError`, for a failure that the envelope tells with status 200 too."""
        held, fresh = await self._token(call, refused=None)
        try:
            return await _read(path, parameters, held, call)
        except AuthenticationRefused:
            if fresh:
                raise
        held, _ = await self._token(call, refused=held)
        return await _read(path, parameters, held, call)

    async def _token(self, call: Call, refused: _Held | None) -> tuple[_Held, bool]:
        """A token that is not `refused`, and whether it was just given."""
        async with self._renewing:
            now = asyncio.get_running_loop().time()
            if self._held is not None and self._held is not refused and now < self._held.ends:
                return self._held, False
            token = decode_json(await self._grant(call), _Token)
            self._held = _Held(token.access_token, now + token.expires_in - _MARGIN_SECONDS)
            return self._held, True

    async def _grant(self, call: Call) -> bytes:
        form = {
            "username": self._settings.credentials["username"],
            "password": self._settings.credentials["password"],
            "grant_type": "password",
            "client_id": self._client_id,
        }
        try:
            return await call.client.send("POST", "/oauth/token", deadline=call.deadline, form=form, media_type=_JSON)
        except Unusable as error:
            # A wrong password is `invalid_grant` with status 400 (RFC 6749, section 5.2).
            if error.status == 400:
                raise AuthenticationRefused("ACLED's token endpoint refused the grant", status=400) from error
            raise


async def _read(path: str, parameters: Mapping[str, str], token: _Held, call: Call) -> Envelope:
    body = await call.client.get(
        path,
        deadline=call.deadline,
        parameters={"_format": "json", **parameters},
        headers={"authorization": f"Bearer {token.value}"},
    )
    _refuse(decode_json(body, _Failure))
    return decode_json(body, Envelope)


def _refuse(envelope: _Failure) -> None:
    status = str(envelope.status)
    if status == "200" and envelope.success:
        return
    message = f"ACLED's envelope tells status {status if status.isdecimal() else 'unknown'} and no success"
    if status in ("401", "403"):
        raise AuthenticationRefused(message)
    if status == "429":
        raise RateLimited(message)
    if status.startswith("5") and len(status) == 3:
        raise Unreachable(message)
    raise Unusable(message)
