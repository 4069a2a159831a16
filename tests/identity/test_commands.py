"""`slt-gateway clients invite`, `invitations`, `history` and the options of `register`, as an operator types them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.identity.keys import new_signing_key, to_pem
from gateway.store.tables import Client
from tests.identity.conftest import PARTNER, Served, serving
from tests.identity.registering import managed, registered, replacing

SETTINGS = """
[gateway]
url = "{url}"
[store]
url = "sqlite:///{folder}/store.sqlite3"
[keys]
master = {{ file = "master" }}
token_signing = {{ file = "signing.pem" }}
"""
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path]]:
    folder = tmp_path_factory.mktemp("office")
    with serving(folder) as served:
        (folder / "master").write_text("m" * 64)
        (folder / "signing.pem").write_bytes(to_pem(new_signing_key()))
        config = folder / "gateway.toml"
        config.write_text(SETTINGS.format(url=served.url, folder=folder))
        yield served, config


def typed(config: Path, *words: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["clients", *words, "--config", str(config)])
    assert result.exit_code == status, result.output
    return result.output


def value(output: str, name: str) -> str:
    return next(line.split()[1] for line in output.splitlines() if line.startswith(name))


def test_from_an_invitation_to_a_client_and_its_history(office: tuple[Served, Path]) -> None:
    served, config = office
    output = typed(config, "invite", PARTNER, "--scope", "alerts:read", "--country", "SSD", "--hours", "2")
    assert value(output, "registration_endpoint") == f"{served.url}/oauth/register"
    token = value(output, "initial_access_token")
    listed = typed(config, "invitations", "--organization", PARTNER)
    assert token.partition(".")[0] in listed
    assert token.partition(".")[2] not in listed
    told = registered(served, token, scope="alerts:read information:read")
    assert (told["scope"], told["country"]) == ("alerts:read", "SSD")
    assert "no invitation" in typed(config, "invitations")
    managed(told, "PUT", replacing(told, client_name="renamed"))
    typed(config, "rotate-secret", told["client_id"])
    typed(config, "disable", "--country", "SSD")
    lines = typed(config, "history", told["client_id"]).splitlines()
    assert [line.split()[1] for line in lines] == ["WHAT", "REGISTERED", "UPDATED", "SECRET_ADDED", "DISABLED"]
    assert "invitation" in lines[1]
    assert "client_name" in lines[2]
    assert "operator" in lines[3]
    assert "nothing on record" in typed(config, "history", "nobody")


def test_a_client_for_persons_whose_tokens_are_bound(office: tuple[Served, Path]) -> None:
    served, config = office
    back = "https://desk.example/back"
    client_id = value(typed(config, "register", PARTNER, "desk", "--redirect-uri", back, "--dpop-bound"), "client_id")
    with served.store.session() as session:
        client = session.get_one(Client, client_id)
    assert (client.redirect_uris, client.dpop_bound) == ([back], True)
