"""Which of several errors is told is decided by the document and never by the clock.

graphql-core ends an operation at the first root field that fails, and two that fail at once are a race: who is told the
winner learns how long each took, which may rest on records that are not shown. Here every root field runs to its end.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Awaitable, Sequence
from typing import Any

from graphql import Executor, GraphQLError, GraphQLObjectType
from graphql.execution.collect_fields import GroupedFieldSet
from graphql.pyutils import AwaitableOrValue, Path, Undefined


class SettledExecutor(Executor[Any]):
    """Executes a query's root fields side by side, all of them; of those that fail the document's first is raised."""

    def execute_root_grouped_field_set(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: GroupedFieldSet,
        serially: bool,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """As the base's; mutations run one after another anyway."""
        if serially:
            return super().execute_root_grouped_field_set(
                root_type, root_value, grouped_field_set, serially, position_context
            )
        results: dict[str, Any] = {}
        for name, details in grouped_field_set.items():
            path = Path(None, name, root_type.name)
            try:
                result = self.execute_field(root_type, root_value, details, path, position_context)
            except GraphQLError as error:
                result = error
            if result is not Undefined:
                results[name] = result
        return self._settled(results)

    async def _settled(self, results: dict[str, Any]) -> dict[str, Any]:
        waiting: dict[str, Awaitable[Any]] = {name: item for name, item in results.items() if self.is_awaitable(item)}
        ended = await gather(*waiting.values(), return_exceptions=True)
        results.update(zip(waiting, ended, strict=True))
        for result in results.values():
            if isinstance(result, BaseException):
                raise result
        return results


def in_order(errors: Sequence[GraphQLError] | None) -> list[GraphQLError]:
    """Errors by where they stand in the document, then in the answer; they come in the order in which they happened."""
    return sorted(errors or (), key=_place)


def _place(error: GraphQLError) -> tuple[list[tuple[int, int]], list[tuple[bool, str | int]]]:
    locations = [(item.line, item.column) for item in error.locations or ()]
    return locations, [(isinstance(step, str), step) for step in error.path or ()]
