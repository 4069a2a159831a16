"""OAuth clients of organizations, and what they prove themselves with.

A secret is shown once, kept as an argon2id hash, and checked in constant time. Everything here blocks and hashes slowly
on purpose: call it from the thread pool. Each raises `BadInput` for what can't be, `StoreFault`; each change is entered
into the client's history as done by `by`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, select

from connectors.client.addresses import Network
from gateway.errors import BadInput
from gateway.identity.client_history import OPERATOR, note
from gateway.identity.client_keys import checked_jwks, checked_jwks_uri
from gateway.identity.scopes import Scope
from gateway.notices.reach import split
from gateway.store.engine import Store
from gateway.store.tables import Authentication, Client, ClientAct, ClientSecret, Organization
from policies.vocabulary import Capacity, Purpose

_SECRET_BYTES: Final = 32
# A secret that nobody renews ends by itself.
SECRET_DAYS: Final = 365
# What a test client may ask for: there is nothing for it to decide, to audit or to administer.
TEST_SCOPES: Final = (Scope.INFORMATION_READ, Scope.INFORMATION_SHARE, Scope.ALERTS_READ)
# The one in use and the one that takes its place.
_SECRETS_AT_ONCE: Final = 2


# The secrets are random and long, so the hash need not be as costly as for passwords people choose: OWASP's least
# parameters for argon2id (19 MiB, two passes).
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class Secrets:
    """Makes and checks the secrets' hashes."""

    def __init__(self) -> None:
        self._nobodys = self.hash(secrets.token_urlsafe(_SECRET_BYTES))

    def hash(self, secret: str) -> str:
        """What is stored of `secret`."""
        return _HASHER.hash(secret)

    def matches(self, secret: str, stored: str | None) -> bool:
        """Whether `secret` is the one stored; takes as long where there is none (an unknown client)."""
        try:
            _HASHER.verify(stored or self._nobodys, secret)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None


def secret_id(secret: str) -> str:
    """Which of a client's secrets is meant: so that one hash is checked, however many there are."""
    return secret.partition(".")[0] if "." in secret else ""


def is_live(secret: ClientSecret, now: datetime) -> bool:
    """Whether a secret can be used at `now`."""
    return secret.ended_at is None and (secret.expires is None or now < secret.expires)


def register_client(
    store: Store,
    organization_id: str,
    label: str,
    scopes: Collection[Scope],
    purpose: Purpose,
    capacities: Collection[Capacity] = (),
    *,
    expires: datetime | None = None,
    redirect_uris: Collection[str] = (),
    dpop_bound: bool = False,
    by: str = OPERATOR,
) -> tuple[str, str]:
    """A new client of an organization: its id and its secret, which is shown here and never again.

    The purpose is that of the organization's agreement and stays. The secret ends at `expires`, after `SECRET_DAYS`
    where none is given. With `redirect_uris` persons of the organization can use it.
    """
    client = _new_client(organization_id, label, scopes, purpose, capacities)
    client.redirect_uris, client.dpop_bound = checked_redirect_uris(redirect_uris), dpop_bound
    row, secret = new_secret(client.client_id, expires)

    def change(session: Session) -> None:
        _add(session, client, by)
        session.add(row)

    store.write(change)
    return client.client_id, secret


def register_test_client(
    store: Store, organization_id: str, label: str, *, expires: datetime | None = None, by: str = OPERATOR
) -> tuple[str, str]:
    """A new test client of an organization that is only known: its id and its secret, which is shown here only.

    It shares, reads and takes back records of status TEST of its organization, and reaches nothing else, whatever the
    organization's standing.
    """
    client = _new_client(organization_id, label, TEST_SCOPES, Purpose.SAFETY_AND_SECURITY, ())
    client.test = True
    row, secret = new_secret(client.client_id, expires)

    def change(session: Session) -> None:
        _add(session, client, by)
        session.add(row)

    store.write(change)
    return client.client_id, secret


