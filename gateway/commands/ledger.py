"""`slt-gateway ledger`: verify the trees, write one originator's extract, erase payloads."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.errors import ConfigurationFault, LedgerFault
from gateway.keys import KeyPurpose, derive
from gateway.ledger.heads import Head, TreeSigner
from gateway.ledger.lines import extract_lines
from gateway.ledger.retention import erase_client, erase_organization, erase_person
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
        yield from extract_lines(store, originator)


def erase_configured(config: Path, organization: str | None, client: str | None, person: str | None) -> int:
    """Erases what one organization, client or person asked; how many entries. Raises `ConfigurationFault`."""
    given = ((erase_organization, organization), (erase_client, client), (erase_person, person))
    asked = [(erase, name) for erase, name in given if name is not None]
    if len(asked) != 1:
        raise ConfigurationFault("give one of --organization, --client and --person")
    with _opened(config) as (_, store):
        erase, name = asked[0]
        return erase(store, name)


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
