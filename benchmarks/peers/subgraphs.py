"""The three platforms as GraphQL subgraphs of a federation: what each document asks for is answered once, then kept.

A subgraph tells only the fields that it is asked for, as one does: its bytes are the answer's, fewer than a platform's
page. It has a root field of its own, since a federation does not merge the lists of several subgraphs into one.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
from graphql import GraphQLSchema, build_schema, graphql_sync

from benchmarks.floor import Feed, node
from benchmarks.upstream import PLATFORMS

SCHEMA = Path(__file__).with_name("incidents.graphql")


def root_field(platform: str) -> str:
    """The platform's field of `Query`."""
    return f"incidents_{platform}"


class Subgraph:
    """One platform's records behind a schema; the answers by request body, encoded."""

    def __init__(self, platform: str, page: bytes) -> None:
        sdl = SCHEMA.read_text("utf-8").replace("  incidents(", f"  {root_field(platform)}(")
        nodes = [node(item) for item in msgspec.json.decode(page, type=Feed).items]
        self._schema: GraphQLSchema = build_schema(sdl)
        self._root: Mapping[str, Any] = {root_field(platform): {"nodes": msgspec.to_builtins(nodes)}}
        self._answers: dict[bytes, bytes] = {}

    def answer(self, body: bytes) -> bytes:
        """The whole HTTP answer to a request's body."""
        if body not in self._answers:
            asked = msgspec.json.decode(body)
            told = graphql_sync(self._schema, asked["query"], self._root, variable_values=asked.get("variables"))
            content = msgspec.json.encode(told.formatted)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content)
            self._answers[body] = head + content
        return self._answers[body]


async def serve(pages: Mapping[str, bytes]) -> None:
    """Serves the platforms' `pages` on a free loopback port and prints it."""
    subgraphs = {platform: Subgraph(platform, page) for platform, page in pages.items()}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                target, *lines = head.split(b"\r\n")
                length = next(int(line[15:]) for line in lines if line.lower().startswith(b"content-length:"))
                body = await reader.readexactly(length)
                writer.write(subgraphs[target.split(b" ")[1].decode().strip("/")].answer(body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with httpx.Client(trust_env=False) as client:
        read = {platform: client.get(f"{sys.argv[1]}/{platform}/v1/incidents").content for platform in PLATFORMS}
    asyncio.run(serve(read))
