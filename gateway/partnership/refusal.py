"""Why a step of a partnership can't be taken now."""

from __future__ import annotations

from gateway.errors import BadInput


class Refused(BadInput):
    """A step that the life of a partnership does not allow; `field` names the input that is meant."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
