"""The form behind a source: its questions by group path, and the labels of their choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from connectors.client import decode_json
from connectors.errors import Unconfigured, Unusable
from connectors.field_map.readers import Described
from connectors.formats.attributes import shortened

_WITHOUT_DATA: Final = frozenset({"note", "xml-external"})
# Filled by the device, not by who reports; the names are the form's own.
_DEVICE: Final = frozenset(
    {
        *("start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber", "username", "email"),
        *("audit", "start-geopoint", "background-audio"),
    }
)
_NAMED_AT_MOST: Final = 10


class Question(Described, frozen=True, kw_only=True):
    """One question. A repeat counts as one, and holds those inside it."""

    type: str

    @property
    def by_device(self) -> bool:
        """Whether the device fills it."""
        return self.type in _DEVICE


Form = Mapping[str, Question]


class _SurveyItem(msgspec.Struct):
    type: str
    name: str | None = None
    automatic_name: str | None = msgspec.field(name="$autoname", default=None)
    label: list[str | None] | str | None = None
    select_from_list_name: str | None = None


class _Choice(msgspec.Struct):
    list_name: str
    name: str | int
    label: list[str | None] | str | None = None


class _Content(msgspec.Struct):
    survey: list[_SurveyItem]
    choices: list[_Choice] = []


class _Asset(msgspec.Struct):
    content: _Content


def read_form(body: bytes) -> Form:
    """The form of an asset as `GET /api/v2/assets/{uid}/` gives it; raises `Unusable`."""
    content = decode_json(body, _Asset).content
    lists: dict[str, dict[str, str]] = {}
    for choice in content.choices:
        label = _first(choice.label)
        if label is not None:
            lists.setdefault(choice.list_name, {})[str(choice.name)] = label
    form: dict[str, Question] = {}
    groups: list[str] = []
    repeats: list[int] = []
    for item in content.survey:
        kind = item.type.split(" ")[0]
        if kind.startswith("end_"):
            _close(groups, repeats)
            continue
        name = item.name or item.automatic_name
        if name is None:
            raise Unusable("an asset whose survey has a question without a name")
        path = "/".join([*groups, name])
        if kind.startswith("begin_"):
            groups.append(name)
            if kind == "begin_repeat" and not repeats:
                form[path] = Question(type="repeat", label=_first(item.label))
            if kind == "begin_repeat" or repeats:
                repeats.append(len(groups))
        elif not repeats and kind not in _WITHOUT_DATA:
            form[path] = Question(
                type=kind, label=_first(item.label), choices=lists.get(item.select_from_list_name or "", {})
            )
    return form


def refuse_undeclared(form: Form, declared: frozenset[str], asset: str) -> None:
    """Raises `Unconfigured`, naming them, where questions of the form stand nowhere in the configuration."""
    refuse_keys([path for path, question in form.items() if path not in declared and not question.by_device], asset)


def refuse_keys(undeclared: Sequence[str], asset: str) -> None:
    """Raises `Unconfigured` for these keys, if any."""
    if undeclared:
        named = ", ".join(f"`{shortened(key)}`" for key in undeclared[:_NAMED_AT_MOST])
        raise Unconfigured(
            f"{named}: in the form `{asset}` but not in `options`: add to `fields`, `attributes` with a group, "
            "or `ignored`"
        )


def _close(groups: list[str], repeats: list[int]) -> None:
    if not groups:
        raise Unusable("an asset whose survey closes a group that it never opened")
    if repeats and repeats[-1] == len(groups):
        repeats.pop()
    groups.pop()


def _first(label: list[str | None] | str | None) -> str | None:
    """The label in the first language that has one."""
    if isinstance(label, list):
        return next((text for text in label if text), None)
    return label or None
