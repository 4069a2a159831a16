"""The property: what one requester receives is the same in two worlds that are equal in its view, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from hypothesis import note
from hypothesis import strategies as st

from connectors.records import RecordRef
from gateway.partnership.directory import KnownClient
from policies.decision import Policy
from policies.vocabulary import PartnershipStatus, Purpose
from tests.adversarial.house import NOW, Answer, public_id
from tests.adversarial.operations import Operation, operations
from tests.adversarial.pools import pool_of
from tests.adversarial.street import Street
from tests.adversarial.twins import twins
from tests.adversarial.views import Eyes
from tests.adversarial.worlds import World, worlds

OPERATIONS: Final = 6
MOST_PAGES: Final = 12


class Told(AssertionError):
    """An answer told the two worlds apart."""


class Pair(NamedTuple):
    """Two worlds that are equal to `client`."""

    client: KnownClient
    left: World
    right: World
    listed: tuple[RecordRef, ...]

    @property
    def said(self) -> bool:
        """Whether something was said of a record in either world."""
        return bool(self.left.said or self.right.said)


@st.composite
def pairs(draw: st.DrawFn, street: Street, policy: Policy) -> Pair:
    """A requester and two worlds; the guard says that the generator keeps its word."""
    client = draw(st.sampled_from([client for client in street.clients for _ in range(_weight(street, client))]))
    organizations = [client.organization, "harbour-relief", "northwind-aid"]
    left = draw(worlds(organizations, NOW.timestamp()))
    eyes = Eyes(policy, street.requester(client), street.directory, NOW.timestamp())
    right = draw(twins(left, eyes, organizations, NOW.timestamp()))
    seen = eyes.view_of(left)
    assert seen == eyes.view_of(right)
    assert eyes.facts_of(left) == eyes.facts_of(right)
    return Pair(client, left, right, tuple(seen))


def _weight(street: Street, client: KnownClient) -> int:
    """Who is refused most of what it asks, and who sees what is public only, tell less, and are drawn less often."""
    profile = street.requester(client).profile
    partner = profile.partnership is PartnershipStatus.IN_FORCE and profile.purpose is Purpose.SAFETY_AND_SECURITY
    return len(client.scopes) * (3 if partner else 1)


@st.composite
def asked(draw: st.DrawFn, pair: Pair) -> Sequence[Operation]:
    """What is asked of a pair, with values of both of its worlds."""
    organizations = [pair.client.organization, "harbour-relief"]
    pool = pool_of((pair.left, pair.right), pair.listed, organizations, public_id)
    return draw(st.lists(operations(pool), min_size=OPERATIONS, max_size=OPERATIONS))


def check(street: Street, pair: Pair, operations: Sequence[Operation]) -> list[Answer]:
    """What is answered; raises `Told` at the first answer that differs."""
    for house, world in ((street.left, pair.left), (street.right, pair.right)):
        house.forget_answers()
        house.fill(world)
    token = street.token(pair.client)
    try:
        return [answer for operation in operations for answer in _ask(street, pair, token, operation)]
    finally:
        if pair.said or any(operation.writes for operation in operations):
            street.left.forget()
            street.right.forget()


def _ask(street: Street, pair: Pair, token: str, operation: Operation) -> Iterator[Answer]:
    """One operation, all of its pages."""
    body: dict[str, Any] = operation.body
    for _ in range(MOST_PAGES):
        answer = street.left.post(token, body)
        compare(pair, body, answer, street.right.post(token, body))
        yield answer
        cursor = following(operation, answer)
        if cursor is None:
            return
        body = {**body, "variables": {**body["variables"], operation.walks: cursor}}


def compare(pair: Pair, body: dict[str, Any], left: Answer, right: Answer) -> None:
    """Status, headers and bytes."""
    if left != right:
        note(f"requester: {pair.client.label}\nasked: {body}\nleft: {left}\nright: {right}")
        note(f"worlds: {pair.left}\n        {pair.right}")
        raise Told(f"`{pair.client.label}` can tell two worlds apart that are equal in its view")


def following(operation: Operation, answer: Answer) -> str | None:
    """The cursor of the next page where there is one."""
    if operation.walks is None:
        return None
    data = answer.json().get("data")
    page = None if data is None else data["list"]["pageInfo"]
    if page is None:
        return None
    more, cursor = ("hasNextPage", "endCursor") if operation.walks == "after" else ("hasPreviousPage", "startCursor")
    found: str | None = page[cursor] if page[more] else None
    return found
