"""Who saw the organization's records, as its ledger says, and the whole of it to take away."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Final

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from gateway.console.visit import Visit
from gateway.identity.scopes import Scope
from gateway.ledger.extracts import disclosures
from gateway.ledger.lines import extract_lines

_SHOWN: Final = 50
_PIECE: Final = 65_536


def reads(visit: Visit) -> bool:
    """For whoever holds `ledger:read`."""
    return visit.holds(Scope.LEDGER_READ)


async def listed(visit: Visit) -> Response:
    """The newest disclosures."""
    store, own = visit.console.store, visit.session.organization
    found = await visit.read(lambda: disclosures(store, own, _SHOWN))
    return visit.page(
        "ledger.html",
        disclosures=found,
        most=_SHOWN,
        names={member.id: member.name for member in visit.directory.members.values()},
    )


async def extract(visit: Visit) -> Response:
    """The whole extract as a file: one JSON object a line, oldest first.

    Written to a file first: a slow reader must not hold a state of the database open.
    """
    store, own = visit.console.store, visit.session.organization

    def write() -> IO[bytes]:
        file = TemporaryFile()  # noqa: SIM115 - closed once it is sent
        for line in extract_lines(store, own):
            file.write(f"{line}\n".encode())
        file.seek(0)
        return file

    file = await visit.read(write)
    name = f"ledger-{own}-{visit.today}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    sent = BackgroundTask(file.close)
    return StreamingResponse(_pieces(file), 200, headers, "application/x-ndjson", sent)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece
