"""Consent: asked for from a redaction, decided by the originator."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import strawberry
from strawberry.types import Info

from gateway.federation.viewed import Viewed
from gateway.identity.scopes import Scope
from gateway.keys import KeyPurpose, derive
from gateway.ledger.cursors import LedgerCursors
from gateway.schema.context import Context, context_of, own_context
from gateway.schema.enums import ConsentDecision, UserErrorCode
from gateway.schema.paging import After, First, forward, page_of
from gateway.schema.payload import Fault, actor, allowed, done, later, not_found, refused, spoken, text
from gateway.schema.sharing.consent_types import (
    ConsentGrant,
    ConsentRequest,
    ConsentRequestConnection,
    DecideConsentInput,
    DecideConsentPayload,
    RequestConsentInput,
    RequestConsentPayload,
)
from gateway.sharing.consent import ConsentRole, Consents, Decided, RecordClass, Terms
from gateway.sharing.identifiers import Identifiers
from gateway.store.tables import ConsentGrant as GrantRow
from gateway.store.tables import ConsentRequest as RequestRow
from policies.decision import Act
from policies.groups import Effect, FieldGroup
from policies.vocabulary import InformationKind

Role = Annotated[ConsentRole, strawberry.argument(description="On which side your organization stands.")]
# Rule 10 lifts rules 3, 4 and 8; who a person is stays under rule 7, and the envelope needs nobody's consent.
_NEVER: Final = frozenset({FieldGroup.ENVELOPE, FieldGroup.PERSONS})
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@strawberry.type(description="Requests for consent.")
class ConsentQueries:
    """Fields of the root."""

    @strawberry.field(description="Requests that your organization made, or that were made to it, newest first.")
    async def consent_requests(
        self, info: Info, role: Role, first: First = None, after: After = None
    ) -> ConsentRequestConnection:
        """The requests of one side."""
        scope = Scope.CONSENT_DECIDE if role is ConsentRole.ORIGINATOR else Scope.INFORMATION_READ
        context = own_context(info, scope)
        count, cursor = forward(first, after)
        key = derive(context.services.secret, KeyPurpose.LEDGER_CURSORS)
        cursors = LedgerCursors(key, context.organization, "consentRequests", role.value)
        before = None
        if cursor is not None:
            place, tie = cursors.decode_with_tie(cursor)
            before = (_START + timedelta(microseconds=place), tie)
        consents = _consents(context)

        def read() -> tuple[Sequence[RequestRow], Sequence[GrantRow]]:
            rows = consents.requests(context.organization, role, before=before, limit=count + 1)
            return rows, consents.grants_of([row.id for row in rows])

        rows, grants = await asyncio.to_thread(read)
        by_request = {grant.request_id: grant for grant in grants}
        page: Any = page_of(
            [_request(row, by_request.get(row.id)) for row in rows],
            count,
            lambda item: cursors.encode((item.requested_at - _START) // _MICROSECOND, item.id),
            entered=cursor is not None,
        )
        return page


@strawberry.type(description="Asking for consent, and deciding on it.")
class ConsentMutations:
    """Fields of the root."""

    @strawberry.mutation(
        description="Ask the originator of a record to open parts of it. What lies beneath stays unknown: the request "
        "is accepted alike whether there is a value or not."
    )
    async def request_consent(
        self,
        info: Info,
        input: Annotated[RequestConsentInput, strawberry.argument(description="What, and for which record.")],
    ) -> RequestConsentPayload:
        """Asks."""
        context = context_of(info)
        context.require(Scope.INFORMATION_READ)
        try:
            terms = _terms(input.groups, exact=input.exact, until=None)
            justification = text(input.justification, "justification")
            subject = allowed(await context.subject(str(input.id), Act.REQUEST_CONSENT), context)
            if _left(subject.viewed, context):
                raise Fault("id", UserErrorCode.NOT_ALLOWED, "`id`: its originator left: nobody decides on it")
            wanted = Effect.SHOW if terms.exact else Effect.GENERALIZE
            shown = [group.name for group in terms.groups if subject.viewed.clearance.effects[group] <= wanted]
            if shown:
                raise Fault("groups", UserErrorCode.ALREADY_SHOWN, f"{', '.join(sorted(shown))}: shown to you as asked")
        except Fault as fault:
            return refused(RequestConsentPayload, fault)
        row = await asyncio.to_thread(_consents(context).request, spoken(subject), terms, justification, actor(context))
        return done(RequestConsentPayload, request=_request(row, None))

    @strawberry.mutation(
        description="Grant, refuse or withdraw: on a request, or unasked for a record or a class of your records. It "
        "takes effect with the next request."
    )
    async def decide_consent(
        self,
        info: Info,
        input: Annotated[DecideConsentInput, strawberry.argument(description="What, and for which record.")],
    ) -> DecideConsentPayload:
        """Decides."""
        context = context_of(info)
        context.require(Scope.CONSENT_DECIDE)
        try:
            if context.who.on_behalf_of is not None:
                raise Fault("decision", UserErrorCode.NOT_ALLOWED, "nobody decides on behalf of another organization")
            request, grant = await _DECISIONS[input.decision](context, input)
        except Fault as fault:
            return refused(DecideConsentPayload, fault)
        await context.refresh()
        return done(
            DecideConsentPayload,
            request=None if request is None else _request(request, grant),
            grant=None if grant is None else _grant(grant),
        )


async def _granted(context: Context, asked: DecideConsentInput) -> tuple[RequestRow | None, GrantRow]:
    until = later(asked.until, context, "until")
    given = None if asked.groups is None else _terms(asked.groups, exact=asked.exact is not False, until=until)
    consents, by = _consents(context), actor(context)
    if asked.request is not None:
        _alone(asked, "request", "to", "record", "areas", "kinds", "grant")
        if given is None and (until is not None or asked.exact is not None):
            raise Fault("groups", UserErrorCode.BAD_USER_INPUT, "terms of your own name their `groups`")
        note = None if asked.note is None else text(asked.note, "note")
        request, grant = _own(
            await asyncio.to_thread(consents.grant, context.organization, str(asked.request), given, note, by),
            "request",
        )
        assert grant is not None
        return request, grant
    _alone(asked, "to", "grant", "note")
    if asked.to is None or given is None:
        raise Fault("to", UserErrorCode.BAD_USER_INPUT, "give a `request`, or `to` and `groups` for a grant unasked")
    to = text(str(asked.to), "to")
    if asked.record is not None:
        _alone(asked, "record", "areas", "kinds")
        subject = allowed(await context.subject(str(asked.record), Act.DECIDE_CONSENT), context, "record")
        return None, await asyncio.to_thread(consents.grant_record, spoken(subject), to, given, by)
    records = RecordClass(
        areas=None if asked.areas is None else frozenset(asked.areas),
        kinds=None if asked.kinds is None else frozenset(asked.kinds),
    )
    return None, await asyncio.to_thread(consents.grant_class, context.organization, to, records, given, by)


async def _refused(context: Context, asked: DecideConsentInput) -> tuple[RequestRow, None]:
    _alone(asked, "decision: REFUSE", "to", "record", "areas", "kinds", "grant", "groups", "exact", "until")
    note = None if asked.note is None else text(asked.note, "note")
    decided = await asyncio.to_thread(
        _consents(context).refuse, context.organization, str(asked.request or ""), note, actor(context)
    )
    return _own(decided, "request")[0], None


async def _withdrawn(context: Context, asked: DecideConsentInput) -> tuple[RequestRow | None, GrantRow | None]:
    _alone(asked, "decision: WITHDRAW", "to", "record", "areas", "kinds", "groups", "exact", "until")
    consents, by = _consents(context), actor(context)
    if asked.grant is not None:
        _alone(asked, "grant", "request", "note")
        grant = await asyncio.to_thread(consents.withdraw_grant, context.organization, str(asked.grant), by)
        if grant is None:
            raise not_found("grant")
        return None, grant
    note = None if asked.note is None else text(asked.note, "note")
    decided = await asyncio.to_thread(consents.withdraw, context.organization, str(asked.request or ""), note, by)
    return _own(decided, "request")


_DECISIONS: Final[Mapping[ConsentDecision, Any]] = {
    ConsentDecision.GRANT: _granted,
    ConsentDecision.REFUSE: _refused,
    ConsentDecision.WITHDRAW: _withdrawn,
}


def _left(viewed: Viewed, context: Context) -> bool:
    """Whether the view shows an originator that left. Where it does not, who asks must not learn it from the answer."""
    originator = getattr(viewed.view, "originator", None)
    return originator is not None and originator.id in context.directory.sharing.leavings


def _alone(asked: DecideConsentInput, what: str, *others: str) -> None:
    """Raises `Fault` where one of `others` is given beside what it does not go with."""
    given = [name for name in others if getattr(asked, name) is not None]
    if given:
        raise Fault(given[0], UserErrorCode.BAD_USER_INPUT, f"`{given[0]}` does not go with `{what}`: leave it out")


def _own(decided: Decided, field: str) -> tuple[RequestRow, GrantRow | None]:
    if decided is None:
        raise not_found(field)
    return decided


def _terms(groups: Sequence[FieldGroup], *, exact: bool, until: datetime | None) -> Terms:
    never = sorted(group.name for group in _NEVER.intersection(groups))
    if never or not groups:
        named = f"{', '.join(never)}: consent does not open it" if never else "name at least one group"
        raise Fault("groups", UserErrorCode.BAD_USER_INPUT, f"`groups`: {named}")
    return Terms(groups=frozenset(groups), exact=exact, until=until)


def _consents(context: Context) -> Consents:
    return Consents(context.store, Identifiers(context.services.secret))


def _request(row: RequestRow, grant: GrantRow | None) -> ConsentRequest:
    return ConsentRequest(  # type: ignore[call-arg]  # `plain`
        id=strawberry.ID(row.id),
        record=strawberry.ID(row.record),
        kind=row.kind,
        organization=strawberry.ID(row.organization),
        groups=[FieldGroup[name] for name in row.groups],
        exact=row.exact,
        justification=row.justification,
        requested_at=row.at,
        state=row.state,
        note=row.note,
        decided_at=row.decided_at,
        grant=None if grant is None else _grant(grant),
    )


def _grant(row: GrantRow) -> ConsentGrant:
    return ConsentGrant(  # type: ignore[call-arg]  # `plain`
        id=strawberry.ID(row.id),
        to=strawberry.ID(row.granted_to),
        groups=[FieldGroup[name] for name in row.groups],
        exact=row.exact,
        record=None if row.record is None else strawberry.ID(row.record),
        areas=row.areas,
        kinds=None if row.kinds is None else [InformationKind[name] for name in row.kinds],
        granted_at=row.at,
        until=row.until,
        withdrawn_at=row.withdrawn_at,
    )
