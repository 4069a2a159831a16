"""An item's own marking, from the feed's words to the gateway's."""

from __future__ import annotations

from typing import Final

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Quarantined, Unconfigured
from connectors.formats.handling import marking_changes
from connectors.unsms.wire import Handling, HandlingRestriction

_PLAIN: Final = ("un_marking", "tlp", "audience", "plans_shared", "statistics", "emergency")


def changes_of(handling: Handling, settings: SourceSettings) -> dict[str, object]:
    """What `handling` says, as changes to the source's marking; raises `Quarantined` where a part can't be read.

    Organizations are named in the feed's way. One that `settings.originators` does not know is left out where it would
    be given something, and refused where it would be the originator.
    """
    data: dict[str, object] = {key: value for key in _PLAIN if (value := getattr(handling, key)) is not None}
    for key in ("release_areas", "text_free_of"):
        if (names := getattr(handling, key)) is not None:
            data[key] = list(names)
    if handling.permitted_actions is not None:
        # An action that the item does not speak of is as the source's marking has it.
        data["permitted_actions"] = (
            msgspec.structs.asdict(settings.marking.permitted_actions) | handling.permitted_actions
        )
    if handling.named is not None:
        data["named"] = _known(handling.named, settings)
    if handling.restrictions is not None:
        data["restrictions"] = [_restriction(item, settings) for item in handling.restrictions]
    if handling.third_party is not None:
        name = handling.third_party.organization
        data["third_party"] = settings.originators.get(name, name)
        data["third_party_consent"] = handling.third_party.consent_recorded
    if handling.originator is not None:
        if handling.originator not in settings.originators:
            raise Quarantined("`handling.originator` is no organization of `originators`: add it there")
        data["originator"] = settings.originators[handling.originator]
    try:
        return marking_changes(settings.marking, data)
    except Unconfigured as error:
        raise Quarantined("`handling` has a word that is none of the contract's") from error


def _restriction(item: HandlingRestriction, settings: SourceSettings) -> dict[str, object]:
    data: dict[str, object] = {"groups": list(item.groups), "reason": item.reason}
    data["lifted_for"] = _known(item.lifted_for, settings)
    if item.since is not None:
        data["since"] = item.since.timestamp()
    if item.until is not None:
        data["until"] = item.until.timestamp()
    return data


def _known(names: tuple[str, ...], settings: SourceSettings) -> list[str]:
    return [settings.originators[name] for name in names if name in settings.originators]


__all__ = ["changes_of"]
