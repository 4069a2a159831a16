"""`explain`: why oneself, or another organization, receives what it receives of a record."""

from __future__ import annotations

from typing import Annotated, Final

import strawberry
from strawberry.types import Info

from gateway.identity.scopes import Scope
from gateway.schema.context import Context, context_of
from gateway.schema.shared import plain
from policies.clearance import Clearance, Remedy
from policies.explanation import explanation
from policies.groups import Effect, FieldGroup
from policies.requester import Profile, Requester
from policies.vocabulary import OrganizationCategory, PartnershipStatus, Purpose

# An organization that the gateway does not know receives what anyone receives.
_UNKNOWN_STATUS: Final = PartnershipStatus.APPLICANT


@strawberry.type(description="What happens to one field group of a record, and why.")
class Explanation:
    """An explanation."""

    group: FieldGroup | None = plain("The field group; null, alone: the record is not listed at all.")
    effect: Effect = plain("What happens to it.")
    rules: list[str] = plain("Ids of the rules that decided.")
    reasons: list[str] = plain("The rules' reasons, in the language of `Accept-Language`: English or French.")
    remedy: Remedy = plain("What can be done.")


@strawberry.type(description="Why.")
class ExplanationQueries:
    """Fields of the root."""

    @strawberry.field(
        description="Why you see of a record what you see; for its originator also why another organization does. "
        "Empty alike for a record that is not listed for you, is not there, or, with `as`, is not yours."
    )
    async def explain(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="An id that the gateway gave.")],
        as_: Annotated[
            strawberry.ID | None,
            strawberry.argument(name="as", description="An organization: what its programs receive."),
        ] = None,
    ) -> list[Explanation]:
        """Per field group: effect, rules, reasons."""
        context = context_of(info)
        context.require(Scope.INFORMATION_READ)
        clearance = await _clearance(context, str(id), None if as_ is None else str(as_))
        if clearance is None:
            return []
        explained = explanation(clearance, context.services.rulebook, context.language)
        return [
            Explanation(  # type: ignore[call-arg]  # `plain`
                group=item.group,
                effect=item.effect,
                rules=list(item.rules),
                reasons=list(item.reasons),
                remedy=item.remedy,
            )
            for item in explained
        ]


async def _clearance(context: Context, public: str, other: str | None) -> Clearance | None:
    if other is None:
        (viewed,) = await context.find([public])
        return None if viewed is None else viewed.clearance
    return await context.federation.received(
        public, context.who, _requester(context, other), context.directory, context.now
    )


def _requester(context: Context, organization: str) -> Requester:
    """A program of `organization`, for the one purpose that S5 allows."""
    purpose = Purpose.SAFETY_AND_SECURITY
    if organization in context.directory.members:
        profile = context.directory.profile(organization, purpose, frozenset(), frozenset(), context.now)
    else:
        profile = Profile(
            organization=organization,
            category=OrganizationCategory.INGO,
            partnership=_UNKNOWN_STATUS,
            purpose=purpose,
        )
    return Requester(profile=profile, client="explained")
