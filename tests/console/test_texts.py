"""Both languages are complete: the same keys and parameters, and every word of the vocabulary that pages show."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from string import Formatter

import pytest

import gateway.console
from gateway.console.clients import OVERLAPS
from gateway.console.routes import PAGES
from gateway.console.texts import flat, read_texts
from gateway.identity.scopes import Scope
from gateway.partnership.authority import Task
from gateway.store.tables import ApplicationState, ClientAct, CommitteeSide, ReviewDecision, RiskLevel
from policies.rulebook import Language
from policies.vocabulary import (
    Capacity,
    ImplementationLevel,
    InformationKind,
    OrganizationCategory,
    PartnershipStatus,
    Purpose,
)

ROOM = Path(gateway.console.__file__).parent
WORDS: dict[type[Enum], tuple[str, ...]] = {
    ApplicationState: ("",),
    Capacity: ("",),
    ClientAct: ("",),
    CommitteeSide: ("",),
    ImplementationLevel: ("",),
    InformationKind: ("",),
    OrganizationCategory: ("",),
    PartnershipStatus: ("", "Effect"),
    Purpose: ("",),
    ReviewDecision: ("Done",),
    RiskLevel: ("",),
    Task: ("",),
}


def parameters(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_french_says_all_that_english_says_with_the_same_parameters() -> None:
    english, french = flat(Language.ENGLISH), flat(Language.FRENCH)
    assert english.keys() == french.keys()
    assert {key: parameters(text) for key, text in english.items()} == {
        key: parameters(text) for key, text in french.items()
    }
    assert all(text.strip() for text in (*english.values(), *french.values()))


@pytest.mark.parametrize("language", Language)
def test_every_word_of_the_vocabulary_has_its_text(language: Language) -> None:
    texts = read_texts()[language]
    for members, kinds in WORDS.items():
        for member in members:
            assert all(texts.word(member, kind) for kind in kinds)
    assert all(texts(f"scope.{scope}") for scope in Scope)
    assert all(texts(f"menu.{page.menu}") for page in PAGES if page.menu)


def test_every_text_that_is_named_is_there_and_every_text_is_named() -> None:
    written = "\n".join(path.read_text("utf-8") for path in (*ROOM.glob("*.py"), *ROOM.glob("templates/*.html")))
    known = flat(Language.ENGLISH)
    named = set(re.findall(r"""t(?:exts|_texts)?\(f?["']([a-z]+\.[a-z_]+)["']""", written))
    named |= {f"faults.{key}" for key in re.findall(r"""fault\([^)]*?, "([a-z_]+)"[,)]""", written)}
    named |= {f"trial.{key}" for key in re.findall(r"""(?:Step|Failed)\((?:"[a-z]+", )?"([a-z_]+)"[,)]""", written)}
    named |= {f"done.{key}" for key in re.findall(r"""visit\.go\([^,]+, "([a-z_]+)"[,)]""", written)}
    named |= {f"client.overlap_{hours}" for hours in OVERLAPS}
    assert len(named) > 200
    assert named - known.keys() == set()
    words = {"scope", *(f"{members.__name__}{kind}" for members, kinds in WORDS.items() for kind in kinds)}
    # A field's own words for what is wrong with it.
    fields = set(re.findall(r"""form\.[a-z]+\(\s*"([a-z_]+)\"""", written))
    named |= {f"faults.{field}_{what}" for field in fields for what in ("missing", "choose")}
    unused = [
        key
        for key in known
        if key not in named
        and key.partition(".")[0] not in words
        and not re.search(rf"\b{key.partition('.')[2].removesuffix('_text')}\b", written)
    ]
    assert unused == []
