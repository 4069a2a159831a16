"""The gateway of `served` with a ledger that keeps nothing: what the ledger costs is the difference."""

from __future__ import annotations

import sys
from unittest.mock import patch

from benchmarks.served import main
from gateway.ledger.entries import Entry
from gateway.store.engine import Store


class Unrecorded:
    """Takes entries as the ledger does, and forgets them."""

    def __init__(self, store: Store) -> None:
        """Nothing is kept in `store`."""

    def start(self) -> None:
        """There is no thread."""

    async def commit(self, entry: Entry) -> None:
        """Returns at once."""

    async def close(self) -> None:
        """There is nothing to end."""


if __name__ == "__main__":
    with patch("gateway.service.SqlLedger", Unrecorded):
        main(*sys.argv[1:])
