"""A client of the tests that registers itself: its requests, and who may let it in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from gateway.identity.client_history import OPERATOR
from gateway.identity.clients import register_client
from gateway.identity.invitations import invite
from gateway.identity.scopes import Scope
from policies.vocabulary import Capacity, Purpose
from tests.identity.conftest import PARTNER, Served

READ = (Scope.INFORMATION_READ, Scope.ALERTS_READ)


def invited(
    served: Served,
    organization: str = PARTNER,
    scopes: tuple[Scope, ...] = READ,
    purpose: Purpose = Purpose.SAFETY_AND_SECURITY,
    capacities: tuple[Capacity, ...] = (),
    country: str | None = None,
) -> str:
    return invite(
        served.store,
        organization,
        scopes,
        purpose,
        timedelta(hours=1),
        capacities=capacities,
        country=country,
        by=OPERATOR,
    )


def manager(served: Served, organization: str = PARTNER, *scopes: Scope) -> tuple[str, str]:
    """A client that registers others."""
    purpose = Purpose.SAFETY_AND_SECURITY
    return register_client(served.store, organization, "office", scopes or (Scope.CLIENTS_MANAGE,), purpose)


def register(served: Served, token: str | None, **metadata: Any) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{served.url}/oauth/register", json=metadata, headers=headers)


def registered(served: Served, token: str | None = None, **metadata: Any) -> dict[str, Any]:
    answer = register(served, token or invited(served), **metadata)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def managed(told: dict[str, Any], method: str, document: Any = None, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or told['registration_access_token']}"}
    return httpx.request(method, told["registration_client_uri"], json=document, headers=headers)


def replacing(told: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The whole of what the client said, for an update, with changes."""
    the_servers = {
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
        "client_secret",
    }
    return {name: value for name, value in {**told, **changed}.items() if name not in the_servers}


def named(value: object) -> str:
    """What a set of metadata is called among tests: its members. A key of today would give it another name each run."""
    return ",".join(value) if isinstance(value, dict) else str(value)
