"""What was said to be durable is there after the process was killed, or the disk was full."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.ledger.read import entries
from gateway.store.engine import Store

ROOT = Path(__file__).parents[2]


@contextmanager
def committing(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that commits entries until it is killed."""
    with subprocess.Popen(
        [
            sys.executable,
            "-W",
            "error",
            "-m",
            "tests.ledger.committing",
            f"sqlite:///{folder}/store.sqlite3",
            *arguments,
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    return (line.strip() for line in process.stdout)


@pytest.mark.parametrize("killed_after", [1, 10, 300])
def test_every_entry_that_was_said_to_be_durable_is_there_after_kill_9(
    store: Store, tmp_path: Path, killed_after: int
) -> None:
    with committing(tmp_path) as process:
        printed = lines(process)
        said = [next(printed) for _ in range(killed_after)]
        process.kill()
        process.wait()
        said += printed  # what it still said before it died; the last line may be cut
    kept = {item.id: item for item in entries(store, limit=100_000)}
    assert len(said) >= killed_after
    assert set(said[:-1]) <= kept.keys()
    assert said[killed_after - 1] in kept
    # No half entry: all have both originators.
    assert {len(item.originators) for item in kept.values()} == {2}


def test_a_full_disk_refuses_and_a_disk_with_room_again_commits(store: Store, tmp_path: Path) -> None:
    with committing(tmp_path, "--full") as process:
        printed = lines(process)
        assert next(printed) == "refused"
        assert len(entries(store)) == 1
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        durable = next(printed)
        process.kill()
    assert durable in {item.id for item in entries(store, limit=100_000)}
