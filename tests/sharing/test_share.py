"""Sharing with the gateway itself: taken in once, under one's own name, and from then on a record like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any

import pytest
from sqlmodel import select

from gateway.store.engine import open_store
from gateway.store.tables import RecordShared, RecordSubmission
from tests.sharing.people import FULL, RECEIPT, SEEN, WITH_PARTNERS, People, people


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    with people(tmp_path_factory.mktemp("shared")) as running:
        yield running


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it came to hold; recalls are told by a thread of their own."""
    until = monotonic() + 20
    while not holds():
        if monotonic() > until:
            return False
    return True


def test_what_is_shared_is_a_record_like_any_other(here: People) -> None:
    sent = here.sending(**FULL, handling=WITH_PARTNERS)
    payload = here.act("harbour-relief", "shareIncident", sent, f"{RECEIPT} record {{ {SEEN} }}")
    receipt, own = payload["receipt"], payload["record"]
    assert (receipt["version"], own["id"], own["redactions"]) == (1, receipt["id"], [])
    assert own["originator"] == {"id": "harbour-relief", "name": "Harbour Relief", "type": "INGO"}
    assert own["source"] == {"name": "gateway", "connector": "gateway"}
    assert own["occurred"] == {
        "start": "2026-11-20T14:30:00+00:00",
        "end": "2026-11-20T14:30:00+00:00",
        "precision": "INSTANT",
    }
    assert own["location"]["point"] == {"type": "Point", "coordinates": [31.5, 4.85]}
    assert (own["location"]["precision"], own["location"]["country"]) == ("POSITION", {"iso3": "SSD"})
    assert own["affected"]["injured"]["value"] == 2

    inside, outside = here.seen("northwind-aid", receipt["id"]), here.seen("meridian-health", receipt["id"])
    assert inside is not None
    assert outside is not None
    assert inside["location"]["point"] is not None
    assert outside["location"]["point"] is None
    assert outside["occurred"]["precision"] in ("WEEK", "MONTH")
    assert {item["group"] for item in outside["redactions"]} >= {"WHERE", "WHEN", "PERSONS", "NARRATIVE"}
    for label in ("stonebridge-aid", "larkspur-relief"):
        assert here.seen(label, receipt["id"]) is None
        assert receipt["id"] not in here.listed(label)
    assert receipt["id"] in here.listed("meridian-health", originator=["harbour-relief"]) | here.listed(
        "meridian-health", country=["SSD"]
    )


def test_what_is_not_said_of_handling_is_as_strict_as_can_be(here: People) -> None:
    id_ = here.shared("harbour-relief", **FULL)["id"]
    own = here.seen("harbour-relief", id_)
    assert own is not None
    assert own["handling"] == {"tlp": "RED"}
    for label in ("undss", "northwind-aid", "meridian-health"):
        assert here.seen(label, id_) is None
        assert id_ not in here.listed(label)


def test_the_list_tells_of_the_source_like_of_any_other(here: People) -> None:
    here.shared("harbour-relief", **FULL, handling=WITH_PARTNERS)
    query = (
        "{ incidents(first: 1000) { totalCount { value relation } nodes { id } sources { name state asOf records } } }"
    )
    answer = here.ask("northwind-aid", query)["incidents"]
    (source,) = answer["sources"]
    assert (source["name"], source["state"], source["records"]) == ("gateway", "OK", len(answer["nodes"]))
    assert answer["totalCount"] == {"value": len(answer["nodes"]), "relation": "EXACT"}
    assert datetime.now(UTC) - datetime.fromisoformat(source["asOf"]) < timedelta(minutes=5)


def test_the_same_key_with_the_same_content_gives_the_same_receipt(here: People) -> None:
    first = here.sending(**FULL, handling=WITH_PARTNERS)
    receipt = here.act("harbour-relief", "shareIncident", first)["receipt"]
    here.shared("harbour-relief", first["externalId"], **{**FULL, "title": "Shots at the bridge"})
    assert here.act("harbour-relief", "shareIncident", first)["receipt"] == receipt
    own = here.seen("harbour-relief", receipt["id"])
    assert own is not None
    assert own["title"] == "Shots at the bridge", "a late repetition puts nothing back"


