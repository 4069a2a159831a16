"""What a projector answers is what graphql-core answers, errors and their paths included."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import strawberry
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute, parse, validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from connectors.records import Record
from gateway.federation.viewed import Viewed
from gateway.schema.projection.executor import ProjectingExecutor, Projections
from gateway.schema.records.alert import SecurityAlert
from gateway.schema.records.connection import Connection
from gateway.schema.records.incident import Incident
from gateway.schema.records.information import Node, SecurityInformation
from gateway.schema.records.kinds import KIND_TYPES
from gateway.schema.scalars import GEOJSON_POINT, GeoJSONPoint
from gateway.schema.settled import SettledExecutor, in_order
from gateway.schema.shared import attribute_of, plain
from policies.clearance import Clearance, Handling, Redaction, RedactionReason
from policies.groups import Effect, FieldGroup
from policies.marking import Marking, PermittedActions
from policies.values import Moment, Precisions
from policies.vocabulary import InformationKind, TrafficLight, UnMarking
from tests.adversarial.records import records
from tests.adversarial.selections import selection


class NarrowExecutor(ProjectingExecutor):
    """Counts what graphql-core had to do of lists of objects."""

    def _executed(self, *given: Any) -> Any:
        self.context_value.executed.append(str(given[0]))
        return super()._executed(*given)


@strawberry.type
class Lists:
    """Lists as they stand in the schema: of records, in connections, of what may be null."""

    incidents: list[Incident] = plain("Records.")
    alerts: list[SecurityAlert] = plain("Records.")
    maybe: list[Incident | None] | None = plain("Some of them are not there.")
    page: Connection[Incident] | None = plain("A page.")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    built = strawberry.federation.Schema(
        Lists,
        types=[*KIND_TYPES.values(), SecurityInformation, Node],
        config=StrawberryConfig(default_resolver=attribute_of, scalar_map={GeoJSONPoint: GEOJSON_POINT}),
    )
    return built._schema


MARKING = Marking(originator="harbour-relief")
# What a field of a record may hold by mistake: of another type, or nothing where something has to be.
WRONG = (None, 1, "no such name", object, GraphQLError("broken"), (None,), ("", None), Moment)


def clearance(free: bool) -> Clearance:
    """What a decision leaves: some of it withheld."""
    redactions = (Redaction(FieldGroup.WHERE, Effect.WITHHOLD, RedactionReason.UNSPECIFIED, ("4-restricted",)),)
    return Clearance(
        listed=True,
        effects=(Effect.SHOW,) * len(FieldGroup),
        free_text=free,
        precision=Precisions(),
        redactions=() if free else redactions,
        handling=Handling(TrafficLight.GREEN, UnMarking.UNCLASSIFIED, PermittedActions(), 1.0 if free else None),
        obligations=(),
        rules=(),
        valid_until=None,
        policy_version="1",
    )


@st.composite
def viewed(draw: st.DrawFn, kind: InformationKind) -> Viewed:
    """A record as an answer may use it, now and then with a value that the schema does not allow."""
    record: Record = draw(records("alpha", "native", [MARKING], st.just(kind)))
    for _ in range(draw(st.sampled_from((0, 0, 1, 3)))):
        name = draw(st.sampled_from([field for field in record.__struct_fields__ if field not in ("ref", "marking")]))
        record = msgspec.structs.replace(record, **{name: draw(st.sampled_from(WRONG))})
    view: Any = record
    return Viewed(
        view, record.ref.kind, "id", b"", draw(st.sampled_from((clearance(True), clearance(False)))), "alpha", b"", ""
    )


def world(incidents: Sequence[Any], alerts: Sequence[Any]) -> Any:
    """What the root holds."""
    edges = [SimpleNamespace(node=item, cursor=f"c{number}") for number, item in enumerate(incidents)]
    info = SimpleNamespace(has_next_page=False, has_previous_page=True, start_cursor=None, end_cursor="c")
    page = SimpleNamespace(edges=edges, nodes=incidents, page_info=info, total_count=None, sources=[])
    return SimpleNamespace(incidents=incidents, alerts=alerts, maybe=[None, *incidents, None], page=page)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[str, bool]]:
    """One list or connection, entered by any selection that the adversary makes of its records."""
    name = draw(st.sampled_from(("incidents", "alerts", "maybe", "page")))
    chosen, fragment = draw(selection("SecurityAlert" if name == "alerts" else "Incident"))
    inner = f"edges {{ cursor n: node {{ {chosen} }} }} nodes {{ {chosen} }} __typename" if name == "page" else chosen
    text = f"query($yes: Boolean = true, $no: Boolean = false) {{ a: {name} {{ {inner} }} b: __typename }} {fragment}"
    return text, {"yes": draw(st.booleans()), "no": draw(st.booleans())}


def answers(schema: GraphQLSchema, document: Any, root: Any, variables: dict[str, Any]) -> tuple[Any, Any, list[str]]:
    """What graphql-core answers, what the projectors do, and the lists that they left to it."""
    context = SimpleNamespace(projections=Projections(), executed=[])

    async def both() -> tuple[Any, Any]:
        told = []
        for executor in (SettledExecutor, NarrowExecutor, NarrowExecutor):
            result = execute(schema, document, root, context, dict(variables), executor_class=executor)
            told.append(result if isinstance(result, ExecutionResult) else await result)
            left.append(list(context.executed))
        # What views keep is what was written the first time.
        assert formatted(told[1]) == formatted(told[2])
        return told[0], told[1]

    left: list[list[str]] = []
    first, second = asyncio.run(both())
    return formatted(first), formatted(second), left[1]


def formatted(result: ExecutionResult) -> Any:
    """As it is sent, in the order of its keys."""
    return repr((msgspec.json.encode(result.data), [error.formatted for error in in_order(result.errors)]))


@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_projected_is_executed(schema: GraphQLSchema, data: st.DataObject) -> None:
    text, variables = data.draw(documents())
    few = st.lists(viewed(InformationKind.INCIDENT_REPORT), max_size=3)
    root = world(data.draw(few), data.draw(st.lists(viewed(InformationKind.SECURITY_ALERT), max_size=2)))
    document = parse(text)
    executed, projected, left = answers(schema, document, root, variables)
    assert projected == executed
    if "errors" not in executed and "message" not in executed:
        assert left == []


def test_every_list_of_the_served_schema_is_compiled(schema: GraphQLSchema) -> None:
    from tests.adversarial.selections import everything

    text = f"{{ page {{ edges {{ node {{ {everything('Incident')} }} }} nodes {{ {everything('Incident')} }} }} alerts {{ {everything('SecurityAlert')} }} }}"
    root = world(examples(InformationKind.INCIDENT_REPORT), examples(InformationKind.SECURITY_ALERT))
    executed, projected, left = answers(schema, parse(text), root, {})
    assert projected == executed
    assert left == []


def examples(kind: InformationKind) -> list[Viewed]:
    """One of the kind, without values."""
    from datetime import UTC, datetime

    from connectors.records import RECORD_TYPES, RecordRef

    view: Any = RECORD_TYPES[kind](
        ref=RecordRef("alpha", kind, "n"), marking=MARKING, version="1", shared_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    return [Viewed(view, kind, "id", b"", clearance(False), "alpha", b"", "")]


@strawberry.type
class Leaf:
    """Below a list."""

    name: str

    @strawberry.field
    async def link(self, first: int = 1) -> str | None:
        """Waits, so it is graphql-core's."""
        await asyncio.sleep(0)
        if self.name == "bad":
            raise GraphQLError("no link")
        return f"{self.name} {first}"

    @strawberry.field
    def told(self, info: strawberry.Info) -> str | None:
        """Needs the operation, so it is graphql-core's."""
        return f"{self.name} at {info.path.key}"

    @strawberry.field
    async def certain(self) -> str:
        """Waits and may not be null: the object above may."""
        return self.name


