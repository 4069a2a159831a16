"""An organization's clients: the list, registering one, one with all that is known of it, disabling."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from starlette.responses import Response

from gateway.console.keys_form import Keys, keys_of
from gateway.console.visit import Visit
from gateway.errors import NotFound
from gateway.identity.client_history import history
from gateway.identity.client_owners import FEWEST, name_owners, owners
from gateway.identity.clients import disable_client, register_client, register_key_client, register_test_client
from gateway.identity.scopes import Scope
from gateway.identity.self_service import PURPOSE, scopes_within
from gateway.partnership.clients import clients, disable_country, live_secrets, place_client
from gateway.store.tables import Authentication, Client, ClientSecret

HOME: Final = "/console/clients"
OVERLAPS: Final = (24, 168, 720, 0)
_LONGEST_LABEL: Final = 80
_ENDING: Final = timedelta(days=30)
_TICKED: Final = (Scope.INFORMATION_READ.value, Scope.ALERTS_READ.value)


class Held(msgspec.Struct, frozen=True):
    """A client with its secrets that can be used, oldest first, and its owners."""

    client: Client
    secrets: Sequence[ClientSecret]
    owners: Sequence[str]
    now: datetime

    @property
    def has_secrets(self) -> bool:
        """Whether it proves itself with a secret."""
        return self.client.authentication is Authentication.CLIENT_SECRET_BASIC

    @property
    def expires(self) -> datetime | None:
        """When its last secret ends."""
        ends = [item.expires for item in self.secrets if item.expires is not None]
        return max(ends, default=None)

    @property
    def state(self) -> str:
        """A key of the texts' section `state`."""
        if self.client.disabled_at is not None:
            return "disabled"
        if self.has_secrets and not self.secrets:
            return "expired"
        if self.expires is not None and self.expires - self.now < _ENDING:
            return "expiring"
        return "usable"


def manages(visit: Visit) -> bool:
    """For partner IT: whoever holds `clients:manage`."""
    return visit.holds(Scope.CLIENTS_MANAGE)


async def held(visit: Visit) -> Sequence[Held]:
    """The organization's clients, those in use first, then by label."""
    store, id_ = visit.console.store, visit.session.organization

    def ask() -> Sequence[Held]:
        secrets, named = live_secrets(store, visit.now), owners(store, id_)
        return [
            Held(client, secrets.get(client.client_id, ()), named.get(client.client_id, ()), visit.now)
            for client in clients(store, id_)
        ]

    found = await visit.read(ask)
    return sorted(found, key=lambda item: (item.state == "disabled", item.client.label, item.client.client_id))


async def one(visit: Visit) -> Held:
    """The client that the address names; raises `NotFound` alike for another organization's and for none."""
    wanted = visit.part("client")
    found = next((item for item in await held(visit) if item.client.client_id == wanted), None)
    if found is None:
        raise NotFound("no such page")
    return found


async def owned(visit: Visit) -> Client:
    """The client that the address names, for one of its owners and while it is not disabled; raises `NotFound`."""
    item = await one(visit)
    if visit.me not in item.owners or item.client.disabled_at is not None:
        raise NotFound("no such page")
    return item.client


async def listed(visit: Visit) -> Response:
    """The list."""
    found = await held(visit)
    with_me = sorted({owner for item in found if visit.me in item.owners for owner in item.owners})
    return visit.page("clients.html", clients=found, with_me=with_me, fewest=FEWEST)


async def new(visit: Visit) -> Response:
    """The form for a new client."""
    offered = scopes_within(visit.profile.partnership)
    return visit.page("client_new.html", offered=offered, ticked=_TICKED, countries=countries(visit))


async def register(visit: Visit) -> Response:
    """Registers a client; its page then shows the secret, once."""
    form, store = visit.form, visit.console.store
    offered = [scope.value for scope in scopes_within(visit.profile.partnership)]
    label = form.line("label", longest=_LONGEST_LABEL)
    scopes = [] if form.value("test") else [Scope(item) for item in form.several("scope", offered)]
    country = form.area("country", required=False)
    second = form.mail("second")
    if second == visit.me:
        form.fault("second", "not_yourself")
    keys = keys_of(form) if form.value("proof") == "keys" else None
    test = bool(form.value("test"))
    if test and keys is not None:
        form.fault("proof", "test_with_secret")

    def change() -> tuple[str, str | None]:
        client_id, secret = (
            register_test_client(store, visit.session.organization, label, by=visit.by)
            if test
            else _registered(visit, label, scopes, keys)
        )
        if country:
            place_client(store, client_id, country)
        name_owners(store, client_id, [visit.me, second], visit.actor)
        return client_id, secret

    client_id, secret = await visit.record(change, "jwks" if keys else "")
    return visit.go(f"{HOME}/{client_id}", "registered", secret=secret, label=label)


def _registered(visit: Visit, label: str, scopes: Sequence[Scope], keys: Keys | None) -> tuple[str, str | None]:
    store, id_ = visit.console.store, visit.session.organization
    if keys is None:
        return register_client(store, id_, label, scopes, PURPOSE, by=visit.by)
    client_id = register_key_client(
        store,
        id_,
        label,
        scopes,
        PURPOSE,
        jwks=keys.jwks,
        jwks_uri=keys.jwks_uri,
        networks=visit.console.networks,
        by=visit.by,
    )
    return client_id, None


async def shown(visit: Visit) -> Response:
    """One client."""
    item = await one(visit)
    past = await visit.read(lambda: history(visit.console.store, item.client.client_id))
    key_names: Sequence[Any] = [key.get("kid") for key in (item.client.jwks or {}).get("keys", ())]
    return visit.page(
        "client.html",
        item=item,
        mine=visit.me in item.owners,
        fewest=FEWEST,
        overlaps=OVERLAPS,
        key_names=key_names,
        past=past,
    )


async def disabling(visit: Visit) -> Response:
    """Asks whether the client is really to be disabled."""
    return visit.page("client_disable.html", item=await one(visit))


async def disable(visit: Visit) -> Response:
    """Disables the client: also for somebody of the organization who is no owner, as nobody gains by it."""
    client = (await one(visit)).client
    await visit.record(lambda: disable_client(visit.console.store, client.client_id, visit.by))
    return visit.go(f"{HOME}/{client.client_id}", "disabled", label=client.label)


async def country_asked(visit: Visit) -> Response:
    """The clients of a country by name, before all of them are disabled."""
    in_use = [item for item in await held(visit) if item.client.disabled_at is None]
    used = sorted({item.client.country for item in in_use if item.client.country is not None})
    asked = visit.form.value("country") or visit.request.query_params.get("country", "")
    chosen = asked if asked in used else None
    found = [item for item in in_use if chosen is not None and item.client.country == chosen]
    return visit.page("clients_country.html", used=used, chosen=chosen, found=found)


async def country_disabled(visit: Visit) -> Response:
    """Disables all the organization's clients of a country in one act."""
    country, id_ = visit.form.area("country"), visit.session.organization
    ended = await visit.record(lambda: disable_country(visit.console.store, country, id_, visit.by))
    return visit.go(HOME, "country", country=country, count=str(len(ended)))


def countries(visit: Visit) -> Sequence[str]:
    """The countries that the directory knows, to choose from."""
    directory = visit.directory
    approved = {item.area for member in directory.members.values() for item in member.approvals}
    return sorted(code for code in {*directory.levels, *approved} if len(code) == 3)