def test_the_same_key_with_other_content_is_refused(here: People) -> None:
    first = here.sending(**FULL)
    assert here.act("harbour-relief", "shareIncident", first)["receipt"]
    payload = here.act("harbour-relief", "shareIncident", {**first, "title": "Another title"})
    assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [
        ("idempotencyKey", "IDEMPOTENCY_KEY_REUSED")
    ]
    # A key belongs to an organization and an operation.
    assert here.act("northwind-aid", "shareIncident", {**first, "title": "Another title"})["receipt"]
    lesson = {"externalId": "lesson", "idempotencyKey": first["idempotencyKey"], "lesson": "Look twice."}
    assert here.act("harbour-relief", "shareLessonLearned", lesson)["receipt"]


def test_a_known_external_id_becomes_the_next_version(here: People) -> None:
    first = here.shared("harbour-relief", "upserted", **FULL, handling=WITH_PARTNERS)
    second = here.shared("harbour-relief", "upserted", **{**FULL, "impact": "CRITICAL"}, handling=WITH_PARTNERS)
    assert (second["id"], second["version"], second["sharedAt"]) == (first["id"], 2, first["sharedAt"])
    seen = here.seen("northwind-aid", first["id"])
    assert seen is not None
    assert seen["impact"] == "CRITICAL"
    again = here.shared("harbour-relief", "upserted", **{**FULL, "impact": "CRITICAL"}, handling=WITH_PARTNERS)
    assert again["version"] == 2, "nothing has changed"
    other = here.shared("northwind-aid", "upserted", **FULL, handling=WITH_PARTNERS)
    assert other["id"] != first["id"], "an external id is its organization's own"


def test_two_that_send_at_once_make_one_record(here: People) -> None:
    sent = here.sending("at-once", **FULL, handling=WITH_PARTNERS)
    here.token("harbour-relief")
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: here.act("harbour-relief", "shareIncident", sent)["receipt"], range(8)))
    assert receipts == [receipts[0]] * 8
    assert receipts[0]["version"] == 1


def test_it_is_durable_when_it_is_told(here: People) -> None:
    receipt = here.shared("harbour-relief", "durable", **FULL)
    store = open_store(str(here.store._reading.url))
    with store.session() as session:
        (row,) = session.exec(select(RecordShared).where(RecordShared.external_id == "durable")).all()
        (sent,) = session.exec(select(RecordSubmission).where(RecordSubmission.native == row.native)).all()
    store.close()
    assert (row.organization_id, row.version, sent.version) == ("harbour-relief", 1, receipt["version"])
    assert sent.submitted_by.startswith("harbour-relief.")


def test_a_tightening_takes_effect_at_once_and_is_told_to_those_who_lost_by_it(here: People) -> None:
    id_ = here.shared("harbour-relief", "tightened", **FULL, handling=WITH_PARTNERS)["id"]

    def heard(label: str, kind: str) -> bool:
        return kind in here.told(label, id_)

    for label in ("northwind-aid", "meridian-health", "undss"):
        assert here.seen(label, id_) is not None
    restricted = {**WITH_PARTNERS, "restrictions": [{"groups": ["AFFECTED"], "liftedFor": ["undss"]}]}
    here.shared("harbour-relief", "tightened", **FULL, handling=restricted)
    after = here.seen("northwind-aid", id_)
    assert after is not None
    assert after["affected"] is None
    assert eventually(lambda: "RECORD_RESTRICTED" in here.told("northwind-aid", id_))
    assert eventually(lambda: "RECORD_RESTRICTED" in here.told("meridian-health", id_))
    here.shared("harbour-relief", "tightened", **FULL, handling={**restricted, "audience": "UNSMS"})
    for label in ("northwind-aid", "meridian-health"):
        assert here.seen(label, id_) is None
        assert eventually(partial(heard, label, "RECORD_WITHDRAWN"))
    assert here.told("undss", id_) == [], "it lost nothing"
    assert here.told("harbour-relief", id_) == []
    assert here.told("stonebridge-aid", id_) == [], "it was never shown it"


def test_a_widening_is_no_recall(here: People) -> None:
    id_ = here.shared("harbour-relief", "widened", **FULL, handling={"audience": "UNSMS", "tlp": "AMBER"})["id"]
    assert here.seen("undss", id_) is not None
    here.shared("harbour-relief", "widened", **{**FULL, "impact": "MINOR"}, handling=WITH_PARTNERS)
    assert here.seen("northwind-aid", id_) is not None
    sentinel = here.shared("harbour-relief", "sentinel", **FULL, handling=WITH_PARTNERS)["id"]
    assert here.seen("undss", sentinel) is not None
    here.act(
        "harbour-relief", "withdraw", {"id": sentinel, "reason": "To see the recalls pass."}, "userErrors { code }"
    )
    assert eventually(lambda: "RECORD_WITHDRAWN" in here.told("undss", sentinel))
    assert here.told("undss", id_) == []


