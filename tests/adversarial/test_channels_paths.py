"""The known channels of paths to a field: the schema itself, fragments and interfaces, federation, one way out.

15, exports and webhooks of records, and 16, subscriptions: there are none yet. What stands here is that there is one
place where a record becomes a view, and that the schema has no third kind of operation.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.records import Incident
from policies.groups import FieldGroup, grouped_fields
from policies.marking import Restriction
from tests.adversarial.scene import BENEATH, CANARY, OPEN, PARTNER, RESTRICTED, incident, world
from tests.adversarial.selections import everything, schema
from tests.adversarial.street import Street
from tests.conftest import Gateway

ROOT = Path(__file__).parents[2]
CLIENTS = ("dss-analyst", "ingo-in-area", "ingo-elsewhere", "ingo-suspended", "ingo-applicant", "originator")
SHARED = "title summary country { iso3 } admin1 { pcode } reportedAt { start end } originator { id } attributes { key value }"
INCIDENT = "category impact narrative response plans location { point admin2 { pcode } } actor { parties { name } } persons { name }"
BENEATH_FIELDS = [field for field in grouped_fields(Incident) if field.name in BENEATH and field.name != "attributes"]
TUPLES = {name for name, value in BENEATH.items() if isinstance(value, tuple)}
BY_EVERY_PATH = f"""
query($ids: [ID!]!, $r: [_Any!]!, $yes: Boolean!, $no: Boolean!) {{
  list: incidents(first: 40) {{ nodes {{ id {SHARED} {INCIDENT} }} }}
  edges: incidents(first: 40) {{ edges {{ node {{ ...Named id }} }} }}
  node: nodes(ids: $ids) {{ id ... on SecurityInformation {{ {SHARED} }} ... on Incident {{ {INCIDENT} }} }}
  entities: _entities(representations: $r) {{ ... on Incident @include(if: $yes) {{ id ...Named @skip(if: $no) }} }}
  aliased: nodes(ids: $ids) {{ ... on Incident {{ id b: narrative c: title d: persons {{ name }} e: location {{ p: point }} }} }}
}}
fragment Named on Incident {{ ...Shared {INCIDENT} }}
fragment Shared on SecurityInformation {{ {SHARED} }}
"""


def test_08_the_schema_is_the_same_for_everybody_and_suggests_nothing(gateway: Gateway) -> None:
    """8: introspection and "did you mean". One schema for all, whatever a requester may see."""
    query = "{ _service { sdl } __schema { types { name fields { name } enumValues { name } } } }"
    assert len({gateway.post(label, query).content for label in CLIENTS}) == 1
    for wrong in (
        "{ incidens { nodes { id } } }",
        "{ incidents { nodes { narativ } } }",
        '{ incidents(filtr: "") { x } }',
    ):
        assert "Did you mean" not in gateway.post("ingo-in-area", wrong).text


@pytest.mark.parametrize("label", CLIENTS)
def test_10_every_path_to_a_field_shows_the_same(gateway: Gateway, label: str) -> None:
    """10: interface, concrete type, fragment, alias, directive; 11: `_entities`. One decision, whichever way is taken."""
    ids = [node["id"] for node in gateway.ask(label, "{ incidents(first: 40) { nodes { id } } }")["incidents"]["nodes"]]
    assert ids
    representations = [{"__typename": "Incident", "id": id_} for id_ in ids]
    data = gateway.ask(label, BY_EVERY_PATH, {"ids": ids, "r": representations, "yes": True, "no": False})
    plain = data["list"]["nodes"]
    assert [edge["node"] for edge in data["edges"]["edges"]] == plain
    assert data["node"] == plain
    assert data["entities"] == plain
    renamed = [
        {
            "id": node["id"],
            "b": node["narrative"],
            "c": node["title"],
            "d": node["persons"],
            "e": None if node["location"] is None else {"p": node["location"]["point"]},
        }
        for node in plain
    ]
    assert data["aliased"] == renamed


@pytest.mark.parametrize("group", sorted(set(FieldGroup) - {FieldGroup.ENVELOPE}), ids=lambda group: group.name)
def test_11_a_computed_field_tells_nothing_of_a_withheld_group(houses: Street, group: FieldGroup) -> None:
    """11: what is computed takes the strictest group of what it is computed from: the composed title above all."""
    marking = msgspec.structs.replace(OPEN, restrictions=frozenset({Restriction(groups=frozenset({group}))}))
    query = f"{{ incidents {{ nodes {{ {everything('Incident')} }} }} }}"
    token = houses.token(houses.client(PARTNER))
    names = [field.name for field in BENEATH_FIELDS if field.group is group]
    bodies = []
    for house, fields in ((houses.left, BENEATH), (houses.right, {**BENEATH, **dict.fromkeys(names)})):
        filled = {name: () if value is None and name in TUPLES else value for name, value in fields.items()}
        items = tuple(item for item in BENEATH["attributes"] if house is houses.left or item.group is not group)
        house.fill(world(incident("computed", marking, **{**filled, "attributes": items})))
        bodies.append(house.post(token, {"query": query}).body)
    assert bodies[0] == bodies[1]


def test_11_a_restricted_record_is_titled_by_its_kind_alone(houses: Street) -> None:
    """11: with WHAT, WHERE and WHEN withheld nothing is left for a title but the kind."""
    houses.left.fill(world(incident("restricted", RESTRICTED, **BENEATH)))
    answer = houses.left.post(houses.token(houses.client(PARTNER)), {"query": "{ incidents { nodes { title } } }"})
    assert answer.json()["data"]["incidents"]["nodes"] == [{"title": "Incident report"}]
    assert CANARY.encode() not in answer.body


def test_15_one_module_makes_views_and_every_answer_is_made_of_views() -> None:
    """15: two code paths for one rule. A record becomes a view in one module; `.importlinter` keeps raw records there."""
    makers = [path for path in sorted((ROOT / "gateway").rglob("*.py")) if "view" in _imported(path, "policies.view")]
    assert [str(path.relative_to(ROOT)) for path in makers] == ["gateway/federation/sources/views.py"]
    assert schema().subscription_type is None


def _imported(path: Path, module: str) -> set[str]:
    nodes: list[Any] = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == module]
    return {alias.name for node in imports for alias in node.names}
