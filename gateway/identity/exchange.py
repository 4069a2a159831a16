"""A platform that asks on behalf of a member: token exchange (RFC 8693). Why as it is: docs/decisions/0012."""

from __future__ import annotations

from time import time
from typing import Any, Final

import msgspec
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import BaseGrant, InvalidRequestError, InvalidScopeError, TokenEndpointMixin
from authlib.oauth2.rfc6749.errors import UnauthorizedClientError

from gateway.identity.methods import METHODS
from gateway.identity.scopes import Scope
from gateway.identity.tokens import Claims, Origin, live_client
from gateway.partnership.directory import Directory
from policies.vocabulary import Capacity

EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a name of RFC 8693 section 3
# The member is named: the platform has no token of it, and its mandate is what counts.
MEMBER: Final = "urn:slt:token-type:member"
# What a platform may do for a member: read records. Nobody decides, shares or looks into a ledger for somebody else.
FOR_MEMBERS: Final = frozenset({Scope.INFORMATION_READ.value, Scope.ALERTS_READ.value})

_UNACCEPTABLE: Final = "the subject_token is none of a member that has a mandate for this platform: ask the member"


class InvalidTargetError(OAuth2Error):  # type: ignore[misc]  # Authlib carries no types
    """RFC 8693 section 2.2.2."""

    error = "invalid_target"


class OnBehalf(msgspec.Struct, frozen=True, kw_only=True):
    """For whom, until when (epoch seconds; the member's token ends then), and that token."""

    member: str
    expires: int | None = None
    origin: Origin | None = None

    def get_user_id(self) -> str:
        """The token's subject."""
        return self.member

    def left(self, seconds: int, now: float) -> int:
        """How long the token may last, `seconds` at most."""
        return seconds if self.expires is None else min(seconds, self.expires - int(now))


class TokenExchange(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # Authlib carries no types
    """Takes a member's access token, or the member's id; gives one with `act` (section 4.1)."""

    GRANT_TYPE: Final = EXCHANGE
    TOKEN_ENDPOINT_AUTH_METHODS: Final = METHODS

    def validate_token_request(self) -> None:
        """Raises `OAuth2Error`; `StatusUnknown` where nobody's mandate can be told."""
        client = self.authenticate_token_endpoint_client()
        if Capacity.PLATFORM not in client.capacities:
            raise UnauthorizedClientError("token exchange is for platforms: ask for a token of your own")
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("this client is registered without token exchange: register it with that")
        self.request.client = client
        form = self.request.form
        if "actor_token" in form or "actor_token_type" in form:
            raise InvalidRequestError("actor_token is not taken: the client itself is the actor")
        if form.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
            raise InvalidRequestError(f"this requested_token_type is not served: ask for {ACCESS_TOKEN}")
        for name in ("resource", "audience"):
            if form.get(name, self.server.url) != self.server.url:
                raise InvalidTargetError(f"{name} is another server: tokens are for {self.server.url} only")
        directory: Directory = self.server.directory()
        now = time()
        self._for, most = self._subject(form.get("subject_token", ""), form.get("subject_token_type"), directory, now)
        if directory.authorized_areas(self._for.member, client.organization, now) == frozenset():
            raise InvalidRequestError(_UNACCEPTABLE)
        self._scope = self._narrowed(client.scopes & most)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Section 2.2.1."""
        token = self.generate_token(user=self._for, scope=self._scope, include_refresh_token=False)
        answer = {
            **token,
            "expires_in": self._for.left(token["expires_in"], time()),
            "issued_token_type": ACCESS_TOKEN,
        }
        return 200, answer, self.TOKEN_RESPONSE_HEADER

    def _subject(
        self, token: str, kind: str | None, directory: Directory, now: float
    ) -> tuple[OnBehalf, frozenset[str]]:
        """For whom, and the most that may be asked for. Whatever is wrong with the subject looks the same."""
        own = self.request.client.organization
        if kind == MEMBER:
            if token in directory.members and token != own:
                return OnBehalf(member=token), FOR_MEMBERS
        elif kind == ACCESS_TOKEN:
            claims: Claims | None = self.server.tokens.read(token, now)
            theirs = None if claims is None else live_client(claims, directory, now)
            # A test client speaks for its tests only, not for the member; and a token that is bound to a key (RFC 9449)
            # is of no use to a platform, which can't have that key.
            if (
                claims is not None
                and (claims.act, claims.cnf) == (None, None)
                and theirs is not None
                and not theirs.test
                and theirs.organization != own
            ):
                subject = OnBehalf(
                    member=theirs.organization,
                    expires=claims.exp,
                    origin=Origin(claims.jti, theirs.client_id, None if claims.grant is None else claims.grant.id),
                )
                return subject, FOR_MEMBERS & theirs.scopes & frozenset(claims.scope.split())
        else:
            raise InvalidRequestError(f"this subject_token_type is not taken: send {ACCESS_TOKEN} or {MEMBER}")
        raise InvalidRequestError(_UNACCEPTABLE)

    def _narrowed(self, most: frozenset[str]) -> str:
        asked = frozenset((self.request.payload.scope or "").split()) or most
        if not asked or not asked <= most:
            raise InvalidScopeError("the scope is beyond what both the platform and the member may read")
        return " ".join(sorted(asked))
