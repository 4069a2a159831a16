"""`make bench`: the gateway beside the floor, interleaved in one run; prints a table, writes `results.json`."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.load import Round, measured

ROUNDS, CONNECTIONS = 5, 8
REQUESTS = {100: 80, 1_000: 16}
# Of CPU time a request against the floor's, from the issue on speed; there is no goal yet for requests a second.
PROCESSOR_GOAL = 1.5
RESULTS = Path(__file__).with_name("results.json")
QUERY = """{ incidents(first: 1000) { nodes {
  id category impact occurred { start precision } location { admin1 { pcode } point precision } title narrative stage
  handling { tlp unMarking } affected { killed { value } } actor { parties { name } } language sharedAt verification
  reportedAt { start } country { iso3 }
} } }"""


@contextmanager
def process(module: str, argument: str, processor: int) -> Iterator[tuple[list[str], int]]:
    """A process of this benchmark on one processor: the words it printed when it was ready, and its id."""
    started = subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{module}", argument], stdout=subprocess.PIPE, text=True
    )
    try:
        os.sched_setaffinity(started.pid, {processor})
        assert started.stdout is not None
        yield started.stdout.readline().split(), started.pid
    finally:
        started.terminate()
        started.wait()


def compared(records: int) -> tuple[Sequence[Round], Sequence[Round], int]:
    """Rounds of the gateway and of the floor in turn, and how many records the gateway answers."""
    processors = sorted(os.sched_getaffinity(0))
    served_on, others = processors[0], processors[-1]
    with ExitStack() as stack:
        (port,), _ = stack.enter_context(process("upstream", str(records), others))
        upstream = f"http://127.0.0.1:{port}"
        (url, client, secret), gateway_id = stack.enter_context(process("served", upstream, served_on))
        (floor_url,), floor_id = stack.enter_context(process("floor", upstream, served_on))
        os.sched_setaffinity(0, {others})
        form = {"grant_type": "client_credentials"}
        token = httpx.post(f"{url}/oauth/token", data=form, auth=(client, secret), trust_env=False).json()[
            "access_token"
        ]
        body = json.dumps({"query": QUERY}).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer = httpx.post(f"{url}/graphql", content=body, headers=headers, trust_env=False, timeout=60).json()
        requests = REQUESTS[records]
        bearer = f"Authorization: Bearer {token}\r\n"
        gateway_rounds, floor_rounds = [], []
        for number in range(ROUNDS + 1):
            ours = asyncio.run(measured(f"{url}/graphql", gateway_id, body, bearer, requests, CONNECTIONS))
            theirs = asyncio.run(measured(f"{floor_url}/graphql", floor_id, body, "", requests, CONNECTIONS))
            if number:  # the first round warms up
                gateway_rounds.append(ours)
                floor_rounds.append(theirs)
        return gateway_rounds, floor_rounds, len(answer["data"]["incidents"]["nodes"])


def main() -> None:
    """Runs everything; a few minutes."""
    table = Table("records", "", "requests/s", "CPU ms a request", title="medians of interleaved rounds, one core")
    rows = []
    for records in REQUESTS:
        ours, floor, answered = compared(records)
        speed = [median(item.requests_per_second for item in rounds) for rounds in (ours, floor)]
        cost = [median(item.processor_milliseconds for item in rounds) for rounds in (ours, floor)]
        table.add_row(str(answered), "gateway", f"{speed[0]:.1f}", f"{cost[0]:.2f}")
        table.add_row(str(answered), "floor", f"{speed[1]:.1f}", f"{cost[1]:.2f}")
        table.add_row("", "ratio", f"{speed[0] / speed[1]:.3f}", f"{cost[0] / cost[1]:.2f}")
        rows += [
            {
                "name": f"requests a second to the floor's, {records} records",
                "ratio": round(speed[0] / speed[1], 4),
                "goal": None,
                "met": None,
            },
            {
                "name": f"processor time a request to the floor's, {records} records",
                "ratio": round(cost[0] / cost[1], 3),
                "goal": PROCESSOR_GOAL,
                "met": cost[0] / cost[1] <= PROCESSOR_GOAL,
            },
        ]
    Console(width=100).print(table)
    RESULTS.write_text(json.dumps({"rows": rows}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
