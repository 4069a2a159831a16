"""The query of the README's first screen, as every kind of requester gets it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.demo.answers import last_seven_days
from gateway.settings.sections import OWN_SOURCE
from tests.conftest import Gateway

ALL = """
query All($first: Int!, $after: String) {
  incidents(first: $first, after: $after) {
    totalCount { value relation }
    pageInfo { hasNextPage hasPreviousPage endCursor startCursor }
    sources { name state records embargoedUntil asOf }
    nodes {
      id kind category title summary narrative response plans occurred { start end precision }
      reportedAt { start precision }
      location { country { iso3 } admin1 { pcode } admin2 { pcode } name point latitude longitude precision }
      originator { id name type } source { name } persons { name } actor { parties { name type } }
      affected { killed { value atLeast } } sourceCategory { scheme code label }
      handling { tlp unMarking permittedActions { relayToMembers dataLicence } }
      redactions { group fields effect reason rules remedy }
      attributes { scheme key label value }
    }
  }
}
"""


def everything(gateway: Gateway, label: str) -> list[dict[str, Any]]:
    connection = gateway.ask(label, ALL, {"first": 1000})["incidents"]
    assert not connection["pageInfo"]["hasNextPage"]
    assert connection["totalCount"] == {"value": len(connection["nodes"]), "relation": "EXACT"}
    nodes: list[dict[str, Any]] = connection["nodes"]
    return nodes


INCIDENT_CONNECTORS = {"unsms", "kobo", "acled", "graphql", "tabular"}


def test_every_platform_that_has_incidents_answers_everyone(gateway: Gateway) -> None:
    for label in ("dss-analyst", "ingo-in-area", "ingo-elsewhere"):
        connection = gateway.ask(label, ALL, {"first": 1})["incidents"]
        # What is shared with the gateway itself is a source too; in the demo nothing is.
        *platforms, own = connection["sources"]
        assert (own["name"], own["state"], own["records"]) == (OWN_SOURCE, "OK", 0)
        assert {source["name"]: source["state"] for source in platforms} == {
            platform.source["name"]: "OK"
            for platform in gateway.demo.platforms
            if platform.source["connector"] in INCIDENT_CONNECTORS
        }
        assert all(source["records"] > 0 for source in platforms), label
        assert sum(source["embargoedUntil"] is not None for source in platforms) == 1
        assert all(source["asOf"] for source in connection["sources"])


def test_the_three_columns_of_the_first_screen_differ(gateway: Gateway) -> None:
    labels = ("dss-analyst", "ingo-in-area", "ingo-elsewhere")
    for label in labels:
        assert len(gateway.ask(label, last_seven_days())["incidents"]["nodes"]) == 3
    # The newest three depend on the hour the demo starts at and may be whole; the week is not.
    week = last_seven_days().replace("first: 3", "first: 1000")
    assert week != last_seven_days()
    answers = [gateway.ask(label, week) for label in labels]
    for answer in answers:
        assert any(node["redactions"] for node in answer["incidents"]["nodes"])
    assert len({str(answer) for answer in answers}) == 3


def test_an_ingo_withholds_from_the_dss_analyst_and_says_why(gateway: Gateway) -> None:
    kobo = [
        node for node in everything(gateway, "dss-analyst") if (node["originator"] or {}).get("id") == "harbour-relief"
    ]
    withheld = {
        (item["group"], item["reason"]) for node in kobo for item in node["redactions"] if item["effect"] == "WITHHELD"
    }
    assert ("AFFECTED", "STAFF_PRIVACY") in withheld
    assert all(node["affected"] is None for node in kobo)


def test_in_the_area_place_is_exact_and_elsewhere_it_is_an_admin1(gateway: Gateway) -> None:
    inside = {
        node["id"]: node
        for node in everything(gateway, "ingo-in-area")
        if node["location"] and node["location"]["country"]["iso3"] == "SSD"
    }
    outside = {node["id"]: node for node in everything(gateway, "ingo-elsewhere")}
    both = [
        (inside[id_], outside[id_])
        for id_ in inside.keys() & outside.keys()
        if any(item["group"] == "WHERE" for item in outside[id_]["redactions"])
    ]
    assert both
    for exact, coarse in both:
        assert coarse["location"]["precision"] in ("ADMIN1", "COUNTRY")
        assert coarse["location"]["point"] is coarse["location"]["latitude"] is coarse["location"]["admin2"] is None
        assert exact["location"]["country"] == coarse["location"]["country"]
        assert coarse["occurred"]["precision"] != "INSTANT"
    assert any(exact["location"]["point"] for exact, _ in both)


@pytest.mark.parametrize("label", ["ingo-suspended", "ingo-applicant"])
def test_without_a_partnership_in_force_only_the_public_records_are_read(gateway: Gateway, label: str) -> None:
    nodes = everything(gateway, label)
    assert nodes
    for node in nodes:
        assert node["handling"]["tlp"] == "CLEAR"
        assert node["handling"]["unMarking"] == "UNCLASSIFIED"
        assert {item["reason"] for item in node["redactions"]} <= {
            *("PERSONS_PROTECTED", "FREE_TEXT", "INTERNAL_CONFIDENTIALITY", "THIRD_PARTY", "STAFF_PRIVACY"),
            *("CREDIBILITY_AND_INTEGRITY", "UNSPECIFIED", "SOURCE_FAULT"),
        }
    assert len(nodes) < len(everything(gateway, "ingo-elsewhere"))


def test_the_originator_reads_its_own_records_whole(gateway: Gateway) -> None:
    own = [
        node for node in everything(gateway, "originator") if (node["originator"] or {}).get("id") == "harbour-relief"
    ]
    assert own
    # A value the platform garbled is no policy's doing, and is told as what it is.
    assert {item["reason"] for node in own for item in node["redactions"]} <= {"SOURCE_FAULT"}
    assert sum(node["redactions"] == [] for node in own) > len(own) / 2
    assert any(node["narrative"] for node in own)
    assert len(own) > sum(
        (node["originator"] or {}).get("id") == "harbour-relief" for node in everything(gateway, "dss-analyst")
    )


def test_a_redaction_is_the_same_whether_or_not_there_was_a_value(gateway: Gateway) -> None:
    nodes = everything(gateway, "ingo-elsewhere")
    for node in nodes:
        for item in node["redactions"]:
            assert item["rules"] or item["reason"] == "SOURCE_FAULT"
            assert item["fields"]
            if item["effect"] == "WITHHELD" and item["group"] == "NARRATIVE":
                assert node["narrative"] is None
                assert node["title"]


def test_pages_hold_every_record_once_in_one_order(gateway: Gateway) -> None:
    whole = [node["id"] for node in everything(gateway, "dss-analyst")]
    paged: list[str] = []
    after = None
    while True:
        query = "query($after: String) { incidents(first: 37, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }"
        connection = gateway.ask("dss-analyst", query, {"after": after})["incidents"]
        paged += [node["id"] for node in connection["nodes"]]
        after = connection["pageInfo"]["endCursor"]
        if not connection["pageInfo"]["hasNextPage"]:
            break
    assert paged == whole
    assert len(set(whole)) == len(whole)


def test_pages_from_the_end_mirror_pages_from_the_start(gateway: Gateway) -> None:
    whole = [node["id"] for node in everything(gateway, "dss-analyst")]
    query = (
        "query($before: String) { incidents(last: 41, before: $before)"
        " { nodes { id } pageInfo { startCursor hasPreviousPage hasNextPage } } }"
    )
    paged: list[str] = []
    before = None
    while True:
        connection = gateway.ask("dss-analyst", query, {"before": before})["incidents"]
        paged = [node["id"] for node in connection["nodes"]] + paged
        assert connection["pageInfo"]["hasNextPage"] is (before is not None)
        before = connection["pageInfo"]["startCursor"]
        if not connection["pageInfo"]["hasPreviousPage"]:
            break
    assert paged == whole


@pytest.mark.parametrize("field", ["SHARED", "OCCURRED", "REPORTED", "IMPACT"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_an_order_holds_over_pages(gateway: Gateway, field: str, direction: str) -> None:
    query = (
        "query($after: String, $first: Int, $order: IncidentOrder) { incidents(first: $first, after: $after, orderBy: $order)"
        " { nodes { id impact sharedAt occurred { start } reportedAt { start } } pageInfo { endCursor hasNextPage } } }"
    )
    order = {"field": field, "direction": direction}
    whole = gateway.ask("ingo-elsewhere", query, {"first": 1000, "order": order})["incidents"]["nodes"]
    first = gateway.ask("ingo-elsewhere", query, {"first": 20, "order": order})["incidents"]
    after = first["pageInfo"]["endCursor"]
    rest = gateway.ask("ingo-elsewhere", query, {"first": 1000, "after": after, "order": order})["incidents"]
    assert first["nodes"] + rest["nodes"] == whole
    key = {
        "SHARED": lambda node: node["sharedAt"][:10],
        "OCCURRED": lambda node: node["occurred"] and node["occurred"]["start"],
        "REPORTED": lambda node: node["reportedAt"] and node["reportedAt"]["start"],
        "IMPACT": lambda node: (
            node["impact"] and ["NEAR_MISS", "MINOR", "MODERATE", "SERIOUS", "CRITICAL"].index(node["impact"]) + 1
        ),
    }[field]
    keys = [key(node) for node in whole]
    shown = [item for item in keys if item]
    assert shown == sorted(shown, reverse=direction == "DESC")
    assert keys[: len(shown)] == shown


def test_ids_are_quotable_and_of_one_length(gateway: Gateway) -> None:
    seen = everything(gateway, "dss-analyst")
    other = {node["id"] for node in everything(gateway, "ingo-in-area")}
    assert other & {node["id"] for node in seen}
    assert len({len(node["id"]) for node in seen}) == 1


def test_a_record_by_id_is_the_record_of_the_list(gateway: Gateway) -> None:
    listed = everything(gateway, "ingo-elsewhere")
    by_source = {node["source"]["name"]: node for node in listed if node["source"]}
    assert len(by_source) == len(INCIDENT_CONNECTORS)
    for node in by_source.values():
        query = (
            "query($id: ID!) { node(id: $id) { ... on Incident { id title occurred { start } redactions { group } } } }"
        )
        found = gateway.ask("ingo-elsewhere", query, {"id": node["id"]})["node"]
        assert found["title"] == node["title"]
        assert found["redactions"] == [{"group": item["group"]} for item in node["redactions"]]


def test_unlisted_absent_and_malformed_ids_answer_alike(gateway: Gateway) -> None:
    public = {node["id"] for node in everything(gateway, "ingo-applicant")}
    hidden = next(node["id"] for node in everything(gateway, "dss-analyst") if node["id"] not in public)
    absent = ("B" if hidden[10] == "A" else "A").join((hidden[:10], hidden[11:]))
    query = "query($id: ID!) { node(id: $id) { id } incident(id: $id) { id } nodes(ids: [$id]) { id } }"
    answers = [gateway.post("ingo-applicant", query, {"id": id_}) for id_ in (hidden, absent, "no id", "é", "")]
    assert {answer.content for answer in answers} == {
        b'{"data":{"node":null,"incident":null,"nodes":[null]},"extensions":{"handling":[]}}'
    }
    assert len({str(sorted(answer.headers.items() - {("date", answer.headers["date"])})) for answer in answers}) == 1


def test_alerts_come_from_four_platforms(gateway: Gateway) -> None:
    query = "{ securityAlerts(first: 100) { totalCount { value } sources { name state records } nodes { id kind title severity event instruction onset { start } location { country { iso3 } } } } }"
    alerts = gateway.ask("dss-analyst", query)["securityAlerts"]
    platforms = [source for source in alerts["sources"] if source["name"] != OWN_SOURCE]
    assert len(platforms) == 4
    assert all(source["state"] == "OK" and source["records"] for source in platforms)
    assert {node["kind"] for node in alerts["nodes"]} == {"SECURITY_ALERT"}


def test_a_sources_count_is_of_what_matches_the_filter_and_is_listed(gateway: Gateway) -> None:
    # No platform can be asked for an impact, so what comes back is more than what matches.
    query = "{ incidents(first: 1000, filter: {impact: {atLeast: MODERATE}}) { totalCount { value } sources { name records } nodes { source { name } } } }"
    for label in ("dss-analyst", "ingo-elsewhere", "ingo-applicant"):
        connection = gateway.ask(label, query)["incidents"]
        counted = {source["name"]: source["records"] for source in connection["sources"]}
        shown = [node["source"]["name"] for node in connection["nodes"]]
        assert counted == {name: shown.count(name) for name in counted}
        assert sum(counted.values()) == connection["totalCount"]["value"] < len(everything(gateway, label))
