"""`slt-gateway check`: everything that can be known to be wrong before serving, all at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from connectors.errors import Unconfigured
from connectors.registry import connector_type
from gateway.errors import ConfigurationFault, KeyFault, StoreFault
from gateway.identity.keys import configured_keys
from gateway.identity.software_statements import configured_statements
from gateway.keys import KeyPurpose, derive
from gateway.partnership.load import load_directory
from gateway.settings import Settings, load
from gateway.store.engine import Store, open_store
from gateway.store.migrate import is_current
from policies.rulebook import InvalidRules, read_rules, rule_files


def faults(config: Path) -> Sequence[str]:
    """One sentence a fault; none where all is in order."""
    found: list[str] = []
    try:
        read_rules(rule_files())
    except InvalidRules as error:
        found.append(f"policies: {error}")
    try:
        settings = load(config, os.environ)
    except (ConfigurationFault, OSError) as error:
        return [*found, str(error)]
    for entry in settings.sources:
        try:
            connector_type(entry.connector)(settings.source_settings(entry))
        except (Unconfigured, ConfigurationFault) as error:
            found.append(f"source `{entry.name}`: {error}")
    try:
        configured_keys(settings)
        derive(settings.keys.master, KeyPurpose.RECORD_IDS)
    except (KeyFault, ValueError) as error:
        found.append(f"`keys`: {error}")
    try:
        configured_statements(settings)
    except ConfigurationFault as error:
        found.append(str(error))
    try:
        store = open_store(settings.store.url)
        try:
            if not is_current(store):
                found.append("`store.url`: the database is not at the newest schema: run `slt-gateway migrate`")
            else:
                found += _unknown(settings, store)
        finally:
            store.close()
    except (StoreFault, ConfigurationFault) as error:
        found.append(f"`store.url`: {error}")
    return found


def _unknown(settings: Settings, store: Store) -> Sequence[str]:
    """Organizations that trusted issuers speak for and nobody knows."""
    members = load_directory(store).members
    return [
        f"`identity.trusted_issuers`: `{issuer.name}` speaks for `{name}`, which is no known organization: add it first"
        for issuer in settings.identity.trusted_issuers
        for name in sorted({*issuer.organizations.values(), *filter(None, [issuer.organization])} - members.keys())
    ]
