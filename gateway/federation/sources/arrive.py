"""What a platform posts of its own accord: proved, and read as a query would read it.

Sources are read live, so nothing of a push is kept: the next query asks the platform and finds what was pushed, once,
by its key and with whatever was edited since. A push does what can't wait for a query: no later read shares one that
was under way before it, and a row that becomes no record is in quarantine at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

import msgspec
from opentelemetry.trace import Tracer

from connectors.contract import Call, ChangePage, Push, Receiver
from connectors.errors import Late, PushRefused, PushUnusable, SourceError, Unclaimed, Unusable
from gateway.errors import BadInput, Unauthenticated, Unavailable
from gateway.federation.sources.source import Source
from gateway.telemetry import step

log = logging.getLogger("slt.sources")


class Arrivals(msgspec.Struct, frozen=True, kw_only=True):
    """Takes pushes for `sources`; each is read within `seconds`."""

    sources: Sequence[Source]
    tracer: Tracer
    seconds: float

    async def receive(self, name: str, headers: Mapping[str, str], body: bytes) -> None:
        """Takes one push for the source `name`; `headers` by their names in lower case.

        Raises `Unauthenticated` alike for a source that is not there, that takes no pushes, and for a wrong secret,
        `BadInput` for what is no row of the source, and `Unavailable` where the platform should push again.
        """
        source = next((source for source in self.sources if source.name == name), None)
        if source is None or not isinstance(source.connector, Receiver):
            raise _unproven()
        call = Call(client=source.client, deadline=asyncio.get_running_loop().time() + self.seconds, tracer=self.tracer)
        try:
            with step(self.tracer, "receive", source=name):
                page = await _read(source.connector, Push(headers, body), call)
        except Unclaimed as error:
            raise _unproven() from error
        except PushRefused as error:
            log.warning("%s: source `%s`: %s", error.code, name, error)
            raise _unproven() from error
        except PushUnusable as error:
            log.warning("%s: source `%s`: %s", error.code, name, error)
            raise BadInput("the push is no row of this source: the gateway's operator has the reason") from error
        except SourceError as error:
            source.client.note(error)
            log.warning("%s: source `%s`: %s", error.code, name, error)
            raise Unavailable("the platform does not give what it pushed: push it again") from error
        source.client.renew()
        if page.quarantined:
            (kind, *_) = sorted(source.connector.capabilities.kinds, key=lambda kind: kind.value)
            source.quarantined(kind, page.quarantined)
            log.info("RECORD_QUARANTINED: source `%s`: %d rows", name, len(page.quarantined))


def _unproven() -> Unauthenticated:
    return Unauthenticated(
        "no source takes this push: see that the address names the source and the secret is its own",
        challenge='Basic realm="webhooks"',
    )


async def _read(connector: Receiver, push: Push, call: Call) -> ChangePage:
    """What escapes a connector other than a `SourceError` is that connector's fault, and never tells of the push."""
    try:
        async with asyncio.timeout_at(call.deadline):
            return await connector.receive(push, call)
    except SourceError:
        raise
    except TimeoutError as error:
        raise Late("no complete answer before the deadline") from error
    except Exception as error:
        raise Unusable(f"the connector failed: {type(error).__name__}") from error