def test_what_turns_out_not_to_be_so_is_told_to_who_was_shown_it(here: People) -> None:
    flash = {**FULL, "stage": "FLASH"}
    id_ = here.shared("harbour-relief", "flash", **flash, handling=WITH_PARTNERS)["id"]
    assert here.seen("northwind-aid", id_) is not None
    here.shared(
        "harbour-relief", "flash", **{**flash, "stage": "FINAL", "verification": "REFUTED"}, handling=WITH_PARTNERS
    )
    assert eventually(lambda: "RECORD_REFUTED" in here.told("northwind-aid", id_))
    assert here.told("meridian-health", id_) == []


def test_what_was_taken_back_stays_so(here: People) -> None:
    id_ = here.shared("harbour-relief", "taken-back", **FULL, handling=WITH_PARTNERS)["id"]
    payload = here.act(
        "harbour-relief", "withdraw", {"id": id_, "reason": "Wrong day."}, "record { id } userErrors { code }"
    )
    assert payload == {"record": {"id": id_}, "userErrors": []}
    assert here.seen("northwind-aid", id_) is None
    again = here.sending("taken-back", **FULL, handling=WITH_PARTNERS)
    errors = here.act("harbour-relief", "shareIncident", again)["userErrors"]
    assert [(error["field"], error["code"]) for error in errors] == [("externalId", "RECORD_WITHDRAWN")]


def test_restrictions_consent_and_explanation_work_on_it(here: People) -> None:
    id_ = here.shared("harbour-relief", **FULL, handling=WITH_PARTNERS)["id"]
    restriction = {"id": id_, "restrictions": [{"groups": ["WHAT"], "reason": "STAFF_PRIVACY"}]}
    here.act("harbour-relief", "setRestrictions", restriction, "userErrors { code }")
    seen = here.seen("northwind-aid", id_)
    assert seen is not None
    assert seen["category"] is None
    ask = {"id": id_, "groups": ["WHAT"], "justification": "Planning a movement."}
    request = here.act("northwind-aid", "requestConsent", ask, "request { id } userErrors { code }")["request"]["id"]
    decision = {"decision": "GRANT", "request": request}
    here.act("harbour-relief", "decideConsent", decision, "grant { id } userErrors { code }")
    seen = here.seen("northwind-aid", id_)
    assert seen is not None
    assert seen["category"] == "ATTACK"
    # The next version keeps what was said of the record here.
    explain = "query($id: ID!) { explain(id: $id) { group effect } }"
    effects = {item["group"]: item["effect"] for item in here.ask("meridian-health", explain, {"id": id_})["explain"]}
    assert effects["WHAT"] == "WITHHOLD"


def test_the_ledger_tells_who_was_shown_it(here: People) -> None:
    id_ = here.shared("harbour-relief", **FULL, handling=WITH_PARTNERS)["id"]
    here.seen("northwind-aid", id_)
    query = "query($of: ID!) { disclosures(of: $of, first: 50) { nodes { organization } } }"

    def told() -> set[str]:
        nodes = here.ask("harbour-relief", query, {"of": id_})["disclosures"]["nodes"]
        return {node["organization"] for node in nodes}

    # Within five seconds of its entry a disclosure is a leaf of its originator's tree.
    assert eventually(lambda: "northwind-aid" in told())


