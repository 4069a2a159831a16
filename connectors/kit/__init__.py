"""The conformance kit: what every connector has to hold to, as a list of checks that one line runs.

In a connector's own tests::

    from connectors.kit import conformance

    test_conformance = conformance("mykind")

Third parties import `connectors.contract`, `connectors.kit` and `connectors.kit.sdk`, and nothing else of this project.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.contract import Connector

__all__ = ["conformance"]


def conformance(connector: str | type[Connector]) -> Callable[..., None]:
    """A test function with a case for each check, for an installed kind or for a connector's class."""
    # The kit serves a simulator; whoever imports the policy types of `connectors.kit.sdk` needs no server.
    from connectors.kit.suite import conformance as made

    return made(connector)
