"""`python -m tests.requirements`: the Debian packages the tests need beyond what pip and npm install.

They stand in `debian-packages.txt`, one a line. Root gets missing ones installed; anyone else is told the command.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PACKAGES = Path(__file__).with_name("debian-packages.txt")


def missing(packages: Path = PACKAGES) -> Sequence[str]:
    """Those of the packages whose program, named as the package is, is not on PATH."""
    return [name for name in packages.read_text("utf-8").split() if shutil.which(name) is None]


def command(names: Sequence[str]) -> str:
    """The one command that installs them."""
    return f"apt-get update && apt-get install -y --no-install-recommends {shlex.join(names)}"


def main() -> int:
    """0 where all is there or has just been installed, otherwise 1 with a line that says what to do."""
    absent = missing()
    if not absent:
        return 0
    listed = ", ".join(f"`{name}`" for name in absent)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return _refuse(f"The tests need {listed}. Install with: sudo sh -c {shlex.quote(command(absent))}")
    sys.stderr.write(f"Installing {listed} for the tests ...\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["/bin/sh", "-c", command(absent)], env=environment, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0 or missing():
        return _refuse(f"{listed} could not be installed. See what apt-get says to: {command(absent)}")
    return 0


def _refuse(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
