"""The gateway put together from its settings: the one place where all rooms meet."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from opentelemetry.sdk.trace.export import SpanExporter
from starlette.applications import Starlette

from connectors.client import PrivateHosts, SourceClient, open_http
from connectors.contract import Quarantine
from connectors.records import RECORD_TYPES
from connectors.registry import connector_type
from gateway import __version__
from gateway.federation.answer.cursor import Cursors
from gateway.federation.query import Federation
from gateway.federation.sources.ids import RecordIds
from gateway.federation.sources.source import Source
from gateway.http.app import build_app
from gateway.http.explorer import routes as explorer_routes
from gateway.http.graphql import endpoint
from gateway.identity.endpoints import Identity
from gateway.identity.endpoints import routes as identity_routes
from gateway.identity.keys import configured_keys
from gateway.keys import KeyPurpose, derive
from gateway.ledger.heads import TreeSigner
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.sequencer import Sequencer
from gateway.notices.build import build_notices
from gateway.partnership.watch import Watched
from gateway.quarantine.rows import Quarantines
from gateway.schema import build_schema
from gateway.schema.context import Services
from gateway.schema.execution import Executor
from gateway.schema.limits import Limits
from gateway.settings import Settings
from gateway.sharing.recall import Recaller
from gateway.store.engine import Store
from gateway.telemetry import tracer_provider
from policies.decision import CedarPolicy
from policies.groups import grouped_fields
from policies.rulebook import read_rules, rule_files
from policies.vocabulary import InformationKind


def build_service(
    settings: Settings,
    store: Store,
    *,
    exporter: SpanExporter | None = None,
    clock: Callable[[], float] = time.time,
    sources: Sequence[Source] | None = None,
) -> Starlette:
    """The application over a migrated `store`; it starts its tasks when served and ends them after.

    `sources`: those to ask in place of the configured ones; whoever gives them closes their clients.
    Raises the first `ConfigurationFault`, `InvalidRules`, `Unconfigured` or `UngroupedField` found.
    """
    for record_type in RECORD_TYPES.values():
        grouped_fields(record_type)
    policy = CedarPolicy(read_rules(rule_files()))
    tracing = tracer_provider(exporter or settings.telemetry.exporter)
    tracer = tracing.get_tracer("slt-gateway", __version__)
    watched = Watched(store)
    ledger = SqlLedger(store)
    identity = Identity(
        settings.gateway.url, configured_keys(settings), store, watched, clock, settings.identity.networks
    )
    quarantines = Quarantines(store, clock)
    sources, clients = open_sources(settings, quarantines.note) if sources is None else (sources, ())
    master = settings.keys.master
    sequencer = Sequencer(store, TreeSigner(derive(master, KeyPurpose.TREE_HEADS)), settings.ledger, clock)
    # An answer is at most as long under way as its sources may take, and its entry after that.
    recaller = Recaller(store, answer_seconds=2 * settings.limits.deadline_seconds, clock=clock)
    federation = Federation(
        sources=sources,
        policy=policy,
        ids=RecordIds({1: derive(master, KeyPurpose.RECORD_IDS)}, 1),
        cursors=Cursors(derive(master, KeyPurpose.CURSORS)),
        tracer=tracer,
        refuted=recaller.refuted,
        seconds=settings.limits.deadline_seconds,
        records_per_source=settings.limits.records_per_source,
    )
    limits = Limits(
        depth=settings.limits.depth,
        tokens=settings.limits.tokens,
        aliases=settings.limits.aliases,
        directives=settings.limits.directives,
    )
    notices = build_notices(settings.notices, store, master, settings.gateway.url, clock)
    services = Services(
        store=store,
        directory=watched.current,
        refresh=watched.refresh,
        secret=master,
        rulebook=policy.rulebook,
        notices=notices,
    )
    executor = Executor(build_schema(), federation, ledger, services, tracer, limits, clock)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(tracing.shutdown)
            for client in clients:
                stack.push_async_callback(client.aclose)
            await watched.start()
            stack.push_async_callback(watched.stop)
            sequencer.start()
            stack.push_async_callback(sequencer.close)
            notices.courier.start()
            stack.push_async_callback(notices.courier.close)
            quarantines.start()
            stack.push_async_callback(quarantines.stop)
            recaller.start()
            stack.push_async_callback(recaller.stop)
            ledger.start()
            stack.push_async_callback(ledger.close)
            yield

    return build_app(
        graphql=endpoint(executor, identity.authenticate, tracer, settings.limits.body_bytes),
        ready=lambda: _ready(watched),
        status=lambda: {"version": __version__, "sources": len(sources)},
        more=[*identity_routes(identity), *explorer_routes()],
        lifespan=lifespan,
    )


def open_sources(
    settings: Settings, quarantined: Callable[[str, InformationKind, Sequence[Quarantine]], None] = lambda *_: None
) -> tuple[Sequence[Source], Sequence[SourceClient]]:
    """The configured sources, and the client that each has of its own; raises `Unconfigured`.

    `quarantined` hears of rows that became no record, by the source's name and the kind that was asked for.
    """
    sources = [
        Source(
            name=entry.name,
            connector=connector_type(entry.connector)(settings.source_settings(entry)),
            client=SourceClient(entry.url, open_http(PrivateHosts(entry.private_hosts))),
            quarantined=partial(quarantined, entry.name),
        )
        for entry in settings.sources
    ]
    return sources, [source.client for source in sources]


def _ready(watched: Watched) -> None:
    watched.current()
