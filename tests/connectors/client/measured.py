"""`python -m tests.connectors.client.measured URL`: asks once, decodes, and prints what came of it and the memory."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from connectors.client import decode_json
from connectors.errors import SourceError
from tests.connectors.client.opened import opened, soon


async def main(url: str) -> None:
    """Prints the error's code, if any, and by how many bytes the resident memory grew at most."""
    async with opened(url) as client:
        before = resident("VmRSS")
        code = None
        try:
            decode_json(await client.get("/", deadline=soon(60)), dict[str, Any])
        except SourceError as error:
            code = error.code
        grown = resident("VmHWM") - before
        sys.stdout.write(json.dumps({"code": code, "grown": grown}))


def resident(line: str) -> int:
    """Bytes of resident memory: `VmRSS` now, `VmHWM` at most so far."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(item for item in lines if item.startswith(line)).split()[1]) * 1024


asyncio.run(main(sys.argv[1]))
