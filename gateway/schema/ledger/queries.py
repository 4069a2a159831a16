"""What the ledger tells an originator of its own records: who was shown them, and the proofs of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

import strawberry
from strawberry.types import Info

from gateway.errors import BadInput, Forbidden
from gateway.keys import KeyPurpose, derive
from gateway.ledger.cursors import LedgerCursors
from gateway.ledger.extracts import disclosures, leaf_of, reference_of
from gateway.ledger.heads import TreeSigner, heads
from gateway.ledger.proofs import prove_consistency, prove_inclusion
from gateway.schema.context import Context, context_of
from gateway.schema.ledger.types import (
    ConsistencyProof,
    DisclosureConnection,
    InclusionProof,
    TreeHead,
    TreeHeadConnection,
    TreeKey,
)
from gateway.schema.ledger.values import shown_disclosures, shown_head, shown_proof
from gateway.schema.records.connection import PageBounds, window

SCOPE = "ledger:read"

First = Annotated[int | None, strawberry.argument(description="How many: 50 unless said, at most 1,000.")]
After = Annotated[str | None, strawberry.argument(description="Cursor behind which the page starts.")]


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
        context = context_of(info)
        originator = _originator(context)
        count, cursor, _ = window(first, after, None, None)
        cursors = _cursors(context, originator, "disclosures", of)
        before = None if cursor is None else cursors.decode(cursor)

        def read() -> Sequence[Any]:
            reference = None if of is None else reference_of(context.store, str(of))
            if of is not None and reference is None:
                return []
            found = disclosures(context.store, originator, count + 1, before=before, reference=reference)
            return shown_disclosures(context.store, found)

        return _page(await asyncio.to_thread(read), count, cursor, cursors, "leaf_index")

    @strawberry.field(description="Signed heads of your tree, newest first.")
    async def tree_heads(self, info: Info, first: First = None, after: After = None) -> TreeHeadConnection:
        """The heads."""
        context = context_of(info)
        originator = _originator(context)
        count, cursor, _ = window(first, after, None, None)
        cursors = _cursors(context, originator, "treeHeads", None)
        before = None if cursor is None else datetime.fromtimestamp(cursors.decode(cursor), UTC)
        found = await asyncio.to_thread(heads, context.store, originator, count + 1, before)
        return _page([shown_head(head) for head in found], count, cursor, cursors, "seconds")

    @strawberry.field(description="The newest signed head of your tree; null before the first.")
    async def tree_head(self, info: Info) -> TreeHead | None:
        """The newest head."""
        context = context_of(info)
        found: Any = await asyncio.to_thread(heads, context.store, _originator(context), 1)
        return shown_head(found[0]) if found else None

    @strawberry.field(description="The key that verifies the heads of all trees.")
    async def tree_key(self, info: Info) -> TreeKey:
        """The public key."""
        context = context_of(info)
        context.require(SCOPE)
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
        context = context_of(info)
        originator = _originator(context)

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
        context = context_of(info)
        found = await asyncio.to_thread(prove_consistency, context.store, _originator(context), first, second)
        return shown_proof(found)


class _Edge(NamedTuple):
    node: Any
    cursor: str


class _Page(NamedTuple):
    edges: list[_Edge]
    nodes: list[Any]
    page_info: PageBounds


class _Key(NamedTuple):
    kty: str
    crv: str
    x: str
    kid: str


def _originator(context: Context) -> str:
    """Whose ledger: the caller's own organization's."""
    context.require(SCOPE)
    if context.who.on_behalf_of is not None:
        raise Forbidden("the ledger of an organization is read by itself only: ask without acting on behalf of another")
    return context.organization


def _cursors(context: Context, originator: str, name: str, narrowed: str | None) -> LedgerCursors:
    return LedgerCursors(derive(context.services.secret, KeyPurpose.LEDGER_CURSORS), originator, name, narrowed)


def _page(found: Sequence[Any], count: int, after: str | None, cursors: LedgerCursors, place: str) -> Any:
    """A page of the `count` first of `found`; one more shows that the list goes on."""
    edges = [_Edge(item, cursors.encode(getattr(item, place))) for item in found[:count]]
    bounds = PageBounds(
        has_next_page=len(found) > count,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return _Page(edges, [edge.node for edge in edges], bounds)
