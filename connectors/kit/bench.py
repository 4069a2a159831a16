"""The bench a check works at: one connector of its `example.toml`, and its simulator on a real socket behind a tap."""

from __future__ import annotations

import asyncio
import secrets
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import wraps
from importlib import import_module
from importlib.resources import files
from typing import Any, Final

import httpx
import msgspec
from opentelemetry.trace import NoOpTracer

from connectors.client import Bounds, PrivateHosts, SourceClient, open_http
from connectors.contract import Call, ChangePage, Connector, FetchRequest, Page, Quarantine, SourceSettings
from connectors.errors import Unconfigured
from connectors.kit.recording import Recording
from connectors.kit.tap import ServedTap, Tap
from connectors.markings import read_marking
from connectors.records import Record, RecordRef
from connectors.registry import connector_type, installed
from connectors.simulation.server import HOST, serving
from policies.vocabulary import InformationKind

RECORDS: Final = 64
SEED: Final = 4
SECONDS: Final = 20.0
# What a connector does with a failure is looked at, not what the client does to avoid it.
_ONCE: Final = Bounds(attempts=1)


class Subject(msgspec.Struct, frozen=True):
    """A connector and the package that holds its `simulator` module and its `example.toml`."""

    connector: type[Connector]
    package: str

    @classmethod
    def of(cls, connector: str | type[Connector]) -> Subject:
        """The installed connector of a kind, or a class that need not be installed; raises `Unconfigured`."""
        if isinstance(connector, str):
            return cls(connector_type(connector), installed()[connector].partition(":")[0])
        module = import_module(connector.__module__)
        return cls(connector, module.__name__ if hasattr(module, "__path__") else module.__name__.rpartition(".")[0])

    def example(self) -> dict[str, Any]:
        """The source in `example.toml`; raises `Unconfigured` where there is none."""
        try:
            return tomllib.loads((files(self.package) / "example.toml").read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise Unconfigured(f"`{self.package}/example.toml`: no source that the kit could use: {error}") from error


class Fetched(msgspec.Struct, frozen=True):
    """All pages of one fetch."""

    pages: Sequence[Page]

    @property
    def records(self) -> list[Record]:
        """The records of all pages, in their order."""
        return [record for page in self.pages for record in page.records]

    @property
    def quarantined(self) -> list[Quarantine]:
        """The quarantined rows of all pages."""
        return [row for page in self.pages for row in page.quarantined]

    @property
    def by_ref(self) -> dict[RecordRef, Record]:
        """The records by what they are."""
        return {record.ref: record for record in self.records}

    @property
    def keys(self) -> list[str]:
        """The platform's own keys, in their order."""
        return [record.ref.native for record in self.records]


class Bench:
    """What a check is handed. Nothing in it outlives the check."""

    def __init__(
        self, subject: Subject, settings: SourceSettings, tap: Tap, http: httpx.AsyncClient, limit: int | None = None
    ) -> None:
        """`limit`: of every fetch that names none."""
        self.subject = subject
        self.settings = settings
        self.tap = tap
        self._http = http
        self._limit = limit
        self.connector = subject.connector(settings)

    @property
    def kinds(self) -> list[InformationKind]:
        """The kinds that the connector claims."""
        return sorted(self.connector.capabilities.kinds, key=lambda kind: kind.value)

    def another(self, **changes: Any) -> Connector:
        """The connector built anew, with changes to its settings; raises `Unconfigured` as it does."""
        return self.subject.connector(msgspec.structs.replace(self.settings, **changes))

    def paged(self, size: int) -> Connector | None:
        """The connector with pages of `size`, where it has the option `page_size`."""
        try:
            return self.another(options={**self.settings.options, "page_size": size})
        except Unconfigured:
            return None

    def call(self, seconds: float = SECONDS, bounds: Bounds = _ONCE) -> Call:
        """A call with `seconds` until its deadline, and a client that remembers nothing of earlier calls."""
        return Call(
            client=SourceClient(self.settings.url, self._http, bounds),
            deadline=asyncio.get_running_loop().time() + seconds,
            tracer=NoOpTracer(),
        )

    async def fetch(self, kind: InformationKind, connector: Connector | None = None, **request: Any) -> Fetched:
        """All pages of one fetch; `request` as `FetchRequest` takes it."""
        asked = FetchRequest(kind=kind, **{"limit": self._limit, **request})
        pages = (connector or self.connector).fetch(asked, self.call())
        return Fetched([page async for page in pages])

    @asynccontextmanager
    async def recorded(self) -> AsyncIterator[Bench]:
        """This bench before a recording of the platform's answers, for checks that alter them over and over."""
        recording = Recording(self._http, asks_again=True)
        async with httpx.AsyncClient(transport=recording, trust_env=False) as http:
            yield Bench(self.subject, self.settings, recording, http, self._limit)

    async def changes(self, since: str | None) -> list[ChangePage]:
        """All pages of changes since a watermark."""
        return [page async for page in self.connector.changes(since, self.call())]


def on_recording(check: Callable[[Bench], Awaitable[str]]) -> Callable[[Bench], Awaitable[str]]:
    """The check, run at a recorded bench."""

    @wraps(check)
    async def recorded(bench: Bench) -> str:
        async with bench.recorded() as at:
            return await check(at)

    return recorded


def example_settings(subject: Subject, url: str, credentials: Mapping[str, str]) -> SourceSettings:
    """The settings of the subject's example for a platform at `url`."""
    source = subject.example()
    return SourceSettings(
        name=source["name"],
        url=url,
        marking=read_marking(source["marking"]),
        credentials=credentials,
        options=source.get("options", {}),
        originators=source.get("originators", {}),
    )


@contextmanager
def simulated(subject: Subject, records: int = RECORDS, seed: int = SEED) -> Iterator[tuple[SourceSettings, Tap]]:
    """The subject's simulator behind a tap, for the time of the block; and the example's settings for it."""
    names = subject.example().get("credentials", {})
    credentials = {name: secrets.token_urlsafe(24) for name in names}
    now = datetime.now(UTC).replace(microsecond=0)
    tap = ServedTap(import_module(f"{subject.package}.simulator").simulate(records, seed, now, credentials))
    with serving(tap) as url:
        yield example_settings(subject, url, credentials), tap


@asynccontextmanager
async def bench(subject: Subject, settings: SourceSettings, tap: Tap) -> AsyncIterator[Bench]:
    """A bench with a client of its own."""
    async with open_http(PrivateHosts([HOST])) as http:
        yield Bench(subject, settings, tap, http)
