"""What a check is, and how one ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from connectors.kit.bench import Bench

NOT_CLAIMED = "not claimed"


class Broken(Exception):
    """A check that does not hold; the message is the smallest counterexample that was found."""


class Check(NamedTuple):
    """One promise of the contract. `holds` is the promise in one sentence; `run` gives what was tried, or raises."""

    id: str
    holds: str
    run: Callable[[Bench], Awaitable[str]]


class Outcome(NamedTuple):
    """How a check ended. `told`: what was tried, or the counterexample."""

    check: Check
    held: bool
    told: str


def require(held: bool, told: str) -> None:
    """Raises `Broken` with `told` where `held` is false."""
    if not held:
        raise Broken(told)
