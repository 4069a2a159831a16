"""Clients that register themselves (RFC 7591), within their organization's agreement.

A client belongs to the organization that invited it or whose token registers it, and stays there. What it asks for
beyond the agreement is left out of the answer (section 2); where nothing is left it is refused. Everything here blocks
and hashes: call it from the thread pool. Each raises `OAuth2Error`, `StatusUnknown`, `StoreFault`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc7591 import InvalidClientMetadataError, InvalidSoftwareStatementError
from sqlmodel import Session, col, func, select

from connectors.client.addresses import Network
from gateway.errors import BadInput
from gateway.identity.client_history import note
from gateway.identity.client_metadata import (
    ClientMetadata,
    Served,
    described,
    label_of,
    read_metadata,
    sendable,
    settled_grants,
    settled_redirects,
    settled_scopes,
)
from gateway.identity.clients import new_client_id, new_secret, set_keys
from gateway.identity.invitations import accept, hashed
from gateway.identity.methods import SECRET, SIGNATURE
from gateway.identity.replay import spend as take
from gateway.identity.self_service import scopes_within
from gateway.identity.software_statements import SoftwareStatements, Statement
from gateway.partnership.admission import checked_area
from gateway.partnership.directory import Directory
from gateway.store.engine import Store
from gateway.store.tables import Authentication, Client, ClientAct, ClientRegistration, ClientSecret
from policies.vocabulary import Capacity, Purpose

REGISTRATION_PATH: Final = "/oauth/register"
_TOKEN_BYTES: Final = 32
# Of one organization that registered themselves and are not disabled.
_MOST_CLIENTS: Final = 100


class InvalidTokenError(OAuth2Error):  # type: ignore[misc]  # Authlib carries no types
    """RFC 6750 section 3.1."""

    error = "invalid_token"
    status_code = 401


class NotPermitted(OAuth2Error):  # type: ignore[misc]  # Authlib carries no types
    """RFC 7592 section 2: known, and not entitled."""

    error = "access_denied"
    status_code = 403


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a registration can come to: whose client it is, its purpose, the most it may do, and who lets it in.

    `invitation`: the id of that, which is spent.
    """

    organization: str
    scopes: frozenset[str]
    purpose: Purpose
    by: str
    capacities: frozenset[Capacity] = frozenset()
    country: str | None = None
    invitation: str | None = None


