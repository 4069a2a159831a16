"""Partnership's fields of the roots, put together for `gateway.schema.root`."""

from __future__ import annotations

import strawberry

from gateway.schema.partnership.applications import ApplicationMutations, ApplicationQueries
from gateway.schema.partnership.areas import AreaMutations, AreaQueries
from gateway.schema.partnership.contributions import ContributionQueries
from gateway.schema.partnership.focal_points import DirectoryMutations, DirectoryQueries
from gateway.schema.partnership.mandates import MandateMutations, MandateQueries
from gateway.schema.partnership.offboarding import OffboardingMutations, OffboardingQueries
from gateway.schema.partnership.partners import PartnerMutations, PartnerQueries


@strawberry.type(description="Partnership.")
class PartnershipQueries(
    PartnerQueries,
    ApplicationQueries,
    AreaQueries,
    DirectoryQueries,
    MandateQueries,
    OffboardingQueries,
    ContributionQueries,
):
    """Queries."""


@strawberry.type(description="Partnership.")
class PartnershipMutations(
    PartnerMutations, ApplicationMutations, AreaMutations, DirectoryMutations, MandateMutations, OffboardingMutations
):
    """Mutations."""
