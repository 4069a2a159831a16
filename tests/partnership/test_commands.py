"""`slt-gateway partners` and `clients` over a configured store, as an operator types them."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.errors import BadInput, ConfigurationFault
from gateway.identity.keys import new_signing_key, to_pem
from gateway.ledger.entries import Entry
from gateway.ledger.ledger import SqlLedger
from gateway.partnership.applications import Applications, Commitments
from gateway.partnership.load import load_directory
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor
from gateway.store.engine import Store
from gateway.store.tables import Client, CommitteeSide, ReviewDecision
from policies.vocabulary import Capacity, ImplementationLevel, PartnershipStatus
from tests.partnership.test_contributions_hidden import shown

PARTNER = "plainfield-relief"
SETTINGS = """
[gateway]
url = "http://127.0.0.1:8700"
[store]
url = "sqlite:///{database}"
[keys]
master = {{ file = "master" }}
token_signing = {{ file = "signing.pem" }}
"""
Run = Callable[..., Result]


@pytest.fixture
def run(store: Store, tmp_path: Path) -> Run:
    (tmp_path / "master").write_text("m" * 64)
    (tmp_path / "signing.pem").write_bytes(to_pem(new_signing_key()))
    config = tmp_path / "gateway.toml"
    config.write_text(SETTINGS.format(database=tmp_path / "store.sqlite3"))

    def typed(command: str, *more: str, status: int = 0) -> Result:
        words = command.split()
        depth = 3 if words[1] in ("contacts", "platforms") else 2
        result = CliRunner().invoke(app, [*words[:depth], "--config", str(config), *words[depth:], *more])
        assert result.exit_code == status, result.output
        return result

    return typed


def cells(result: Result, first: str) -> list[str]:
    """The cells of the row that begins with `first`."""
    (line,) = [line for line in result.stdout.splitlines() if line.split(" ")[0] == first]
    return line.split()


def test_an_organization_is_added_set_and_listed(store: Store, run: Run) -> None:
    run("partners add northwind-aid --category INGO --name", "Northwind Aid")
    run("partners set northwind-aid IN_FORCE --area SOM --area SSD --since 2026-01-01 --until 2999-12-31")
    run("partners approve-area northwind-aid SSD --by undss")
    listed = cells(run("partners list"), "northwind-aid")
    assert listed == [
        "northwind-aid",
        "Northwind",
        "Aid",
        "INGO",
        "IN_FORCE",
        "SOM",
        "SSD",
        "2026-01-01",
        "2999-12-31",
        "SSD",
    ]
    run("partners set northwind-aid SUSPENDED --reason", "under dispute")
    assert cells(run("partners list"), "northwind-aid")[4] == "SUSPENDED"
    member = load_directory(store).members["northwind-aid"]
    assert member.standing.areas == {"SOM", "SSD"}, "a suspension keeps what was agreed"
    history = run("partners history northwind-aid").stdout
    assert [word in history for word in ("IN_FORCE", "SUSPENDED", "under dispute", "area approved", "undss")] == [
        True
    ] * 5


def test_an_agreement_that_has_run_out_is_listed_as_suspended(run: Run) -> None:
    run(f"partners set {PARTNER} IN_FORCE --since 2020-01-01 --until 2020-12-31")
    assert cells(run("partners list"), PARTNER)[4] == "SUSPENDED"


@pytest.mark.parametrize("status", ["SUSPENDED", "WITHDRAWN"])
def test_an_end_needs_a_reason_and_keeps_what_was_agreed(store: Store, run: Run, status: str) -> None:
    before = store.epoch()
    assert "--reason" in run(f"partners set {PARTNER} {status}", status=2).output
    assert "leave" in run(f"partners set {PARTNER} {status} --area SSD --reason because", status=2).output
    assert store.epoch() == before


def test_an_approval_is_revoked_from_a_day_on(store: Store, run: Run) -> None:
    run(f"partners approve-area {PARTNER} SSD --by undss --since 2026-01-01")
    run(f"partners revoke-area {PARTNER} SSD --on 2026-06-01")
    (approval,) = load_directory(store).members[PARTNER].approvals
    assert approval.period.until == date(2026, 5, 31)


def test_levels_that_disagree_with_the_risk_are_marked_and_listed_alone(store: Store, run: Run) -> None:
    run("partners set-level SSD ENHANCED --by undss --risk VERY_HIGH")
    run("partners set-level MLI REGULAR --by undss --risk HIGH")
    run("partners set-level SOM ENHANCED --by undss")
    assert load_directory(store).level("MLI") is ImplementationLevel.REGULAR
    listed = run("partners levels")
    assert ("!" in cells(listed, "MLI"), "!" in cells(listed, "SSD"), "!" in cells(listed, "SOM")) == (
        True,
        False,
        False,
    )
    alone = run("partners levels --disagreeing").stdout
    assert "MLI" in alone
    assert "SSD" not in alone
    run("partners set-level MLI ENHANCED --by undss --risk HIGH")
    assert run("partners levels --disagreeing").stdout == "no such area\n"
    assert "VERY_HIGH" in run("partners set-level MLI ENHANCED --by undss --risk GREAT", status=2).output


def test_what_can_not_be_recorded_is_refused_with_the_reason(run: Run) -> None:
    refused = run(f"partners approve-area {PARTNER} SSD --by {PARTNER}", status=1)
    assert isinstance(refused.exception, BadInput)
    assert "no UNSMS entity" in str(refused.exception)
    assert isinstance(run("partners history nobody", status=1).exception, BadInput)
    assert "2026-01-31" in run(f"partners approve-area {PARTNER} SSD --by undss --since soon", status=2).output


def test_a_secret_is_printed_once_and_never_listed(store: Store, run: Run) -> None:
    printed = run(f"clients register {PARTNER} notebook --capacity ANALYST --country SSD").stdout
    client_id, secret = (line.split()[1] for line in printed.splitlines())
    known = load_directory(store).clients[client_id]
    assert (known.organization, known.scopes) == (PARTNER, {"information:read", "alerts:read"})
    assert known.capacities == {Capacity.ANALYST}
    listed = run("clients list")
    assert secret not in listed.output
    assert {"notebook", "SSD", "SAFETY_AND_SECURITY", "ANALYST"} <= set(cells(listed, client_id))
    assert secret.partition(".")[0] in cells(listed, client_id)
    renewed = run(f"clients rotate-secret {client_id} --overlap-hours 1").stdout.split()[1]
    assert renewed != secret
    both = cells(run("clients list"), client_id)
    assert renewed.partition(".")[0] in both
    assert secret.partition(".")[0] in both


def test_one_act_disables_every_client_of_a_country(store: Store, run: Run) -> None:
    ids = {
        country: run(f"clients register {PARTNER} {country} --country {country}").stdout.split()[1]
        for country in ("SSD", "SOM")
    }
    other = run("clients register undss office --country SSD").stdout.split()[1]
    run(f"clients register {PARTNER} nowhere")
    run("clients register undss hub --country MLI")
    assert "0 clients disabled" in run(f"clients disable --country MLI --organization {PARTNER}").stdout
    assert "1 clients disabled" in run("clients disable --country MLI --organization undss").stdout
    assert "--country" in run(f"clients disable {other} --organization undss", status=2).output
    before = store.epoch()
    assert "2 clients disabled" in run("clients disable --country SSD").stdout
    assert store.epoch() == before + 1, "one act"
    known = load_directory(store).clients.items()
    disabled = {client_id for client_id, client in known if client.disabled and client.label != "hub"}
    assert disabled == {ids["SSD"], other}
    assert "0 clients disabled" in run("clients disable --country SSD").stdout
    run("clients disable", ids["SOM"])
    assert load_directory(store).clients[ids["SOM"]].disabled
    assert "--country" in run("clients disable", status=2).output
    assert isinstance(run("clients disable --country South", status=1).exception, BadInput)


def test_who_leaves_is_recorded_with_its_choice_and_its_statement(store: Store, run: Run) -> None:
    run(f"partners set {PARTNER} IN_FORCE --since 2026-01-01 --until 2999-12-31")
    client_id = run(f"clients register {PARTNER} notebook").stdout.split()[1]
    left = run(f"partners offboard {PARTNER} --by undss --records WITHDRAW --reason", "its programmes end").stdout
    directory = load_directory(store)
    assert directory.clients[client_id].disabled
    assert directory.members[PARTNER].standing.status is PartnershipStatus.WITHDRAWN
    assert directory.sharing.leavings.keys() == {PARTNER}
    id_ = left.split("offboarding ")[1].split()[0]
    run(f"partners record-destruction --by undss -- {id_}", "all copies were erased")
    again = run(f"partners record-destruction --by undss -- {id_}", "again", status=1)
    assert isinstance(again.exception, BadInput)
    assert isinstance(run("partners record-destruction --by undss absent x", status=1).exception, BadInput)
    run(f"partners set {PARTNER} IN_FORCE --since 2026-01-01 --until 2999-12-31")
    assert not load_directory(store).sharing.leavings, "it is back"


def test_a_country_that_is_none_registers_nothing(store: Store, run: Run) -> None:
    before = store.epoch()
    assert isinstance(run(f"clients register {PARTNER} laptop --country ssd", status=1).exception, BadInput)
    assert store.epoch() == before


def test_a_store_that_is_not_migrated_is_refused(store: Store, run: Run, tmp_path: Path) -> None:
    (tmp_path / "store.sqlite3").rename(tmp_path / "other.sqlite3")
    assert isinstance(run("partners list", status=1).exception, ConfigurationFault)


def test_what_is_decided_for_others_is_a_un_entitys_decision(store: Store, run: Run) -> None:
    run("partners add northwind-aid --category INGO --name", "Northwind Aid")
    before = store.epoch()
    for by in ("northwind-aid", "nobody"):
        for command in (
            f"partners offboard {PARTNER} --by {by} --records LEAVE --reason gone",
            f"partners record-destruction --by {by} absent done",
            f"partners contacts name {by} SIOC --name desk --mail d@example.org",
        ):
            assert isinstance(run(command, status=1).exception, BadInput), command
    assert store.epoch() == before
    run(f"partners offboard {PARTNER} --by {PARTNER} --records LEAVE --reason", "our programmes end")
    (_, row) = run("partners offboardings").stdout.splitlines()
    assert [row.split()[cell] for cell in (1, 3)] == [PARTNER, "LEAVE"]


def test_contacts_are_named_listed_and_ended(store: Store, run: Run) -> None:
    run(f"partners set {PARTNER} IN_FORCE")
    run(f"partners contacts name {PARTNER} FOCAL_POINT --name Desk --mail d@example.org --area SSD")
    sioc = run("partners contacts name undss SIOC --name Centre --telephone 211").stdout.split("entry ")[1].strip()
    assert cells(run("partners contacts list --area SSD"), sioc)[1:3] == ["undss", "SIOC"]
    alone = run("partners contacts list --role FOCAL_POINT").stdout
    assert ("d@example.org" in alone, "Centre" in alone) == (True, False)
    run(f"partners set {PARTNER} SUSPENDED --reason dispute")
    assert "d@example.org" not in run("partners contacts list").stdout
    run("partners contacts end --", sioc)
    assert run("partners contacts list").stdout == "nobody\n"
    assert isinstance(run("partners contacts end -- absent", status=1).exception, BadInput)


def test_a_members_word_for_a_platform_is_given_seen_and_ended(store: Store, run: Run) -> None:
    run("partners add common-ground --category INGO --name", "Common Ground")
    run(f"partners platforms authorize {PARTNER} common-ground --area SSD --until 2999-12-31")
    assert cells(run(f"partners platforms list {PARTNER}"), "common-ground")[1:] == [
        "SSD",
        f"{datetime.now(UTC).date()}",
        "2999-12-31",
    ]
    assert load_directory(store).mandates.keys() == {(PARTNER, "common-ground")}
    run(f"partners platforms end {PARTNER} common-ground")
    assert not load_directory(store).mandates
    assert isinstance(run(f"partners platforms end {PARTNER} common-ground", status=1).exception, BadInput)


def test_applications_are_listed_with_what_the_co_chairs_said(store: Store, run: Run) -> None:
    commitments = Commitments(
        security_risk_management="a register",
        contingency_planning="plans",
        emergency_arrangements="a duty line",
        purpose=True,
        confidentiality=True,
    )
    applications = Applications(store, Identifiers(b"m" * 64))
    at = datetime.now(UTC)
    made = applications.submit(commitments, ["SSD"], Actor(organization=PARTNER, officer="x", at=at), ())
    chair = Actor(organization="undss", officer="y", at=at)
    applications.review(made.row.id, CommitteeSide.DSS, ReviewDecision.APPROVE, None, chair)
    assert cells(run("partners applications --state UNDER_REVIEW"), made.row.id)[1:] == [
        PARTNER,
        "SSD",
        f"{at.date()}",
        "UNDER_REVIEW",
        "DSS",
        "APPROVE",
    ]
    assert run("partners applications --state APPROVED").stdout == "no application\n"


def test_an_organization_is_told_what_it_gave_and_received(store: Store, run: Run) -> None:
    assert run(f"partners contributions {PARTNER}").stdout == "nothing given or received\n"
    entry = shown("undss", {"one": PARTNER})
    asyncio.run(committed(store, msgspec.structs.replace(entry, at=datetime.now(UTC))))
    printed = run(f"partners contributions {PARTNER}").stdout
    assert [line.split() for line in printed.splitlines()[1::3]] == [
        [f"{datetime.now(UTC):%Y-%m}", "unknown", "1", "0"],
        ["undss", "1"],
    ]


async def committed(store: Store, entry: Entry) -> None:
    async with SqlLedger(store) as ledger:
        await ledger.commit(entry)


def test_a_client_that_signs_is_registered_and_its_keys_are_replaced(store: Store, run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.json" for number in range(2)]
    for path in paths:
        public = new_signing_key().as_dict(private=False)
        path.write_bytes(msgspec.json.encode({"keys": [{**public, "kid": path.stem}]}))
    client_id = run(f"clients register-keys {PARTNER} pipeline --jwks {paths[0]}").stdout.split()[1]
    assert load_directory(store).clients[client_id].label == "pipeline"
    run(f"clients replace-keys {client_id} --jwks {paths[1]}")
    with store.session() as session:
        kept = session.get_one(Client, client_id).jwks
    assert kept is not None
    assert [key["kid"] for key in kept["keys"]] == ["1"]
    paths[0].write_text("keys")
    assert isinstance(run(f"clients replace-keys {client_id} --jwks {paths[0]}", status=1).exception, BadInput)
    assert isinstance(run(f"clients register-keys {PARTNER} other", status=1).exception, BadInput)


def test_one_secret_of_a_client_is_ended(run: Run) -> None:
    client_id, secret = (
        line.split()[1] for line in run(f"clients register {PARTNER} notebook").stdout.splitlines()[:2]
    )
    id_ = secret.partition(".")[0]
    assert id_ in cells(run("clients list"), client_id)
    run(f"clients end-secret {client_id} {id_}")
    assert id_ not in cells(run("clients list"), client_id)
    assert isinstance(run(f"clients end-secret {client_id} absent", status=1).exception, BadInput)
