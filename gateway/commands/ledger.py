"""`slt-gateway ledger`: verify the trees, write one originator's extract, erase payloads."""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.errors import ConfigurationFault, LedgerFault
from gateway.keys import KeyPurpose, derive
from gateway.ledger.extracts import Disclosure, every_disclosure, public_ids
from gateway.ledger.heads import Head, TreeSigner
from gateway.ledger.retention import erase_client, erase_organization
from gateway.ledger.sequencer import SEQUENCED_WITHIN
from gateway.ledger.verify import Verified, verify
from gateway.settings import Settings, load
from gateway.store.engine import Store, open_store
from gateway.store.migrate import is_current


def verify_configured(config: Path, kept: Path | None) -> Verified:
    """Verifies the configured ledger, with the heads in `kept` where it is given.

    An entry's time is its request's, so one is overdue only once its sources' deadline is over too.
    """
    heads = [] if kept is None else list(read_heads(kept))
    with _opened(config) as (settings, store):
        key = TreeSigner(derive(settings.keys.master, KeyPurpose.TREE_HEADS)).public
        late = timedelta(seconds=SEQUENCED_WITHIN + settings.limits.deadline_seconds)
        return verify(store, key, heads, overdue=datetime.now(UTC) - late)


def extract_configured(config: Path, originator: str) -> Iterator[str]:
    """An originator's whole extract, oldest first: one JSON object a line, as the query `disclosures` names things."""
    with _opened(config) as (_, store):
        for item in every_disclosure(store, originator):
            yield json.dumps(_line(store, item), ensure_ascii=False)


def erase_configured(config: Path, organization: str | None, client: str | None) -> int:
    """Erases what one organization, or one client, asked; how many entries. Raises `ConfigurationFault`."""
    if (organization is None) is (client is None):
        raise ConfigurationFault("give one of --organization and --client")
    with _opened(config) as (_, store):
        if organization is not None:
            return erase_organization(store, organization)
        assert client is not None
        return erase_client(store, client)


def read_heads(path: Path) -> Iterator[Head]:
    """Every head in a JSON file of answers to `treeHeads` or `treeHead`; raises `LedgerFault` where there is none."""
    try:
        found = list(_heads(json.loads(path.read_text("utf-8"))))
    except (OSError, ValueError, KeyError, TypeError, NoBase64) as error:
        raise LedgerFault(
            f"`{path}` holds no heads as `treeHeads` gives them: keep that query's whole answer"
        ) from error
    if not found:
        raise LedgerFault(f"`{path}` holds no head: ask for originator, size, root, time and signature, and keep them")
    return iter(found)


def _heads(value: Any) -> Iterator[Head]:
    if isinstance(value, dict) and "signature" in value:
        yield Head(
            originator=value["originator"],
            size=value["size"],
            root=b64decode(value["root"], validate=True),
            at=datetime.fromisoformat(value["time"]),
            signature=b64decode(value["signature"], validate=True),
        )
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _heads(item)


def _line(store: Store, item: Disclosure) -> Mapping[str, Any]:
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


@contextmanager
def _opened(config: Path) -> Iterator[tuple[Settings, Store]]:
    settings = load(config, os.environ)
    store = open_store(settings.store.url)
    try:
        if not is_current(store):
            raise ConfigurationFault("`store.url`: the database is not at the newest schema: run `slt-gateway migrate`")
        yield settings, store
    finally:
        store.close()
