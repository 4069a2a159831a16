"""The filter of what is written to be read: situation reports, procedures, measures, lessons."""

from __future__ import annotations

import strawberry

from gateway.schema.records.filtering import (
    ACTUAL_ONLY,
    AttributeFilter,
    TimeFilter,
    among,
    area,
    attributes,
    status_of,
    text,
    time,
    upper,
)
from policies.condition import All, Condition, Field, Not
from policies.condition import Any as AnyOf
from policies.vocabulary import RecordStatus, ReportStage, Verification


@strawberry.input(description="Which records: every part given must hold on what the requester sees.")
class InformationFilter:
    """A filter of the kinds that have no filter of their own."""

    country: list[str] | None = strawberry.field(default=None, description="ISO 3166-1 alpha-3 codes.")
    area: list[str] | None = strawberry.field(default=None, description="P-codes of admin-1 or admin-2 areas.")
    reported: TimeFilter | None = strawberry.field(default=None, description="When it was reported.")
    shared: TimeFilter | None = strawberry.field(default=None, description="When it was shared.")
    status: list[RecordStatus] | None = strawberry.field(
        default_factory=lambda: list(ACTUAL_ONLY), description="Any of these statuses."
    )
    stage: list[ReportStage] | None = strawberry.field(default=None, description="Any of these stages.")
    verification: list[Verification] | None = strawberry.field(default=None, description="Any of these.")
    originator: list[strawberry.ID] | None = strawberry.field(default=None, description="Any of these organizations.")
    source: list[str] | None = strawberry.field(default=None, description="Any of these sources, by name.")
    text: str | None = strawberry.field(default=None, description="Words in title, summary or text.")
    language: list[str] | None = strawberry.field(default=None, description="Any of these languages (BCP 47).")
    attributes: list[AttributeFilter] | None = strawberry.field(default=None, description="All of these.")
    and_: list[InformationFilter] | None = strawberry.field(name="and", default=None, description="All of these hold.")
    or_: list[InformationFilter] | None = strawberry.field(name="or", default=None, description="One of these holds.")
    not_: InformationFilter | None = strawberry.field(
        name="not", default=None, description="This is known not to hold."
    )

    def condition(self, at: float, nesting: int = 0) -> Condition:
        """The filter as a condition at `at`, seconds since the epoch; raises `BadInput`."""
        parts: list[Condition] = [
            *among(Field.STATUS, status_of(self.status, nesting)),
            *among(Field.COUNTRY, upper(self.country)),
            *area(self.area),
            *time(Field.REPORTED, self.reported, at),
            *time(Field.SHARED, self.shared, at),
            *among(Field.STAGE, self.stage),
            *among(Field.VERIFICATION, self.verification),
            *among(Field.ORIGINATOR, None if self.originator is None else [str(item) for item in self.originator]),
            *among(Field.SOURCE, self.source),
            *text(self.text, Field.NARRATIVE, Field.TEXT, Field.LESSON, Field.MEASURE),
            *among(Field.LANGUAGE, self.language),
            *attributes(self.attributes),
            *(item.condition(at, nesting + 1) for item in self.and_ or ()),
        ]
        if self.or_ is not None:
            parts.append(AnyOf(tuple(item.condition(at, nesting + 1) for item in self.or_)))
        if self.not_ is not None:
            parts.append(Not(self.not_.condition(at, nesting + 1)))
        return All(tuple(parts))
