"""The gateway put together from its settings: the one place where all rooms meet."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.trace import NoOpTracer
from starlette.applications import Starlette

from connectors.client import PrivateHosts, SourceClient, open_http
from connectors.contract import Quarantine
from connectors.records import RECORD_TYPES
from connectors.registry import connector_type
from gateway import __version__
from gateway.console.build import build_console
from gateway.console.routes import routes as console_routes
from gateway.federation.answer.cursor import Cursors
from gateway.federation.query import Federation
from gateway.federation.sources.arrive import Arrivals
from gateway.federation.sources.ids import RecordIds
from gateway.federation.sources.source import Source
from gateway.federation.sources.status import Statuses
from gateway.federation.sources.views import Views
from gateway.http.app import build_app
from gateway.http.explorer import routes as explorer_routes
from gateway.http.graphql import endpoint
from gateway.http.sign_in import SignInPages
from gateway.http.sign_in import routes as sign_in_routes
from gateway.http.webhooks import webhook
from gateway.identity.endpoints import Identity
from gateway.identity.endpoints import routes as identity_routes
from gateway.identity.issuers import Issuers
from gateway.identity.keys import configured_keys
from gateway.identity.sessions import Sessions
from gateway.identity.sign_in import SignIns
from gateway.identity.software_statements import configured_statements
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
from gateway.settings.sections import OWN_SOURCE
from gateway.sharing.recall import Recaller
from gateway.sharing.records.connector import SharedRecords
from gateway.sharing.records.shelf import Shelf
from gateway.store.engine import Store
from gateway.telemetry import tracer_provider
from policies.decision import CedarPolicy
from policies.groups import grouped_fields
from policies.rulebook import read_rules, rule_files
from policies.vocabulary import InformationKind

# No host has this name (RFC 6761 section 6.4).
_NOWHERE: Final = "http://gateway.invalid"


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
    tracer = NoOpTracer() if tracing is None else tracing.get_tracer("slt-gateway", __version__)
    watched = Watched(store)
    ledger = SqlLedger(store)
    master, url = settings.keys.master, settings.gateway.url
    issuers = Issuers(settings.identity.trusted_issuers, clock)
    sessions = Sessions(store, issuers.settings, watched.current, url, clock)
    sign_ins = SignIns(issuers, sessions, store, watched.current, url, derive(master, KeyPurpose.SIGN_IN), clock)
    pages = SignInPages(issuers, sign_ins, sessions) if issuers.for_sign_in else None
    identity = Identity(
        url,
        configured_keys(settings),
        store,
        watched,
        clock,
        settings.identity.networks,
        pages,
        issuers,
        configured_statements(settings),
    )
    quarantines = Quarantines(store, clock)
    sources, clients = open_sources(settings, quarantines.note) if sources is None else (sources, ())
    sequencer = Sequencer(store, TreeSigner(derive(master, KeyPurpose.TREE_HEADS)), settings.ledger, clock)
    # An answer is at most as long under way as its sources may take, and its entry after that.
    recaller = Recaller(store, answer_seconds=2 * settings.limits.deadline_seconds, clock=clock)
    ids = RecordIds({1: derive(master, KeyPurpose.RECORD_IDS)}, 1)
    own = own_source(store, clock, quarantines.note)
    federation = Federation(
        sources=[*sources, own],
        shelf=Shelf(store, lambda ref: ids.encode(ref)[0]),
        policy=policy,
        views=Views(ids),
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
    statuses = Statuses(store, sources, clock)
    arrivals = Arrivals(sources=sources, tracer=tracer, seconds=settings.limits.deadline_seconds)
    executor = Executor(build_schema(), federation, ledger, services, tracer, limits, clock)

    console = build_console(
        store=store,
        watched=watched,
        master=master,
        url=url,
        networks=settings.identity.networks,
        kind_of=ids.kind_of,
        clock=clock,
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if tracing is not None:
                stack.callback(tracing.shutdown)
            for client in (*clients, own.client):
                stack.push_async_callback(client.aclose)
            await watched.start()
            stack.push_async_callback(watched.stop)
            sequencer.start()
            stack.push_async_callback(sequencer.close)
            notices.courier.start()
            stack.push_async_callback(notices.courier.close)
            quarantines.start()
            stack.push_async_callback(quarantines.stop)
            statuses.start()
            stack.push_async_callback(statuses.stop)
            recaller.start()
            stack.push_async_callback(recaller.stop)
            ledger.start()
            stack.push_async_callback(ledger.close)
            yield

    app = build_app(
        graphql=endpoint(executor, identity.authenticate, tracer, settings.limits.body_bytes),
        ready=lambda: _ready(watched),
        status=lambda: {"version": __version__, "sources": len(sources)},
        renew=watched.renew,
        more=[
            *identity_routes(identity),
            *sign_in_routes(pages),
            *([] if pages is None else console_routes(console)),
            *explorer_routes(),
            webhook(arrivals.receive),
        ],
        lifespan=lifespan,
    )
    # Where `session_of` looks.
    app.state.sessions = sessions
    return app


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
            operator=entry.operator,
            quarantined=partial(quarantined, entry.name),
        )
        for entry in settings.sources
    ]
    return sources, [source.client for source in sources]


def own_source(
    store: Store, clock: Callable[[], float], quarantined: Callable[[str, InformationKind, Sequence[Quarantine]], None]
) -> Source:
    """The source of what organizations share with the gateway itself; it asks the store, and never its client."""
    return Source(
        name=OWN_SOURCE,
        connector=SharedRecords(store, clock),
        client=SourceClient(_NOWHERE, open_http(PrivateHosts(()))),
        quarantined=partial(quarantined, OWN_SOURCE),
    )


def _ready(watched: Watched) -> None:
    watched.current()
