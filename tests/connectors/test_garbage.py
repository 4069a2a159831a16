"""Generated garbage in place of any answer of any platform: records that are whole, quarantines, or a known error."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Page
from connectors.errors import SourceError
from connectors.kit.bench import Bench, Subject, bench, simulated
from connectors.kit.tap import Answer
from connectors.registry import installed
from policies.vocabulary import InformationKind
from tests.connectors.formats.garbage import mutated, sound

RELAXED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", "\ud800", "9999-12-31T23:59:59-14:00", "0001-01-01", "1e999", "x" * 5_000, "POINT(", "[]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


class Recorded:
    """One connector before its simulator's recorded answers; what it makes of others."""

    def __init__(self, runner: asyncio.Runner, at: Bench) -> None:
        self._runner = runner
        self._at = at
        self.kinds = at.kinds
        self.answers: dict[InformationKind, list[Answer]] = {}
        for kind in at.kinds:
            at.tap.reset()
            assert not isinstance(self.fetched(kind), SourceError)
            self.answers[kind] = list(at.tap.answers)

    def fetched(self, kind: InformationKind, instead: Answer | None = None) -> list[Page] | SourceError:
        """All pages, with `instead` in place of each answer from its path; any other error than a known one escapes."""

        def spoil(answer: Answer) -> Answer:
            return answer if instead is None or answer.path != instead.path else instead

        async def fetch() -> list[Page] | SourceError:
            try:
                return list((await self._at.fetch(kind, self._at.another(), limit=200)).pages)
            except SourceError as error:
                return error

        self._at.tap.reset()
        self._at.tap.spoil = spoil
        return self._runner.run(fetch())


@pytest.fixture(scope="module", params=list(installed()))
def recorded(request: pytest.FixtureRequest) -> Iterator[Recorded]:
    subject = Subject.of(request.param)
    with simulated(subject, records=12) as (source, tap), asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def opened() -> Bench:
            at = await stack.enter_async_context(bench(subject, source, tap))
            return await stack.enter_async_context(at.recorded())

        try:
            yield Recorded(runner, runner.run(opened()))
        finally:
            runner.run(stack.aclose())


@given(data=st.data())
@RELAXED
def test_any_answer_is_read_or_a_known_error(recorded: Recorded, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(recorded.kinds))
    answer = data.draw(st.sampled_from(recorded.answers[kind]), label="answer")
    body = data.draw(st.one_of(mutated(answer.body), mutated(answer.body), st.binary(max_size=300)))
    sound(recorded.fetched(kind, msgspec.structs.replace(answer, body=body)), unique=False)


@given(data=st.data())
@RELAXED
def test_any_value_anywhere_in_json_is_read_or_a_known_error(recorded: Recorded, data: st.DataObject) -> None:
    """A changed type, a code nobody knows, a key that vanished: in rows, in the envelope, in tokens and forms."""
    kind = data.draw(st.sampled_from(recorded.kinds))
    answer = data.draw(st.sampled_from(recorded.answers[kind]), label="answer")
    if not answer.media_type.endswith("json"):
        return
    body = json.loads(answer.body)
    for _ in range(data.draw(st.integers(1, 3))):
        found = list(places(body))
        if found:
            data.draw(st.sampled_from(found))(data.draw(st.just(REMOVED) | VALUES))
    sound(recorded.fetched(kind, msgspec.structs.replace(answer, body=json.dumps(body).encode())), unique=False)


REMOVED = object()


def places(body: Any) -> Iterator[Callable[[Any], None]]:
    """For each value inside, what puts another in its place or takes it away."""
    if not isinstance(body, dict | list):
        return
    for key, value in list(body.items() if isinstance(body, dict) else enumerate(body)):

        def put(other: Any, key: Any = key) -> None:
            if other is REMOVED:
                del body[key]
            else:
                body[key] = other

        yield put
        yield from places(value)
