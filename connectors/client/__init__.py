"""The client that every connector is handed: one a source, so that a platform's bad day stays its own.

Reads of one source share what they can: equal ones in flight, bodies that the platform says are unchanged, one circuit
breaker, one retry budget, one patience with a platform that asked for it. Everything is kept within the caller's
deadline, and every failure is a `SourceError`. Why each part is our own or a library's: docs/decisions.
"""

from connectors.client.bounds import MAXIMUM_BODY_BYTES, Bounds
from connectors.client.decode import decode_json
from connectors.client.health import Health
from connectors.client.private_hosts import PrivateHosts
from connectors.client.source_client import SourceClient
from connectors.client.transport import open_http
from policies.vocabulary import BreakerState

__all__ = [
    "MAXIMUM_BODY_BYTES",
    "Bounds",
    "BreakerState",
    "Health",
    "PrivateHosts",
    "SourceClient",
    "decode_json",
    "open_http",
]
