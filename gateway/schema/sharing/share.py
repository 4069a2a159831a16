"""`shareIncident` and its kin: an organization shares with the gateway itself, one record or a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import GenericAlias
from typing import Annotated, Any, Final

import strawberry
from strawberry.types import Info

from gateway.federation.sources.share import Shared
from gateway.identity.scopes import Scope
from gateway.schema.context import Context, context_of
from gateway.schema.enums import UserErrorCode
from gateway.schema.payload import Fault, UserError, actor, told
from gateway.schema.records.kinds import KIND_TYPES
from gateway.schema.shared import plain
from gateway.schema.sharing.share_inputs import (
    BATCH_INPUTS,
    RECORD_INPUTS,
    camel,
    given,
    kind_names,
    schema_name,
)
from gateway.sharing.records.draft import Given
from gateway.sharing.records.shelf import Declined
from policies.vocabulary import InformationKind

LARGEST_BATCH: Final = 100


@strawberry.type(description="That a record was taken in: the same for the same idempotency key, whatever came after.")
class ShareReceipt:
    """Receipt."""

    id: strawberry.ID = plain("The record's id.")
    version: int = plain("Which version of the record it is, from 1.")
    shared_at: datetime = plain("When the record was shared (UTC).")


def _payload(kind: InformationKind) -> type:
    members: dict[str, Any] = {
        "__annotations__": {
            "receipt": ShareReceipt | None,
            "record": KIND_TYPES[kind] | None,
            "user_errors": list[UserError],
        },
        "__module__": __name__,
        "__doc__": "Payload.",
        "receipt": plain("That it was taken in."),
        "record": plain("The record as you see it now."),
        "user_errors": plain("What was wrong with the input; then nothing was taken in."),
    }
    made: type = type(f"Share{kind_names(kind).one}Payload", (), members)
    return strawberry.type(made, description="What came of it.")


def _batch_payload(kind: InformationKind) -> type:
    members: dict[str, Any] = {
        "__annotations__": {"outcomes": GenericAlias(list, (PAYLOADS[kind],)), "user_errors": list[UserError]},
        "__module__": __name__,
        "__doc__": "Payload.",
        "outcomes": plain("What came of each record, in their order."),
        "user_errors": plain("What was wrong with the whole; then nothing was taken in."),
    }
    made: type = type(f"Share{kind_names(kind).several}Payload", (), members)
    return strawberry.type(made, description="What came of it.")


PAYLOADS: Final[Mapping[InformationKind, type]] = {kind: _payload(kind) for kind in InformationKind}
BATCH_PAYLOADS: Final[Mapping[InformationKind, type]] = {kind: _batch_payload(kind) for kind in InformationKind}


def _one(kind: InformationKind, what: str) -> Any:
    async def share(info: Info, input: Any) -> Any:
        return (await _share(_entitled(info), kind, [input]))[0]

    described = strawberry.argument(description="What is shared, and how it is to be handled.")
    share.__annotations__ |= {"input": Annotated[RECORD_INPUTS[kind], described], "return": PAYLOADS[kind]}
    return strawberry.mutation(
        resolver=share, description=f"Share {what} of your organization with the gateway; again, as its next version."
    )


def _several(kind: InformationKind, what: str) -> Any:
    async def share(info: Info, input: Any) -> Any:
        context = _entitled(info)
        if not 0 < len(input.records) <= LARGEST_BATCH:
            fault = _bad("records", f"has {len(input.records)} records: give 1 to {LARGEST_BATCH}")
            return BATCH_PAYLOADS[kind](outcomes=[], user_errors=told(fault))
        return BATCH_PAYLOADS[kind](outcomes=await _share(context, kind, input.records), user_errors=[])

    described = strawberry.argument(description="What is shared, and how it is to be handled.")
    share.__annotations__ |= {"input": Annotated[BATCH_INPUTS[kind], described], "return": BATCH_PAYLOADS[kind]}
    return strawberry.mutation(resolver=share, description=f"Share {what}, each with its own outcome.")


@strawberry.type(description="What an organization shares with the gateway itself.")
class ShareMutations:
    """Fields of the root; each needs the scopes `information:share` and `information:read`."""

    share_incident = _one(InformationKind.INCIDENT_REPORT, "an incident")
    share_incidents = _several(InformationKind.INCIDENT_REPORT, "several incidents")
    share_situation_report = _one(InformationKind.SITUATION_REPORT, "a situation report")
    share_situation_reports = _several(InformationKind.SITUATION_REPORT, "several situation reports")
    share_security_alert = _one(InformationKind.SECURITY_ALERT, "a security alert")
    share_security_alerts = _several(InformationKind.SECURITY_ALERT, "several security alerts")
    share_security_procedure = _one(InformationKind.SECURITY_PROCEDURE, "a security procedure")
    share_security_procedures = _several(InformationKind.SECURITY_PROCEDURE, "several security procedures")
    share_mitigation_measure = _one(InformationKind.MITIGATION_MEASURE, "a mitigation measure")
    share_mitigation_measures = _several(InformationKind.MITIGATION_MEASURE, "several mitigation measures")
    share_lesson_learned = _one(InformationKind.LESSON_LEARNED, "a lesson learned")
    share_lessons_learned = _several(InformationKind.LESSON_LEARNED, "several lessons learned")


def _entitled(info: Info) -> Context:
    """The operation's context, of a token that may share and see what became of it; raises `Forbidden`."""
    context = context_of(info)
    context.require(Scope.INFORMATION_SHARE, Scope.INFORMATION_READ)
    return context


