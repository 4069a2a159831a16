"""What the ledger tells an originator of its own records: who was shown them, and the proofs of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

import strawberry
from strawberry.types import Info

from gateway.errors import BadInput
from gateway.identity.scopes import Scope
from gateway.keys import KeyPurpose, derive
from gateway.ledger.cursors import LedgerCursors
from gateway.ledger.extracts import disclosures, leaf_of, reference_of
from gateway.ledger.heads import TreeSigner, heads
from gateway.ledger.proofs import prove_consistency, prove_inclusion
from gateway.schema.context import Context, context_of, own_context
from gateway.schema.ledger.types import (
    ConsistencyProof,
    DisclosureConnection,
    InclusionProof,
    TreeHead,
    TreeHeadConnection,
    TreeKey,
)
from gateway.schema.ledger.values import shown_disclosures, shown_head, shown_proof
from gateway.schema.paging import After, First, forward, page_of


@strawberry.type(description="What the ledger tells you of your own records.")
class LedgerQueries:
    """The fields of the root; each needs the scope `ledger:read`."""

    @strawberry.field(
        description="Who was shown your organization's records, newest first. There within 5 s of the answer."
    )
    async def disclosures(
        self,
        info: Info,
        of: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only of this record; empty alike for one not shown, not yours, or no id."),
        ] = None,
        first: First = None,
        after: After = None,
    ) -> DisclosureConnection:
        """The originator's extract."""
        context = own_context(info, Scope.LEDGER_READ)
        count, cursor = forward(first, after)
        cursors = _cursors(context, "disclosures", of)
        before = None if cursor is None else cursors.decode(cursor)

        def read() -> Sequence[Any]:
            reference = None if of is None else reference_of(context.store, str(of))
            if of is not None and reference is None:
                return []
            found = disclosures(context.store, context.organization, count + 1, before=before, reference=reference)
            return shown_disclosures(context.store, found)

        found: Any = page_of(
            await asyncio.to_thread(read),
            count,
            lambda item: cursors.encode(item.leaf_index),
            entered=cursor is not None,
        )
        return found

    @strawberry.field(description="Signed heads of your tree, newest first.")
    async def tree_heads(self, info: Info, first: First = None, after: After = None) -> TreeHeadConnection:
        """The heads."""
        context = own_context(info, Scope.LEDGER_READ)
        count, cursor = forward(first, after)
        cursors = _cursors(context, "treeHeads", None)
        before = None if cursor is None else datetime.fromtimestamp(cursors.decode(cursor), UTC)
        found = await asyncio.to_thread(heads, context.store, context.organization, count + 1, before)
        page: Any = page_of(
            [shown_head(head) for head in found],
            count,
            lambda head: cursors.encode(head.seconds),
            entered=cursor is not None,
        )
        return page

    @strawberry.field(description="The newest signed head of your tree; null before the first.")
    async def tree_head(self, info: Info) -> TreeHead | None:
        """The newest head."""
        context = own_context(info, Scope.LEDGER_READ)
        found: Any = await asyncio.to_thread(heads, context.store, context.organization, 1)
        return shown_head(found[0]) if found else None

    @strawberry.field(description="The key that verifies the heads of all trees.")
    async def tree_key(self, info: Info) -> TreeKey:
        """The public key."""
        context = context_of(info)
        context.require(Scope.LEDGER_READ)
        jwk: Any = _Key(**TreeSigner(derive(context.services.secret, KeyPurpose.TREE_HEADS)).public.jwk)
        return jwk

    @strawberry.field(description="Proof that a disclosure is in your tree; null alike for another's and for no id.")
    async def inclusion_proof(
        self,
        info: Info,
        disclosure: Annotated[strawberry.ID, strawberry.argument(description="Id of the disclosure.")],
        size: Annotated[
            int | None, strawberry.argument(description="Size of the tree: the newest head's unless said.")
        ] = None,
    ) -> InclusionProof | None:
        """An inclusion proof."""
        context = own_context(info, Scope.LEDGER_READ)
        originator = context.organization

        def prove() -> Any:
            index = leaf_of(context.store, originator, str(disclosure))
            if index is None:
                return None
            newest = heads(context.store, originator, 1)
            if size is None and (not newest or newest[0].size <= index):
                raise BadInput("no signed head holds the disclosure yet: ask after the next one, or give a `size`")
            return prove_inclusion(context.store, originator, index, newest[0].size if size is None else size)

        found = await asyncio.to_thread(prove)
        return None if found is None else shown_proof(found)

    @strawberry.field(description="Proof that your tree only grew between two sizes.")
    async def consistency_proof(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="Size of the older head.")],
        second: Annotated[int, strawberry.argument(description="Size of the newer head.")],
    ) -> ConsistencyProof:
        """A consistency proof."""
        context = own_context(info, Scope.LEDGER_READ)
        found = await asyncio.to_thread(prove_consistency, context.store, context.organization, first, second)
        return shown_proof(found)


class _Key(NamedTuple):
    kty: str
    crv: str
    x: str
    kid: str


def _cursors(context: Context, name: str, narrowed: str | None) -> LedgerCursors:
    key = derive(context.services.secret, KeyPurpose.LEDGER_CURSORS)
    return LedgerCursors(key, context.organization, name, narrowed)
