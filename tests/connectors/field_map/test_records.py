"""Values that a source's rows have in common are made once, and never taken for values that only look the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.contract import SourceSettings
from connectors.field_map.options import FieldMap, FieldMapOptions
from connectors.field_map.records import Identity, RowRecords
from connectors.field_map.targets import Target
from connectors.formats.attributes import Declaration
from connectors.records import Incident
from policies.groups import FieldGroup
from policies.marking import Marking
from policies.values import Affected, Party, Quantity
from policies.vocabulary import InformationKind, OrganizationType

FIELDS = {
    "dead": Target.KILLED,
    "hurt": Target.INJURED,
    "whose": Target.ORGANIZATION_TYPE,
    "called": Target.ORGANIZATION_NAME,
    "country": Target.COUNTRY,
    "district": Target.ADMIN2,
    "heading": Target.TITLE,
}


class Rows:
    """The records of one source, row after row."""

    def __init__(self) -> None:
        default = Marking(originator="juniper-trust")
        options = FieldMapOptions(fields=FIELDS, attributes={"siren": Declaration("WHAT")}, scheme="S")
        fields = FieldMap(InformationKind.INCIDENT_REPORT, options, default)
        self._readers = fields.readers({}, " ")
        self._records = RowRecords(SourceSettings(name="s", url="", marking=default), "test", fields)

    def incident(self, **row: Any) -> Incident:
        identity = Identity(native="1", version="1", shared_at=datetime(2026, 11, 24, tzinfo=UTC))
        told = self._readers.row(row)
        record = self._records.record(InformationKind.INCIDENT_REPORT, identity, told, self._readers)
        assert isinstance(record, Incident)
        return record


def test_rows_that_tell_the_same_share_one_value() -> None:
    rows = Rows()
    first, second = rows.incident(dead=1, whose="ingo"), rows.incident(dead=1, whose="ingo", heading="another")
    assert first.affected == Affected((Party(OrganizationType.INGO),), killed=Quantity.exactly(1))
    assert first.affected is second.affected


@pytest.mark.parametrize("order", [(1, True), (True, 1), (1, 1.0), (1.0, 1)], ids=str)
def test_a_count_is_no_boolean_and_no_fraction(order: tuple[Any, Any]) -> None:
    rows = Rows()
    for value in order:
        record = rows.incident(dead=value)
        if value.__class__ is int:
            assert record.affected == Affected(killed=Quantity.exactly(1))
        else:
            assert record.affected is None
            assert record.faults == {FieldGroup.AFFECTED}


def test_attributes_stay_as_they_were_written() -> None:
    rows = Rows()
    told = [
        [item.value for item in rows.incident(siren=value).attributes] for value in (1, True, 1.0, "1", [1], [True])
    ]
    assert told == [["1"], ["true"], ["1.0"], ["1"], ["[1]"], ["[true]"]]


@pytest.mark.parametrize("value", [["ingo", "un"], "ingo un"], ids=str)
def test_several_words_come_as_a_list_or_in_one_text(value: object) -> None:
    affected = Rows().incident(whose=value, called="Juniper Trust").affected
    assert affected is not None
    assert affected.organizations == (
        Party(OrganizationType.INGO, None, "Juniper Trust"),
        Party(OrganizationType.UN),
    )


@pytest.mark.parametrize("value", [None, "", " ", []], ids=repr)
def test_no_word_among_blanks_is_no_word(value: object) -> None:
    rows = Rows()
    assert (rows.incident(whose=value).affected, rows.incident(whose=value).faults) == (None, frozenset())


def test_what_cannot_be_read_withholds_its_group_in_every_row() -> None:
    rows = Rows()
    for _ in range(2):
        record = rows.incident(country="nowhere", district="D1", dead="2", heading={"not": "a text"}, siren="on")
        assert record.faults == {FieldGroup.WHERE, FieldGroup.NARRATIVE}
        assert (record.place, record.title) == (None, None)
        assert record.affected == Affected(killed=Quantity.exactly(2))
        assert [item.value for item in record.attributes] == ["on"]
