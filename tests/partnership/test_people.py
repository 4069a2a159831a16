"""An organization's people when it leaves, and when one of them leaves it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import col, select

from gateway.identity.clients import register_client
from gateway.identity.grants import Person, give_code, push
from gateway.identity.leaving import end_person
from gateway.identity.scopes import Scope
from gateway.notices.inbox import Inbox
from gateway.partnership.admission import set_partnership
from gateway.partnership.load import load_directory
from gateway.partnership.offboarding import Offboardings
from gateway.sharing.consent import Consents, RecordClass, Terms
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor
from gateway.store.engine import Store
from gateway.store.tables import NoticeKind, PersonGrant, PersonSession, PushedRequest, RecordsChoice
from policies.groups import FieldGroup
from policies.vocabulary import PartnershipStatus, Purpose

PARTNER = "plainfield-relief"
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
IDENTIFIERS = Identifiers(b"m" * 32)
REDIRECT = "https://tools.example.org/back"


def sign_in(store: Store, person: str, organization: str) -> None:
    """The person signs in by a client of the organization, and at the gateway's own pages."""
    now = int(AT.timestamp())
    client_id, _ = register_client(
        store, organization, person, [Scope.INFORMATION_READ], Purpose.SAFETY_AND_SECURITY, redirect_uris=[REDIRECT]
    )
    asked = PushedRequest(
        hash="", client_id=client_id, redirect_uri=REDIRECT, challenge="c", scope="information:read", expires=0
    )
    with store.transaction() as session:
        name = push(session, asked, now)
        assert give_code(session, name, Person(id=person, organization=organization), now) is not None
        session.add(
            PersonSession(
                hash=person,
                issuer="headquarters",
                person=person,
                name=person,
                organization_id=organization,
                roles=[],
                created=now,
                seen=now,
                expires=now + 600,
            )
        )


def open_to(store: Store, *names: str) -> None:
    """The originator opens a class of its records to each."""
    by = Actor(organization="undss", officer="an officer", at=AT)
    terms = Terms(groups=frozenset({FieldGroup.ACTOR}), exact=True)
    for name in names:
        Consents(store, IDENTIFIERS).grant_class("undss", name, RecordClass(), terms, by)


def opened_to(store: Store) -> set[str]:
    """To whom the classes are open, as a decision would know."""
    return {item.grant.to for item in load_directory(store).sharing.class_grants.get("undss", ())}


def signed_in(store: Store) -> set[str]:
    """Who has a sign-in that is not over, by either way."""
    with store.session() as session:
        by_client = session.exec(select(PersonGrant.person).where(col(PersonGrant.ended_at).is_(None)))
        by_page = session.exec(select(PersonSession.person).where(col(PersonSession.ended_at).is_(None)))
        return {*by_client, *by_page}


@pytest.mark.parametrize("choice", RecordsChoice)
def test_people_follow_their_organization_when_it_leaves(store: Store, choice: RecordsChoice) -> None:
    set_partnership(store, PARTNER, PartnershipStatus.IN_FORCE)
    sign_in(store, "headquarters:amina", PARTNER)
    sign_in(store, "un:jonas", "undss")
    open_to(store, PARTNER, "headquarters:amina", "un:jonas")
    by = Actor(organization="undss", officer="an officer", at=AT)
    Offboardings(store, IDENTIFIERS).offboard(PARTNER, "its programmes end", choice, [PARTNER, "undss"], by)
    assert signed_in(store) == {"un:jonas"}
    assert opened_to(store) == {"un:jonas"}


def test_what_was_open_to_a_person_who_leaves_ends_and_the_organization_is_asked_for_its_copies(store: Store) -> None:
    open_to(store, PARTNER, "headquarters:amina", "headquarters:bo")
    by = Actor(organization=PARTNER, officer="headquarters:bo", at=AT)
    before = store.epoch()
    end_person(store, "headquarters:amina", PARTNER, by)
    assert store.epoch() == before + 1, "seen as one"
    assert opened_to(store) == {PARTNER, "headquarters:bo"}
    (told,) = Inbox(store).page(PARTNER, first=10).notices
    assert (told.kind, told.facts) == (NoticeKind.DESTRUCTION_REQUESTED, {"person": "headquarters:amina"})
