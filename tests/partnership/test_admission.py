"""What can be recorded of partners, and what is refused."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import select

from gateway.errors import BadInput
from gateway.partnership.admission import (
    add_organization,
    approve_area,
    end_area_approval,
    set_area_level,
    set_partnership,
    suspend_partnership,
)
from gateway.partnership.load import load_directory
from gateway.store.engine import Store
from gateway.store.tables import Partnership
from policies.vocabulary import ImplementationLevel, OrganizationCategory, PartnershipStatus

PARTNER = "plainfield-relief"

CHANGES: dict[str, Callable[[Store], None]] = {
    "add": lambda store: add_organization(store, "hillside-aid", "Hillside Aid", OrganizationCategory.IO),
    "partnership": lambda store: set_partnership(store, PARTNER, PartnershipStatus.IN_FORCE),
    "suspend": lambda store: suspend_partnership(store, PARTNER, "the memorandum is under dispute"),
    "approve": lambda store: approve_area(store, PARTNER, "SSD", approved_by="undss"),
    "level": lambda store: set_area_level(store, "SSD", ImplementationLevel.ENHANCED, set_by="undss"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_each_change_raises_the_epoch_once(store: Store, change: Callable[[Store], None]) -> None:
    before = store.epoch()
    change(store)
    assert store.epoch() == before + 1


REFUSALS: dict[str, tuple[Callable[[Store], None], str]] = {
    "taken id": (lambda store: add_organization(store, PARTNER, "Other", OrganizationCategory.INGO), "is taken"),
    "capital letters": (lambda store: add_organization(store, "Hill", "Hill", OrganizationCategory.INGO), "use a-z"),
    "empty id": (lambda store: add_organization(store, "", "Hill", OrganizationCategory.INGO), "use a-z"),
    "long id": (lambda store: add_organization(store, "a" * 41, "Hill", OrganizationCategory.INGO), "at most 40"),
    "unknown partner": (lambda store: set_partnership(store, "nobody", PartnershipStatus.IN_FORCE), "add it first"),
    "suspend nobody": (lambda store: suspend_partnership(store, "nobody", ""), "add it first"),
    "no such area": (
        lambda store: set_partnership(store, PARTNER, PartnershipStatus.IN_FORCE, areas=["South Sudan"]),
        "alpha-3",
    ),
    "dates exchanged": (
        lambda store: set_partnership(
            store, PARTNER, PartnershipStatus.IN_FORCE, since=date(2026, 2, 1), until=date(2026, 1, 1)
        ),
        "lies before",
    ),
    "self-declared area": (lambda store: approve_area(store, PARTNER, "SSD", approved_by=PARTNER), "no UNSMS entity"),
    "approved by nobody": (lambda store: approve_area(store, PARTNER, "SSD", approved_by="nobody"), "add it first"),
    "small letters": (lambda store: approve_area(store, PARTNER, "ssd", approved_by="undss"), "alpha-3"),
    "self-set level": (
        lambda store: set_area_level(store, "SSD", ImplementationLevel.ENHANCED, set_by=PARTNER),
        "no UNSMS entity",
    ),
    "nothing to end": (lambda store: end_area_approval(store, PARTNER, "SSD", on=date(2026, 1, 1)), "nothing to end"),
}


@pytest.mark.parametrize(("change", "message"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_can_not_be_recorded_is_refused_and_changes_nothing(
    store: Store, change: Callable[[Store], None], message: str
) -> None:
    before = store.epoch()
    with pytest.raises(BadInput, match=message):
        change(store)
    assert store.epoch() == before


def test_a_suspension_keeps_areas_and_dates_and_history(store: Store) -> None:
    until = date(2027, 1, 1)
    set_partnership(store, PARTNER, PartnershipStatus.IN_FORCE, areas=["SSD"], until=until)
    suspend_partnership(store, PARTNER, "the memorandum is under dispute")
    member = load_directory(store).members[PARTNER]
    assert member.partnership is not None
    assert member.partnership.status is PartnershipStatus.SUSPENDED
    assert (member.partnership.areas, member.partnership.period.until) == ({"SSD"}, until)
    with store.session() as session:
        steps = session.exec(select(Partnership).order_by(Partnership.id)).all()
    assert [step.status for step in steps] == [PartnershipStatus.IN_FORCE, PartnershipStatus.SUSPENDED]
    assert steps[1].reason == "the memorandum is under dispute"
    assert steps[0].recorded_at <= steps[1].recorded_at


def test_an_approval_that_is_ended_holds_until_the_day_before(store: Store) -> None:
    approve_area(store, PARTNER, "SSD", approved_by="undss", since=date(2026, 1, 1))
    approve_area(store, PARTNER, "SOM", approved_by="undss")
    end_area_approval(store, PARTNER, "SSD", on=date(2026, 6, 1))
    approvals = {item.area: item.period for item in load_directory(store).members[PARTNER].approvals}
    assert approvals["SSD"].holds(date(2026, 5, 31))
    assert not approvals["SSD"].holds(date(2026, 6, 1))
    assert approvals["SOM"].until is None
