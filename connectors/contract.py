"""The contract between the gateway and a platform's connector. No HTTP in it.

A connector turns a platform's wire format into records with markings. It claims what it can do (`Capabilities`); the
gateway asks nothing else of it, matches again on views whatever it filtered, and keeps to the deadline of the `Call`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

import msgspec
from opentelemetry.trace import Tracer

from connectors.errors import Unclaimed
from connectors.records import Record
from policies.condition import Condition, Field, Operator
from policies.groups import FieldGroup
from policies.marking import Marking
from policies.vocabulary import InformationKind

if TYPE_CHECKING:
    # A name only: a connector's contract can be read and kept without HTTP.
    from connectors.client import SourceClient


class OrderKey(msgspec.Struct, frozen=True):
    """One order a source can be asked for. Only fields that are shown for every record are ever asked."""

    field: Field
    descending: bool = True


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a connector can do; everything else fails with `Unclaimed`.

    `filters`: the field-operator pairs it can hand to the platform without losing a record that would match.
    `orders`: the orders in which it yields pages when asked. `counts`: the platform tells a total.
    """

    kinds: frozenset[InformationKind]
    filters: frozenset[tuple[Field, Operator]] = frozenset()
    orders: frozenset[OrderKey] = frozenset()
    counts: bool = False
    lookup: bool = False
    changes: bool = False
    share: bool = False


class FetchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan asks of one source.

    `condition` holds on every record whose view could match: a connector may ignore any part of it, never add to it.
    `limit` bounds the records fetched; `resume` is the `Page.resume` of an earlier page.
    """

    kind: InformationKind
    condition: Condition | None = None
    order: OrderKey | None = None
    groups: frozenset[FieldGroup] = frozenset(FieldGroup)
    limit: int | None = None
    resume: str | None = None


class Quarantine(msgspec.Struct, frozen=True):
    """A row that became no record, and why; for the source's operator only."""

    reason: str
    native: str | None = None


class Page(msgspec.Struct, kw_only=True):
    """One page of a source's answer.

    `as_of`: end of the last successful synchronisation, or now for a live source (UTC). `embargoed_until`: the day
    after which the platform keeps records back. `total` and `watermark` as the platform tells them.
    """

    records: Sequence[Record]
    quarantined: Sequence[Quarantine] = ()
    resume: str | None = None
    as_of: datetime | None = None
    embargoed_until: date | None = None
    watermark: str | None = None
    total: int | None = None


class ChangePage(msgspec.Struct, kw_only=True):
    """Changes since a watermark: records to upsert and native keys that are gone."""

    records: Sequence[Record]
    removed: Sequence[str] = ()
    quarantined: Sequence[Quarantine] = ()
    watermark: str | None = None


class Draft(msgspec.Struct, frozen=True):
    """A record that an organization shares back to a platform."""

    record: Record


class Receipt(msgspec.Struct, frozen=True):
    """What the platform said of a shared record."""

    native: str
    version: str


class Push(msgspec.Struct, frozen=True):
    """What a platform posts of its own accord; `headers` by their names in lower case."""

    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        """Nothing of its secret or content."""
        return f"Push({len(self.body)} bytes)"


class Call(msgspec.Struct, kw_only=True):
    """The means and bounds of one call: the source's client, the deadline on the running loop's clock, the trace."""

    client: SourceClient
    deadline: float
    tracer: Tracer


class SourceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One configured source, as its connector gets it.

    `url` has no trailing slash. `credentials` are resolved values: never log them. `options` are the connector's own
    (its field map, its form): each connector decodes them into a struct of its own that forbids unknown keys.
    `originators` maps organizations as the platform names them to the gateway's organization ids.
    """

    name: str
    url: str
    marking: Marking
    credentials: Mapping[str, str] = msgspec.field(default_factory=dict)
    options: Mapping[str, object] = msgspec.field(default_factory=dict)
    originators: Mapping[str, str] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        """The source's name and nothing of its credentials."""
        return f"SourceSettings({self.name!r})"


class Connector(Protocol):
    """A platform's connector. Built once a source with `SourceSettings`; raises `Unconfigured` for bad settings."""

    kind: ClassVar[str]
    capabilities: Capabilities
    default_marking: Marking

    def __init__(self, settings: SourceSettings) -> None: ...

    def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        """Pages of records, in `request.order` if it is claimed; raises a `SourceError`."""
        ...

    async def lookup(self, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:
        """The records of `keys`, None where there is none, in the order of `keys`."""
        ...

    def changes(self, since: str | None, call: Call) -> AsyncIterator[ChangePage]:
        """What changed since a watermark; from the beginning for None."""
        ...

    async def share(self, draft: Draft, key: str, call: Call) -> Receipt:
        """Hands a record to the platform, once for one idempotency `key`."""
        ...


@runtime_checkable
class Receiver(Protocol):
    """A connector that can also be told by its platform, where it is so configured."""

    async def receive(self, push: Push, call: Call) -> ChangePage:
        """What `push` tells, as a fetch would read it; raises a `SourceError`.

        `PushRefused` where the push does not prove itself, `PushUnusable` for what is none of this source, `Unclaimed`
        where no pushes are configured.
        """
        ...


class ReadOnly:
    """Base of connectors that claim neither `changes` nor `share`: both refuse with the documented message."""

    kind: ClassVar[str]

    def changes(self, since: str | None, call: Call) -> AsyncIterator[ChangePage]:  # noqa: ARG002
        """Refused."""
        raise Unclaimed.of(self.kind, "changes")

    async def share(self, draft: Draft, key: str, call: Call) -> Receipt:  # noqa: ARG002
        """Refused."""
        raise Unclaimed.of(self.kind, "share")