async def _share(context: Context, kind: InformationKind, sent: Sequence[Any]) -> list[Any]:
    """An outcome each; what is durable is told, and what is told is durable."""
    read = [given(kind, item, context) for item in sent]
    taken = [item for item, _ in read if item is not None]
    came = iter(
        await context.federation.share(taken, context.who, context.directory, context.now, actor(context))
        if taken
        else ()
    )
    outcomes = [(None, faults) if item is None else _outcome(next(came), item, context) for item, faults in read]
    receipts = [receipt for receipt, _ in outcomes if receipt is not None]
    records = iter(await context.find([str(receipt.id) for receipt in receipts]) if receipts else ())
    return [
        PAYLOADS[kind](
            receipt=receipt,
            record=None if receipt is None else next(records),
            user_errors=[error for fault in faults for error in told(fault)],
        )
        for receipt, faults in outcomes
    ]


def _outcome(came: Shared, item: Given, context: Context) -> tuple[ShareReceipt | None, Sequence[Fault]]:
    if came.entered is not None:
        entered = came.entered
        receipt: Any = ShareReceipt
        id_ = context.federation.public_id(entered.ref)
        return receipt(id=id_, version=entered.version, shared_at=entered.shared_at), []
    if came.declined is not None:
        return None, [_DECLINED[came.declined]]
    if came.forbidden:
        return None, [_forbidden(context)]
    return None, [_bad(_path(item.kind, path), message) for path, message in came.faults]


_DECLINED: Final[Mapping[Declined, Fault]] = {
    Declined.KEY_REUSED: Fault(
        "idempotencyKey",
        UserErrorCode.IDEMPOTENCY_KEY_REUSED,
        "`idempotencyKey` was used for other content: give every sending a key of its own",
    ),
    Declined.WITHDRAWN: Fault(
        "externalId",
        UserErrorCode.RECORD_WITHDRAWN,
        "`externalId` is that of a record that you took back, for good: share under another one",
    ),
}


def _forbidden(context: Context) -> Fault:
    if context.who.profile.test:
        message = "`status`: a test client shares tests only: give TEST"
    else:
        message = (
            "`status`: what others are to read is shared by a partner in force, for safety and security: see `viewer`; "
            "give TEST to try it out"
        )
    return Fault("status", UserErrorCode.NOT_ALLOWED, message)


def _path(kind: InformationKind, path: Sequence[str]) -> str:
    """The path of a fault by the input's names; a point, a country and a count are given by their own values."""
    first, *rest = path
    below = [camel(part) for part in rest if part not in ("point", "iso3")]
    return ".".join((camel(schema_name(kind, first)), *below))


def _bad(field: str, message: str) -> Fault:
    return Fault(field, UserErrorCode.BAD_USER_INPUT, f"`{field}` {message}")
