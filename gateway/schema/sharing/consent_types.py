"""The schema's types of consent."""

from __future__ import annotations

from datetime import datetime

import strawberry

from gateway.schema.enums import ConsentDecision
from gateway.schema.paging import ListPage
from gateway.schema.payload import UserError
from gateway.schema.shared import plain
from gateway.store.tables import ConsentState
from policies.groups import FieldGroup
from policies.vocabulary import InformationKind


@strawberry.type(description="What an originator opened, for whom, until when.")
class ConsentGrant:
    """A grant."""

    id: strawberry.ID = plain("Its id.")
    to: strawberry.ID = plain("The organization or person it is for.")
    groups: list[FieldGroup] = plain("What it opens.")
    exact: bool = plain("Whether as it is, or in its coarser form only.")
    record: strawberry.ID | None = plain("The record; null for a class of records.")
    areas: list[str] | None = plain("Of a class: only records whose areas all are among these; null for all.")
    kinds: list[InformationKind] | None = plain("Of a class: only records of these kinds; null for all.")
    granted_at: datetime = plain("Since when (UTC).")
    until: datetime | None = plain("Until when (UTC); null where it is open.")
    withdrawn_at: datetime | None = plain("When it was taken back (UTC).")


@strawberry.type(description="A request to an originator to open parts of a record.")
class ConsentRequest:
    """A request."""

    id: strawberry.ID = plain("Its id.")
    record: strawberry.ID = plain("The record.")
    kind: InformationKind = plain("Which kind of record.")
    organization: strawberry.ID = plain("Who asks.")
    groups: list[FieldGroup] = plain("What it asks for.")
    exact: bool = plain("Whether as it is, or in its coarser form only.")
    justification: str = plain("Why.")
    requested_at: datetime = plain("When it was asked (UTC).")
    state: ConsentState = plain("Where it stands.")
    note: str | None = plain("What the originator says to it.")
    decided_at: datetime | None = plain("When it was decided (UTC).")
    grant: ConsentGrant | None = plain("What was granted, where it still stands.")


@strawberry.type(description="A page of requests for consent, newest first.")
class ConsentRequestConnection(ListPage[ConsentRequest]):
    """A connection."""


@strawberry.input(description="What to ask an originator for.")
class RequestConsentInput:
    """Input."""

    id: strawberry.ID = strawberry.field(description="A record that is listed for you.")
    groups: list[FieldGroup] = strawberry.field(description="The groups of its redactions that you need.")
    exact: bool = strawberry.field(default=True, description="As they are; false: the coarser form is enough.")
    justification: str = strawberry.field(description="What you need it for; the originator reads it.")


@strawberry.type(description="What came of it.")
class RequestConsentPayload:
    """Payload."""

    request: ConsentRequest | None = plain("The request; the one from before where you asked the same already.")
    user_errors: list[UserError] = plain("What was wrong with the input.")


@strawberry.input(
    description="A decision. GRANT: a `request`, on its own terms or on `groups`, `exact` and `until`; or unasked `to` "
    "somebody, for a `record` or for records by `areas` and `kinds`. REFUSE: a `request`. WITHDRAW: a `request` or "
    "a `grant`."
)
class DecideConsentInput:
    """Input."""

    decision: ConsentDecision = strawberry.field(description="What is decided.")
    request: strawberry.ID | None = strawberry.field(default=None, description="A request made to you.")
    grant: strawberry.ID | None = strawberry.field(default=None, description="A grant of yours.")
    to: strawberry.ID | None = strawberry.field(default=None, description="An organization or person, unasked.")
    record: strawberry.ID | None = strawberry.field(default=None, description="One of your records, unasked.")
    areas: list[str] | None = strawberry.field(default=None, description="Of a class: ISO 3166-1 alpha-3 codes.")
    kinds: list[InformationKind] | None = strawberry.field(default=None, description="Of a class: kinds of records.")
    groups: list[FieldGroup] | None = strawberry.field(default=None, description="What to open.")
    exact: bool | None = strawberry.field(default=None, description="As it is (true unless said), or coarser only.")
    until: datetime | None = strawberry.field(default=None, description="Until when; open unless said.")
    note: str | None = strawberry.field(default=None, description="A word to who asked.")


@strawberry.type(description="What came of it.")
class DecideConsentPayload:
    """Payload."""

    request: ConsentRequest | None = plain("The request as it stands; null for a grant unasked.")
    grant: ConsentGrant | None = plain("The grant that was made or withdrawn.")
    user_errors: list[UserError] = plain("What was wrong with the input.")
