"""The directory over HTTP: who is named by whom, and who may see how to reach them (S9, S10)."""

from __future__ import annotations

from typing import Any

import pytest

from policies.vocabulary import Capacity, PartnershipStatus
from tests.partnership.conftest import Committee

SELECTED = "focalPoint { id organization role area name mail telephone endedAt }"


def named(committee: Committee, label: str, **more: object) -> dict[str, Any]:
    input_ = {"role": "FOCAL_POINT", "name": "Duty desk", "mail": "desk@example.org", **more}
    payload = committee.act(label, "nameFocalPoint", input_, SELECTED)
    assert payload["userErrors"] == []
    entry: dict[str, Any] = payload["focalPoint"]
    return entry


def listed(committee: Committee, label: str, arguments: str = "first: 1000") -> set[str]:
    nodes = committee.ask(label, f"{{ directory({arguments}) {{ nodes {{ id mail }} }} }}")["directory"]["nodes"]
    return {node["id"] for node in nodes}


def test_an_entry_is_found_by_area_and_role_until_it_is_ended(committee: Committee) -> None:
    here = named(committee, "ingo-in-area", area="SSD", telephone="+211 000")
    everywhere = named(committee, "ingo-in-area", role="OBSERVER")
    elsewhere = named(committee, "ingo-in-area", area="SOM")
    assert (here["organization"], here["area"], here["telephone"]) == ("northwind-aid", "SSD", "+211 000")
    found = listed(committee, "ingo-elsewhere", 'area: "SSD"')
    assert {here["id"], everywhere["id"]} <= found
    assert elsewhere["id"] not in found
    observers = listed(committee, "ingo-elsewhere", "role: [OBSERVER]")
    assert (everywhere["id"] in observers, here["id"] in observers) == (True, False)
    assert committee.act("ingo-officer", "endFocalPoint", {"id": here["id"]}, SELECTED)["focalPoint"]["endedAt"]
    assert here["id"] not in listed(committee, "ingo-elsewhere")


def test_contact_details_are_for_partners_in_force_only(committee: Committee) -> None:
    entry = named(committee, "ingo-in-area")
    for label in ("ingo-suspended", "ingo-applicant"):
        assert listed(committee, label) == set(), label
        payload = committee.act(
            label, "nameFocalPoint", {"role": "FOCAL_POINT", "name": "Desk", "mail": "d@example.org"}
        )
        assert payload["faults"] == [("input", "NOT_ALLOWED")]
    assert entry["id"] in listed(committee, "dss-analyst")


def test_an_organization_that_is_suspended_is_in_the_directory_no_more(committee: Committee) -> None:
    partner = committee.newcomer(PartnershipStatus.IN_FORCE)
    entry = named(committee, partner)
    assert entry["id"] in listed(committee, "ingo-in-area")
    suspended = {"organization": partner, "status": "SUSPENDED", "reason": "under dispute"}
    assert committee.act("secretariat", "setPartnership", suspended)["userErrors"] == []
    assert entry["id"] not in listed(committee, "ingo-in-area")


@pytest.mark.parametrize("role", ["SIOC", "SECURITY_COORDINATOR"])
def test_sioc_and_coordinators_are_named_by_the_un(committee: Committee, role: str) -> None:
    for label in ("secretariat", "dss-coordinator"):
        entry = named(committee, label, role=role, area="SSD")
        assert entry["id"] in listed(committee, "ingo-in-area", f"role: [{role}]")
    pretender = committee.newcomer(PartnershipStatus.IN_FORCE, capacities=list(Capacity))
    for label in ("ingo-in-area", "ingo-second-officer", "dss-analyst", pretender):
        payload = committee.act(label, "nameFocalPoint", {"role": role, "name": "Desk", "mail": "d@example.org"})
        assert payload["faults"] == [("input", "NOT_ALLOWED")], label


def test_an_entry_of_others_can_not_be_ended_and_looks_like_none(committee: Committee) -> None:
    entry = named(committee, "ingo-in-area")
    answers = [
        committee.act("ingo-elsewhere", "endFocalPoint", {"id": id_})["userErrors"]
        for id_ in (entry["id"], "absent", "", "é", "x" * 5_000)
    ]
    assert [answer[0]["code"] for answer in answers] == ["NOT_FOUND"] * 5
    assert all(answer == answers[0] for answer in answers)
    assert entry["id"] in listed(committee, "ingo-in-area")
    assert committee.act("secretariat", "endFocalPoint", {"id": entry["id"]})["userErrors"] == []


def test_nobody_is_named_who_can_not_be_reached(committee: Committee) -> None:
    payload = committee.act("ingo-in-area", "nameFocalPoint", {"role": "FOCAL_POINT", "name": "Desk"})
    assert payload["faults"] == [("mail", "NOT_ALLOWED")]
    nowhere = {"role": "FOCAL_POINT", "name": "Desk", "mail": "d@example.org", "area": "South"}
    assert committee.act("ingo-in-area", "nameFocalPoint", nowhere)["faults"] == [("input", "BAD_USER_INPUT")]