def register_key_client(
    store: Store,
    organization_id: str,
    label: str,
    scopes: Collection[Scope],
    purpose: Purpose,
    capacities: Collection[Capacity] = (),
    *,
    jwks: Mapping[str, Any] | None = None,
    jwks_uri: str | None = None,
    networks: Sequence[Network] = (),
    redirect_uris: Collection[str] = (),
    dpop_bound: bool = False,
    by: str = OPERATOR,
) -> str:
    """A new client that proves itself by signing (`private_key_jwt`, RFC 7523); it has no secret. Returns its id.

    Give its public keys, or the address they are published at (in `networks`, those of `identity.networks`, also on
    an address that is not public).
    """
    client = _new_client(organization_id, label, scopes, purpose, capacities)
    client.authentication = Authentication.PRIVATE_KEY_JWT
    client.redirect_uris, client.dpop_bound = checked_redirect_uris(redirect_uris), dpop_bound
    set_keys(client, jwks, jwks_uri, networks)
    store.write(lambda session: _add(session, client, by))
    return client.client_id


def register_persons_client(
    store: Store,
    organization_id: str,
    label: str,
    scopes: Collection[Scope],
    purpose: Purpose,
    capacities: Collection[Capacity] = (),
    *,
    redirect_uris: Collection[str],
    dpop_bound: bool = False,
    by: str = OPERATOR,
) -> str:
    """A new client on persons' own devices, which can prove nothing: for their sign-in only. Returns its id."""
    if not redirect_uris:
        raise BadInput("`redirect_uris` is empty: give at least one, where persons come back to")
    client = _new_client(organization_id, label, scopes, purpose, capacities)
    client.authentication = Authentication.NONE
    client.redirect_uris, client.dpop_bound = checked_redirect_uris(redirect_uris), dpop_bound
    store.write(lambda session: _add(session, client, by))
    return client.client_id


def checked_redirect_uris(urls: Collection[str]) -> list[str]:
    """The addresses as they are kept and compared, to the letter; raises `BadInput`."""
    for url in urls:
        parts = split(url)
        native = parts is not None and parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1")
        if parts is None or "*" in url or "#" in url or not (parts.scheme == "https" or native):
            raise BadInput(
                "`redirect_uris` has one that can't be: give https://HOST[:PORT]/PATH (http on 127.0.0.1 for a program "
                "on a person's device), without user, wildcard or fragment"
            )
    return list(dict.fromkeys(urls))


def add_secret(store: Store, client_id: str, *, expires: datetime | None = None, by: str = OPERATOR) -> str:
    """One more secret for a client, beside the one it has: use it everywhere, then `end_secret` the old one."""
    row, secret = new_secret(client_id, expires)

    def change(session: Session) -> None:
        client = _client(session, client_id)
        if client.authentication is not Authentication.CLIENT_SECRET_BASIC:
            raise BadInput(f"`{client_id}` proves itself with keys and has no secrets: replace its keys")
        if len(live_secrets(session, client_id)) >= _SECRETS_AT_ONCE:
            raise BadInput(f"`{client_id}` has {_SECRETS_AT_ONCE} secrets: end the one that is no longer used")
        session.add(row)
        note(session, client_id, ClientAct.SECRET_ADDED, by, secret=row.id)

    store.write(change)
    return secret


def rotate_secret(
    store: Store, client_id: str, overlap: timedelta, *, expires: datetime | None = None, by: str = OPERATOR
) -> str:
    """A new secret for a client; the one it has ends by itself after `overlap`, at once where that is zero."""
    row, secret = new_secret(client_id, expires)

    def change(session: Session) -> None:
        client = _client(session, client_id)
        if client.authentication is not Authentication.CLIENT_SECRET_BASIC:
            raise BadInput(f"`{client_id}` proves itself with keys and has no secrets: replace its keys")
        live = sorted(live_secrets(session, client_id), key=lambda item: item.created)
        now = datetime.now(UTC)
        for old in live[:-1]:  # what an earlier rotation left over
            old.ended_at = now
        for old in live[-1:]:
            old.expires = min(now + overlap, old.expires or now + overlap)
        session.add(row)
        note(session, client_id, ClientAct.SECRET_ADDED, by, secret=row.id, overlap_hours=overlap / timedelta(hours=1))

    store.write(change)
    return secret


