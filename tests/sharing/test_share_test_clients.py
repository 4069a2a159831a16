"""A test client needs no admission: tests of its own organization, and nothing else, whatever becomes of the rest."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema, get_named_type

from gateway.errors import BadInput
from gateway.identity.clients import register_test_client
from gateway.identity.exchange import ACCESS_TOKEN, EXCHANGE
from gateway.schema.printing import printed_schema
from gateway.schema.test_clients import OPEN
from tests.sharing.people import FULL, PLATFORM, RECEIPT, SEEN, WITH_PARTNERS, People, people

NEWCOMER = "a tester of larkspur-relief"
PARTNERS_TESTER = "a tester of harbour-relief"
PUBLIC = {"audience": "PUBLIC", "tlp": "CLEAR"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    with people(tmp_path_factory.mktemp("tested")) as running:
        yield running


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(printed_schema())


def test_viewer_says_that_it_is_one(here: People) -> None:
    query = "{ viewer { organization partnership test purpose capacities scopes } }"
    assert here.ask(NEWCOMER, query)["viewer"] == {
        "organization": "larkspur-relief",
        "partnership": "APPLICANT",
        "test": True,
        "purpose": "SAFETY_AND_SECURITY",
        "capacities": [],
        "scopes": ["alerts:read", "information:read", "information:share"],
    }
    assert here.ask("harbour-relief", "{ viewer { test } }")["viewer"] == {"test": False}


def test_its_token_says_so_too(here: People) -> None:
    payload = here.token(NEWCOMER).split(".")[1]
    claims = msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["test"] is True
    form = {"token": here.token(NEWCOMER)}
    told = here.http.post(f"{here.url}/oauth/introspect", data=form, auth=here.credentials(NEWCOMER)).json()
    assert (told["active"], told["test"]) == (True, True)
    form = {"token": here.token("harbour-relief")}
    told = here.http.post(f"{here.url}/oauth/introspect", data=form, auth=here.credentials("harbour-relief")).json()
    assert "test" not in told


@pytest.mark.parametrize("label", [NEWCOMER, PARTNERS_TESTER])
def test_it_shares_reads_and_takes_back_a_test(here: People, label: str) -> None:
    payload = here.act(label, "shareIncident", here.sending(**FULL, status="TEST"), f"{RECEIPT} record {{ {SEEN} }}")
    assert payload["userErrors"] == []
    id_ = payload["receipt"]["id"]
    assert payload["record"]["redactions"] == []
    assert here.seen(label, id_) == payload["record"]
    assert here.listed(label, status=["TEST"]) >= {id_}
    restricted = {"id": id_, "restrictions": [{"groups": ["WHAT"]}]}
    assert here.act(label, "setRestrictions", restricted, "userErrors { code }") == {"userErrors": []}
    taken = {"id": id_, "reason": "Tried out."}
    assert here.act(label, "withdraw", taken, "record { id } userErrors { code }")["record"] == {"id": id_}


@pytest.mark.parametrize("label", [NEWCOMER, PARTNERS_TESTER])
@pytest.mark.parametrize("status", ["ACTUAL", "EXERCISE", "SYSTEM", "DRAFT"])
def test_it_shares_nothing_that_is_meant(here: People, label: str, status: str) -> None:
    payload = here.act(label, "shareIncident", here.sending(**FULL, status=status))
    (error,) = payload["userErrors"]
    assert (error["field"], error["code"]) == ("status", "NOT_ALLOWED")
    assert "TEST" in error["message"]


def test_it_reads_nothing_but_tests_of_its_own_organization(here: People) -> None:
    everyone = {
        "a record of its own organization": here.shared("harbour-relief", **FULL, handling=WITH_PARTNERS)["id"],
        "a draft of its own organization": here.shared("harbour-relief", **FULL, status="DRAFT")["id"],
        "a partner's record": here.shared("northwind-aid", **FULL, handling=WITH_PARTNERS)["id"],
        "a public record": here.shared("northwind-aid", **FULL, handling=PUBLIC)["id"],
        "another's test": here.shared("northwind-aid", **FULL, status="TEST", handling=PUBLIC)["id"],
        "another newcomer's test": here.shared(NEWCOMER, **FULL, status="TEST", handling=PUBLIC)["id"],
    }
    mine = here.shared(PARTNERS_TESTER, **FULL, status="TEST")["id"]
    statuses = ["ACTUAL", "EXERCISE", "SYSTEM", "TEST", "DRAFT"]
    listed = here.listed(PARTNERS_TESTER, status=statuses)
    assert mine in listed
    for what, id_ in everyone.items():
        assert id_ not in listed, what
        assert here.seen(PARTNERS_TESTER, id_) is None, what
        for mutation in ("withdraw", "setRestrictions"):
            input_: dict[str, Any] = {
                "id": id_,
                **({"reason": "?"} if mutation == "withdraw" else {"restrictions": []}),
            }
            payload = here.act(PARTNERS_TESTER, mutation, input_, "userErrors { code }")
            assert payload["userErrors"] == [{"code": "NOT_FOUND"}], what
    assert here.seen("harbour-relief", mine) is not None, "its organization's own programs see its tests"


def test_a_tests_external_id_touches_nothing_that_has_the_same_one(here: People) -> None:
    meant = here.shared("harbour-relief", "the-same-id", **FULL, handling=WITH_PARTNERS)
    test = here.shared(PARTNERS_TESTER, "the-same-id", **{**FULL, "title": "A try"}, status="TEST")
    assert test["id"] != meant["id"]
    assert (test["version"], meant["version"]) == (1, 1)
    own = here.seen("harbour-relief", meant["id"])
    assert own is not None
    assert own["title"] == FULL["title"]


def test_only_its_newest_tests_are_kept(here: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.sharing.records.shelf.MOST_TESTS", 3)
    meant = here.shared("stonebridge-aid", "kept", **FULL, status="TEST")["id"]
    ids = [here.shared(NEWCOMER, **FULL, status="TEST")["id"] for _ in range(5)]
    assert here.listed(NEWCOMER, status=["TEST"]) == set(ids[2:])
    assert here.seen("stonebridge-aid", meant) is not None, "another organization's are its own affair"


def test_every_root_field_that_is_not_of_records_is_closed(here: People, schema: GraphQLSchema) -> None:
    closed = 0
    for root, kind in ((schema.query_type, "query"), (schema.mutation_type, "mutation")):
        assert isinstance(root, GraphQLObjectType)
        for name, field in root.fields.items():
            declared = ", ".join(f"${key}: {item.type}" for key, item in field.args.items())
            given = ", ".join(f"{key}: ${key}" for key in field.args)
            variables = {key: _least(item.type) for key, item in field.args.items()}
            leaf = "" if not hasattr(get_named_type(field.type), "fields") else " { __typename }"
            head = f"{kind}({declared})" if declared else kind
            call = f"{name}({given})" if given else name
            # A fragment hides nothing.
            body = f"{head} {{ ...asked }} fragment asked on {root.name} {{ {call}{leaf} }}"
            answer = here.post(NEWCOMER, body, variables).json()
            codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert ("FORBIDDEN" in codes) is (name not in OPEN), (name, answer)
            closed += name not in OPEN
    assert closed > 40


def _least(kind: Any) -> Any:
    """A value that a variable of this type can have."""
    text = str(kind)
    if not text.endswith("!"):
        return None
    named = get_named_type(kind)
    if text.startswith("["):
        return []
    if hasattr(named, "values"):
        return next(iter(named.values))
    if hasattr(named, "fields"):
        return {key: _least(item.type) for key, item in named.fields.items() if str(item.type).endswith("!")}
    return {"Int": 2026, "Boolean": True, "Date": "2026-11-24", "DateTime": "2026-11-24T00:00:00Z"}.get(named.name, "x")


def test_what_is_open_is_in_the_schema(schema: GraphQLSchema) -> None:
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    names = {*schema.query_type.fields, *schema.mutation_type.fields}
    assert {name for name in OPEN if not name.startswith("_")} <= names


def test_a_platform_can_not_ask_for_a_member_with_its_test_client(here: People) -> None:
    platform = here.credentials(PLATFORM)
    form = {"grant_type": EXCHANGE, "subject_token_type": ACCESS_TOKEN}
    token = {"subject_token": here.token("harbour-relief")}
    assert here.http.post(f"{here.url}/oauth/token", data={**form, **token}, auth=platform).status_code == 200
    test = {"subject_token": here.token(PARTNERS_TESTER)}
    refused = here.http.post(f"{here.url}/oauth/token", data={**form, **test}, auth=platform)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


def test_it_belongs_to_an_organization_that_is_known(here: People) -> None:
    with pytest.raises(BadInput, match="is no known organization"):
        register_test_client(here.store, "nobody-at-all", "a try")
