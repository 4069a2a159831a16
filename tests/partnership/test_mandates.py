"""A member authorises a platform by area and time, sees it and ends it; over HTTP, as the directory then has it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from gateway.partnership.load import load_directory
from policies.vocabulary import Capacity, PartnershipStatus
from tests.partnership.conftest import Committee

PLATFORM = "common-ground-platform"
SELECTED = "authorization { platform areas since until endedAt }"


def authorized(committee: Committee, member: str, day: date | None = None) -> frozenset[str] | None:
    """What the decision would know."""
    moment = datetime.now(UTC) if day is None else datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    store = committee.store()
    try:
        return load_directory(store).authorized_areas(member, PLATFORM, moment.timestamp())
    finally:
        store.close()


def own(committee: Committee, label: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = committee.ask(
        label, "{ platformAuthorizations { platform areas since until endedAt } }"
    )["platformAuthorizations"]
    return found


def test_a_mandate_holds_for_its_areas_and_days_and_ends_at_once(committee: Committee) -> None:
    member = committee.newcomer(PartnershipStatus.IN_FORCE)
    assert authorized(committee, member) == frozenset()
    input_ = {"platform": PLATFORM, "areas": ["SSD", "SOM"], "until": "2998-12-31"}
    made = committee.act(member, "authorizePlatform", input_, SELECTED)["authorization"]
    assert (made["areas"], made["until"], made["endedAt"]) == (["SOM", "SSD"], "2998-12-31", None)
    assert authorized(committee, member) == {"SSD", "SOM"}
    assert authorized(committee, member, date(2999, 1, 1)) == frozenset()
    ended = committee.act(member, "endPlatformAuthorization", {"platform": PLATFORM}, SELECTED)["authorization"]
    assert ended["endedAt"] is not None
    assert authorized(committee, member) == frozenset()
    assert [item["endedAt"] is None for item in own(committee, member)] == [False]
    again = committee.act(member, "endPlatformAuthorization", {"platform": PLATFORM})
    assert again["faults"] == [("platform", "NOT_FOUND")]


def test_a_new_mandate_takes_the_place_of_the_old_one(committee: Committee) -> None:
    member = committee.newcomer(PartnershipStatus.IN_FORCE)
    for areas in (["SSD"], None, ["SOM"]):
        assert committee.act(member, "authorizePlatform", {"platform": PLATFORM, "areas": areas})["userErrors"] == []
        assert authorized(committee, member) == (None if areas is None else set(areas))
    assert [(item["areas"], item["endedAt"] is None) for item in own(committee, member)] == [
        (["SOM"], True),
        (None, False),
        (["SSD"], False),
    ]


def test_who_is_no_platform_in_force_is_told_like_nobody(committee: Committee) -> None:
    member = committee.newcomer(PartnershipStatus.IN_FORCE, capacities=[Capacity.PLATFORM])
    gone = committee.newcomer(PartnershipStatus.SUSPENDED, capacities=[Capacity.PLATFORM])
    told = [
        committee.act(member, "authorizePlatform", {"platform": id_})["userErrors"]
        for id_ in ("northwind-aid", gone, member, "absent", "", "x" * 5_000)
    ]
    assert told[0][0]["code"] == "NOT_FOUND"
    assert all(item == told[0] for item in told)
    assert own(committee, member) == []


def test_what_can_not_be_recorded_ends_nothing(committee: Committee) -> None:
    member = committee.newcomer(PartnershipStatus.IN_FORCE)
    committee.act(member, "authorizePlatform", {"platform": PLATFORM, "areas": ["SSD"]})
    for bad in ({"areas": ["South"]}, {"areas": []}, {"until": "2020-01-01"}):
        payload = committee.act(member, "authorizePlatform", {"platform": PLATFORM, **bad})
        assert payload["faults"][0][1] == "BAD_USER_INPUT", bad
    assert authorized(committee, member) == {"SSD"}


def test_a_member_sees_its_own_mandates_only(committee: Committee) -> None:
    member, other = (committee.newcomer(PartnershipStatus.IN_FORCE) for _ in range(2))
    committee.act(member, "authorizePlatform", {"platform": PLATFORM})
    assert own(committee, other) == []
    ended = committee.act(other, "endPlatformAuthorization", {"platform": PLATFORM})
    assert ended["faults"] == [("platform", "NOT_FOUND")]
    assert authorized(committee, member) is None
