"""Which seat may do what: the one place that says it (S3, S10). A capacity opens no record, here or anywhere.

A seat is a capacity held for an organization of the right category whose partnership is in force: a partner that calls
its own client SECRETARIAT is not the secretariat.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from gateway.partnership.directory import Directory
from policies.requester import Profile
from policies.vocabulary import Capacity, OrganizationCategory, PartnershipStatus, Purpose


class Seat(Enum):
    """Who acts in the framework: a capacity, and the category of the organization it is held for."""

    SECRETARIAT = (Capacity.SECRETARIAT, OrganizationCategory.UNSMS_ENTITY)
    DSS_CO_CHAIR = (Capacity.CO_CHAIR, OrganizationCategory.UNSMS_ENTITY)
    INGO_CO_CHAIR = (Capacity.CO_CHAIR, OrganizationCategory.INGO)
    DSS_COORDINATOR = (Capacity.SECURITY_COORDINATOR, OrganizationCategory.UNSMS_ENTITY)


class Task(Enum):
    """What is done for the partnership as a whole, and not for one's own organization."""

    READ_APPLICATIONS = "READ_APPLICATIONS"
    REVIEW_APPLICATION = "REVIEW_APPLICATION"
    SET_PARTNERSHIP = "SET_PARTNERSHIP"
    APPROVE_AREA = "APPROVE_AREA"
    SET_AREA_LEVEL = "SET_AREA_LEVEL"
    NAME_FOR_THE_UN = "NAME_FOR_THE_UN"
    OFFBOARD = "OFFBOARD"


_SECRETARIAT: Final = frozenset({Seat.SECRETARIAT})
_CO_CHAIRS: Final = frozenset({Seat.DSS_CO_CHAIR, Seat.INGO_CO_CHAIR})
SEATS: Final[Mapping[Task, frozenset[Seat]]] = {
    Task.READ_APPLICATIONS: _SECRETARIAT | _CO_CHAIRS,
    Task.REVIEW_APPLICATION: _CO_CHAIRS,
    Task.SET_PARTNERSHIP: _SECRETARIAT | _CO_CHAIRS,
    Task.APPROVE_AREA: _SECRETARIAT | {Seat.DSS_COORDINATOR},
    Task.SET_AREA_LEVEL: _SECRETARIAT,
    Task.NAME_FOR_THE_UN: _SECRETARIAT | {Seat.DSS_COORDINATOR},
    Task.OFFBOARD: _SECRETARIAT,
}


def seats(profile: Profile) -> frozenset[Seat]:
    """The seats that a requester's organization and capacities give it."""
    if profile.partnership is not PartnershipStatus.IN_FORCE:
        return frozenset()
    return frozenset(seat for seat in Seat if seat.value[0] in profile.capacities and seat.value[1] is profile.category)


def may(profile: Profile, task: Task) -> bool:
    """Whether one of the requester's seats does `task`."""
    return not SEATS[task].isdisjoint(seats(profile))


def holders(directory: Directory, task: Task, now: float) -> frozenset[str]:
    """The organizations with a client that may do `task` at `now` (seconds since the epoch)."""
    return frozenset(
        client.organization
        for client in directory.clients.values()
        if not client.disabled
        and may(
            directory.profile(client.organization, Purpose.SAFETY_AND_SECURITY, frozenset(), client.capacities, now),
            task,
        )
    )
