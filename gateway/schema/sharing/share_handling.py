"""The handling that goes with a record: what is not said is as strict as can be."""

from __future__ import annotations

import re
from typing import Final

import strawberry

from gateway.schema.sharing.share_values import bad
from gateway.schema.sharing.statements import RestrictionInput
from policies.groups import IDENTIFYING_GROUPS, FieldGroup
from policies.marking import Marking, PermittedActions
from policies.vocabulary import Audience, SpecialCategory, TrafficLight, UnMarking

_COUNTRY: Final = re.compile(r"[A-Z]{3}")
_MOST: Final = 50
_LONGEST_NAME: Final = 200


@strawberry.input(description="What a recipient may do, in the shape of FIRST IEP 2.0; nothing unless said.")
class PermittedActionsInput:
    """Permitted actions."""

    relay_to_members: bool = strawberry.field(
        default=False, description="Whether a platform may pass the record to its members."
    )
    attribution: bool = strawberry.field(default=False, description="Whether your organization may be named.")
    notify_on_use: bool = strawberry.field(default=False, description="Whether you are told of each use.")
    data_licence: str | None = strawberry.field(default=None, description="The data licence that goes with it.")


@strawberry.input(description="How a record is to be handled. What is left out is as strict as can be.")
class HandlingInput:
    """A marking."""

    audience: Audience = strawberry.field(default=Audience.ORIGINATOR, description="Whom it is for.")
    tlp: TrafficLight = strawberry.field(default=TrafficLight.RED, description="TLP 2.0.")
    un_marking: UnMarking = strawberry.field(default=UnMarking.UNCLASSIFIED, description="UN marking.")
    named: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The organizations that NAMED means; persons too, for RED."
    )
    release_areas: list[str] | None = strawberry.field(
        default=None,
        description="Countries (ISO 3166-1 alpha-3) that it is released for; the location's unless said, none where "
        "WHERE is restricted.",
    )
    restrictions: list[RestrictionInput] = strawberry.field(
        default_factory=list, description="Limits on parts of it (S6)."
    )
    third_party: str | None = strawberry.field(default=None, description="Whom you had it from, if not your own.")
    third_party_consent: bool = strawberry.field(
        default=False, description="Whether that party consented to its being passed on."
    )
    special: list[SpecialCategory] = strawberry.field(
        default_factory=list, description="Categories for which it exists only for you and those you name."
    )
    text_free_of: list[FieldGroup] = strawberry.field(
        default_factory=list, description="What its free text is known not to give away (rule 7)."
    )
    plans_shared: bool = strawberry.field(default=False, description="Whether plans may open at enhanced level.")
    statistics: bool = strawberry.field(
        default=False, description="Whether it may be counted in fixed tables where it is not listed."
    )
    emergency: bool = strawberry.field(default=False, description="Whether emergency openings are allowed.")
    permitted_actions: PermittedActionsInput = strawberry.field(
        default_factory=PermittedActionsInput, description="What a recipient may do."
    )

    def plain(self, originator: str) -> Marking:
        """The marking of a record of `originator`; raises `Fault`."""
        if self.audience is Audience.NAMED and not self.named:
            raise bad("named", "is empty: name the organizations that it is for")
        for name in ("named", "release_areas", "restrictions"):
            if len(getattr(self, name) or ()) > _MOST:
                raise bad(_camel(name), f"has too many: give at most {_MOST}")
        if not IDENTIFYING_GROUPS.issuperset(self.text_free_of):
            known = ", ".join(sorted(group.name for group in IDENTIFYING_GROUPS))
            raise bad("textFreeOf", f"can be of {known}")
        actions = self.permitted_actions
        return Marking(
            originator=originator,
            audience=self.audience,
            tlp=self.tlp,
            un_marking=self.un_marking,
            named=frozenset(_name(str(item), "named") for item in self.named),
            release_areas=frozenset(map(_country, self.release_areas or ())),
            restrictions=frozenset(item.plain() for item in self.restrictions),
            third_party=None if self.third_party is None else _name(self.third_party, "thirdParty"),
            third_party_consent=self.third_party_consent,
            special=frozenset(self.special),
            text_free_of=frozenset(self.text_free_of),
            plans_shared=self.plans_shared,
            statistics=self.statistics,
            emergency=self.emergency,
            permitted_actions=PermittedActions(
                relay_to_members=actions.relay_to_members,
                attribution=actions.attribution,
                notify_on_use=actions.notify_on_use,
                data_licence=None
                if actions.data_licence is None
                else _name(actions.data_licence, "permittedActions.dataLicence"),
            ),
        )


def _name(value: str, field: str) -> str:
    trimmed = value.strip()
    if not trimmed or len(trimmed) > _LONGEST_NAME or not trimmed.isprintable():
        raise bad(field, f"can't be that: give at most {_LONGEST_NAME} characters")
    return trimmed


def _country(code: str) -> str:
    if not _COUNTRY.fullmatch(code.strip().upper()):
        raise bad("releaseAreas", "holds what is no country: give ISO 3166-1 alpha-3 codes")
    return code.strip().upper()


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
