"""Tests a client as its program would use it: the gateway's own endpoints are asked, and each step is told.

The secret is the person's to paste, since the gateway does not know it; without one, what can be told without is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import httpx
from starlette.responses import Response
from starlette.types import ASGIApp

from gateway.console.clients import HOME, Held, one
from gateway.console.once import Step, Told
from gateway.console.visit import Visit
from gateway.identity.authorization_server import TOKEN_PATH
from gateway.identity.clients import Secrets, is_live, secret_id
from gateway.partnership.clients import secrets_of
from gateway.store.tables import Authentication, ClientSecret
from policies.vocabulary import PartnershipStatus, Purpose

_QUERY: Final = "{ viewer { organization partnership areas worldwide purpose scopes client } }"
_LONGEST_SECRET: Final = 200
# What stands before the dot of a secret; of anything else that was pasted nothing is told.
_SECRET_ID: Final = 8
# What is told crosses in a cookie, which holds 4 KB.
_LONGEST_TOLD: Final = 200


class Failed(NamedTuple):
    """Why a secret was not taken: a key of the texts' section `trial`, with its parameters."""

    why: str
    parameters: dict[str, str]


async def asked(visit: Visit) -> Response:
    """The form, and what the last test gave."""
    return visit.page("client_test.html", item=await one(visit))


async def run(visit: Visit) -> Response:
    """Tests, and tells step by step."""
    item = await one(visit)
    secret = visit.form.text("secret", longest=_LONGEST_SECRET, required=False)
    visit.form.check()
    steps = await _steps(visit, item, secret)
    return visit.tell(f"{HOME}/{item.client.client_id}/test", Told(steps=steps))


async def _steps(visit: Visit, item: Held, secret: str) -> list[Step]:
    if item.client.disabled_at is not None:
        return [Step("failed", "disabled", {"day": visit.texts.day(item.client.disabled_at)})]
    steps = [Step("passed", "enabled")]
    match item.client.authentication:
        case Authentication.CLIENT_SECRET_BASIC:
            steps += await _with_secret(visit, item, secret)
        case Authentication.PRIVATE_KEY_JWT:
            steps.append(await _keys(visit, item))
        case Authentication.NONE:
            steps.append(Step("noted", "for_persons"))
    return [*steps, *_standing(visit, item)]


async def _with_secret(visit: Visit, item: Held, secret: str) -> Sequence[Step]:
    if not item.secrets:
        return [Step("failed", "no_live_secret")]
    if not secret:
        return [Step("noted", "no_secret_given", {"count": str(len(item.secrets))})]
    app: ASGIApp = visit.request.app
    # In this process: a proxy named in the environment must not come between, and see the secret.
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=visit.console.url, trust_env=False) as http:
        granted = await http.post(
            TOKEN_PATH, data={"grant_type": "client_credentials"}, auth=(item.client.client_id, secret)
        )
        if granted.status_code != 200:
            failed = await _why_refused(visit, item, secret)
            return [Step("failed", failed.why, failed.parameters)]
        token = granted.json()["access_token"]
        answer = await http.post("/graphql", json={"query": _QUERY}, headers={"Authorization": f"Bearer {token}"})
    steps = [Step("passed", "token", {"secret_id": secret_id(secret)}), *_ending(visit, item, secret)]
    viewer: dict[str, Any] | None = (answer.json().get("data") or {}).get("viewer")
    if viewer is None:
        return [*steps, Step("failed", "not_answered", {"status": str(answer.status_code)})]
    return [*steps, Step("passed", "answered", {"organization": viewer["organization"]})]


async def _why_refused(visit: Visit, item: Held, secret: str) -> Failed:
    """The token endpoint tells no one; somebody of the client's own organization may know."""
    id_ = secret_id(secret)
    known = await visit.read(lambda: secrets_of(visit.console.store, item.client.client_id))
    kept = next((row for row in known if row.id == id_), None)
    if len(id_) != _SECRET_ID:
        return Failed("secret_malformed", {})
    if kept is None:
        return Failed("secret_unknown", {"secret_id": id_})
    if not is_live(kept, visit.now):
        return Failed("secret_over", {"secret_id": id_, "day": visit.texts.day(_end_of(kept, visit.now))})
    matches = await visit.read(lambda: Secrets().matches(secret, kept.hash))
    return Failed("no_token", {}) if matches else Failed("secret_wrong", {"secret_id": id_})


def _end_of(secret: ClientSecret, otherwise: datetime) -> datetime:
    return min((moment for moment in (secret.ended_at, secret.expires) if moment is not None), default=otherwise)


def _ending(visit: Visit, item: Held, secret: str) -> Sequence[Step]:
    """A secret that was replaced is taken only for a while."""
    used = next((row for row in item.secrets if row.id == secret_id(secret)), None)
    if used is None or used.expires is None or (used is item.secrets[-1] and item.state != "expiring"):
        return []
    return [Step("noted", "secret_ends", {"time": visit.texts.time(used.expires)})]


async def _keys(visit: Visit, item: Held) -> Step:
    """Whether the client's signatures could be checked."""
    client = item.client
    if client.jwks_uri is None:
        return Step("passed", "keys", {"count": str(len((client.jwks or {}).get("keys", ())))})
    found = await visit.console.remote_keys.keys(client.jwks_uri, None)
    state, key = ("passed", "keys_published") if found else ("failed", "keys_not_reached")
    return Step(state, key, {"url": client.jwks_uri[:_LONGEST_TOLD], "count": str(len(found))})


def _standing(visit: Visit, item: Held) -> Sequence[Step]:
    """What the organization's agreement gives: no change at the client alters it."""
    profile, texts = visit.profile, visit.texts
    if item.client.test:
        return [Step("passed", "test_client")]
    status = texts.word(profile.partnership)
    if profile.partnership is not PartnershipStatus.IN_FORCE:
        return [Step("failed", "standing", {"status": status})]
    steps = [Step("passed", "in_force", {"status": status})]
    if item.client.purpose is not Purpose.SAFETY_AND_SECURITY:
        steps.append(Step("failed", "purpose", {"purpose": texts.word(item.client.purpose)}))
    if profile.worldwide:
        steps.append(Step("passed", "worldwide"))
    elif profile.approved_areas:
        steps.append(Step("passed", "areas", {"areas": ", ".join(sorted(profile.approved_areas))[:_LONGEST_TOLD]}))
    else:
        steps.append(Step("noted", "no_areas"))
    return steps
