"""Apollo Federation's `_entities` goes through the same door as `node`."""

from __future__ import annotations

from tests.conftest import Gateway

ENTITIES = "query($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Incident { id title redactions { group } } } }"
NODE = "query($id: ID!) { node(id: $id) { __typename ... on Incident { id title redactions { group } } } }"
LIST = "{ incidents(first: 1000) { nodes { id } } }"


def test_an_entity_is_the_node_with_the_same_decision(gateway: Gateway) -> None:
    for label in ("dss-analyst", "ingo-elsewhere", "ingo-applicant"):
        ids = [node["id"] for node in gateway.ask(label, LIST)["incidents"]["nodes"]][:3]
        representations = [{"__typename": "Incident", "id": id_} for id_ in ids]
        entities = gateway.ask(label, ENTITIES, {"r": representations})["_entities"]
        assert entities == [gateway.ask(label, NODE, {"id": id_})["node"] for id_ in ids]


def test_an_unlisted_an_absent_and_a_malformed_entity_are_alike(gateway: Gateway) -> None:
    public = {node["id"] for node in gateway.ask("ingo-applicant", LIST)["incidents"]["nodes"]}
    hidden = next(
        node["id"] for node in gateway.ask("dss-analyst", LIST)["incidents"]["nodes"] if node["id"] not in public
    )
    answers = [
        gateway.post("ingo-applicant", ENTITIES, {"r": [{"__typename": "Incident", "id": id_}]}).content
        for id_ in (hidden, hidden[:-3] + "AAA", "no id")
    ]
    assert set(answers) == {b'{"data":{"_entities":[null]},"extensions":{"handling":[]}}'}


def test_the_subgraphs_sdl_is_served(gateway: Gateway) -> None:
    sdl = gateway.ask("dss-analyst", "{ _service { sdl } }")["_service"]["sdl"]
    assert '@key(fields: "id")' in sdl
    assert "@fieldGroup(name: WHERE)" in sdl


def test_an_entity_can_be_asked_for_by_the_interface_and_is_none_of_another_kind(gateway: Gateway) -> None:
    id_ = gateway.ask("ingo-in-area", "{ incidents(first: 1) { nodes { id } } }")["incidents"]["nodes"][0]["id"]
    query = "query($r: [_Any!]!) { _entities(representations: $r) { __typename } }"
    representations = [{"__typename": name, "id": id_} for name in ("SecurityInformation", "Incident", "SecurityAlert")]
    found = gateway.ask("ingo-in-area", query, {"r": representations})["_entities"]
    assert found == [{"__typename": "Incident"}, {"__typename": "Incident"}, None]


def test_what_names_no_entity_is_bad_input(gateway: Gateway) -> None:
    query = "query($r: [_Any!]!) { _entities(representations: $r) { __typename } }"
    for representation in ({"__typename": "Query", "id": "x"}, {"id": "x"}, {"__typename": "Incident"}, "x", 1):
        body = gateway.post("ingo-in-area", query, {"r": [representation]}).json()
        assert [error["extensions"]["code"] for error in body["errors"]] == ["BAD_USER_INPUT"], representation
