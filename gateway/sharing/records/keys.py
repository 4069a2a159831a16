"""The keys of records that are shared here: what a platform's own keys are elsewhere."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

import msgspec

from connectors.records import RecordRef
from gateway.settings.sections import OWN_SOURCE
from policies.vocabulary import InformationKind, RecordStatus

_BYTES: Final = 24


def record_ref(organization: str, kind: InformationKind, external_id: str, status: RecordStatus) -> RecordRef:
    """The reference of an organization's record: the same for the same, on every replica.

    Tests lie apart from what is meant: trying out an id touches nothing, and finds nothing, that has the same one.
    """
    parts = (organization, kind.value, external_id, status is RecordStatus.TEST)
    digest = sha256(msgspec.msgpack.encode(parts)).digest()[:_BYTES]
    return RecordRef(OWN_SOURCE, kind, urlsafe_b64encode(digest).decode())
