"""All checks in order, and how they are run: over one connector, or as one line in a connector's own tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from connectors.contract import Connector, SourceSettings
from connectors.kit.bench import Subject, bench, simulated
from connectors.kit.check import Broken, Check, Outcome
from connectors.kit.checks import claims, failures, keys, markings, paging, pushed, rows, values
from connectors.kit.tap import Tap

CHECKS: Final[Sequence[Check]] = (
    Check("kinds", "each claimed kind comes as its record type, under the source's name, with a key", claims.kinds),
    Check("unclaimed", "what is not claimed fails with the documented message and asks nothing", claims.unclaimed),
    Check("totals", "a claimed total is the number of rows", claims.totals),
    Check("groups", "the groups asked for change neither records nor markings", claims.groups),
    Check("paging", "every size of pages gives the same records, none lost, none twice", paging.pages),
    Check("resume", "every `resume` leads to exactly what follows, and a limit is kept", paging.resume),
    Check("order", "records come in each claimed order, ties in one order", paging.order),
    Check("conditions", "a pushed condition loses no record that it holds on", pushed.conditions_on_records),
    Check("views", "a pushed condition loses no record whose generalised view it holds on", pushed.conditions_on_views),
    Check("lookup", "a look-up gives what a fetch gives, and None for any other key", keys.lookup),
    Check("incremental", "changes from any watermark add up to what a fetch gives", keys.incremental),
    Check("tombstones", "what is told as gone is gone", keys.tombstones),
    Check("zones", "every time is in UTC whatever offset it was told with, and none is guessed", values.zones),
    Check("precision", "no time and no place is finer than the platform gave it", values.precision),
    Check("default-marking", "no marking is looser than the default but by its own row's word", markings.default),
    Check("spoiled-marking", "a missing or unreadable value never loosens a marking", markings.spoiled),
    Check("faults", "a fault in one group withholds that group, and no row vanishes", rows.faults),
    Check("quarantine", "only what identity or marking come from quarantines a row", rows.quarantine),
    Check("deadline", "silence ends in `Late` at the deadline", failures.deadline),
    Check("cancellation", "who stops reading closes the connection", failures.cancellation),
    Check("size", "an answer beyond the limit is refused, packed or not", failures.size),
    Check("errors", "every bad answer ends in its documented error", failures.errors),
    Check("refused", "refused credentials are told as such", failures.wrong_credentials),
    Check("credentials", "no credential shows in an error or a representation", failures.credentials),
)


def run(subject: Subject, check: Check) -> Outcome:
    """Runs one check against a simulator of its own."""
    with simulated(subject) as (settings, tap):
        return _run(subject, check, settings, tap)


def run_all(subject: Subject) -> Iterator[Outcome]:
    """Runs every check, one after another, against one simulator."""
    with simulated(subject) as (settings, tap):
        for check in CHECKS:
            tap.reset()
            yield _run(subject, check, settings, tap)


def _run(subject: Subject, check: Check, settings: SourceSettings, tap: Tap) -> Outcome:
    async def checked() -> str:
        async with bench(subject, settings, tap) as at:
            return await check.run(at)

    try:
        return Outcome(check, True, asyncio.run(checked()))
    except Broken as broken:
        return Outcome(check, False, str(broken))
    except Exception as error:  # whatever a connector raises fails its check and no other
        return Outcome(check, False, f"`{type(error).__name__}` where nothing was wrong: {error}")


def conformance(connector: str | type[Connector]) -> Callable[..., None]:
    """A test for each check, of an installed connector's kind or of a class::

    test_conformance = conformance("kobo")
    """
    import pytest

    @pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
    def test(check: Check) -> None:
        outcome = run(Subject.of(connector), check)
        if not outcome.held:
            pytest.fail(f"`{connector}`: {check.holds}: {outcome.told}", pytrace=False)

    return test
