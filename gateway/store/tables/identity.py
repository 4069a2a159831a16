"""OAuth clients, what they prove themselves with, what was spent or revoked, and whom a platform may ask for."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field

from gateway.store.tables.base import Table, UtcTime, names, now
from policies.vocabulary import Purpose


class Authentication(Enum):
    """How a client proves itself (RFC 7591 section 2, `token_endpoint_auth_method`); `NONE`: a person's own device."""

    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 - a name of RFC 7591
    PRIVATE_KEY_JWT = "private_key_jwt"
    NONE = "none"


class ClientAct(Enum):
    """What was done to a client."""

    REGISTERED = "REGISTERED"
    UPDATED = "UPDATED"
    SECRET_ADDED = "SECRET_ADDED"  # noqa: S105 - the name of an act
    SECRET_ENDED = "SECRET_ENDED"  # noqa: S105 - the name of an act
    KEYS_REPLACED = "KEYS_REPLACED"
    DISABLED = "DISABLED"
    DELETED = "DELETED"


class Client(Table, table=True):
    """An OAuth client of an organization; scopes and capacities are lists of names.

    Of `jwks` (RFC 7517, public keys) and `jwks_uri` a client of `PRIVATE_KEY_JWT` has exactly one, any other neither.
    `test`: it is for trying out and reaches tests of its organization only. `grant_types`: those it is kept to, NULL
    for all of its kind. `dpop_bound`: it gets no token without a proof (RFC 9449 section 5.2).
    """

    client_id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    label: str
    authentication: Authentication = Field(default=Authentication.CLIENT_SECRET_BASIC, sa_type=names(Authentication))
    jwks: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    jwks_uri: str | None = None
    redirect_uris: list[str] = Field(default_factory=list, sa_type=JSON)
    scopes: list[str] = Field(sa_type=JSON)
    purpose: Purpose = Field(sa_type=names(Purpose))
    capacities: list[str] = Field(sa_type=JSON)
    created: datetime = Field(default_factory=now)
    last_used: datetime | None = Field(default=None, sa_type=UtcTime)
    disabled_at: datetime | None = None
    country: str | None = Field(default=None, index=True)
    test: bool = False
    grant_types: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    dpop_bound: bool = False


class ClientRegistration(Table, table=True):
    """What makes a client one that registered itself (RFC 7591) and may change itself (RFC 7592).

    `token_hash`: SHA-256 of its registration access token, NULL once it was deleted. `scopes`: the most it may ever
    ask for; `about`: what it says of itself to people; `statement_issuer`: who vouched for its software.
    """

    __tablename__ = "client_registration"

    client_id: str = Field(primary_key=True, foreign_key="client.client_id")
    token_hash: str | None = None
    scopes: list[str] = Field(sa_type=JSON)
    about: dict[str, Any] = Field(sa_type=JSON)
    statement_issuer: str | None = None
    registered_by: str
    at: datetime = Field(default_factory=now, sa_type=UtcTime)


