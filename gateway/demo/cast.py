"""The demo's organizations and clients, read from `cast.toml` and entered into a store by the ordinary admission."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

import msgspec

from gateway.identity.clients import register_client
from gateway.identity.scopes import Scope
from gateway.partnership.admission import add_organization, approve_area, set_area_level, set_partnership
from gateway.store.engine import Store
from gateway.store.tables import WORLDWIDE
from policies.vocabulary import Capacity, ImplementationLevel, OrganizationCategory, PartnershipStatus, Purpose


class CastOrganization(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An organization of the demo."""

    name: str
    category: OrganizationCategory
    partnership: PartnershipStatus = PartnershipStatus.IN_FORCE
    areas: tuple[str, ...] = ()
    worldwide: bool = False


class CastClient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A client of the demo."""

    label: str
    organization: str
    capacities: tuple[Capacity, ...] = ()


class CastPerson(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person of the demo; `roles` are words of the demo's issuer."""

    name: str
    organization: str
    roles: tuple[str, ...] = ()


class Cast(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything of `cast.toml`."""

    organizations: dict[str, CastOrganization]
    clients: tuple[CastClient, ...]
    persons: dict[str, CastPerson]
    levels: dict[str, ImplementationLevel]


class DemoClient(msgspec.Struct, frozen=True, kw_only=True):
    """A registered client with its secret, as the ready file tells it."""

    label: str
    organization: str
    category: str
    partnership: str
    capacities: Sequence[str]
    areas: Sequence[str]
    client_id: str
    client_secret: str


def read_cast() -> Cast:
    """The demo's cast."""
    return msgspec.toml.decode((files("gateway.demo") / "cast.toml").read_bytes(), type=Cast)


def enter(cast: Cast, store: Store) -> Sequence[DemoClient]:
    """Admits the organizations, approves their areas, registers the clients. Blocking."""
    for id_, organization in cast.organizations.items():
        add_organization(store, id_, organization.name, organization.category)
        if organization.category is not OrganizationCategory.UNSMS_ENTITY:
            set_partnership(store, id_, organization.partnership)
        for area in (*organization.areas, *([WORLDWIDE] if organization.worldwide else [])):
            approve_area(store, id_, area, approved_by="undss")
    for area, level in cast.levels.items():
        set_area_level(store, area, level, set_by="undss")
    return [_registered(cast, client, store) for client in cast.clients]


def _registered(cast: Cast, client: CastClient, store: Store) -> DemoClient:
    organization = cast.organizations[client.organization]
    client_id, secret = register_client(
        store,
        client.organization,
        client.label,
        list(Scope),
        Purpose.SAFETY_AND_SECURITY,
        client.capacities,
    )
    return DemoClient(
        label=client.label,
        organization=client.organization,
        category=organization.category.value,
        partnership=organization.partnership.value,
        capacities=[capacity.value for capacity in client.capacities],
        areas=[*organization.areas, *([WORLDWIDE] if organization.worldwide else [])],
        client_id=client_id,
        client_secret=secret,
    )
