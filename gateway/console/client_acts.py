"""What owners do with a client: a new secret with overlap, other keys, other owners, handing over."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from gateway.console.clients import HOME, OVERLAPS, held, one, owned
from gateway.console.keys_form import keys_of
from gateway.console.visit import Visit
from gateway.errors import NotFound
from gateway.identity.client_owners import end_owner, hand_over, name_owners
from gateway.identity.clients import end_secret, replace_keys, rotate_secret


async def rotate(visit: Visit) -> Response:
    """A new secret, shown once; the one in use ends after the overlap."""
    client = await owned(visit)
    hours = int(next(iter(visit.form.several("overlap", [str(hours) for hours in OVERLAPS])), "0"))
    store, id_ = visit.console.store, client.client_id
    secret = await visit.record(lambda: rotate_secret(store, id_, timedelta(hours=hours), by=visit.by), "overlap")
    return visit.go(f"{HOME}/{id_}", "rotated" if hours else "rotated_at_once", secret=secret, label=client.label)


async def end_one_secret(visit: Visit) -> Response:
    """Ends one secret, now."""
    client = await owned(visit)
    store, id_, secret = visit.console.store, client.client_id, visit.form.text("secret", longest=40)
    await visit.record(lambda: end_secret(store, id_, secret, visit.by))
    return visit.go(f"{HOME}/{id_}", "secret_ended", secret_id=secret)


async def replace(visit: Visit) -> Response:
    """Other public keys in the place of those there are."""
    client = await owned(visit)
    store, id_, keys = visit.console.store, client.client_id, keys_of(visit.form)
    networks = visit.console.networks
    await visit.record(
        lambda: replace_keys(store, id_, jwks=keys.jwks, jwks_uri=keys.jwks_uri, networks=networks, by=visit.by), "jwks"
    )
    return visit.go(f"{HOME}/{id_}", "keys_replaced", label=client.label)


async def name_owner(visit: Visit) -> Response:
    """One owner more."""
    client = await owned(visit)
    store, id_, owner = visit.console.store, client.client_id, visit.form.mail("owner")
    await visit.record(lambda: name_owners(store, id_, [owner], visit.actor), "owner")
    return visit.go(f"{HOME}/{id_}", "owner_named", owner=owner)


async def end_one_owner(visit: Visit) -> Response:
    """One owner fewer, as long as two are left."""
    client = await owned(visit)
    store, id_, owner = visit.console.store, client.client_id, visit.form.text("ended")
    await visit.record(lambda: end_owner(store, id_, owner, visit.actor), "owner")
    return visit.go(f"{HOME}/{id_}", "owner_ended", owner=owner)


async def take_over(visit: Visit) -> Response:
    """Makes the person an owner of a client that has none, such as one that the operator registered.

    A client with a capacity may have a seat, which nobody takes: the operator names its owners.
    """
    item = await one(visit)
    if item.owners or item.client.capacities or item.client.disabled_at is not None:
        raise NotFound("no such page")
    store, id_ = visit.console.store, item.client.client_id
    await visit.record(lambda: name_owners(store, id_, [visit.me], visit.actor))
    return visit.go(f"{HOME}/{id_}", "taken_over", label=item.client.label)


async def hand_all_over(visit: Visit) -> Response:
    """Somebody leaves: another person takes the place, at every client that the person who says so owns too."""
    shared = [item.client.client_id for item in await held(visit) if visit.me in item.owners]
    if not shared:
        raise NotFound("no such page")
    form, store = visit.form, visit.console.store
    owner, successor = form.text("leaver"), form.mail("successor")
    moved = await visit.record(lambda: hand_over(store, owner, successor, visit.actor, shared), "successor")
    return visit.go(HOME, "handed_over", owner=owner, successor=successor, count=str(len(moved)))
