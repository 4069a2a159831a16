"""When one marking is looser than another: in this module and nowhere else in the kit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from connectors.markings import narrower
from policies.groups import FieldGroup
from policies.marking import Marking, PermittedActions, Restriction
from policies.vocabulary import Audience, SpecialCategory, TrafficLight, UnMarking

# From the loosest.
_TLP: Final = (
    TrafficLight.CLEAR,
    TrafficLight.GREEN,
    TrafficLight.AMBER,
    TrafficLight.AMBER_STRICT,
    TrafficLight.RED,
)
_UN: Final = (UnMarking.UNCLASSIFIED, UnMarking.CONFIDENTIAL, UnMarking.STRICTLY_CONFIDENTIAL)


def looser(marking: Marking, than: Marking) -> tuple[str, ...]:
    """The keys in which `marking` lets more out than `than` does; empty where it is nowhere looser.

    Whose record it is (`originator`) and the country it is released to are the record's own and compared nowhere;
    where `than` restricts WHERE, another release area tells the place and counts as looser.
    """
    return tuple(key for key, is_looser in _LOOSER.items() if is_looser(marking, than))


def _fewer_restrictions(marking: Marking, than: Marking) -> bool:
    return any(not any(_covers(kept, wanted) for kept in marking.restrictions) for wanted in than.restrictions)


def _covers(kept: Restriction, wanted: Restriction) -> bool:
    """Whether `kept` holds back all that `wanted` does, from all and for as long."""
    return (
        kept.groups >= wanted.groups
        and kept.lifted_for <= wanted.lifted_for
        and (kept.since is None or (wanted.since is not None and kept.since <= wanted.since))
        and (kept.until is None or (wanted.until is not None and kept.until >= wanted.until))
    )


def _more_actions(actions: PermittedActions, than: PermittedActions) -> bool:
    return (
        (actions.relay_to_members and not than.relay_to_members)
        or (actions.attribution and not than.attribution)
        or (than.notify_on_use and not actions.notify_on_use)
        or (than.data_licence is not None and actions.data_licence is None)
    )


def _tells_the_place(marking: Marking, than: Marking) -> bool:
    restricted = any(FieldGroup.WHERE in restriction.groups for restriction in marking.restrictions | than.restrictions)
    return restricted and not marking.release_areas <= than.release_areas


def _less_special(marking: Marking, than: Marking) -> bool:
    # A code that can't be read counts as one of the sensitive, whichever it was.
    return bool(than.special - marking.special) and SpecialCategory.UNMAPPED_SENSITIVE_CODE not in marking.special


_LOOSER: Final[Mapping[str, Callable[[Marking, Marking], bool]]] = {
    "audience": lambda marking, than: narrower(marking.audience, than.audience) is not marking.audience,
    "named": lambda marking, than: than.audience is Audience.NAMED and not marking.named <= than.named,
    "tlp": lambda marking, than: _TLP.index(marking.tlp) < _TLP.index(than.tlp),
    "un_marking": lambda marking, than: _UN.index(marking.un_marking) < _UN.index(than.un_marking),
    "third_party": lambda marking, than: than.third_party is not None and marking.third_party is None,
    "third_party_consent": lambda marking, than: (
        marking.third_party_consent and than.third_party is not None and not than.third_party_consent
    ),
    "restrictions": _fewer_restrictions,
    "release_areas": _tells_the_place,
    "permitted_actions": lambda marking, than: _more_actions(marking.permitted_actions, than.permitted_actions),
    "special": _less_special,
    "text_free_of": lambda marking, than: not marking.text_free_of <= than.text_free_of,
    "plans_shared": lambda marking, than: marking.plans_shared and not than.plans_shared,
    "floor": lambda marking, than: marking.floor.where < than.floor.where or marking.floor.when < than.floor.when,
    "statistics": lambda marking, than: marking.statistics and not than.statistics,
    "emergency": lambda marking, than: marking.emergency and not than.emergency,
    "withdrawn": lambda marking, than: than.withdrawn and not marking.withdrawn,
}
