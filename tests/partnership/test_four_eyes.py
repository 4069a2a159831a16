"""A person who holds both co-chairs' seats, with a client on each side, is still one pair of eyes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.partnership.admission import add_organization
from gateway.partnership.applications import Applications, Commitments
from gateway.partnership.refusal import Refused
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor
from gateway.store.engine import Store
from gateway.store.tables import ApplicationState, CommitteeSide, ReviewDecision
from policies.vocabulary import OrganizationCategory

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_one_person_can_not_be_both_co_chairs(store: Store) -> None:
    add_organization(store, "juniper-trust", "Juniper Trust", OrganizationCategory.INGO)
    applications = Applications(store, Identifiers(b"m" * 32))
    commitments = Commitments(
        security_risk_management="a register",
        contingency_planning="plans",
        emergency_arrangements="a duty line",
        purpose=True,
        confidentiality=True,
    )
    made = applications.submit(commitments, None, Actor(organization="plainfield-relief", officer="x", at=AT), ())
    approve = ReviewDecision.APPROVE
    one = Actor(organization="undss", officer="somebody@example.org", at=AT)
    assert applications.review(made.row.id, CommitteeSide.DSS, approve, None, one) is not None
    same = Actor(organization="juniper-trust", officer="somebody@example.org", at=AT)
    with pytest.raises(Refused, match="whoever reviewed it for one side"):
        applications.review(made.row.id, CommitteeSide.INGO, approve, None, same)
    other = Actor(organization="juniper-trust", officer="else@example.org", at=AT)
    done = applications.review(made.row.id, CommitteeSide.INGO, approve, None, other)
    assert done is not None
    assert done.row.state is ApplicationState.APPROVED
