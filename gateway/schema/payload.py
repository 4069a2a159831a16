"""What every mutation has in common: the checks of its input, and what was wrong with it, told in `userErrors`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import strawberry

from gateway.federation.sources.acts import Subject
from gateway.schema.context import Context
from gateway.schema.enums import UserErrorCode
from gateway.schema.shared import plain
from gateway.sharing.subject import Actor, Spoken
from policies.verdict import DEFAULT_DENY

LONGEST_TEXT: Final = 2_000
Payload = TypeVar("Payload")


@strawberry.type(description="What was wrong with a mutation's input; nothing was done.")
class UserError:
    """A refusal that whoever asked can do something about."""

    field: str = plain("The field of the input that is meant.")
    code: UserErrorCode = plain("A stable code.")
    message: str = plain("What is wrong, and what to do.")


class Fault(Exception):
    """Something wrong with the input's `field`; `message` is safe to send."""

    def __init__(self, field: str, code: UserErrorCode, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code
        self.message = message


def told(fault: Fault) -> list[UserError]:
    """The fault as a payload carries it."""
    return [UserError(field=fault.field, code=fault.code, message=fault.message)]  # type: ignore[call-arg]  # `plain`


def done(payload: type[Payload], **given: Any) -> Payload:
    """A payload of something done. It is made here, since a type checker does not see the fields behind `plain`."""
    make: Any = payload
    made: Payload = make(**given, user_errors=[])
    return made


def refused(payload: type[Payload], fault: Fault, **given: Any) -> Payload:
    """A payload that tells the fault; what is not given is null: nothing was done."""
    make: Any = payload
    made: Payload = make(**{**dict.fromkeys(payload.__annotations__), **given, "user_errors": told(fault)})
    return made


def not_found(field: str) -> Fault:
    """One fault, whatever the reason that there is nothing."""
    return Fault(
        field,
        UserErrorCode.NOT_FOUND,
        f"`{field}`: there is nothing of this id that you can act on; see that it is right and that its source answers",
    )


def allowed(subject: Subject | None, context: Context, field: str = "id") -> Subject:
    """The subject that the rules let the requester act on; raises `Fault`.

    Only to a record's originator does it tell which rules refuse: they speak of its marking.
    """
    if subject is None:
        raise not_found(field)
    if not subject.verdict.allowed:
        rules = ", ".join(rule for rule in subject.verdict.rules if rule != DEFAULT_DENY)
        because = f" ({rules})" if rules and subject.viewed.accountable == context.organization else ""
        raise Fault(field, UserErrorCode.NOT_ALLOWED, f"`{field}`: the rules do not let you do this{because}")
    return subject


def text(value: str, field: str) -> str:
    """`value`, trimmed; raises `Fault` for none, and for more than is kept."""
    trimmed = value.strip()
    if not trimmed or len(trimmed) > LONGEST_TEXT or not _storable(trimmed):
        raise Fault(
            field, UserErrorCode.BAD_USER_INPUT, f"`{field}`: write something, of at most {LONGEST_TEXT} characters"
        )
    return trimmed


def later(moment: datetime | None, context: Context, field: str) -> datetime | None:
    """`moment`, which has to lie after the operation's own time; raises `Fault`."""
    if moment is not None and (moment.utcoffset() is None or moment.timestamp() <= context.now):
        raise Fault(field, UserErrorCode.BAD_USER_INPUT, f"`{field}`: give a time to come, with its offset, such as Z")
    return None if moment is None else moment.astimezone(UTC)


def actor(context: Context) -> Actor:
    """Who acts, and when."""
    return Actor(
        organization=context.organization, officer=context.officer, at=datetime.fromtimestamp(context.now, UTC)
    )


def spoken(subject: Subject) -> Spoken:
    """The record that an act speaks of."""
    viewed = subject.viewed
    return Spoken(
        reference=viewed.reference,
        record=viewed.id,
        kind=viewed.kind,
        originator=viewed.accountable,
        carried=subject.carried,
    )


def _storable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