class InitialAccessToken(Table, table=True):
    """An organization's invitation to register one client (RFC 7591 section 3), as SHA-256; spent once.

    `id` stands in the token before its dot. `scopes`: the most that may be asked for.
    """

    __tablename__ = "initial_access_token"

    id: str = Field(primary_key=True)
    hash: str
    organization_id: str = Field(foreign_key="organization.id", index=True)
    scopes: list[str] = Field(sa_type=JSON)
    purpose: Purpose = Field(sa_type=names(Purpose))
    capacities: list[str] = Field(sa_type=JSON)
    country: str | None = None
    made_by: str
    created: datetime = Field(default_factory=now, sa_type=UtcTime)
    expires: datetime = Field(sa_type=UtcTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ClientChange(Table, table=True):
    """What was done to a client, by whom and when; `facts` hold names and settings, never a secret."""

    __tablename__ = "client_change"

    id: int | None = Field(default=None, primary_key=True)
    client_id: str = Field(foreign_key="client.client_id", index=True)
    act: ClientAct = Field(sa_type=names(ClientAct))
    by: str
    facts: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = Field(default_factory=now, sa_type=UtcTime)


class ClientSecret(Table, table=True):
    """One secret of a client as argon2's hash. `id` stands in the secret before its first dot."""

    __tablename__ = "client_secret"

    client_id: str = Field(primary_key=True, foreign_key="client.client_id")
    id: str = Field(primary_key=True)
    hash: str
    created: datetime = Field(default_factory=now, sa_type=UtcTime)
    expires: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ClientOwner(Table, table=True):
    """A person who answers for a client, known by mail address or by the issuer's id; who once was stays on record."""

    __tablename__ = "client_owner"

    id: int | None = Field(default=None, primary_key=True)
    client_id: str = Field(foreign_key="client.client_id", index=True)
    owner: str = Field(index=True)
    named_by: str
    at: datetime = Field(sa_type=UtcTime)
    ended_by: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)


class UsedAssertion(Table, table=True):
    """The `jti` of what was signed and taken once, kept until it would be too old anyway (epoch seconds).

    `signer`: a client's id, the thumbprint of a DPoP key, or the issuer of software statements.
    """

    __tablename__ = "used_assertion"

    signer: str = Field(primary_key=True)
    jti: str = Field(primary_key=True)
    expires: int = Field(index=True)


class PushedRequest(Table, table=True):
    """An authorization request that a client left with us (RFC 9126), under the hash of its name."""

    __tablename__ = "pushed_request"

    hash: str = Field(primary_key=True)
    client_id: str = Field(foreign_key="client.client_id")
    redirect_uri: str
    challenge: str
    scope: str
    state: str | None = None
    jkt: str | None = None
    expires: int = Field(index=True)
    used_at: int | None = None


class PersonGrant(Table, table=True):
    """What a person's sign-in gave a client: the family of a code and of all refresh tokens after it.

    `jkt` here and beside: the thumbprint of the key without which it can't be used (RFC 9449 sections 5 and 10).
    """

    __tablename__ = "person_grant"

    id: str = Field(primary_key=True)
    client_id: str = Field(foreign_key="client.client_id", index=True)
    person: str = Field(index=True)
    capacities: list[str] = Field(sa_type=JSON)
    scope: str
    jkt: str | None = None
    expires: int = Field(index=True)
    ended_at: int | None = None


class AuthorizationCode(Table, table=True):
    """A code, under its hash; spent once."""

    __tablename__ = "authorization_code"

    hash: str = Field(primary_key=True)
    grant_id: str = Field(foreign_key="person_grant.id", index=True)
    redirect_uri: str
    challenge: str
    jkt: str | None = None
    expires: int
    used_at: int | None = None


class RefreshToken(Table, table=True):
    """A refresh token, under its hash; spent once, and lasting as long as its grant."""

    __tablename__ = "refresh_token"

    hash: str = Field(primary_key=True)
    grant_id: str = Field(foreign_key="person_grant.id", index=True)
    used_at: int | None = None


class RevokedToken(Table, table=True):
    """A revoked access token or an ended grant, kept until its tokens would have expired anyway (epoch seconds)."""

    __tablename__ = "revoked_token"

    jti: str = Field(primary_key=True)
    expires: int = Field(index=True)


class PlatformMandate(Table, table=True):
    """A member's word that a platform may ask on its behalf, in `areas` (ISO 3166-1 alpha-3; NULL: everywhere).

    From `since` to `until`, days included; over at once when `ended_at` is set. What was stays on record.
    """

    __tablename__ = "platform_mandate"

    id: int | None = Field(default=None, primary_key=True)
    member_id: str = Field(foreign_key="organization.id", index=True)
    platform_id: str = Field(foreign_key="organization.id", index=True)
    areas: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    since: date | None = None
    until: date | None = None
    recorded_at: datetime = Field(default_factory=now, sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
