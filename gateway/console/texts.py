"""The console's texts: a TOML file a language, `section.key` each; parameters stand in braces."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from importlib.resources import files
from typing import Any, Final

from policies.rulebook import Language


class Texts:
    """One language's texts. An unknown key is a fault of the program: `KeyError`."""

    def __init__(self, language: Language, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, /, **parameters: object) -> str:
        """The text of `key`, with its parameters in place."""
        return self._texts[key].format(**parameters)

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def word(self, member: Enum, what: str = "") -> str:
        """What a member of the vocabulary is called, as in `Capacity.CO_CHAIR`; `what` chooses another of its texts."""
        return self._texts[f"{type(member).__name__}{what}.{member.name}"]

    def day(self, moment: date | datetime) -> str:
        """A day as people write it; of a time, its day in UTC."""
        months = self("dates.months").split()
        return self("dates.day", day=moment.day, month=months[moment.month - 1], year=moment.year)

    def time(self, moment: datetime) -> str:
        """A day with its time in UTC, to the minute."""
        return self("dates.time", day=self.day(moment), time=f"{moment:%H:%M}")

    def month(self, written: str) -> str:
        """A month such as 2026-11."""
        year, number = written.split("-")
        return f"{self('dates.months').split()[int(number) - 1]} {year}"


def read_texts() -> Mapping[Language, Texts]:
    """Every language's texts."""
    return {language: Texts(language, flat(language)) for language in Language}


def flat(language: Language) -> dict[str, str]:
    """The texts of a language by `section.key`."""
    written = tomllib.loads((files("gateway.console") / "texts" / f"{language.value}.toml").read_text("utf-8"))
    return {f"{section}.{key}": text for section, texts in written.items() for key, text in texts.items()}


LANGUAGE_NAMES: Final[Mapping[Language, Any]] = {Language.ENGLISH: "English", Language.FRENCH: "Français"}
