"""`[options]` of a GraphQL source: for each kind of information its query and its field map."""

from __future__ import annotations

from enum import Enum

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Unconfigured
from connectors.field_map.options import FieldMapOptions
from connectors.field_map.targets import Target
from policies.vocabulary import InformationKind


class Bound(Enum):
    """What a variable of the query narrows.

    `shared_from`, `shared_until`: a time with offset, at or after it and before it. `occurred_from`,
    `occurred_until`: a day, from it and to it, both in. `countries`, `categories`: lists of the platform's codes.
    `keys`: a list of keys, for look-ups.
    """

    SHARED_FROM = "shared_from"
    SHARED_UNTIL = "shared_until"
    OCCURRED_FROM = "occurred_from"
    OCCURRED_UNTIL = "occurred_until"
    COUNTRIES = "countries"
    CATEGORIES = "categories"
    KEYS = "keys"


class EntityOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Look-ups through `_entities` of an Apollo Federation subgraph: the entity's `type` and the field of its `@key`.

    Without `key` it is the field that fills `key`.
    """

    type: str
    key: str | None = None


class KindOptions(FieldMapOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind: `query` with `$first` and `$after`, and the `connection`'s path in its answer, parted by dots.

    `variables`: the query's other variables, each with what it narrows. `newest_first`: the platform answers in order
    of sharing, newest first. `entities`: keys are looked up there. `fields` and the rest speak of paths from a node.
    """

    query: str
    connection: str
    scheme: str
    variables: dict[str, Bound] = msgspec.field(default_factory=dict)
    newest_first: bool = False
    entities: EntityOptions | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        missing = [
            target.value for target in (Target.KEY, Target.SHARED) if list(self.fields.values()).count(target) != 1
        ]
        if missing:
            raise ValueError(f"`fields`: one field has to fill `{missing[0]}`")
        bounds = list(self.variables.values())
        twice = [bound.value for bound in bounds if bounds.count(bound) > 1]
        if twice:
            raise ValueError(f"`variables`: two narrow `{twice[0]}`: keep one")
        if self.entities is not None and Bound.KEYS in bounds:
            raise ValueError("`entities` looks keys up and so does a variable that narrows `keys`: keep one")


class GraphqlOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`path`: of the endpoint, from the source's url. `page_size`: nodes a request."""

    incidents: KindOptions | None = None
    alerts: KindOptions | None = None
    path: str = "/graphql"
    page_size: int = 100

    def __post_init__(self) -> None:
        if not 1 <= self.page_size <= 1000:
            raise ValueError("`page_size` is from 1 to 1000")
        if not self.path.startswith("/"):
            raise ValueError("`path` starts with a slash: the host is the source's `url`")

    @property
    def kinds(self) -> dict[InformationKind, KindOptions]:
        """The kinds that are configured."""
        both = {InformationKind.INCIDENT_REPORT: self.incidents, InformationKind.SECURITY_ALERT: self.alerts}
        return {kind: options for kind, options in both.items() if options is not None}


def read_options(settings: SourceSettings) -> GraphqlOptions:
    """The options of one source; raises `Unconfigured`."""
    try:
        options = msgspec.convert(dict(settings.options), GraphqlOptions)
    except msgspec.ValidationError as error:
        raise Unconfigured(f"`options` of `{settings.name}`: {error}") from error
    if not options.kinds:
        raise Unconfigured(f"`options` of `{settings.name}`: configure `incidents`, `alerts` or both")
    return options
