"""`slt-gateway partners end-person` and `readmit-person`, and `check` on trusted issuers, as an operator types them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.errors import BadInput
from gateway.identity.keys import new_signing_key, to_pem
from gateway.partnership.admission import add_organization
from gateway.partnership.load import load_directory
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from gateway.store.tables import DepartedPerson
from policies.vocabulary import OrganizationCategory
from tests.identity.conftest import PARTNER

SETTINGS = """
[gateway]
url = "http://127.0.0.1:8700"
[store]
url = "sqlite:///{folder}/store.sqlite3"
[keys]
master = {{ file = "master" }}
token_signing = {{ file = "signing.pem" }}
[[identity.trusted_issuers]]
name = "hq"
label = "Headquarters"
issuer = "https://login.example"
client_id = "slt-gateway"
organization_claim = "org"
organizations = {{ A = "{partner}", B = "{other}" }}
"""
Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    migrate(opened)
    add_organization(opened, PARTNER, "Plainfield Relief", OrganizationCategory.INGO)
    yield opened
    opened.close()


@pytest.fixture
def run(store: Store, tmp_path: Path) -> Run:
    (tmp_path / "master").write_text("m" * 64)
    (tmp_path / "signing.pem").write_bytes(to_pem(new_signing_key()))
    config = tmp_path / "gateway.toml"

    def typed(*words: str, status: int = 0, other: str = PARTNER) -> Result:
        config.write_text(SETTINGS.format(folder=tmp_path, partner=PARTNER, other=other))
        result = CliRunner().invoke(app, [*words, "--config", str(config)])
        assert result.exit_code == status, result.output
        return result

    return typed


def departed(store: Store) -> frozenset[tuple[str, str]]:
    return load_directory(store).departed


def test_a_person_leaves_and_returns_and_that_it_was_so_stays_on_record(run: Run, store: Store) -> None:
    for _ in range(2):
        run("partners", "end-person", PARTNER, "hq:amina", "--by", PARTNER)
    assert departed(store) == {(PARTNER, "hq:amina")}
    run("partners", "readmit-person", PARTNER, "hq:amina", "--by", PARTNER)
    assert departed(store) == frozenset()
    again = run("partners", "readmit-person", PARTNER, "hq:amina", "--by", PARTNER, status=1)
    assert isinstance(again.exception, BadInput)
    run("partners", "end-person", PARTNER, "hq:amina", "--by", PARTNER)
    with store.session() as session:
        rows = session.exec(select(DepartedPerson).order_by(col(DepartedPerson.id))).all()
    assert [(row.recorded_by, row.returned_at is None) for row in rows] == [("operator", False), ("operator", True)]


def test_nobody_leaves_an_organization_that_is_not_there(run: Run, store: Store) -> None:
    wrong = run("partners", "end-person", "nowhere", "hq:amina", "--by", PARTNER, status=1)
    assert isinstance(wrong.exception, BadInput)
    assert departed(store) == frozenset()


def test_check_names_organizations_that_an_issuer_speaks_for_and_nobody_knows(run: Run) -> None:
    told = run("check", status=1, other="nowhere")
    assert "`hq` speaks for `nowhere`, which is no known organization" in told.output
    run("check")
