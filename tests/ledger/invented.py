"""Invented entries."""

from datetime import UTC, datetime

from gateway.ledger.entries import Disclosed, Entry, ShownAs
from gateway.ledger.reference import reference
from policies.groups import FieldGroup
from policies.vocabulary import Purpose

WHOLE = ShownAs((FieldGroup.ENVELOPE, FieldGroup.WHAT, FieldGroup.WHEN), ("1-partners-only", "3-partners"))
LITTLE = ShownAs((FieldGroup.ENVELOPE,), ("4-restrictions",))


def entry(organization: str = "plainfield-relief", *, records: int = 3) -> Entry:
    """An answer that showed `records` of one originator whole, and one of another in little."""
    whole = [reference("plainfield-forms", "INCIDENT_REPORT", str(number)) for number in range(records)]
    return Entry(
        at=datetime.now(UTC),
        organization=organization,
        client=f"{organization}.1",
        purpose=Purpose.SAFETY_AND_SECURITY,
        operation="incidents",
        outcome="ANSWERED",
        policy_version="2026-05-01",
        document_hash=bytes(range(32)),
        originators=(
            Disclosed(originator="hillside-aid", shown={WHOLE: whole}),
            Disclosed(
                originator="undss", shown={LITTLE: [reference("unsms-feed", "SECURITY_ALERT", "a")], WHOLE: whole[:1]}
            ),
        ),
    )
