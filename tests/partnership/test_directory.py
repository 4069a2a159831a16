"""Where an organization stands, day by day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.partnership.admission import add_organization, approve_area, set_area_level, set_partnership
from gateway.partnership.directory import Approval, Directory, Member, Partnership, Period
from gateway.partnership.load import load_directory
from gateway.store.engine import Store
from gateway.store.tables import WORLDWIDE
from policies.requester import Profile
from policies.vocabulary import (
    Capacity,
    ImplementationLevel,
    OrganizationCategory,
    PartnershipStatus,
    Purpose,
)

PARTNER = "plainfield-relief"
SCOPES = frozenset({"information:read"})


def at(day: date, hour: int = 12) -> float:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp()


def profile(directory: Directory, now: float, organization: str = PARTNER) -> Profile:
    return directory.profile(organization, Purpose.SAFETY_AND_SECURITY, SCOPES, frozenset({Capacity.ANALYST}), now)


def test_an_organization_without_a_recorded_partnership_stands_as_its_category_says(store: Store) -> None:
    directory = load_directory(store)
    assert profile(directory, at(date(2026, 5, 1))).partnership is PartnershipStatus.APPLICANT
    assert profile(directory, at(date(2026, 5, 1)), "undss").partnership is PartnershipStatus.IN_FORCE


def test_a_un_entity_stands_as_recorded_where_it_is_recorded(store: Store) -> None:
    set_partnership(store, "undss", PartnershipStatus.WITHDRAWN)
    assert profile(load_directory(store), at(date(2026, 5, 1)), "undss").partnership is PartnershipStatus.WITHDRAWN


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 2, 28), PartnershipStatus.APPROVED),
        (date(2026, 3, 1), PartnershipStatus.IN_FORCE),
        (date(2026, 6, 30), PartnershipStatus.IN_FORCE),
        (date(2026, 7, 1), PartnershipStatus.SUSPENDED),
    ],
)
def test_a_partnership_is_in_force_from_the_first_to_the_last_day_of_its_memorandum(
    store: Store, day: date, expected: PartnershipStatus
) -> None:
    set_partnership(
        store, PARTNER, PartnershipStatus.IN_FORCE, areas=["SSD"], since=date(2026, 3, 1), until=date(2026, 6, 30)
    )
    directory = load_directory(store)
    assert profile(directory, at(day, hour=0)).partnership is expected
    assert profile(directory, at(day, hour=23)).partnership is expected


@pytest.mark.parametrize("status", [status for status in PartnershipStatus if status is not PartnershipStatus.IN_FORCE])
def test_dates_lift_no_other_status(store: Store, status: PartnershipStatus) -> None:
    set_partnership(store, PARTNER, status, since=date(2026, 3, 1), until=date(2026, 6, 30))
    directory = load_directory(store)
    for day in (date(2026, 1, 1), date(2026, 4, 1), date(2026, 9, 1)):
        assert profile(directory, at(day)).partnership is status


def test_the_latest_step_counts(store: Store) -> None:
    set_partnership(store, PARTNER, PartnershipStatus.IN_FORCE, areas=["SSD"])
    set_partnership(store, PARTNER, PartnershipStatus.IN_FORCE)
    assert profile(load_directory(store), at(date(2026, 5, 1))).partner_areas is None
    set_partnership(store, PARTNER, PartnershipStatus.IN_FORCE, areas=["SOM", "MLI", "SOM"])
    assert profile(load_directory(store), at(date(2026, 5, 1))).partner_areas == {"MLI", "SOM"}
    set_partnership(store, PARTNER, PartnershipStatus.IN_FORCE, areas=[])
    assert profile(load_directory(store), at(date(2026, 5, 1))).partner_areas == frozenset()


def test_approvals_count_on_their_days_only(store: Store) -> None:
    approve_area(store, PARTNER, "SSD", approved_by="undss", since=date(2026, 3, 1), until=date(2026, 3, 31))
    approve_area(store, PARTNER, "SOM", approved_by="undss")
    directory = load_directory(store)
    assert profile(directory, at(date(2026, 2, 28))).approved_areas == {"SOM"}
    assert profile(directory, at(date(2026, 3, 31))).approved_areas == {"SOM", "SSD"}
    assert profile(directory, at(date(2026, 4, 1))).approved_areas == {"SOM"}


def test_a_worldwide_need_is_no_area(store: Store) -> None:
    approve_area(store, "undss", WORLDWIDE, approved_by="undss", until=date(2026, 12, 31))
    directory = load_directory(store)
    during, after = (profile(directory, at(day), "undss") for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert (during.worldwide, during.approved_areas) == (True, frozenset())
    assert (after.worldwide, after.approved_areas) == (False, frozenset())


def test_a_profile_carries_what_the_client_was_registered_for(store: Store) -> None:
    found = profile(load_directory(store), at(date(2026, 5, 1)))
    assert (found.organization, found.category) == (PARTNER, OrganizationCategory.INGO)
    assert (found.purpose, found.scopes, found.capacities) == (
        Purpose.SAFETY_AND_SECURITY,
        SCOPES,
        {Capacity.ANALYST},
    )


def test_an_area_is_regular_until_a_level_is_set_and_the_latest_level_counts(store: Store) -> None:
    assert load_directory(store).level("SSD") is ImplementationLevel.REGULAR
    set_area_level(store, "SSD", ImplementationLevel.ENHANCED, set_by="undss")
    assert load_directory(store).level("SSD") is ImplementationLevel.ENHANCED
    set_area_level(store, "SSD", ImplementationLevel.REGULAR, set_by="undss")
    assert load_directory(store).level("SSD") is ImplementationLevel.REGULAR


days = st.dates(date(2026, 1, 1), date(2026, 1, 20))
periods = st.builds(Period, st.none() | days, st.none() | days)


@given(
    partnership=st.builds(Partnership, st.just(PartnershipStatus.IN_FORCE), st.none(), periods),
    approvals=st.lists(st.builds(Approval, st.sampled_from(["SSD", "SOM", WORLDWIDE]), periods), max_size=3),
    asked=st.lists(st.floats(at(date(2025, 12, 30)), at(date(2026, 1, 25))), max_size=8),
)
def test_a_profile_kept_for_later_is_the_one_that_would_be_made_then(
    partnership: Partnership, approvals: list[Approval], asked: list[float]
) -> None:
    def directory() -> Directory:
        member = Member(
            id=PARTNER,
            name="Plainfield Relief",
            category=OrganizationCategory.INGO,
            partnership=partnership,
            approvals=tuple(approvals),
        )
        return Directory(epoch=1, members={PARTNER: member}, levels={}, clients={}, revoked=frozenset())

    kept = directory()
    for now in asked:  # in any order: clocks can be set back
        assert profile(kept, now) == profile(directory(), now)


@given(period=periods, day=days)
def test_a_period_holds_its_days_and_no_other(period: Period, day: date) -> None:
    first, last = period.since or date.min, period.until or date.max
    assert period.holds(day) == (first <= day <= last)
    turn = period.boundary_after(day)
    if turn is not None:
        assert turn > day
        assert period.begins_after(turn - timedelta(days=1)) != period.begins_after(turn) or (
            period.ended_before(turn - timedelta(days=1)) != period.ended_before(turn)
        )


def test_few_partners_are_fewer_than_three_in_force_and_approved_for_each_of_the_areas(store: Store) -> None:
    day = date(2026, 5, 4)
    for number in range(3):
        add_organization(store, f"partner-{number}", f"Partner {number}", OrganizationCategory.INGO)
        set_partnership(store, f"partner-{number}", PartnershipStatus.IN_FORCE)
        approve_area(store, f"partner-{number}", "SSD", approved_by="undss")
    approve_area(store, "partner-0", "MLI", approved_by="undss")
    approve_area(store, "undss", WORLDWIDE, approved_by="undss")
    now = at(day)
    directory = load_directory(store)
    assert not directory.few_partners(frozenset({"SSD"}), now)
    for areas in ({"MLI"}, {"SSD", "MLI"}, set(), {"SDN"}):
        assert directory.few_partners(frozenset(areas), now), areas
    assert directory.is_partner("partner-2", now)
    assert not directory.is_partner("nobody", now)
    set_partnership(store, "partner-2", PartnershipStatus.SUSPENDED)
    suspended = load_directory(store)
    assert suspended.few_partners(frozenset({"SSD"}), now), "a suspended one is none"
    assert not suspended.is_partner("partner-2", now)


def test_an_approval_counts_among_partners_on_its_days_only(store: Store) -> None:
    for number in range(3):
        add_organization(store, f"partner-{number}", f"Partner {number}", OrganizationCategory.INGO)
        set_partnership(store, f"partner-{number}", PartnershipStatus.IN_FORCE)
        approve_area(store, f"partner-{number}", "SSD", approved_by="undss", until=date(2026, 5, 4))
    directory = load_directory(store)
    few = [directory.few_partners(frozenset({"SSD"}), at(date(2026, 5, day))) for day in (4, 5, 4)]
    assert few == [False, True, False]