KINDS: dict[str, dict[str, Any]] = {
    "Incident": FULL,
    "SituationReport": {
        "title": "Week 47",
        "narrative": "Calm.",
        "themes": ["access"],
        "period": {"start": "2026-11-16T00:00:00Z", "precision": "WEEK"},
    },
    "SecurityAlert": {
        "headline": "Flood warning",
        "description": "The river rises.",
        "msgType": "ALERT",
        "categories": ["MET"],
        "severity": "SEVERE",
        "sent": {"start": "2026-11-20T06:00:00Z"},
        "expires": {"start": "2026-11-22T00:00:00Z"},
        "instruction": "Keep off the low road.",
        "location": {"country": "SSD"},
    },
    "SecurityProcedure": {"title": "Convoys", "subject": "Movement", "text": "Two vehicles at least."},
    "MitigationMeasure": {"title": "Lights", "against": ["THEFT"], "measure": "Light the yard."},
    "LessonLearned": {"title": "Radios", "about": ["ATTACK"], "lesson": "Check them.", "recommendation": "Daily."},
}
READ = {
    "Incident": "title narrative category impact",
    "SituationReport": "title narrative themes period { start end precision }",
    "SecurityAlert": "headline description msgType categories severity sent { start } expires { start } instruction",
    "SecurityProcedure": "title subject text",
    "MitigationMeasure": "title against measure",
    "LessonLearned": "title about lesson recommendation",
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_of_the_six_kinds_can_be_shared_and_read(here: People, kind: str) -> None:
    public = {
        "audience": "PUBLIC",
        "tlp": "CLEAR",
        "textFreeOf": ["PERSONS", "WHERE", "WHEN", "ACTOR", "AFFECTED", "ORIGIN"],
    }
    sent = here.sending(**KINDS[kind], handling=public)
    payload = here.act("harbour-relief", f"share{kind}", sent, f"{RECEIPT} record {{ id {READ[kind]} }}")
    assert payload["userErrors"] == []
    query = f"query($id: ID!) {{ node(id: $id) {{ __typename id ... on {kind} {{ {READ[kind]} }} }} }}"
    node = here.ask("larkspur-relief", query, {"id": payload["receipt"]["id"]})["node"]
    assert node.pop("__typename") == kind
    assert node == payload["record"]
    for name, value in KINDS[kind].items():
        if isinstance(value, str | list) and name in node:
            assert node[name] == value


def test_a_batch_has_an_outcome_for_each_row(here: People) -> None:
    good, bad = here.sending(**FULL), here.sending(**{**FULL, "location": {"longitude": 1.0}})
    twice = {**here.sending(**FULL), "externalId": good["externalId"], "title": "Corrected"}
    payload = here.act(
        "harbour-relief",
        "shareIncidents",
        {"records": [good, bad, twice, good]},
        f"outcomes {{ record {{ id title }} {RECEIPT} }} userErrors {{ code }}",
    )
    assert payload["userErrors"] == []
    first, second, third, fourth = payload["outcomes"]
    assert (first["receipt"]["version"], third["receipt"]["version"]) == (1, 2)
    assert second["receipt"] is second["record"] is None
    assert [(error["field"], error["code"]) for error in second["userErrors"]] == [
        ("location.latitude", "BAD_USER_INPUT")
    ]
    assert fourth["receipt"] == first["receipt"]
    assert third["record"]["title"] == "Corrected"


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_its_size(here: People, count: int) -> None:
    rows = [here.sending(title="One of many") for _ in range(count)]
    payload = here.act(
        "harbour-relief", "shareIncidents", {"records": rows}, "outcomes { receipt { id } } userErrors { field code }"
    )
    assert payload == {"outcomes": [], "userErrors": [{"field": "records", "code": "BAD_USER_INPUT"}]}


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"externalId": "  "}, "externalId"),
    ({"idempotencyKey": "k" * 201}, "idempotencyKey"),
    ({"title": ""}, "title"),
    ({"title": "t" * 501}, "title"),
    ({"narrative": "n" * 20_001}, "narrative"),
    ({"summary": "\0"}, "summary"),
    ({"occurred": {"start": "2026-11-20T14:30:00"}}, "occurred.start"),
    ({"occurred": {"start": "2026-11-20T14:30:00Z", "end": "2026-11-19T00:00:00Z"}}, "occurred.end"),
    ({"occurred": {"start": "1799-11-20T14:30:00Z"}}, "occurred.start"),
    ({"occurred": {"start": "2199-01-01T00:00:00Z"}}, "occurred"),
    ({"reportedAt": {"start": "2100-01-01T00:00:00Z"}}, "reportedAt"),
    ({"location": {"name": "somewhere"}}, "location.country"),
    ({"location": {"country": "Elsewhere"}}, "location.country"),
    ({"location": {"country": "SSD", "latitude": 91.0, "longitude": 0.0}}, "location"),
    ({"location": {"country": "SSD", "latitude": 9.0}}, "location.longitude"),
    ({"location": {"country": "SSD", "precision": "ADMIN1"}}, "location.precision"),
    ({"location": {"country": "SSD", "latitude": 9.0, "longitude": 0.0, "precision": "COUNTRY"}}, "location.precision"),
    ({"affected": {"killed": -1}}, "affected.killed"),
    ({"actor": {"parties": [{"name": " "}]}}, "actor.parties.0.name"),
    ({"citedSources": ["a newspaper"] * 51}, "citedSources"),
    ({"references": [{"type": "GLIDE", "value": ""}]}, "references.0.value"),
    ({"handling": {"audience": "NAMED"}}, "handling.named"),
    ({"handling": {"releaseAreas": ["South"]}}, "handling.releaseAreas"),
    ({"handling": {"textFreeOf": ["WHAT"]}}, "handling.textFreeOf"),
    ({"handling": {"restrictions": [{"groups": ["ENVELOPE"]}]}}, "handling.restrictions"),
    ({"handling": {"thirdParty": " "}}, "handling.thirdParty"),
]


