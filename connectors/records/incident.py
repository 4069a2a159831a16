"""Incident reports."""

from __future__ import annotations

from typing import Annotated, Self

import msgspec

from connectors.records.base import Record, SourceCode
from policies.groups import FieldGroup
from policies.values import Affected, Moment, Party, Precisions
from policies.vocabulary import Impact, IncidentCategory, InformationCredibility, SourceReliability


class Person(msgspec.Struct, frozen=True, gc=False):
    """A person named in a report; ingested only where the source's operator says so (rule 7)."""

    name: str | None = None
    role: str | None = None
    condition: str | None = None


class Actor(msgspec.Struct, frozen=True, gc=False):
    """Who is said to have done it."""

    parties: tuple[Party, ...] = ()

    def at(self, precision: Precisions) -> Self:
        """The types of the parties, each once."""
        return type(self)(tuple(dict.fromkeys(party.at(precision) for party in self.parties)))


class Incident(Record, frozen=True, kw_only=True):
    """An incident report (S4)."""

    category: Annotated[IncidentCategory | None, FieldGroup.WHAT] = None
    source_category: Annotated[SourceCode | None, FieldGroup.WHAT] = None
    impact: Annotated[Impact | None, FieldGroup.WHAT] = None
    occurred: Annotated[Moment | None, FieldGroup.WHEN] = None
    narrative: Annotated[str | None, FieldGroup.NARRATIVE] = None
    affected: Annotated[Affected | None, FieldGroup.AFFECTED] = None
    persons: Annotated[tuple[Person, ...], FieldGroup.PERSONS] = ()
    actor: Annotated[Actor | None, FieldGroup.ACTOR] = None
    response: Annotated[str | None, FieldGroup.RESPONSE] = None
    plans: Annotated[str | None, FieldGroup.PLANS] = None
    reliability: Annotated[SourceReliability | None, FieldGroup.ORIGIN] = None
    credibility: Annotated[InformationCredibility | None, FieldGroup.WHAT] = None
    cited_sources: Annotated[tuple[str, ...], FieldGroup.ORIGIN] = ()
