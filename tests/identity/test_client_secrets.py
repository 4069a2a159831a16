"""A client's secrets: several for a while, each with its end."""

from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel import select

from gateway.errors import BadInput
from gateway.identity.clients import (
    SECRET_DAYS,
    Secrets,
    add_secret,
    end_secret,
    register_client,
    register_key_client,
    replace_keys,
    rotate_secret,
    secret_id,
)
from gateway.identity.scopes import Scope
from gateway.store.migrate import alembic_configuration
from gateway.store.tables import Client, ClientSecret
from policies.vocabulary import Purpose
from tests.identity.conftest import PARTNER, Served
from tests.identity.signing import new_key, public


def status(served: Served, secret: str) -> int:
    return served.post("/oauth/token", {"grant_type": "client_credentials"}, (served.client_id, secret)).status_code


def test_a_second_secret_works_beside_the_first_until_that_is_ended(served: Served) -> None:
    second = add_secret(served.store, served.client_id)
    assert [status(served, served.secret), status(served, second)] == [200, 200]
    with pytest.raises(BadInput, match="2 secrets"):
        add_secret(served.store, served.client_id)
    end_secret(served.store, served.client_id, secret_id(served.secret))
    assert [status(served, served.secret), status(served, second)] == [401, 200]
    assert status(served, add_secret(served.store, served.client_id)) == 200


def test_a_rotation_overlaps_and_then_the_former_secret_ends_by_itself(served: Served) -> None:
    second = rotate_secret(served.store, served.client_id, timedelta(days=7))
    assert [status(served, served.secret), status(served, second)] == [200, 200]
    with served.store.transaction() as session:
        former = session.get(ClientSecret, (served.client_id, secret_id(served.secret)))
        assert former is not None
        assert former.expires is not None
        assert timedelta(days=6) < former.expires - datetime.now(UTC) <= timedelta(days=7)
        former.expires = datetime.now(UTC) - timedelta(seconds=1)
        session.add(former)
    assert [status(served, served.secret), status(served, second)] == [401, 200]


def test_rotating_without_overlap_ends_what_was_there(served: Served) -> None:
    second = rotate_secret(served.store, served.client_id, timedelta(days=7))
    third = rotate_secret(served.store, served.client_id, timedelta())
    assert [status(served, secret) for secret in (served.secret, second, third)] == [401, 401, 200]


def test_every_secret_ends_and_none_is_kept_as_it_is(served: Served) -> None:
    with pytest.raises(BadInput, match="passed"):
        add_secret(served.store, served.client_id, expires=datetime.now(UTC))
    with served.store.session() as session:
        kept = session.exec(select(ClientSecret)).one()
    assert kept.expires is not None
    assert abs(kept.expires - kept.created - timedelta(days=SECRET_DAYS)) < timedelta(minutes=1)
    assert kept.hash.startswith("$argon2id$")
    assert served.secret not in kept.hash


def test_a_secret_of_before_there_were_several_goes_on_working(served: Served) -> None:
    with served.store.connection() as connection:
        command.downgrade(alembic_configuration(connection), "0005")
        connection.execute(text("UPDATE client SET secret_hash = :hash"), {"hash": Secrets().hash("of-before")})
    with served.store.connection() as connection:
        command.upgrade(alembic_configuration(connection), "head")
    assert [status(served, secret) for secret in ("of-before", served.secret, "another")] == [200, 401, 401]
    second = rotate_secret(served.store, served.client_id, timedelta())
    assert [status(served, secret) for secret in ("of-before", second)] == [401, 200]


def test_the_last_use_is_noted(served: Served) -> None:
    def noted() -> datetime | None:
        with served.store.session() as session:
            return session.exec(select(Client.last_used).where(Client.client_id == served.client_id)).one()

    assert noted() is None
    epoch = served.store.epoch()
    assert status(served, served.secret) == 200
    first = noted()
    assert first is not None
    assert abs(datetime.now(UTC) - first) < timedelta(seconds=30)
    assert status(served, served.secret) == 200
    assert (noted(), served.store.epoch()) == (first, epoch)


def test_secrets_and_keys_do_not_mix(served: Served) -> None:
    jwks = public(new_key())
    client = register_key_client(served.store, PARTNER, "signs", [Scope.ALERTS_READ], Purpose.OTHER, jwks=jwks)
    for change in (add_secret, lambda store, id_: rotate_secret(store, id_, timedelta())):
        with pytest.raises(BadInput, match="has no secrets"):
            change(served.store, client)
    with pytest.raises(BadInput, match="with a secret"):
        replace_keys(served.store, served.client_id, jwks=jwks)
    with pytest.raises(BadInput, match="exactly one"):
        register_key_client(served.store, PARTNER, "signs", [Scope.ALERTS_READ], Purpose.OTHER)
    with pytest.raises(BadInput, match="no secret of"):
        end_secret(served.store, served.client_id, "nonsense")
    assert register_client(served.store, PARTNER, "another", [Scope.ALERTS_READ], Purpose.OTHER)
