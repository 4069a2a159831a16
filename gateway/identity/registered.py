"""A client as Authlib's grants and endpoints ask about it."""

from __future__ import annotations

from typing import Final

import msgspec

from gateway.identity.exchange import EXCHANGE
from gateway.identity.methods import NOTHING, SIGNATURE
from gateway.store.tables import Client
from policies.vocabulary import Capacity

CLIENT_CREDENTIALS: Final = "client_credentials"
AUTHORIZATION_CODE: Final = "authorization_code"
REFRESH: Final = "refresh_token"
GRANT_TYPES: Final = (CLIENT_CREDENTIALS, EXCHANGE)
GRANT_TYPES_OF_PERSONS: Final = (AUTHORIZATION_CODE, REFRESH)


class RegisteredClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client that has proven itself in this request, with the methods of Authlib's `ClientMixin` that are reached.

    `jkt`: the thumbprint of the key whose possession the request proves (RFC 9449), if any.
    """

    client_id: str
    organization: str
    purpose: str
    scopes: frozenset[str]
    capacities: frozenset[Capacity]
    authentication: str
    redirect_uris: tuple[str, ...] = ()
    grant_types: frozenset[str] | None = None
    test: bool = False
    jkt: str | None = None

    @property
    def is_public(self) -> bool:
        """Whether it can prove nothing, so that what it holds has to be bound to a key where it can be."""
        return self.authentication == NOTHING

    @property
    def keeps_refresh_tokens(self) -> bool:
        """Whether a refresh token stays (FAPI 2.0 section 5.3.2.1): it is of no use without the client's private key.

        Whoever overhears a secret overhears the refresh token beside it, so with a secret as with nothing each is
        spent for the next, and a second use shows the theft (RFC 9700 section 4.14.2).
        """
        return self.authentication == SIGNATURE

    def get_client_id(self) -> str:
        """The `client_id`."""
        return self.client_id

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """All the client's scopes where none is asked for; None, which refuses, where one is beyond them."""
        asked = frozenset((scope or "").split()) or self.scopes
        return " ".join(sorted(asked)) if asked <= self.scopes else None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - alike at every endpoint
        """Whether the client may prove itself by `method`."""
        return method == self.authentication

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may use the grant."""
        if self.grant_types is not None and grant_type not in self.grant_types:
            return False
        return bool(self.redirect_uris) if grant_type in GRANT_TYPES_OF_PERSONS else grant_type in GRANT_TYPES


def registered(client: Client, jkt: str | None) -> RegisteredClient:
    """The client of a row."""
    return RegisteredClient(
        client_id=client.client_id,
        organization=client.organization_id,
        purpose=client.purpose.value,
        scopes=frozenset(client.scopes),
        capacities=frozenset(map(Capacity, client.capacities)),
        authentication=client.authentication.value,
        redirect_uris=tuple(client.redirect_uris),
        grant_types=None if client.grant_types is None else frozenset(client.grant_types),
        test=client.test,
        jkt=jkt,
    )
