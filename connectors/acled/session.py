"""ACLED's two layers around the rows: the password grant's token, and the envelope with its own status."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final

import msgspec

from connectors.acled.mapping import Row
from connectors.client import decode_json
from connectors.contract import Call, SourceSettings
from connectors.errors import AuthenticationRefused, RateLimited, Unconfigured, Unreachable, Unusable

_JSON: Final = "application/json"
# A token is given up this long before it ends, so that it does not end on its way.
_MARGIN_SECONDS: Final = 60.0
_TERMS: Final = 403
_YEAR_SECONDS: Final = 366 * 86_400  # no token is given for longer


class _Token(msgspec.Struct, frozen=True):
    # Visible characters only (RFC 6749, appendix A.12): it goes into a header.
    access_token: Annotated[str, msgspec.Meta(pattern=r"^[\x20-\x7e]+\Z")]
    expires_in: Annotated[int, msgspec.Meta(ge=0, le=_YEAR_SECONDS)]
    refresh_token: str | None = None


class _Held(msgspec.Struct, frozen=True):
    value: str
    ends: float
    refresh: str | None


class _DateRecency(msgspec.Struct, frozen=True):
    date: date


class _Restrictions(msgspec.Struct, frozen=True):
    date_recency: _DateRecency | None = None


class Envelope(msgspec.Struct, frozen=True):
    """What `read` answers. ACLED writes numbers as text now and then, and an empty object as `[]`."""

    rows: list[Row] | None = msgspec.field(name="data", default=None)
    status: int | str = 200
    success: bool = True
    count: int | str | None = None
    total_count: int | str | None = None
    data_query_restrictions: _Restrictions | list[None] | None = None

    @property
    def data(self) -> list[Row]:
        """The rows of this page."""
        return self.rows or []

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
        except AuthenticationRefused as error:
            # 403 speaks of the account, so another token would be refused as well.
            if fresh or error.status == _TERMS:
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
            self._held = _Held(token.access_token, now + token.expires_in - _MARGIN_SECONDS, token.refresh_token)
            return self._held, True

    async def _grant(self, call: Call) -> bytes:
        """A token by the refresh token of the one before, else by the password."""
        refresh = None if self._held is None else self._held.refresh
        if refresh is not None:
            try:
                return await self._ask({"grant_type": "refresh_token", "refresh_token": refresh}, call)
            except AuthenticationRefused:
                # It ended, or was used up: the password still stands.
                pass
        username, password = self._settings.credentials["username"], self._settings.credentials["password"]
        return await self._ask({"grant_type": "password", "username": username, "password": password}, call)

    async def _ask(self, grant: Mapping[str, str], call: Call) -> bytes:
        form = {**grant, "client_id": self._client_id}
        try:
            return await call.client.send("POST", "/oauth/token", deadline=call.deadline, form=form, media_type=_JSON)
        except Unusable as error:
            # A wrong password is `invalid_grant` with status 400 (RFC 6749, section 5.2).
            if error.status == 400:
                raise AuthenticationRefused("ACLED's token endpoint refused the grant", status=400) from error
            raise


async def _read(path: str, parameters: Mapping[str, str], token: _Held, call: Call) -> Envelope:
    try:
        body = await call.client.get(
            path,
            deadline=call.deadline,
            parameters={"_format": "json", **parameters},
            headers={"authorization": f"Bearer {token.value}"},
        )
    except AuthenticationRefused as error:
        if error.status == _TERMS:
            raise _of_terms() from error
        raise
    try:
        envelope = decode_json(body, Envelope)
    except Unusable:
        # A failure's `data` may be anything.
        _refuse(decode_json(body, _Failure))
        raise
    _refuse(envelope)
    if envelope.rows is None:
        raise Unusable("ACLED's envelope tells success and has no `data`")
    return envelope


def _of_terms() -> AuthenticationRefused:
    return AuthenticationRefused(
        "ACLED answers 403: the account has not accepted the terms or has no complete profile; sign in there and do so",
        status=_TERMS,
    )


def _refuse(envelope: Envelope | _Failure) -> None:
    status = str(envelope.status)
    if status == "200" and envelope.success:
        return
    message = f"ACLED's envelope tells status {status if status.isdecimal() else 'unknown'} and no success"
    if status == str(_TERMS):
        raise _of_terms()
    if status == "401":
        raise AuthenticationRefused(message, status=401)
    if status == "429":
        raise RateLimited(message)
    if status.startswith("5") and len(status) == 3:
        raise Unreachable(message)
    raise Unusable(message)
