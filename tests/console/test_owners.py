"""Who answers for a client: two at least, named, taken out, handed over; and what once was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from gateway.cli import app
from gateway.errors import BadInput
from gateway.identity.client_owners import end_owner, hand_over, name_owners, owner_of, owners
from gateway.identity.clients import register_client
from gateway.identity.keys import new_signing_key, to_pem
from gateway.identity.scopes import Scope
from gateway.identity.self_service import PURPOSE, scopes_within
from gateway.partnership.admission import add_organization
from gateway.partnership.clients import disable_country, place_client
from gateway.sharing.subject import Actor
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from gateway.store.tables import ClientOwner
from policies.vocabulary import OrganizationCategory, PartnershipStatus

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
BY = Actor(organization="aid", officer="demo:one", at=AT)
OTHER = Actor(organization="relief", officer="demo:two", at=AT)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    migrate(opened)
    for id_ in ("aid", "relief"):
        add_organization(opened, id_, id_.title(), OrganizationCategory.INGO)
    yield opened
    opened.close()


def client(store: Store, organization: str = "aid", *named: str) -> str:
    client_id, _ = register_client(store, organization, "a label", [Scope.INFORMATION_READ], PURPOSE)
    if named:
        name_owners(store, client_id, named, Actor(organization=organization, officer="demo:one", at=AT))
    return client_id


def test_owners_are_told_in_the_order_they_were_named_and_once(store: Store) -> None:
    one, two = client(store, "aid", "a@x", "b@x", "a@x"), client(store)
    name_owners(store, one, ["b@x", "c@x"], BY)
    assert owners(store, "aid") == {one: ["a@x", "b@x", "c@x"]}
    assert two not in owners(store, "aid")
    assert owners(store, "relief") == {}


def test_the_last_two_can_not_be_taken_out(store: Store) -> None:
    one = client(store, "aid", "a@x", "b@x", "c@x")
    end_owner(store, one, "b@x", BY)
    assert owners(store, "aid") == {one: ["a@x", "c@x"]}
    with pytest.raises(BadInput, match="at least 2 owners"):
        end_owner(store, one, "a@x", BY)


def test_handing_over_reaches_every_client_or_none(store: Store) -> None:
    one, two, three = (
        client(store, "aid", "a@x", "b@x"),
        client(store, "aid", "a@x", "c@x"),
        client(store, "aid", "b@x"),
    )
    theirs = client(store, "relief", "a@x", "b@x")
    with pytest.raises(BadInput, match="the other owner of"):
        hand_over(store, "a@x", "c@x", BY)
    assert owners(store, "aid")[one] == ["a@x", "b@x"]
    assert sorted(hand_over(store, "a@x", "d@x", BY)) == sorted([one, two])
    assert owners(store, "aid") == {one: ["b@x", "d@x"], two: ["c@x", "d@x"], three: ["b@x"]}
    assert owners(store, "relief") == {theirs: ["a@x", "b@x"]}
    with pytest.raises(BadInput, match="owns none of these"):
        hand_over(store, "a@x", "e@x", BY)
    assert hand_over(store, "b@x", "f@x", BY, among=[one]) == [one]
    assert owners(store, "aid")[three] == ["b@x"]
    with pytest.raises(BadInput, match="who hands over"):
        hand_over(store, "b@x", "b@x", BY)


def test_who_once_was_an_owner_stays_on_record(store: Store) -> None:
    client(store, "aid", "a@x", "b@x")
    hand_over(store, "a@x", "c@x", BY)
    with store.session() as session:
        rows = session.exec(select(ClientOwner).order_by(ClientOwner.owner)).all()
    assert [(row.owner, row.named_by, row.ended_by, row.ended_at) for row in rows] == [
        ("a@x", "demo:one", "demo:one", AT),
        ("b@x", "demo:one", None, None),
        ("c@x", "demo:one", None, None),
    ]


def test_another_organizations_client_is_unknown(store: Store) -> None:
    one = client(store, "aid", "a@x", "b@x", "c@x")
    with pytest.raises(BadInput, match="no client of your organization"):
        name_owners(store, one, ["d@x"], OTHER)
    with pytest.raises(BadInput, match="no client of your organization"):
        end_owner(store, one, "a@x", OTHER)
    assert len(owners(store, "aid")[one]) == 3


@pytest.mark.parametrize("name", ["", " ", "a\nb@x", "x" * 201])
def test_what_is_no_name_is_refused(store: Store, name: str) -> None:
    with pytest.raises(BadInput, match="can't be one"):
        name_owners(store, client(store), [name], BY)


def test_the_operator_does_the_same_on_the_command_line(store: Store, tmp_path: Path) -> None:
    (tmp_path / "master").write_text("m" * 64)
    (tmp_path / "signing.pem").write_bytes(to_pem(new_signing_key()))
    config = tmp_path / "gateway.toml"
    config.write_text(
        f'[gateway]\nurl = "http://127.0.0.1:8700"\n[store]\nurl = "sqlite:///{tmp_path / "store.sqlite3"}"\n'
        '[keys]\nmaster = { file = "master" }\ntoken_signing = { file = "signing.pem" }\n'
    )

    def typed(*words: str) -> str:
        result = CliRunner().invoke(app, ["clients", *words, "--config", str(config)])
        assert result.exit_code == 0, result.output
        return result.output

    one = client(store)
    typed("name-owners", one, "a@x", "b@x", "c@x")
    typed("end-owner", one, "b@x")
    assert typed("hand-over", "aid", "a@x", "d@x") == f"{one}: owned by d@x\n"
    assert owners(store, "aid") == {one: ["c@x", "d@x"]}
    assert "c@x d@x" in typed("owners", "aid")
    refused = CliRunner().invoke(app, ["clients", "end-owner", one, "c@x", "--config", str(config)])
    assert isinstance(refused.exception, BadInput)


def test_a_person_is_known_by_mail_or_else_by_the_issuers_id() -> None:
    assert owner_of("demo:one", "One@Aid.example") == "one@aid.example"
    assert owner_of("demo:one", None) == "demo:one"


def test_a_country_is_disabled_for_one_organization_or_for_all(store: Store) -> None:
    ours, theirs, elsewhere = client(store), client(store, "relief"), client(store)
    for client_id, country in ((ours, "SSD"), (theirs, "SSD"), (elsewhere, "MLI")):
        place_client(store, client_id, country)
    assert disable_country(store, "SSD", "aid") == [ours]
    assert disable_country(store, "SSD") == [theirs]


def test_no_standing_is_offered_more_than_a_partner_in_force() -> None:
    assert set(scopes_within(PartnershipStatus.IN_FORCE)) == set(Scope)
    for status in PartnershipStatus:
        beyond = {Scope.CONSENT_DECIDE, Scope.INFORMATION_SHARE} & set(scopes_within(status))
        assert bool(beyond) is (status is PartnershipStatus.IN_FORCE)
    assert scopes_within(PartnershipStatus.WITHDRAWN) == ()
