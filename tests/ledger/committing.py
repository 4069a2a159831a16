"""Commits entries to the store named on the command line and prints the id of each that is durable, one a line.

With `--full`, the disk is full from the first entry on, until a line comes in.
"""

import asyncio
import resource
import signal
import sys
from itertools import count

from gateway.errors import LedgerUnavailable
from gateway.ledger.ledger import SqlLedger
from gateway.store.engine import open_store
from tests.ledger.invented import entry


async def keep_committing(ledger: SqlLedger) -> None:
    for _ in count():
        committed = entry(records=20)
        await ledger.commit(committed)
        print(committed.id, flush=True)  # noqa: T201 - what the parent reads


async def main() -> None:
    store = open_store(sys.argv[1])
    async with SqlLedger(store) as ledger:
        if "--full" in sys.argv:
            await ledger.commit(entry())
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, unlimited[1]))
            try:
                await ledger.commit(entry())
            except LedgerUnavailable:
                print("refused", flush=True)  # noqa: T201 - what the parent reads
            sys.stdin.readline()
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        await asyncio.gather(*(keep_committing(ledger) for _ in range(8)))


asyncio.run(main())
