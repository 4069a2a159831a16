"""Where there are no samples, their tests are not collected."""

from __future__ import annotations

from tests.samples import SAMPLES

# An empty list of parameters would count as a skipped test.
collect_ignore = [] if SAMPLES is not None else ["test_samples.py"]
