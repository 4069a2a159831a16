"""Each check finds the connector that breaks its promise, and says what it found."""

from __future__ import annotations

import pytest

from connectors.contract import Connector
from connectors.kit.bench import Subject
from connectors.kit.suite import CHECKS, run
from connectors.kobo import KoboConnector
from tests.connectors.kit import broken

CASES: tuple[tuple[str, type[Connector], str], ...] = (
    ("kinds", broken.ClaimsAnotherKind, "`LESSON_LEARNED` is claimed"),
    ("unclaimed", broken.RefusesNothing, "is not claimed, and is not refused"),
    ("totals", broken.GuessesTotals, "rows came"),
    ("groups", broken.MarksByGroups, "depends on the groups"),
    ("paging", broken.LosesTheLastOfAPage, "records are lost, the first is `unsms-"),
    ("resume", broken.ForgetsWhereItWas, "comes twice|leads on without end"),
    ("order", broken.ShufflesAPage, "comes out of order"),
    ("conditions", broken.NarrowsByADay, "is lost by Test"),
    ("views", broken.NarrowsLongSpans, "is lost by Test"),
    ("lookup", broken.SortsWhatItLooksUp, "the look-up of"),
    ("incremental", broken.SkipsChanges, "is in a fetch and in no change"),
    ("tombstones", broken.KeepsTheGone, "is told as gone, and a fetch gives it"),
    ("zones", broken.TellsNoZone, "`shared_at` has no zone"),
    ("precision", broken.MakesInstantsOfDays, "`occurred` is an instant"),
    ("default-marking", broken.OpensEverything, "looser than the default in `audience`"),
    ("spoiled-marking", broken.OpensWhatItCanNotRead, "makes it looser in `audience`"),
    ("faults", broken.HidesFaults, "with no fault noted"),
    ("quarantine", broken.QuarantinesFaults, "though neither identity nor marking come from it"),
    ("deadline", broken.TakesItsTime, "with 0.4 s until the deadline"),
    ("cancellation", broken.ReadsOn, "the connection stays open"),
    ("size", broken.TakesAnySize, "where `Unusable` was expected|bytes were taken"),
    ("errors", broken.TakesErrorsForNothing, "no error where `Unusable`"),
    ("refused", broken.TakesRefusalsForNonsense, "where `AuthenticationRefused` was expected"),
    ("credentials", broken.TellsItsToken, "tells a credential"),
)
BY_ID = {check.id: check for check in CHECKS}


@pytest.mark.parametrize(("check", "connector", "told"), CASES, ids=[check for check, _, _ in CASES])
def test_a_broken_promise_is_found(check: str, connector: type[Connector], told: str) -> None:
    package = "connectors.kobo" if issubclass(connector, KoboConnector) else "connectors.unsms"
    outcome = run(Subject(connector, package), BY_ID[check])
    assert not outcome.held, outcome.told
    assert any(part in outcome.told for part in told.split("|")), outcome.told


def test_every_check_has_a_connector_that_breaks_it() -> None:
    assert [check for check, _, _ in CASES] == [check.id for check in CHECKS]