class Registrations:
    """The registrations of the server at `url`. `clock` in seconds since the epoch."""

    def __init__(
        self,
        url: str,
        store: Store,
        directory: Callable[[], Directory],
        clock: Callable[[], float],
        served: Served,
        statements: SoftwareStatements,
        networks: Sequence[Network] = (),
    ) -> None:
        self._url = url
        self._store = store
        self._directory = directory
        self._clock = clock
        self._served = served
        self._statements = statements
        self._networks = networks

    def register(self, terms: Terms, document: Mapping[str, Any]) -> dict[str, Any]:
        """RFC 7591 section 3.2.1. Where it fails nothing is spent."""
        statement, metadata = self.stated(document)
        agrees(metadata, terms.organization, terms.purpose)
        client = Client(
            client_id=new_client_id(terms.organization),
            organization_id=terms.organization,
            label="",
            scopes=[],
            purpose=terms.purpose,
            capacities=sorted(capacity.value for capacity in terms.capacities),
            country=terms.country,
        )
        about = self.settle(client, metadata, terms.scopes)
        client.authentication = Authentication(metadata.method)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        secret = new_secret(client.client_id, None) if metadata.method == SECRET else None
        registration = ClientRegistration(
            client_id=client.client_id,
            token_hash=hashed(token),
            scopes=sorted(terms.scopes),
            about=about,
            statement_issuer=None if statement is None else statement.issuer,
            registered_by=terms.by,
        )

        def change(session: Session) -> None:
            if terms.invitation is not None and not accept(session, terms.invitation):
                raise InvalidTokenError("the initial access token was used before: ask for another")
            self.spend(session, statement)
            _room(session, terms.organization)
            session.add(client)
            session.flush()
            session.add(registration)
            if secret is not None:
                session.add(secret[0])
            facts = {"scope": " ".join(client.scopes), "method": metadata.method, "grant_types": client.grant_types}
            note(session, client.client_id, ClientAct.REGISTERED, terms.by, **facts)

        self._store.write(change)
        shown = {} if secret is None else {"client_secret": secret[1], **end_of(secret[0])}
        vouched = {} if statement is None else {"software_statement": metadata.software_statement}
        return {**self.told(client, registration, token), **shown, **vouched}

    def stated(self, document: Mapping[str, Any]) -> tuple[Statement | None, ClientMetadata]:
        """The metadata, what a statement says in front of what the client says (RFC 7591 section 2.3)."""
        metadata = read_metadata(document)
        if metadata.software_statement is None:
            return None, metadata
        statement = self._statements.read(metadata.software_statement, self._clock())
        return statement, read_metadata({**document, **statement.metadata})

    def spend(self, session: Session, statement: Statement | None) -> None:
        """Notes that a statement was taken; raises `InvalidSoftwareStatementError` for a second time."""
        if statement is not None and not take(
            session, statement.issuer, statement.jti, statement.expires, self._clock()
        ):
            raise InvalidSoftwareStatementError("software_statement was used before: ask its issuer for another")

    def settle(self, client: Client, metadata: ClientMetadata, most: Collection[str]) -> dict[str, Any]:
        """Puts what was asked for into the client, as far as it can be; what is told to people is returned."""
        standing = {scope.value for scope in self._standing(client)}
        client.grant_types = settled_grants(metadata, frozenset(map(Capacity, client.capacities)), self._served)
        client.redirect_uris = settled_redirects(metadata)
        client.scopes = settled_scopes(metadata.scope, standing & set(most))
        client.label = label_of(metadata)
        client.dpop_bound = bool(metadata.dpop_bound_access_tokens)
        try:
            if metadata.method == SIGNATURE:
                set_keys(client, metadata.jwks, metadata.jwks_uri, self._networks)
            elif metadata.jwks is not None or metadata.jwks_uri is not None:
                raise InvalidClientMetadataError("keys are for private_key_jwt: see token_endpoint_auth_method")
            if metadata.country is not None:
                country = checked_area(metadata.country)
                if client.country not in (None, country):
                    raise InvalidClientMetadataError("country stays: by it an office's clients are ended in one act")
                client.country = country
        except BadInput as error:
            raise InvalidClientMetadataError(sendable(error.message)) from error
        return described(metadata)

    def _standing(self, client: Client) -> Collection[Any]:
        """The scopes that the organization's standing gives; raises `NotPermitted` where that is none."""
        directory = self._directory()
        none: frozenset[str] = frozenset()
        scopes: Collection[Any] = ()
        if client.organization_id in directory.members:
            profile = directory.profile(client.organization_id, client.purpose, none, frozenset(), self._clock())
            scopes = scopes_within(profile.partnership)
        if not scopes:
            raise NotPermitted("the organization has left: it registers no clients")
        return scopes

    def told(self, client: Client, registration: ClientRegistration, token: str) -> dict[str, Any]:
        """The client as it is registered (RFC 7591 section 3.2.1, RFC 7592 section 3)."""
        keys = {"jwks": client.jwks, "jwks_uri": client.jwks_uri, "country": client.country}
        return {
            "client_id": client.client_id,
            "client_id_issued_at": int(registration.at.timestamp()),
            "client_name": client.label,
            "token_endpoint_auth_method": client.authentication.value,
            "grant_types": list(client.grant_types or ()),
            "response_types": ["code"] if client.redirect_uris else [],
            "redirect_uris": list(client.redirect_uris),
            "scope": " ".join(client.scopes),
            "dpop_bound_access_tokens": client.dpop_bound,
            "organization": client.organization_id,
            "purpose": client.purpose.value,
            **{name: value for name, value in keys.items() if value is not None},
            **registration.about,
            "registration_client_uri": f"{self._url}{REGISTRATION_PATH}/{client.client_id}",
            "registration_access_token": token,
        }


def agrees(metadata: ClientMetadata, organization: str, purpose: Purpose) -> None:
    """Neither is asked for: both follow from who registers, and stay."""
    if metadata.organization not in (None, organization):
        raise InvalidClientMetadataError("organization is another: a client belongs to the one that registers it")
    if metadata.purpose not in (None, purpose.value):
        raise InvalidClientMetadataError(f"purpose is another than the agreement's, which is {purpose.value}")


def _room(session: Session, organization_id: str) -> None:
    query = (
        select(func.count())
        .select_from(ClientRegistration)
        .join(Client, col(Client.client_id) == col(ClientRegistration.client_id))
        .where(Client.organization_id == organization_id, col(Client.disabled_at).is_(None))
    )
    if session.exec(query).one() >= _MOST_CLIENTS:
        raise NotPermitted(f"the organization has {_MOST_CLIENTS} clients that registered themselves: delete some")


def end_of(secret: ClientSecret) -> dict[str, Any]:
    """When a secret ends (section 3.2.1); 0 for never."""
    return {"client_secret_expires_at": 0 if secret.expires is None else int(secret.expires.timestamp())}
