"""A ledger with entries in their trees, and a clock that stands still until it is moved."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from gateway.keys import KeyPurpose, derive
from gateway.ledger.entries import Entry
from gateway.ledger.heads import TreeSigner
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.sequencer import Sequencer
from gateway.settings import LedgerSection
from gateway.store.engine import Store
from tests.ledger.invented import entry

MASTER = b"m" * 32
SIGNER = TreeSigner(derive(MASTER, KeyPurpose.TREE_HEADS))
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Clock:
    """Seconds since the epoch."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now.timestamp()


def sequencer(store: Store, clock: Clock, settings: LedgerSection | None = None) -> Sequencer:
    return Sequencer(store, SIGNER, settings or LedgerSection(payload_days=36_500, refusal_days=36_500), clock)


async def committed(store: Store, entries: Sequence[Entry]) -> None:
    async with SqlLedger(store) as ledger:
        for item in entries:
            await ledger.commit(item)


async def grown(store: Store, clock: Clock, count: int, organization: str = "plainfield-relief") -> list[Entry]:
    """`count` entries of the clock's time, in their trees, and the heads that are due."""
    made = [msgspec.structs.replace(entry(organization), at=clock.now) for _ in range(count)]
    await committed(store, made)
    sequencer(store, clock).step()
    return made
