"""`python -m tests.connectors.client.measured URL [KIND]`: what came of asking a platform once, and the memory it took.

With a connector's kind, what came of a fetch by it: the first quarantined row's reason, or the error's code.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from opentelemetry.trace import NoOpTracer

from connectors.client import SourceClient, decode_json
from connectors.contract import Call, FetchRequest
from connectors.errors import SourceError
from connectors.kit.bench import Subject, example_settings
from tests.connectors.client.opened import opened, soon


async def main(url: str, kind: str | None = None) -> None:
    """Prints the error's code, if any, quarantines' reasons, and by how many bytes the resident memory grew at most."""
    async with opened(url) as client:
        before = resident("VmRSS")
        code, reasons = None, []
        try:
            if kind is None:
                decode_json(await client.get("/", deadline=soon(60)), dict[str, Any])
            else:
                reasons = await quarantined(kind, client)
        except SourceError as error:
            code = error.code
        grown = resident("VmHWM") - before
        sys.stdout.write(json.dumps({"code": code, "reasons": reasons, "grown": grown}))


async def quarantined(kind: str, client: SourceClient) -> list[str]:
    """Why rows of the connector's first kind were quarantined."""
    subject = Subject.of(kind)
    credentials = dict.fromkeys(subject.example().get("credentials", {}), "an-invented-credential")
    connector = subject.connector(example_settings(subject, client.base, credentials))
    request = FetchRequest(kind=min(connector.capabilities.kinds, key=lambda item: item.value))
    call = Call(client=client, deadline=soon(60), tracer=NoOpTracer())
    return [row.reason async for page in connector.fetch(request, call) for row in page.quarantined]


def resident(line: str) -> int:
    """Bytes of resident memory: `VmRSS` now, `VmHWM` at most so far."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(item for item in lines if item.startswith(line)).split()[1]) * 1024


asyncio.run(main(*sys.argv[1:]))