@pytest.mark.parametrize(("fields", "path"), FAULTS, ids=lambda value: value if isinstance(value, str) else "")
def test_what_can_not_be_meant_is_refused_with_its_path(here: People, fields: dict[str, Any], path: str) -> None:
    assert here.refused("harbour-relief", **fields) == [(path, "BAD_USER_INPUT")]


def test_everything_that_is_wrong_is_told_at_once(here: People) -> None:
    wrong: dict[str, Any] = {
        "externalId": " ",
        "occurred": {"start": "2026-11-20T14:30:00"},
        "handling": {"audience": "NAMED"},
    }
    paths = [field for field, _ in here.refused("harbour-relief", **wrong)]
    assert paths == ["externalId", "occurred.start", "handling.named"]


def test_who_is_no_partner_in_force_shares_tests_only(here: People) -> None:
    for label in ("stonebridge-aid", "larkspur-relief"):
        for status in ("ACTUAL", "EXERCISE", "SYSTEM", "DRAFT"):
            assert here.refused(label, **FULL, status=status) == [("status", "NOT_ALLOWED")]
        id_ = here.shared(label, **FULL, status="TEST")["id"]
        assert here.listed(label, status=["TEST"]) >= {id_}


def test_nobody_names_another_as_the_originator(here: People) -> None:
    document = "mutation($input: ShareIncidentInput!) { shareIncident(input: $input) { receipt { id } } }"
    body = here.post("harbour-relief", document, {"input": {**here.sending(), "originator": "undss"}}).json()
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_draft_is_its_organizations_own_until_it_is_meant(here: People) -> None:
    id_ = here.shared("harbour-relief", "drafted", **FULL, status="DRAFT", handling=WITH_PARTNERS)["id"]
    assert here.seen("northwind-aid", id_) is None
    assert id_ not in here.listed("northwind-aid", status=["DRAFT"])
    assert here.listed("harbour-relief", status=["DRAFT"]) >= {id_}
    assert id_ not in here.listed("harbour-relief"), "a filter asks for ACTUAL unless it says so"
    meant = here.shared("harbour-relief", "drafted", **FULL, handling=WITH_PARTNERS)
    assert (meant["id"], meant["version"]) == (id_, 2)
    assert here.seen("northwind-aid", id_) is not None


def test_an_exercise_is_seen_by_those_it_is_shared_with(here: People) -> None:
    id_ = here.shared("harbour-relief", **FULL, status="EXERCISE", handling=WITH_PARTNERS)["id"]
    assert id_ not in here.listed("northwind-aid")
    assert here.listed("northwind-aid", status=["EXERCISE"]) >= {id_}


def test_without_the_scope_nothing_is_shared(here: People) -> None:
    form = {"grant_type": "client_credentials", "scope": "information:read"}
    granted = here.http.post(f"{here.url}/oauth/token", data=form, auth=here.credentials("harbour-relief"))
    headers = {"Authorization": f"Bearer {granted.json()['access_token']}"}
    for name, input_ in (("ShareIncident", here.sending()), ("ShareIncidents", {"records": []})):
        field = name[0].lower() + name[1:]
        document = f"mutation($input: {name}Input!) {{ {field}(input: $input) {{ userErrors {{ code }} }} }}"
        body = {"query": document, "variables": {"input": input_}}
        answer = here.http.post(f"{here.url}/graphql", json=body, headers=headers).json()
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
