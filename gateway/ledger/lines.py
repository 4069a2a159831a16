"""An originator's extract as it leaves the gateway: one JSON object a line, named as the query `disclosures` does."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.ledger.extracts import Disclosure, every_disclosure, public_ids
from gateway.store.engine import Store


def extract_lines(store: Store, originator: str) -> Iterator[str]:
    """The whole extract, oldest first. Blocks; raises `StoreFault`, or `LedgerFault` for a damaged entry."""
    for item in every_disclosure(store, originator):
        yield json.dumps(_told(store, item), ensure_ascii=False)


def _told(store: Store, item: Disclosure) -> Mapping[str, Any]:
    told = {
        "id": item.id,
        "leafIndex": item.leaf_index,
        "at": item.at.isoformat(),
        "commitment": _text(item.commitment),
    }
    opened = item.opened
    if opened is None:
        return told
    ids = public_ids(store, (reference for references in opened.shown.values() for reference in references))
    shown: Sequence[Mapping[str, Any]] = [
        {
            "groups": [group.name for group in how.groups],
            "rules": list(how.rules),
            "records": [ids[reference] for reference in references if reference in ids],
            "count": len(references),
        }
        for how, references in opened.shown.items()
    ]
    return {
        **told,
        "organization": opened.organization,
        "onBehalfOf": opened.on_behalf_of,
        "purpose": opened.purpose.value,
        "policyVersion": opened.policy_version,
        "shown": shown,
        "salt": _text(opened.salt),
        "payload": _text(opened.committed),
    }


def _text(value: bytes) -> str:
    return b64encode(value).decode()
