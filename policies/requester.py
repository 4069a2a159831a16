"""Who asks: what a decision may know of the requester."""

from __future__ import annotations

import msgspec

from policies.vocabulary import Capacity, OrganizationCategory, PartnershipStatus, Purpose


class Profile(msgspec.Struct, frozen=True, cache_hash=True, kw_only=True):
    """An organization as it stands at the moment of the decision (S1, S2), its dates already resolved.

    `partner_areas` is None for a global partnership, else the ISO 3166-1 alpha-3 codes it covers; `approved_areas` are
    the areas of operation approved by the secretariat or DSS. `scopes` are OAuth scopes: they only narrow. `test`: a
    test client asks, which needs no admission (rule 14).
    """

    organization: str
    category: OrganizationCategory
    partnership: PartnershipStatus
    partner_areas: frozenset[str] | None = None
    approved_areas: frozenset[str] = frozenset()
    worldwide: bool = False
    capacities: frozenset[Capacity] = frozenset()
    purpose: Purpose = Purpose.OTHER
    scopes: frozenset[str] = frozenset()
    test: bool = False


class Requester(msgspec.Struct, frozen=True, kw_only=True):
    """One authenticated request's party or parties.

    `on_behalf_of`: the member a platform asks for; a decision is then the meet of both, where the member authorised the
    platform for the record's areas (`authorized_areas`; None: everywhere). `epoch` counts the store's administrative
    changes; `token_expires` is in seconds since the epoch.
    """

    profile: Profile
    on_behalf_of: Profile | None = None
    authorized_areas: frozenset[str] | None = frozenset()
    client: str
    person: str | None = None
    epoch: int = 0
    token_expires: float = 0.0

    @property
    def parties(self) -> tuple[Profile, ...]:
        """The profiles whose decisions have to agree."""
        return (self.profile,) if self.on_behalf_of is None else (self.profile, self.on_behalf_of)
