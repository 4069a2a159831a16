"""A fast static upstream: three platforms in the UNSMS wire format, their pages encoded once."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from itertools import cycle

import httpx
import msgspec

from connectors.unsms.simulator import simulate

PLATFORMS = ("a", "b", "c")
TOKEN = "benchmark"


async def pages(records: int, markings: int = 0) -> dict[str, bytes]:
    """One whole page a platform, a third of `records` each, by path prefix.

    `markings`: so many distinct ones in turn, shared with partners, in place of the simulator's; 0 leaves those.
    """
    now = datetime.now(UTC)

    async def read() -> bytes:
        app = simulate(records * 4, 1, now, {"token": TOKEN})
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://simulated") as client:
            got = await client.get(
                "/v1/incidents", params={"limit": "1000"}, headers={"Authorization": f"Bearer {TOKEN}"}
            )
        got.raise_for_status()
        return got.content

    whole = msgspec.json.decode(await read())
    items = [item for item in whole["items"] if not item.get("tombstone")]
    if markings:
        items = [{**item, "handling": handling(number % markings)} for number, item in enumerate(items)]
    made = {}
    for number, platform in enumerate(PLATFORMS):
        share = (records + number) // len(PLATFORMS)
        taken = [{**item, "id": f"{item['id']}-{platform}"} for item in items[:share]]
        made[platform] = msgspec.json.encode({**whole, "items": taken, "next_cursor": None})
    return made


def handling(number: int) -> dict[str, object]:
    """A marking that differs from that of another number in its licence."""
    licence = {"relay_to_members": False, "attribution": True, "data_licence": f"Invented licence {number}"}
    return {"audience": "PARTNERS", "tlp": "GREEN", "release_areas": ["SSD"], "permitted_actions": licence}


def revised(body: bytes, number: int) -> bytes:
    """A page whose every item was changed once more at the platform."""
    page = msgspec.json.decode(body)
    return msgspec.json.encode({**page, "items": [{**item, "revision": number + 1} for item in page["items"]]})


async def serve(records: int, markings: int, revisions: int = 1) -> None:
    """Serves on a free loopback port and prints it. A platform's pages come in so many revisions, in turn."""
    answers = {
        prefix: cycle(
            [
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(told) + told
                for told in (revised(body, number) for number in range(revisions))
            ]
        )
        for prefix, body in (await pages(records, markings)).items()
    }

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                writer.write(next(answers[head.split(b" ", 2)[1].decode().split("/")[1]]))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(*map(int, sys.argv[1:])))
