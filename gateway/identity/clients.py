"""OAuth clients of organizations. A secret is shown once, kept as an argon2id hash, and checked in constant time."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session

from gateway.errors import BadInput
from gateway.identity.scopes import Scope
from gateway.store.engine import Store
from gateway.store.tables import Client, Organization
from policies.vocabulary import Capacity, Purpose

_SECRET_BYTES: Final = 32


class Secrets:
    """Makes and checks the secrets' hashes. Slow on purpose: call it from the thread pool.

    The secrets are random and long, so the hash need not be as costly as for passwords people choose: OWASP's least
    parameters for argon2id (19 MiB, two passes).
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._nobodys = self.hash(secrets.token_urlsafe(_SECRET_BYTES))

    def hash(self, secret: str) -> str:
        """What is stored of `secret`."""
        return self._hasher.hash(secret)

    def matches(self, secret: str, stored: str | None) -> bool:
        """Whether `secret` is the one stored; takes as long where there is none (an unknown client)."""
        try:
            self._hasher.verify(stored or self._nobodys, secret)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None


def register_client(
    store: Store,
    organization_id: str,
    label: str,
    scopes: Collection[Scope],
    purpose: Purpose,
    capacities: Collection[Capacity] = (),
) -> tuple[str, str]:
    """A new client of an organization: its id and its secret, which is shown here and never again.

    The purpose is that of the organization's agreement and stays. Blocks. Raises `BadInput`, `StoreFault`.
    """
    if not scopes:
        raise BadInput("`scopes` is empty: give the client at least one, such as information:read")
    client_id, secret = f"{organization_id}.{secrets.token_hex(6)}", secrets.token_urlsafe(_SECRET_BYTES)
    client = Client(
        client_id=client_id,
        organization_id=organization_id,
        label=label,
        secret_hash=Secrets().hash(secret),
        scopes=sorted(scope.value for scope in scopes),
        purpose=purpose,
        capacities=sorted(capacity.value for capacity in capacities),
    )

    def change(session: Session) -> None:
        if session.get(Organization, organization_id) is None:
            raise BadInput(f"`{organization_id}` is no known organization: add it first")
        session.add(client)

    store.write(change)
    return client_id, secret


def disable_client(store: Store, client_id: str) -> None:
    """Disables a client: no new tokens, and its live ones are refused within a second. Blocks."""

    def change(session: Session) -> None:
        client = session.get(Client, client_id)
        if client is None:
            raise BadInput(f"`{client_id}` is no known client: see the list of clients")
        client.disabled_at = client.disabled_at or datetime.now(UTC)

    store.write(change)
