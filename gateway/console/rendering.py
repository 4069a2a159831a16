"""Templates, and what they choose from: values with their texts, in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import Enum
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.console.texts import LANGUAGE_NAMES, Texts
from gateway.identity.scopes import Scope
from gateway.ledger.extracts import Disclosure
from gateway.partnership.directory import Member
from gateway.store.tables import WORLDWIDE
from policies.vocabulary import PartnershipStatus

_BEFORE_A_MEMORANDUM: Final = frozenset(
    {PartnershipStatus.APPLICANT, PartnershipStatus.UNDER_REVIEW, PartnershipStatus.APPROVED}
)


def templates() -> Environment:
    """The pages' templates. What a template does not know is a fault of the program, and all values are escaped."""
    made = Environment(
        loader=PackageLoader("gateway.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    functions = (
        pairs,
        scope_options,
        overlap_options,
        word_options,
        end_options,
        member_options,
        current_areas,
        has_memorandum,
        shown_records,
    )
    made.globals.update({function.__name__: function for function in functions}, languages=LANGUAGE_NAMES)
    return made


def pairs(values: Iterable[str]) -> Sequence[tuple[str, str]]:
    """Values that are their own text."""
    return [(value, value) for value in values]


def scope_options(texts: Texts, scopes: Iterable[Scope]) -> Sequence[tuple[str, str, str]]:
    """Scopes, with what each allows."""
    return [(scope.value, scope.value, texts(f"scope.{scope.value}")) for scope in scopes]


def overlap_options(texts: Texts, hours: Iterable[int]) -> Sequence[tuple[int, str]]:
    """How long a secret that is replaced is still taken."""
    return [(item, texts(f"client.overlap_{item}")) for item in hours]


def word_options(texts: Texts, members: Iterable[Enum]) -> Sequence[tuple[str, str, str]]:
    """Members of a vocabulary."""
    return [(member.name, texts.word(member), "") for member in members]


def end_options(texts: Texts, members: Iterable[Enum]) -> Sequence[tuple[str, str, str]]:
    """Ways in which a partnership ends, with what follows."""
    return [(member.name, texts.word(member), texts.word(member, "Effect")) for member in members]


def member_options(members: Iterable[Member]) -> Sequence[tuple[str, str]]:
    """Organizations."""
    return [(member.id, member.name) for member in members]


def current_areas(texts: Texts, member: Member, today: date) -> str:
    """The areas approved for an organization today."""
    held = sorted({item.area for item in member.approvals if item.period.holds(today)})
    return ", ".join(texts("common.everywhere") if area == WORLDWIDE else area for area in held) or "–"


def has_memorandum(member: Member) -> bool:
    """Whether there is, or was, one: who applies has none yet."""
    return member.partnership is not None and member.partnership.status not in _BEFORE_A_MEMORANDUM


def shown_records(item: Disclosure) -> int:
    """How many records a disclosure showed."""
    return 0 if item.opened is None else len({ref for refs in item.opened.shown.values() for ref in refs})
