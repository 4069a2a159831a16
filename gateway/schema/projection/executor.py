"""graphql-core's executor, but that lists of objects are projected by one compiled function each."""

from __future__ import annotations

from asyncio import gather
from collections import OrderedDict
from collections.abc import AsyncIterable, Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
from graphql import (
    FieldNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import AwaitableOrValue, Path

from gateway.federation.viewed import Viewed
from gateway.schema.projection.compile import Deferred, NotCompiled, Projector, compiled
from gateway.schema.settled import SettledExecutor

# Rows of one view, each of another list's selection.
KEPT_ROWS: Final = 4
_ENCODER: Final = msgspec.json.Encoder()
# Of one document; more than one only where its directives and arguments are given by variables.
KEPT: Final = 32


class Projections:
    """The projectors of one document, by what they were compiled for; the least lately used goes first."""

    def __init__(self) -> None:
        self._variables: dict[tuple[int, ...], Sequence[str]] = {}
        self._kept: OrderedDict[tuple[Any, ...], Projector | None] = OrderedDict()

    def of(self, executor: ProjectingExecutor, kind: GraphQLObjectType, details: FieldDetailsList) -> Projector | None:
        """The projector of a list of `kind`; None where graphql-core has to execute it."""
        # The document is kept as long as its projections are, so the numbers stay its nodes'.
        nodes = tuple(id(item.node) for item in details)
        names = self._variables.get(nodes)
        if names is None:
            names = self._variables[nodes] = executor.variables_below([item.node for item in details])
        given = executor.variable_values.coerced
        key = (kind.name, nodes, *(repr(given.get(name, ...)) for name in names))
        try:
            self._kept.move_to_end(key)
            return self._kept[key]
        except KeyError:
            projector = _compiled(executor, kind, details)
        self._kept[key] = projector
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return projector


def _compiled(executor: ProjectingExecutor, kind: GraphQLObjectType, details: FieldDetailsList) -> Projector | None:
    try:
        return compiled(executor, kind, details)
    except NotCompiled:
        return None


class ProjectingExecutor(SettledExecutor):
    """Executes lists of objects by their projectors; the context value keeps a document's `projections`."""

    def complete_list_value(
        self,
        return_type: GraphQLList[GraphQLOutputType],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: AsyncIterable[Any] | Iterable[Any],
        position_context: Any,
    ) -> AwaitableOrValue[list[Any]]:
        """As the base's, with the same result: whatever goes wrong in a projector goes wrong there again."""
        kind: Any = return_type.of_type
        required = isinstance(kind, GraphQLNonNull)
        kind = kind.of_type if required else kind
        if isinstance(kind, GraphQLObjectType) and isinstance(result, list | tuple) and self.error_propagation:
            projector = self.context_value.projections.of(self, kind, field_details_list)
            if projector is not None:
                later: list[Deferred] = []
                try:
                    rows = _rows(projector, result, required, path, later)
                except Exception:  # whatever it is, graphql-core meets it again and says where
                    return self._executed(return_type, field_details_list, info, path, result, position_context)
                return self._with(rows, later, position_context) if later else rows
        return self._executed(return_type, field_details_list, info, path, result, position_context)

    def _executed(self, *given: Any) -> AwaitableOrValue[list[Any]]:
        return super().complete_list_value(*given)

    def _with(self, rows: list[Any], later: Sequence[Deferred], position_context: Any) -> AwaitableOrValue[list[Any]]:
        """The rows with their deferred fields; each may be null, so none raises."""
        waiting = []
        for item in later:
            value = self.execute_field(item.parent, item.source, item.details, item.path, position_context)
            item.answer[item.name] = value
            if self.is_awaitable(value):
                waiting.append(item)
        return self._awaited(rows, waiting) if waiting else rows

    async def _awaited(self, rows: list[Any], waiting: Sequence[Deferred]) -> list[Any]:
        values = await gather(*(item.answer[item.name] for item in waiting))
        for item, value in zip(waiting, values, strict=True):
            item.answer[item.name] = value
        return rows

    def variables_below(self, nodes: Sequence[FieldNode]) -> Sequence[str]:
        """The names of the variables in the selections of `nodes`, fragments opened."""
        names: dict[str, None] = {}
        opened: set[str] = set()

        class Reading(Visitor):
            def enter_variable(self, node: VariableNode, *_: object) -> None:
                names[node.name.value] = None

            def enter_fragment_spread(_, node: Any, *__: object) -> None:  # noqa: N805 - the executor is `self` here
                name = node.name.value
                if name not in opened:
                    opened.add(name)
                    visit(self.fragment_definitions[name], Reading())

        for node in nodes:
            visit(node, Reading())
        return tuple(names)


def _rows(projector: Projector, items: Sequence[Any], required: bool, path: Path, later: list[Deferred]) -> list[Any]:
    project, defers = projector
    if defers:
        return [
            None if item is None and not required else project(item, path.add_key(number, None), later)
            for number, item in enumerate(items)
        ]
    if items and type(items[0]) is Viewed:
        return [None if item is None and not required else _written(project, item) for item in items]
    if required:
        return [project(item) for item in items]
    return [None if item is None else project(item) for item in items]


def _written(project: Callable[..., dict[str, Any]], item: Any) -> Any:
    """The row as JSON, which the view keeps: it is made of the view and its clearance alone."""
    if type(item) is not Viewed:
        return project(item)
    row = item.written.get(project)
    if row is None:
        if len(item.written) >= KEPT_ROWS:
            item.written.clear()
        row = item.written[project] = msgspec.Raw(_ENCODER.encode(project(item)))
    return row
