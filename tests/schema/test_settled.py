"""Of two root fields that fail, the document's first is told, whichever was faster; nothing of the others is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
import strawberry
from graphql import ExecutionResult, GraphQLError, execute, parse

from gateway.schema.settled import SettledExecutor, in_order


class Turns:
    """Ends the fields `slow` and `quick` in that order of names, however they are asked."""

    def __init__(self) -> None:
        self.quick_ended = asyncio.Event()
        self.ended: list[str] = []


@strawberry.type
class Query:
    """Two fields that fail and one that does not."""

    @strawberry.field
    async def slow(self, info: strawberry.Info) -> str:
        """Fails after `quick` has."""
        await info.context.quick_ended.wait()
        info.context.ended.append("slow")
        raise GraphQLError("slow")

    @strawberry.field
    async def quick(self, info: strawberry.Info) -> str:
        """Fails at once."""
        info.context.ended.append("quick")
        info.context.quick_ended.set()
        raise GraphQLError("quick")

    @strawberry.field
    def immediate(self) -> str:
        """Fails before anything is waited for."""
        raise GraphQLError("immediate")

    @strawberry.field
    async def optional(self, name: str, info: strawberry.Info) -> str | None:
        """May be null: `late` fails after `quick` of another field has."""
        if name == "late":
            await info.context.quick_ended.wait()
        else:
            info.context.quick_ended.set()
        raise GraphQLError(name)

    @strawberry.field
    async def fine(self) -> str:
        """Does not fail."""
        return "fine"


async def answer(query: str) -> tuple[ExecutionResult, Turns]:
    """The answer, and who ended when."""
    turns = Turns()
    schema = strawberry.Schema(Query)
    result = execute(schema._schema, parse(query), context_value=turns, executor_class=SettledExecutor)
    assert not isinstance(result, ExecutionResult)
    return await result, turns


def told(result: ExecutionResult) -> Sequence[str]:
    """The errors' messages as they are sent."""
    return [error.message for error in in_order(result.errors)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("{ slow quick }", "slow"),
        ("{ quick slow }", "quick"),
        ("{ slow quick immediate }", "slow"),
        ("{ fine immediate quick slow }", "immediate"),
    ],
)
async def test_the_documents_first_fault_is_told(query: str, first: str) -> None:
    result, turns = await answer(query)
    assert result.data is None
    assert told(result) == [first]
    assert sorted(turns.ended) == ["quick", "slow"]


@pytest.mark.parametrize("query", ['{ a: optional(name: "late") b: optional(name: "soon") }'])
async def test_faults_that_leave_the_rest_are_told_in_the_documents_order(query: str) -> None:
    result, _ = await answer(query)
    assert result.data == {"a": None, "b": None}
    assert told(result) == ["late", "soon"]


async def test_what_does_not_fail_is_answered_in_the_order_asked() -> None:
    result, _ = await answer("{ b: fine a: fine }")
    assert result.errors is None
    assert list(result.data or {}) == ["b", "a"]
