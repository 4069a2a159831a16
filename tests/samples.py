"""Where the recorded payloads of real platforms are, for the tests that read them in place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(
    os.environ.get("SLT_SAMPLES") or Path(__file__).resolve().parent.parent / "../shared/reference/samples"
)
# None where there are none: tests are parametrized over the files found, so that none is collected then.
SAMPLES: Final[Path | None] = _FOLDER if _FOLDER.is_dir() else None


def found(pattern: str) -> list[Path]:
    """The samples that fit a glob pattern, in order of name."""
    return [] if SAMPLES is None else sorted(SAMPLES.glob(pattern))
