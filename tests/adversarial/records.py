"""Records of the kinds that the schema serves, every field filled or empty by chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hypothesis import strategies as st

from connectors.records import (
    RECORD_TYPES,
    Actor,
    Attribute,
    Person,
    Record,
    RecordRef,
    Reference,
    Source,
    SourceCode,
)
from policies.groups import FieldGroup
from policies.marking import Marking
from policies.vocabulary import (
    AlertCategory,
    AlertMessageType,
    Certainty,
    Impact,
    IncidentCategory,
    InformationCredibility,
    InformationKind,
    RecordStatus,
    ReportStage,
    Severity,
    SourceReliability,
    Urgency,
    Verification,
)
from tests.adversarial.values import affected, instants, moments, parties, places, texts

# Incidents have the most that can be asked of them, so they are met most often.
KINDS: Final = (
    *[InformationKind.INCIDENT_REPORT] * 9,
    *[InformationKind.SECURITY_ALERT] * 2,
    *(kind for kind in InformationKind),
)
GROUPS: Final = tuple(FieldGroup)

attributes = st.builds(
    Attribute,
    st.sampled_from(("mode", "log")),
    st.sampled_from(("car", "boat")),
    st.sampled_from(GROUPS),
    scheme=st.sampled_from((None, "a-form")),
    label=st.sampled_from((None, "Mode of travel")),
    text=st.booleans(),
)
any_kind = st.sampled_from(KINDS)
codes = st.builds(SourceCode, st.sampled_from((None, "a-form")), st.sampled_from((None, "12")), texts)
references = st.lists(st.builds(Reference, st.just("GLIDE"), st.sampled_from(("CE-2026-1", "EQ-2026-2"))), max_size=2)


def _few(strategy: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


def _or_none(values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, *values))


COMMON: Final[dict[str, st.SearchStrategy[Any]]] = {
    "version": st.sampled_from(("1", "2")),
    # A fault in the envelope quarantines the record (contract): a connector never hands it on.
    "faults": st.lists(st.sampled_from(GROUPS[1:]), max_size=1).map(frozenset),
    "status": st.sampled_from((RecordStatus.ACTUAL,) * 4 + (RecordStatus.TEST,)),
    "stage": st.sampled_from(ReportStage),
    "verification": st.sampled_from(Verification),
    "shared_at": instants,
    "title": texts,
    "summary": texts,
    "language": st.sampled_from((None, "en", "fr")),
    "originator": st.none() | parties,
    "reported_at": st.none() | moments,
    "place": places(),
    "references": references.map(tuple),
    "attributes": _few(attributes, 3),
}
against = _few(st.sampled_from(IncidentCategory))
OF_KIND: Final[dict[InformationKind, dict[str, st.SearchStrategy[Any]]]] = {
    InformationKind.INCIDENT_REPORT: {
        "narrative": texts,
        "category": _or_none(IncidentCategory),
        "source_category": st.none() | codes,
        "impact": _or_none(Impact),
        "occurred": st.none() | moments,
        "affected": affected,
        "persons": _few(st.builds(Person, texts, st.just("driver"), texts), 1),
        "actor": st.none() | st.builds(Actor, _few(parties)),
        "response": texts,
        "plans": texts,
        "reliability": _or_none(SourceReliability),
        "credibility": _or_none(InformationCredibility),
        "cited_sources": st.sampled_from(((), ("A newspaper",))),
    },
    InformationKind.SECURITY_ALERT: {
        "narrative": texts,
        "msg_type": _or_none(AlertMessageType),
        "categories": _few(st.sampled_from(AlertCategory)),
        "event": texts,
        "urgency": _or_none(Urgency),
        "severity": _or_none(Severity),
        "certainty": _or_none(Certainty),
        "effective": st.none() | moments,
        "onset": st.none() | moments,
        "expires": st.none() | moments,
        "area_description": texts,
        "instruction": texts,
        "sender": texts,
    },
    InformationKind.SITUATION_REPORT: {
        "narrative": texts,
        "period": st.none() | moments,
        "themes": _few(st.sampled_from(("access", "roads"))),
        "cited_sources": st.sampled_from(((), ("A newspaper",))),
    },
    InformationKind.SECURITY_PROCEDURE: {"subject": texts, "valid": st.none() | moments, "text": texts},
    InformationKind.MITIGATION_MEASURE: {
        "against": against,
        "valid": st.none() | moments,
        "measure": texts,
        "plans": texts,
    },
    InformationKind.LESSON_LEARNED: {"about": against, "lesson": texts, "recommendation": texts},
}
_FIELDS = {kind: st.fixed_dictionaries({**COMMON, **fields}) for kind, fields in OF_KIND.items()}


@st.composite
def records(
    draw: st.DrawFn,
    source: str,
    native: str,
    marks: Sequence[Marking],
    kinds: st.SearchStrategy[InformationKind] = any_kind,
) -> Record:
    """A record of one of `kinds` under `native`, with one of `marks`."""
    kind = draw(kinds)
    return RECORD_TYPES[kind](
        ref=RecordRef(source, kind, native),
        marking=draw(st.sampled_from(marks)),
        source=draw(st.sampled_from((Source(source, "memory"), None))),
        **draw(_FIELDS[kind]),
    )


def other_values(record: Record) -> st.SearchStrategy[dict[str, Any]]:
    """Other values for every field of a record of this kind."""
    return _FIELDS[record.ref.kind]
