"""`slt-gateway partners` and `clients` over a configured store, as an operator types them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.errors import BadInput, ConfigurationFault
from gateway.identity.keys import new_signing_key, to_pem
from gateway.partnership.load import load_directory
from gateway.store.engine import Store
from policies.vocabulary import Capacity, ImplementationLevel, PartnershipStatus

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
        group, name, *words = command.split()
        result = CliRunner().invoke(app, [group, name, "--config", str(config), *words, *more])
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
    before = store.epoch()
    assert "2 clients disabled" in run("clients disable --country SSD").stdout
    assert store.epoch() == before + 1, "one act"
    disabled = {client_id for client_id, client in load_directory(store).clients.items() if client.disabled}
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
