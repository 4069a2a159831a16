"""Clients that read, change and end themselves (RFC 7592), each with its registration access token.

Everything here blocks and hashes: call it from the thread pool. Each raises `OAuth2Error`, `StatusUnknown`,
`StoreFault`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7591 import InvalidClientMetadataError, InvalidSoftwareStatementError
from sqlmodel import Session

from gateway.identity.client_history import note
from gateway.identity.client_metadata import changed
from gateway.identity.clients import Secrets, live_secrets, secret_id
from gateway.identity.invitations import hashed
from gateway.identity.registration import InvalidTokenError, Registrations, agrees, end_of
from gateway.store.engine import Store
from gateway.store.tables import Client, ClientAct, ClientRegistration, ClientSecret

# What the server says and no update may (RFC 7592 section 2.2).
_THE_SERVERS: Final = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)


class SelfManagement:
    """What a client that registered itself may do to itself; what it can come to, `registrations` says."""

    def __init__(self, registrations: Registrations, store: Store) -> None:
        self._registrations = registrations
        self._store = store

    def read(self, client_id: str, token: str) -> dict[str, Any]:
        """RFC 7592 section 2.1; a secret is shown once, and not here."""
        with self._store.session() as session:
            client, registration = _own(session, client_id, token)
            return self._shown(session, client, registration, token)

    def update(self, client_id: str, token: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """RFC 7592 section 2.2: what is not sent is no more. No grants at all: the client ends, as in UDAP."""
        self._check_secret(client_id, token, document)
        statement, metadata = self._registrations.stated(document)

        def change(session: Session) -> dict[str, Any]:
            client, registration = _own(session, client_id, token)
            if any(name in document for name in _THE_SERVERS):
                raise InvalidRequestError("an update has nothing that the server says: leave out what only it can set")
            if metadata.client_id != client_id:
                raise InvalidRequestError("client_id is missing or another's: send that of the client")
            agrees(metadata, client.organization_id, client.purpose)
            if metadata.method != client.authentication.value:
                raise InvalidClientMetadataError("token_endpoint_auth_method stays: register another client, move over")
            if registration.statement_issuer != (None if statement is None else statement.issuer):
                raise InvalidSoftwareStatementError("who vouched for the software at registration does so for a change")
            self._registrations.spend(session, statement)
            if metadata.grant_types == []:
                _finish(session, client, registration, client_id)
                return {**self._shown(session, client, registration, token), "grant_types": []}
            before = self._shown(session, client, registration, token)
            registration.about = self._registrations.settle(client, metadata, registration.scopes)
            session.add_all([client, registration])
            after = self._shown(session, client, registration, token)
            note(session, client_id, ClientAct.UPDATED, client_id, changed=changed(before, after))
            return after

        return self._store.write(change)

    def delete(self, client_id: str, token: str) -> None:
        """RFC 7592 section 2.3: no new tokens, live ones are refused within a second. What was stays on record."""

        def change(session: Session) -> None:
            client, registration = _own(session, client_id, token)
            _finish(session, client, registration, client_id)

        self._store.write(change)

    def _check_secret(self, client_id: str, token: str, document: Mapping[str, Any]) -> None:
        """An update may repeat the secret, and not choose it (section 2.2). Hashes: not within the transaction."""
        secret = document.get("client_secret")
        with self._store.session() as session:
            _own(session, client_id, token)
            if secret is None:
                return
            kept = session.get(ClientSecret, (client_id, secret_id(secret))) if isinstance(secret, str) else None
        if kept is None or not Secrets().matches(secret, kept.hash):
            raise InvalidRequestError("client_secret is none of the client's: leave it out, it can't be chosen")

    def _shown(self, session: Session, client: Client, registration: ClientRegistration, token: str) -> dict[str, Any]:
        living = live_secrets(session, client.client_id)
        end = end_of(max(living, key=lambda item: item.created)) if living else {}
        return {**self._registrations.told(client, registration, token), **end}


def _own(session: Session, client_id: str, token: str) -> tuple[Client, ClientRegistration]:
    client, registration = session.get(Client, client_id), session.get(ClientRegistration, client_id)
    kept = None if registration is None else registration.token_hash
    if not secrets.compare_digest(kept or "", hashed(token)):
        raise InvalidTokenError("the registration access token is not good for this client")
    assert client is not None
    assert registration is not None
    if client.disabled_at is not None:
        raise InvalidTokenError("the registration access token is not good for this client")
    return client, registration


def _finish(session: Session, client: Client, registration: ClientRegistration, by: str) -> None:
    at = datetime.now(UTC)
    client.disabled_at, registration.token_hash = at, None
    session.add_all([client, registration])
    for secret in live_secrets(session, client.client_id):
        secret.ended_at = at
        session.add(secret)
    note(session, client.client_id, ClientAct.DELETED, by)
