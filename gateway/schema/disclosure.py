"""What an answer disclosed: for the ledger, for the originators that are to be told, for who has to handle it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from gateway.federation.viewed import Viewed
from gateway.ledger.entries import Disclosed, ShownAs
from gateway.notices.outbox import Notice
from gateway.store.tables import NoticeKind
from policies.clearance import Handling
from policies.groups import Effect, FieldGroup
from policies.requester import Requester
from policies.vocabulary import TrafficLight


def by_originator(disclosed: Sequence[Viewed], groups: frozenset[FieldGroup]) -> tuple[Disclosed, ...]:
    """What was shown, an item an originator: groups that were read and not withheld, with the rules that decided."""
    read = sorted(groups)
    rows: dict[str, dict[ShownAs, dict[bytes, None]]] = {}
    # Records of one marking share one clearance.
    of_clearance: dict[tuple[int, str], dict[bytes, None]] = {}
    for viewed in disclosed:
        clearance = viewed.clearance
        references = of_clearance.get((id(clearance), viewed.accountable))
        if references is None:
            shown = tuple(group for group in read if clearance.effects[group] is not Effect.WITHHOLD)
            references = rows.setdefault(viewed.accountable, {}).setdefault(ShownAs(shown, clearance.rules), {})
            of_clearance[id(clearance), viewed.accountable] = references
        references[viewed.reference] = None
    return tuple(
        # Sorted: the order of an answer would tell an originator what was asked.
        Disclosed(originator=originator, shown={how: sorted(references) for how, references in sorted(shown.items())})
        for originator, shown in sorted(rows.items())
    )


def obligations(disclosed: Sequence[Viewed], who: Requester, at: datetime) -> tuple[Notice, ...]:
    """A notice to each originator of records that oblige to tell it of their use (IEP); none to who asks itself."""
    used: dict[str, dict[str, Viewed]] = {}
    asking = {party.organization for party in who.parties}
    for viewed in disclosed:
        if viewed.clearance.obligations and viewed.accountable not in asking:
            used.setdefault(viewed.accountable, {})[viewed.id] = viewed
    behalf = {} if who.on_behalf_of is None else {"onBehalfOf": who.on_behalf_of.organization}
    return tuple(
        Notice(
            at=at,
            organization=originator,
            kind=NoticeKind.RECORD_USED,
            carry=all(viewed.clearance.handling.tlp is not TrafficLight.RED for viewed in records.values()),
            facts={
                "organization": who.profile.organization,
                **behalf,
                "purpose": who.profile.purpose.value,
                "records": sorted(records),
            },
        )
        for originator, records in sorted(used.items())
    )


def handling_of(disclosed: Sequence[Viewed]) -> list[dict[str, object]]:
    """The handling terms in an answer, each once, in one order: what `extensions.handling` says."""
    clearances = {id(viewed.clearance): viewed.clearance for viewed in disclosed}
    terms = {clearance.handling: None for clearance in clearances.values()}
    return sorted(map(_terms, terms), key=repr)


def _terms(handling: Handling) -> dict[str, object]:
    actions = handling.permitted_actions
    return {
        "tlp": handling.tlp.value,
        "unMarking": handling.un_marking.value,
        "relayToMembers": actions.relay_to_members,
        "attribution": actions.attribution,
        "notifyOnUse": actions.notify_on_use,
        "dataLicence": actions.data_licence,
        "validUntil": None
        if handling.valid_until is None
        else datetime.fromtimestamp(handling.valid_until, UTC).isoformat(),
    }
