"""What can go wrong with a source, sorted by what the gateway should do about it.

::

    SourceError                 code for logs and the operator; never sent to a requester
    ├── Fatal                   give up on this source for this query
    │   ├── AuthenticationRefused   AUTH_FAILED
    │   │   └── PushRefused             a push without the source's secret: no fault of the source
    │   ├── Unusable                BROKEN    not the platform's wire format: HTML, truncated JSON, wrong types
    │   │   └── PushUnusable            a push that is no row of the source: no fault of the source
    │   ├── Untrusted               BROKEN    its certificate is expired, for another name, or of nobody known
    │   ├── AddressRefused          BROKEN    its name leads to an address that is not public and not listed
    │   ├── Unclaimed               UNCLAIMED the connector does not claim this capability
    │   └── Unconfigured            UNCONFIGURED a setting of the source is missing or wrong; found at start
    ├── Retriable               the same request may go through later
    │   ├── RateLimited             RATE_LIMITED, with `after` seconds where the platform said so
    │   ├── Unreachable             BROKEN
    │   ├── NotAsked                BROKEN    the circuit breaker is open, `after` seconds more
    │   └── Late                    TIMEOUT
    └── Ignorable               noted, and the rest goes on
        └── Quarantined             a record whose identity or marking could not be read

`state` is what a requester sees of it (`SourceStatus.state`): a word of a fixed list and nothing of the message.
"""

from __future__ import annotations

from typing import ClassVar

from policies.vocabulary import SourceState


class SourceError(Exception):
    """Never sent; `message` is for the source's operator. `status` is the HTTP status where one was the reason.

    `noted`: the source's client has counted it already.
    """

    code: ClassVar[str] = "SOURCE_ERROR"
    state: ClassVar[SourceState] = SourceState.BROKEN

    def __init__(self, message: str, *, after: float | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.after = after
        self.status = status
        self.noted = False


class Fatal(SourceError):
    """Asking again will not help."""


class Retriable(SourceError):
    """Asking again, `after` seconds later where that is known, may help."""


class Ignorable(SourceError):
    """Noted; the rest of the answer stands."""


class AuthenticationRefused(Fatal):
    """The platform refused the source's credentials."""

    code = "SOURCE_AUTHENTICATION_REFUSED"
    state = SourceState.AUTH_FAILED


class PushRefused(AuthenticationRefused):
    """A push without the source's secret."""

    code = "PUSH_REFUSED"


class Unusable(Fatal):
    """What came back is not the platform's wire format."""

    code = "SOURCE_UNUSABLE"


class PushUnusable(Unusable):
    """A push that is no row of the source."""

    code = "PUSH_UNUSABLE"


class Untrusted(Fatal):
    """The platform's certificate is not one to trust for its name."""

    code = "SOURCE_UNTRUSTED"


class AddressRefused(Fatal):
    """The platform's host leads to an address that is not public, and that the source does not list."""

    code = "SOURCE_ADDRESS_REFUSED"


class Unclaimed(Fatal):
    """A capability the connector does not claim was asked of it."""

    code = "SOURCE_CAPABILITY_UNCLAIMED"

    @classmethod
    def of(cls, connector: str, capability: str) -> Unclaimed:
        """The documented refusal for `capability` (`lookup`, `changes`, `share`, or a kind)."""
        return cls(f"`{connector}` does not claim `{capability}`: ask only what its capabilities list")


class Unconfigured(Fatal):
    """A setting of the source is missing or wrong."""

    code = "SOURCE_UNCONFIGURED"


class RateLimited(Retriable):
    """The platform asked for patience."""

    code = "SOURCE_RATE_LIMITED"
    state = SourceState.RATE_LIMITED


class Unreachable(Retriable):
    """No connection, or the platform answered 5xx."""

    code = "SOURCE_UNREACHABLE"


class NotAsked(Retriable):
    """The circuit breaker is open."""

    code = "SOURCE_NOT_ASKED"


class Late(Retriable):
    """The deadline passed."""

    code = "SOURCE_LATE"
    state = SourceState.TIMEOUT


class Quarantined(Ignorable):
    """A record whose identity or marking could not be read; it is kept from everyone but the source's operator."""

    code = "RECORD_QUARANTINED"


__all__ = [
    "AddressRefused",
    "AuthenticationRefused",
    "Fatal",
    "Ignorable",
    "Late",
    "NotAsked",
    "PushRefused",
    "PushUnusable",
    "Quarantined",
    "RateLimited",
    "Retriable",
    "SourceError",
    "SourceState",
    "Unclaimed",
    "Unconfigured",
    "Unreachable",
    "Untrusted",
    "Unusable",
]
