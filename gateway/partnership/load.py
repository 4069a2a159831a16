"""Reads the directory from the store, in one transaction."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable

from sqlmodel import Session, col, select

from gateway.errors import StoreFault
from gateway.partnership.directory import Approval, Directory, KnownClient, Mandate, Member, Partnership, Period
from gateway.sharing.load import load_sharing
from gateway.store.engine import Store, epoch_of
from gateway.store.tables import (
    ApprovedArea,
    Area,
    Client,
    DepartedPerson,
    FocalPoint,
    Organization,
    PlatformMandate,
    RevokedToken,
)
from gateway.store.tables import Partnership as PartnershipRow
from policies.vocabulary import Capacity


def load_directory(store: Store) -> Directory:
    """The directory as it is in `store` now; raises `StoreFault`, also for a row with a word of no vocabulary."""
    try:
        return _read(store)
    except (LookupError, ValueError) as error:
        raise StoreFault(
            "a row of the directory holds a word this version does not know: migrate or mend it"
        ) from error


def _read(store: Store) -> Directory:
    with store.session() as session:
        gone = select(DepartedPerson).where(col(DepartedPerson.returned_at).is_(None))
        clients = {row.client_id: _client(row) for row in session.exec(select(Client))}
        return Directory(
            epoch=epoch_of(session),
            members=_members(session),
            # The latest row of an area comes last and stays.
            levels={row.code: row.implementation_level for row in session.exec(select(Area).order_by(col(Area.id)))},
            clients=clients,
            mandates=_mandates(session),
            sharing=load_sharing(session),
            roles=_roles(session, clients.values()),
            departed=frozenset((row.organization_id, row.person) for row in session.exec(gone)),
            revoked=frozenset(session.exec(select(RevokedToken.jti).where(RevokedToken.expires > time.time()))),
        )


def _members(session: Session) -> dict[str, Member]:
    rows = session.exec(select(PartnershipRow).order_by(col(PartnershipRow.id)))
    partnerships = {row.organization_id: _partnership(row) for row in rows}
    approvals: defaultdict[str, list[Approval]] = defaultdict(list)
    for row in session.exec(select(ApprovedArea).order_by(col(ApprovedArea.id))):
        approvals[row.organization_id].append(Approval(row.area, Period(row.since, row.until)))
    return {
        row.id: Member(
            id=row.id,
            name=row.name,
            category=row.category,
            partnership=partnerships.get(row.id),
            approvals=tuple(approvals[row.id]),
        )
        for row in session.exec(select(Organization))
    }


def _partnership(row: PartnershipRow) -> Partnership:
    areas = None if row.areas is None else frozenset(row.areas)
    return Partnership(row.status, areas, Period(row.since, row.until))


def _mandates(session: Session) -> dict[tuple[str, str], tuple[Mandate, ...]]:
    mandates: defaultdict[tuple[str, str], tuple[Mandate, ...]] = defaultdict(tuple)
    for row in session.exec(select(PlatformMandate).where(col(PlatformMandate.ended_at).is_(None))):
        areas = None if row.areas is None else frozenset(row.areas)
        mandates[row.member_id, row.platform_id] += (Mandate(areas, Period(row.since, row.until)),)
    return dict(mandates)


def _roles(session: Session, clients: Iterable[KnownClient]) -> dict[str, frozenset[Capacity]]:
    held: defaultdict[str, frozenset[Capacity]] = defaultdict(frozenset)
    for client in clients:
        if not client.disabled:
            held[client.organization] |= client.capacities
    for point in session.exec(select(FocalPoint).where(col(FocalPoint.ended_at).is_(None))):
        held[point.organization_id] |= {Capacity(point.role.value)}
    return dict(held)


def _client(row: Client) -> KnownClient:
    return KnownClient(
        client_id=row.client_id,
        organization=row.organization_id,
        label=row.label,
        scopes=frozenset(row.scopes),
        purpose=row.purpose,
        capacities=frozenset(map(Capacity, row.capacities)),
        disabled=row.disabled_at is not None,
        jwks_uri=row.jwks_uri,
        test=row.test,
    )
