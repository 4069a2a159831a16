"""The ledger's disclosures, heads and proofs as the schema's types read them, by attribute; bytes in base64."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from gateway.ledger.extracts import Disclosure, public_ids
from gateway.ledger.heads import Head
from gateway.ledger.proofs import ConsistencyProof, InclusionProof
from gateway.store.engine import Store
from policies.groups import FieldGroup
from policies.vocabulary import Purpose


class ShownRecords(msgspec.Struct, frozen=True, kw_only=True):
    """`DisclosedRecords`."""

    groups: Sequence[FieldGroup]
    rules: Sequence[str]
    records: Sequence[str]
    count: int


class ShownDisclosure(msgspec.Struct, frozen=True, kw_only=True):
    """`Disclosure`."""

    id: str
    leaf_index: int
    at: datetime
    commitment: str
    organization: str | None = None
    on_behalf_of: str | None = None
    purpose: Purpose | None = None
    policy_version: str | None = None
    shown: Sequence[ShownRecords] | None = None
    salt: str | None = None
    payload: str | None = None


class ShownHead(msgspec.Struct, frozen=True, kw_only=True):
    """`TreeHead`; `seconds` since the epoch are its place in the list."""

    originator: str
    size: int
    root: str
    time: datetime
    signature: str
    seconds: int


def shown_disclosures(store: Store, found: Sequence[Disclosure]) -> list[ShownDisclosure]:
    """The disclosures with the public ids of their records. Blocks."""
    references = (
        reference
        for item in found
        if item.opened is not None
        for shown in item.opened.shown.values()
        for reference in shown
    )
    ids = public_ids(store, references)
    return [_shown(item, ids) for item in found]


def shown_head(head: Head) -> Any:
    """A signed head."""
    return ShownHead(
        originator=head.originator,
        size=head.size,
        root=_text(head.root),
        time=head.at,
        signature=_text(head.signature),
        seconds=int(head.at.timestamp()),
    )


def shown_proof(proof: InclusionProof | ConsistencyProof) -> Any:
    """A proof."""
    return _Shown(proof)


class _Shown:
    """A proof's own attributes, those that are bytes as text."""

    def __init__(self, proof: InclusionProof | ConsistencyProof) -> None:
        for name, value in msgspec.structs.asdict(proof).items():
            if isinstance(value, list):
                setattr(self, name, [_text(item) for item in value])
            else:
                setattr(self, name, _text(value) if isinstance(value, bytes) else value)


def _shown(item: Disclosure, ids: dict[bytes, str]) -> ShownDisclosure:
    told = ShownDisclosure(id=item.id, leaf_index=item.leaf_index, at=item.at, commitment=_text(item.commitment))
    opened = item.opened
    if opened is None:
        return told
    return msgspec.structs.replace(
        told,
        organization=opened.organization,
        on_behalf_of=opened.on_behalf_of,
        purpose=opened.purpose,
        policy_version=opened.policy_version,
        shown=[
            ShownRecords(
                groups=how.groups,
                rules=how.rules,
                records=[ids[reference] for reference in references if reference in ids],
                count=len(references),
            )
            for how, references in opened.shown.items()
        ],
        salt=_text(opened.salt),
        payload=_text(opened.committed),
    )


def _text(value: bytes) -> str:
    return b64encode(value).decode()
