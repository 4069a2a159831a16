"""`[options]` of a ReliefWeb source: the approved application name, and what of ReliefWeb each kind is."""

from __future__ import annotations

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Unconfigured
from policies.vocabulary import IncidentCategory, InformationKind, OrganizationType


class Selection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The reports of one kind: of any of these formats and, where `themes` are given, of any of these themes too."""

    formats: tuple[str, ...]
    themes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.formats:
            raise ValueError("`formats` names at least one format of ReliefWeb, such as `Situation Report`")


class ReliefWebOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`appname`: as ReliefWeb approved it; it stands in every address and is no secret.

    `about`: themes and the categories of incidents that a lesson of that theme is about. `organization_types`:
    ReliefWeb's types of sources and ours. `page_size`: reports a request, 1,000 at most.
    """

    appname: str
    situations: Selection | None = None
    lessons: Selection | None = None
    about: dict[str, IncidentCategory] = msgspec.field(default_factory=dict)
    organization_types: dict[str, OrganizationType] = msgspec.field(default_factory=dict)
    page_size: int = 200

    def __post_init__(self) -> None:
        if not self.appname.strip():
            raise ValueError("`appname` is the application name that ReliefWeb approved")
        if not 1 <= self.page_size <= 1000:
            raise ValueError("`page_size` is from 1 to 1000, the most ReliefWeb gives")
        if not self.kinds:
            raise ValueError("configure `situations`, `lessons` or both")
        formats = [name for selection in self.kinds.values() for name in selection.formats]
        twice = sorted({name for name in formats if formats.count(name) > 1})
        if twice:
            raise ValueError(f"`{twice[0]}` is a format of two kinds: a report is of one")

    @property
    def kinds(self) -> dict[InformationKind, Selection]:
        """The kinds that are configured."""
        both = {InformationKind.SITUATION_REPORT: self.situations, InformationKind.LESSON_LEARNED: self.lessons}
        return {kind: selection for kind, selection in both.items() if selection is not None}


def read_options(settings: SourceSettings) -> ReliefWebOptions:
    """The options of one source; raises `Unconfigured`."""
    try:
        return msgspec.convert(dict(settings.options), ReliefWebOptions)
    except msgspec.ValidationError as error:
        raise Unconfigured(f"`options` of `{settings.name}`: {error}") from error
