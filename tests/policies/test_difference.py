"""Before a change of rules is adopted: who gains or loses what, in plain words."""

from __future__ import annotations

import msgspec
import pytest

from policies.cases import NOW, Book, read_cases
from policies.difference import Difference, differences
from policies.rulebook import InvalidRules, rule_files

BOOK = read_cases()
RULES = rule_files()


def changed(file: str, old: str, new: str) -> dict[str, str]:
    assert old in RULES[file]
    return {**RULES, file: RULES[file].replace(old, new)}


def cut(*requesters: str, askers: bool = False) -> Book:
    """The cast with these requesters only: a whole comparison takes seconds."""
    cast = BOOK.cast
    chosen = {name: cast.requesters[name] for name in requesters}
    return Book(msgspec.structs.replace(cast, requesters=chosen, askers=cast.askers if askers else {}), ())


SOME = cut("DSS in the area", "a partner in the area", "a partner in both areas", "a partner elsewhere", "an applicant")


def found(after: dict[str, str], book: Book = SOME) -> list[Difference]:
    return list(differences(RULES, after, book, NOW))


def test_the_same_rules_change_nothing() -> None:
    assert not found(dict(RULES))


def test_another_wording_of_a_reason_changes_nothing() -> None:
    assert not found(changed("08_areas_and_levels.cedar", "in coarser steps", "less precisely"))


def test_a_weaker_rule_tells_who_gains_what_on_which_records() -> None:
    gains = found(changed("08_areas_and_levels.cedar", '["WHERE", "WHEN"]', '["WHERE"]'))
    assert all(item.gains and item.what == ("WHEN exactly",) for item in gains)
    (both,) = [item for item in gains if "a partner in both areas" in item.requesters]
    assert both.requesters == ["a partner in both areas"]
    assert both.records == ("without area",)


def test_the_other_way_round_the_same_is_lost() -> None:
    weaker = changed("08_areas_and_levels.cedar", '["WHERE", "WHEN"]', '["WHERE"]')
    gained = found(weaker)
    lost = differences(weaker, RULES, SOME, NOW)
    assert [item._replace(gains=True) for item in lost] == gained


def test_a_rule_on_listing_tells_of_the_record() -> None:
    (lost,) = found(changed("03_audience.cedar", 'resource.audience == "UNSMS"', 'resource.audience == "NONE"'))
    assert not lost.gains
    assert lost.requesters == ["DSS in the area"]
    assert lost.records == ("shared within the UN system",)
    assert lost.what[0] == "the record"


def test_a_dropped_file_is_a_dropped_rule() -> None:
    after = {name: text for name, text in RULES.items() if name != "06_purpose.cedar"}
    gains = found(after, cut("a partner in the area", "a partner that reports", "the secretariat"))
    assert all(item.gains for item in gains)
    assert {name for item in gains for name in item.requesters} == {"a partner that reports", "the secretariat"}


def test_a_rule_on_an_act_tells_the_act_and_its_capacities() -> None:
    (lost,) = found(changed("11_emergency_opening.cedar", ', "FOCAL_POINT"', ""))
    assert not lost.gains
    assert lost.what == ("`requestEmergencyOpening` as FOCAL_POINT", "`approveEmergencyOpening` as FOCAL_POINT")
    assert "allowing statistics and emergency openings" in lost.records
    assert "an applicant" not in lost.requesters


def test_whoever_asked_approves_where_the_second_officer_is_dropped() -> None:
    (gain,) = found(
        changed(
            "11_emergency_opening.cedar",
            "when { context.sameOfficer }",
            "when { !context.sameOfficer && context.sameOfficer }",
        )
    )
    assert gain.what == (
        "`approveEmergencyOpening` as SIOC or FOCAL_POINT or SECURITY_COORDINATOR, by whoever asked for it",
    )


def test_a_rule_on_relay_tells_of_platforms_only() -> None:
    change = changed("05_third_party.cedar", ', "AMBER"]', "]")
    cast = cut("a partner in the area", "a partner in both areas", askers=True)
    (lost,) = found(change, cast)
    assert lost.requesters == ["a platform in the area for a member in the area"]
    assert lost.records == ("AMBER, relay permitted",)


def test_a_rule_on_statistics_tells_of_fixed_tables() -> None:
    (gain,) = found(changed("12_statistics.cedar", "resource.special || resource.withdrawn", "resource.special"))
    assert gain.what == ("its count in fixed tables",)
    assert gain.records == ("withdrawn",)


@pytest.mark.parametrize("broken", ["forbid (", "forbid (principal, action, resource);"])
def test_rules_that_cannot_be_read_are_refused(broken: str) -> None:
    with pytest.raises(InvalidRules):
        found({**RULES, "99_test.cedar": broken})


@pytest.mark.parametrize(
    ("file", "who"),
    [
        ("01_partners", "an applicant"),
        ("02_originator", "the originator"),
        ("03_audience", "a partner in the area"),
        ("04_restrictions", "a partner in the area"),
        ("05_third_party", "a partner in the area"),
        ("06_purpose", "a partner that reports"),
        ("07_persons_and_text", "a partner in the area"),
        ("08_areas_and_levels", "a partner elsewhere"),
        ("09_imminent_risk", "a partner in the area"),
        ("10_consent", "a partner in the area"),
        ("11_emergency_opening", "a partner in the area"),
        ("12_statistics", "an applicant"),
        ("13_special_categories", "a partner in the area"),
    ],
)
def test_the_classes_show_each_file_of_rules(file: str, who: str) -> None:
    assert found({name: text for name, text in RULES.items() if name != f"{file}.cedar"}, cut(who))