@strawberry.type
class Branch:
    """A list's item."""

    leaf: Leaf | None
    leaves: list[Leaf]


@strawberry.type
class Tree:
    """The root."""

    @strawberry.field
    def branches(self) -> list[Branch]:
        """Some, one of them without leaf."""
        leaves = [Leaf(name="one"), Leaf(name="bad"), Leaf(name="two")]
        return [*(Branch(leaf=leaf, leaves=leaves) for leaf in leaves), Branch(leaf=None, leaves=[])]


@pytest.mark.parametrize(
    ("selected", "left"),
    [
        ("leaf { name } leaves { name }", []),
        ("leaf { link(first: $n) name } leaves { name again: link }", []),
        ("leaves { told name } leaf { told }", []),
        ("leaf { certain name }", []),
        # May not be null and nothing above it in the list may: the whole list is graphql-core's.
        ("leaves { certain name }", ["[Branch!]", "[Leaf!]", "[Leaf!]", "[Leaf!]", "[Leaf!]"]),
    ],
)
def test_what_cant_be_compiled_is_executed_field_by_field(selected: str, left: list[str]) -> None:
    schema = strawberry.Schema(Tree)._schema
    document = parse(f"query($n: Int = 2) {{ branches {{ {selected} }} }}")
    assert not [error for error in validate(schema, document) if "$n" not in error.message]
    executed, projected, seen = answers(schema, document, Tree(), {})
    assert projected == executed
    assert seen == left


def test_a_directives_variable_is_no_part_of_what_is_kept(schema: GraphQLSchema) -> None:
    document = parse(
        "query($on: Boolean!) { incidents { id title @include(if: $on) ...More } } fragment More on Incident { kind @skip(if: $on) }"
    )
    root = world(examples(InformationKind.INCIDENT_REPORT), [])
    context = SimpleNamespace(projections=Projections(), executed=[])
    told = []
    for on in (True, False, True):
        result = execute(schema, document, root, context, {"on": on}, executor_class=NarrowExecutor)
        result = result if isinstance(result, ExecutionResult) else asyncio.run(_awaited(result))
        assert result.data is not None
        told.append(list(msgspec.json.decode(msgspec.json.encode(result.data))["incidents"][0]))
    assert told == [["id", "title"], ["id", "kind"], ["id", "title"]]
    assert context.executed == []


async def _awaited(result: Any) -> ExecutionResult:
    done: ExecutionResult = await result
    return done
