"""The connector of platforms with a GraphQL API of their own, read live."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

import msgspec

from connectors.contract import Call, Capabilities, FetchRequest, OrderKey, Page, Quarantine, ReadOnly, SourceSettings
from connectors.errors import Quarantined, Unclaimed, Unconfigured, Unusable
from connectors.field_map.options import FieldMap
from connectors.field_map.targets import Target
from connectors.graphql import entities, query
from connectors.graphql.document import Document, read_document
from connectors.graphql.mapping import NodeMapping
from connectors.graphql.node import Node
from connectors.graphql.options import Bound, GraphqlOptions, KindOptions, read_options
from connectors.graphql.wire import Nodes, connection_reader, entities_reader
from connectors.records import Record
from policies.condition import Field
from policies.vocabulary import InformationKind

NEWEST_SHARED: Final = OrderKey(Field.SHARED, descending=True)
# GraphQL over HTTP: the newer media type carries the status, the older one is what many servers know.
_ACCEPT: Final = "application/graphql-response+json, application/json;q=0.9"
_JSON: Final = "application/json"


class _Configured(msgspec.Struct, frozen=True):
    """One kind of information of this source."""

    options: KindOptions
    fields: FieldMap
    document: Document
    mapping: NodeMapping
    read: Callable[[bytes], Nodes]
    read_entities: Callable[[bytes], Nodes]

    @property
    def looks_up(self) -> bool:
        """Whether keys can be looked up."""
        return self.options.entities is not None or Bound.KEYS in self.options.variables.values()


class GraphqlConnector(ReadOnly):
    """Reads one platform. Live: every fetch asks it."""

    kind: ClassVar[str] = "graphql"

    def __init__(self, settings: SourceSettings) -> None:
        if not settings.credentials.get("token"):
            raise Unconfigured("`credentials.token`: the platform takes a bearer token")
        options = read_options(settings)
        self._kinds = {kind: _configured(settings, kind, of_kind) for kind, of_kind in options.kinds.items()}
        self._path, self._page_size = options.path, options.page_size
        self._headers = {
            "authorization": f"Bearer {settings.credentials['token']}",
            "accept": _ACCEPT,
            "content-type": _JSON,
        }
        self.default_marking = settings.marking
        self.capabilities = _capabilities(options, list(self._kinds.values()))

    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        """Pages in the platform's order. `resume` is its cursor."""
        configured = self._configured(request.kind)
        if request.order is not None and request.order not in self.capabilities.orders:
            raise Unclaimed.of(self.kind, "orders")
        narrowed = query.pushed(request.condition, configured.options, configured.fields)
        after, fetched = request.resume, 0
        while True:
            size = self._page_size if request.limit is None else max(1, min(self._page_size, request.limit - fetched))
            variables = narrowed | {"first": size, "after": after}
            nodes = configured.read(await self._ask(configured.document.text, variables, call))
            connection = nodes.connection
            if connection is None:
                raise Unusable("an answer without a connection")
            records, quarantined = _read(nodes, configured.mapping)
            following = connection.following
            if following is not None and following == after:
                raise Unusable("a cursor that leads to the page it came with")
            fetched += len(nodes.found)
            yield Page(
                records=records,
                quarantined=quarantined,
                resume=following,
                as_of=datetime.now(UTC),
                total=connection.total_count,
            )
            if following is None or (request.limit is not None and fetched >= request.limit):
                return
            after = following

    async def lookup(self, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:
        """The records of `keys`, where a variable of the query takes them or `_entities` does."""
        configured = self._configured(kind)
        if not self.capabilities.lookup:
            raise Unclaimed.of(self.kind, "lookup")
        found: dict[str, Record] = {}
        wanted = sorted(set(keys))
        for start in range(0, len(wanted), self._page_size):
            few = wanted[start : start + self._page_size]
            nodes = await self._look_up(configured, few, call)
            found |= {record.ref.native: record for record in _read(nodes, configured.mapping)[0]}
        return [found.get(key) for key in keys]

    async def _look_up(self, configured: _Configured, keys: list[str], call: Call) -> Nodes:
        entity, text = configured.options.entities, configured.document.entities
        if entity is None or text is None:
            variables = query.keyed(configured.options, keys) | {"first": len(keys), "after": None}
            return configured.read(await self._ask(configured.document.text, variables, call))
        key = entity.key or configured.fields.paths(Target.KEY)[0]
        # Null is the subgraph's word for an entity that is not there, and becomes no record.
        return configured.read_entities(await self._ask(text, entities.representations(entity.type, key, keys), call))

    async def _ask(self, text: str, variables: dict[str, object], call: Call) -> bytes:
        return await call.client.send(
            "POST",
            self._path,
            deadline=call.deadline,
            headers=self._headers,
            content=msgspec.json.encode({"query": text, "variables": variables}),
            media_type=_JSON,
            read=True,
        )

    def _configured(self, kind: InformationKind) -> _Configured:
        if kind not in self._kinds:
            raise Unclaimed.of(self.kind, kind.value)
        return self._kinds[kind]


def _configured(settings: SourceSettings, kind: InformationKind, options: KindOptions) -> _Configured:
    name = "alerts" if kind is InformationKind.SECURITY_ALERT else "incidents"
    fields = FieldMap(kind, options, settings.marking)
    query.check(options, fields)
    document = read_document(name, options, fields.declared)
    mapping = NodeMapping(settings, kind, fields, document)
    return _Configured(
        options,
        fields,
        document,
        mapping,
        connection_reader(document.connection, mapping.node_type),
        entities_reader(mapping.node_type),
    )


def _capabilities(options: GraphqlOptions, kinds: Sequence[_Configured]) -> Capabilities:
    """Of what the kinds can do, what all of them can: a claim speaks of every kind. Filters may be ignored by one."""
    return Capabilities(
        kinds=frozenset(options.kinds),
        filters=frozenset[Any]().union(*(query.filters(kind.options) for kind in kinds)),
        orders=frozenset({NEWEST_SHARED}) if all(kind.options.newest_first for kind in kinds) else frozenset(),
        counts=all(kind.document.total for kind in kinds),
        lookup=all(kind.looks_up for kind in kinds),
    )


def _read(nodes: Nodes, mapping: NodeMapping) -> tuple[list[Record], list[Quarantine]]:
    records: list[Record] = []
    quarantined: list[Quarantine] = []
    for place, node in enumerate(nodes.found):
        try:
            if place in nodes.broken:
                raise Quarantined(f"the platform told an error inside the node: {nodes.broken[place]}")
            records.append(mapping.record(node))
        except Quarantined as error:
            quarantined.append(Quarantine(str(error), _native(node, mapping)))
    return records, quarantined


def _native(node: Node | None, mapping: NodeMapping) -> str | None:
    try:
        native = mapping.key(node)
    except Quarantined:
        return None
    return native[:96] if isinstance(native, str) else None
