"""The roots: what can be asked and what can be done, put together from the modules that know each subject."""

from __future__ import annotations

import strawberry

from gateway.schema.ledger.queries import LedgerQueries
from gateway.schema.notices.queries import NoticeMutations, NoticeQueries
from gateway.schema.partnership.root import PartnershipMutations, PartnershipQueries
from gateway.schema.records.document_queries import DocumentQueries
from gateway.schema.records.queries import RecordQueries
from gateway.schema.sharing.consent import ConsentMutations, ConsentQueries
from gateway.schema.sharing.explain import ExplanationQueries
from gateway.schema.sharing.openings import OpeningMutations, OpeningQueries
from gateway.schema.sharing.share import ShareMutations
from gateway.schema.sharing.statements import StatementMutations
from gateway.schema.sources import SourceQueries


@strawberry.type(description="What can be asked.")
class Query(
    RecordQueries,
    DocumentQueries,
    SourceQueries,
    ExplanationQueries,
    ConsentQueries,
    OpeningQueries,
    LedgerQueries,
    NoticeQueries,
    PartnershipQueries,
):
    """The root of queries.

    A field that can fail is asynchronous: graphql-core leaves its siblings unawaited when a synchronous one raises.
    """


@strawberry.type(description="What can be done. Each takes one input and says in `userErrors` what was wrong with it.")
class Mutation(
    ShareMutations, StatementMutations, ConsentMutations, OpeningMutations, NoticeMutations, PartnershipMutations
):
    """The root of mutations."""
