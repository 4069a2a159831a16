"""A source's default marking in words, for who answers for the records to sign before the source is read."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from importlib.resources import files
from typing import Any, Final

import msgspec

from connectors.contract import SourceSettings
from connectors.kit.checks.markings import agreed
from policies.marking import Marking, Restriction

_FINGERPRINT_DIGITS: Final = 16


class Agreement(msgspec.Struct, frozen=True):
    """What is agreed: of every record, and of records that something else holds for (where it stands, and what).

    `fingerprint` changes with the marking, the options and the originators, so that a signature names what it is for.
    """

    source: str
    originator: str
    default: tuple[str, ...]
    others: tuple[tuple[str, tuple[str, ...]], ...]
    originators: Mapping[str, str]
    fingerprint: str


def agreement(settings: SourceSettings) -> Agreement:
    """The agreement of one source."""
    words = tomllib.loads((files(__package__) / "agreement.toml").read_text("utf-8"))
    default = tuple(_sentences(settings.marking, words))
    others = []
    for path, marking, asked in agreed(settings):
        said = tuple(sentence for sentence in _sentences(marking, words) if sentence not in default)
        others.append((f"{'rows that ask for' if asked else 'all records under'} {path}", said))
    what = [_ordered(settings.marking), _ordered(settings.options), _ordered(settings.originators)]
    digest = hashlib.sha256(msgspec.json.encode(what, order="deterministic")).hexdigest()
    return Agreement(
        source=settings.name,
        originator=settings.marking.originator,
        default=default,
        others=tuple(others),
        originators=settings.originators,
        fingerprint=digest[:_FINGERPRINT_DIGITS],
    )


def _sentences(marking: Marking, words: Mapping[str, Any]) -> Iterator[str]:
    originator = f"`{marking.originator}`"
    for key in ("audience", "tlp", "un_marking"):
        yield words[key][getattr(marking, key).value].format(originator=originator)
    for key, sentence in words["lists"].items():
        values = sorted(_named(item) for item in getattr(marking, key))
        if values:
            yield sentence.format(value=", ".join(values))
    if marking.third_party is not None:
        yield words["text"]["third_party"].format(value=marking.third_party)
    yield from sorted(_restriction(restriction, words) for restriction in marking.restrictions)
    for key, sentence in words["permitted_actions"].items():
        value = getattr(marking.permitted_actions, key)
        if value:
            yield sentence.format(value=value, originator=originator)
    yield words["text"]["floor"].format(where=marking.floor.where.name, when=marking.floor.when.name)
    for key in words["yes"]:
        sentence = words["yes" if getattr(marking, key) else "no"].get(key)
        if sentence is not None:
            yield sentence


def _restriction(restriction: Restriction, words: Mapping[str, Any]) -> str:
    lifted = f", though not from {', '.join(sorted(restriction.lifted_for))}" if restriction.lifted_for else ""
    since = "" if restriction.since is None else f", from {_day(restriction.since)}"
    until = "" if restriction.until is None else f", until {_day(restriction.until)}"
    sentence: str = words["text"]["restriction"]
    return sentence.format(
        groups=", ".join(group.name for group in sorted(restriction.groups)),
        reason=restriction.reason.value,
        lifted=lifted,
        term=since + until,
    )


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="minutes")


def _named(item: Any) -> str:
    return item.name if isinstance(item, Enum) else str(item)


def _ordered(value: Any) -> Any:
    """Plain data in one order, sets among it."""
    if isinstance(value, msgspec.Struct):
        return {key: _ordered(getattr(value, key)) for key in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(key): _ordered(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted((_ordered(item) for item in value), key=repr)
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    return value.name if isinstance(value, Enum) else value