def end_secret(store: Store, client_id: str, id_: str, by: str = OPERATOR) -> None:
    """Ends one secret of a client, now; tokens it was used for live on for their five minutes."""

    def change(session: Session) -> None:
        _client(session, client_id)
        secret = session.get(ClientSecret, (client_id, id_))
        if secret is None:
            raise BadInput(f"`{id_}` is no secret of `{client_id}`: give what stands before the dot of one")
        secret.ended_at = secret.ended_at or datetime.now(UTC)
        note(session, client_id, ClientAct.SECRET_ENDED, by, secret=id_)

    store.write(change)


def replace_keys(
    store: Store,
    client_id: str,
    *,
    jwks: Mapping[str, Any] | None = None,
    jwks_uri: str | None = None,
    networks: Sequence[Network] = (),
    by: str = OPERATOR,
) -> None:
    """Puts public keys, or the address of such, in the place of those a client has. Both old and new: they overlap."""

    def change(session: Session) -> None:
        client = _client(session, client_id)
        if client.authentication is not Authentication.PRIVATE_KEY_JWT:
            raise BadInput(f"`{client_id}` proves itself with a secret: register a client with keys and move over")
        set_keys(client, jwks, jwks_uri, networks)
        note(session, client_id, ClientAct.KEYS_REPLACED, by)

    store.write(change)


def disable_client(store: Store, client_id: str, by: str = OPERATOR) -> None:
    """Disables a client: no new tokens, and its live ones are refused within a second."""

    def change(session: Session) -> None:
        client = _client(session, client_id)
        client.disabled_at = client.disabled_at or datetime.now(UTC)
        note(session, client_id, ClientAct.DISABLED, by)

    store.write(change)


def _new_client(
    organization_id: str, label: str, scopes: Collection[Scope], purpose: Purpose, capacities: Collection[Capacity]
) -> Client:
    if not scopes:
        raise BadInput("`scopes` is empty: give the client at least one, such as information:read")
    return Client(
        client_id=new_client_id(organization_id),
        organization_id=organization_id,
        label=label,
        scopes=sorted(scope.value for scope in scopes),
        purpose=purpose,
        capacities=sorted(capacity.value for capacity in capacities),
    )


def new_client_id(organization_id: str) -> str:
    """An id that nobody else has; it says whose the client is."""
    return f"{organization_id}.{secrets.token_hex(6)}"


def new_secret(client_id: str, expires: datetime | None) -> tuple[ClientSecret, str]:
    """A secret as it is kept, and as it is shown once; it ends after `SECRET_DAYS` where no end is given. Hashes."""
    now = datetime.now(UTC)
    if expires is not None and expires <= now:
        raise BadInput("`expires` has passed: give a time to come")
    id_ = secrets.token_hex(4)
    secret = f"{id_}.{secrets.token_urlsafe(_SECRET_BYTES)}"
    until = expires or now + timedelta(days=SECRET_DAYS)
    return ClientSecret(client_id=client_id, id=id_, hash=_HASHER.hash(secret), created=now, expires=until), secret


def _add(session: Session, client: Client, by: str) -> None:
    if session.get(Organization, client.organization_id) is None:
        raise BadInput(f"`{client.organization_id}` is no known organization: add it first")
    session.add(client)
    session.flush()
    note(session, client.client_id, ClientAct.REGISTERED, by, scope=" ".join(client.scopes))


def _client(session: Session, client_id: str) -> Client:
    client = session.get(Client, client_id)
    if client is None:
        raise BadInput(f"`{client_id}` is no known client: see the list of clients")
    return client


def live_secrets(session: Session, client_id: str) -> Sequence[ClientSecret]:
    """The secrets of a client that can be used now."""
    now = datetime.now(UTC)
    rows = session.exec(select(ClientSecret).where(ClientSecret.client_id == client_id)).all()
    return [row for row in rows if is_live(row, now)]


def set_keys(client: Client, jwks: Mapping[str, Any] | None, jwks_uri: str | None, networks: Sequence[Network]) -> None:
    """Puts keys, or where they are published, into a client; raises `BadInput`."""
    if (jwks is None) is (jwks_uri is None):
        raise BadInput("`jwks` or `jwks_uri`: give exactly one of them")
    client.jwks = None if jwks is None else checked_jwks(jwks)
    client.jwks_uri = None if jwks_uri is None else checked_jwks_uri(jwks_uri, networks)
