"""What can go wrong in the gateway, in two families: what may be sent to a requester, and what may only be logged.

::

    Sendable                    its message is safe to send; `code` goes to `extensions.code`, `status` is HTTP's
    ├── Unauthenticated             UNAUTHENTICATED 401, with a `WWW-Authenticate` challenge (RFC 6750 section 3)
    ├── Forbidden                   FORBIDDEN 403
    ├── BadInput                    BAD_USER_INPUT 400
    │   └── CursorInvalid               BAD_USER_INPUT 400, one message whatever was wrong
    ├── CursorExpired               CURSOR_EXPIRED 400
    ├── NotFound                    NOT_FOUND 404
    ├── MethodNotAllowed            METHOD_NOT_ALLOWED 405, with the methods that are allowed
    ├── NotAcceptable               NOT_ACCEPTABLE 406
    ├── PayloadTooLarge             PAYLOAD_TOO_LARGE 413
    ├── UnsupportedMediaType        UNSUPPORTED_MEDIA_TYPE 415
    ├── Unavailable                 SERVICE_UNAVAILABLE 503
    │   ├── StatusUnknown               the partnership directory could not be read for too long
    │   └── LedgerUnavailable           the disclosure could not be recorded, so nothing is shown
    └── Internal                    INTERNAL_SERVER_ERROR 500, one message whatever went wrong
    Unsendable                  its message is for logs and the operator; a requester sees `Internal` in its place
    ├── StoreFault                  STORE_FAULT
    ├── LedgerFault                 LEDGER_FAULT
    ├── KeyFault                    KEY_FAULT
    ├── DeliveryFault               DELIVERY_FAULT
    └── ConfigurationFault          CONFIGURATION_FAULT

What can go wrong with a source stands in `connectors.errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class Sendable(Exception):
    """Safe to send: `message` names its subject in backticks, what is wrong and what to do, and no withheld value.

    `status` is the HTTP status where the whole request fails; `headers` go with such an answer.
    """

    code: ClassVar[str] = "INTERNAL_SERVER_ERROR"
    status: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def headers(self) -> Mapping[str, str]:
        """The HTTP header fields this refusal needs."""
        return {}


class Unauthenticated(Sendable):
    """No token, or one that is not good (RFC 6750 section 3); `challenge` is the value of `WWW-Authenticate`."""

    code = "UNAUTHENTICATED"
    status = 401

    def __init__(self, message: str, challenge: str = "Bearer") -> None:
        super().__init__(message)
        self.challenge = challenge

    @property
    def headers(self) -> Mapping[str, str]:
        """The challenge."""
        return {"WWW-Authenticate": self.challenge}


class Forbidden(Sendable):
    """Known, and not entitled to this operation."""

    code = "FORBIDDEN"
    status = 403


class BadInput(Sendable):
    """An argument, variable, filter or body that can't be used."""

    code = "BAD_USER_INPUT"
    status = 400


class CursorInvalid(BadInput):
    """A cursor that is forged, damaged, another requester's or another query's: all told alike."""

    def __init__(self) -> None:
        super().__init__("cursor is not valid here")


class CursorExpired(Sendable):
    """A cursor from before the last change of policy or partnership."""

    code = "CURSOR_EXPIRED"
    status = 400

    def __init__(self) -> None:
        super().__init__("the cursor has expired: start again from the first page")


class NotFound(Sendable):
    """No such address."""

    code = "NOT_FOUND"
    status = 404


class MethodNotAllowed(Sendable):
    """The address does not take this method (RFC 9110 section 15.5.6)."""

    code = "METHOD_NOT_ALLOWED"
    status = 405

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed

    @property
    def headers(self) -> Mapping[str, str]:
        """The methods that are taken."""
        return {"Allow": ", ".join(self.allowed)}


class NotAcceptable(Sendable):
    """None of the media types asked for is served."""

    code = "NOT_ACCEPTABLE"
    status = 406


class PayloadTooLarge(Sendable):
    """The request's body is larger than what is read."""

    code = "PAYLOAD_TOO_LARGE"
    status = 413


class UnsupportedMediaType(Sendable):
    """The request's body is of a type that is not read."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class Unavailable(Sendable):
    """Something that an answer needs is not there now."""

    code = "SERVICE_UNAVAILABLE"
    status = 503


class StatusUnknown(Unavailable):
    """The state of partnerships was last read too long ago, so nobody's status is known (fail closed)."""

    def __init__(self) -> None:
        super().__init__("partnership status can't be read at the moment: nothing is shown; try again shortly")


class LedgerUnavailable(Unavailable):
    """The disclosure could not be recorded, so nothing is shown."""

    def __init__(self) -> None:
        super().__init__("the disclosure ledger can't be written at the moment: nothing is shown; try again shortly")


class Internal(Sendable):
    """Whatever is not foreseen: one message, so that nothing of the fault is told."""

    def __init__(self) -> None:
        super().__init__("something went wrong in the gateway: nothing is shown; its operator has the details")


class Unsendable(Exception):
    """For logs and the operator only; never a secret or a withheld value even there."""

    code: ClassVar[str] = "FAULT"


class StoreFault(Unsendable):
    """The database can't be opened, migrated, read or written."""

    code = "STORE_FAULT"


class LedgerFault(Unsendable):
    """An entry of the disclosure ledger can't be written or read."""

    code = "LEDGER_FAULT"


class KeyFault(Unsendable):
    """A key can't be read or is of the wrong kind."""

    code = "KEY_FAULT"


class DeliveryFault(Unsendable):
    """A notice could not be delivered; the message is one word for why, never the address or what it answered."""

    code = "DELIVERY_FAULT"


class ConfigurationFault(Unsendable):
    """A setting is missing or wrong."""

    code = "CONFIGURATION_FAULT"
