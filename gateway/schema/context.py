"""What one operation's resolvers know, and what they note for the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from strawberry.types import Info

from gateway.errors import Forbidden
from gateway.federation.query import Federation
from gateway.federation.viewed import Viewed
from policies.groups import FieldGroup
from policies.requester import Requester
from policies.vocabulary import ImplementationLevel, InformationKind


class Context(msgspec.Struct, kw_only=True):
    """One operation. `now` in seconds since the epoch; `groups`: the field groups that the document reads.

    `disclosed` collects every view that is put into the answer: the ledger's entry is made of it.
    """

    federation: Federation
    who: Requester
    level: Callable[[str], ImplementationLevel]
    now: float
    groups: frozenset[FieldGroup]
    disclosed: list[Viewed]

    def require(self, scope: str) -> None:
        """Raises `Forbidden` unless every party's token holds `scope`; scopes only narrow what policy gives."""
        if any(scope not in party.scopes for party in self.who.parties):
            raise Forbidden(f"the token lacks the scope `{scope}`: ask for it at the token endpoint")

    async def find(self, ids: Sequence[str], kind: InformationKind | None = None) -> list[Viewed | None]:
        """The views of `ids`, noted as disclosed; None alike for unlisted, absent, malformed ids and other kinds."""
        self.require("information:read")
        found = [
            viewed if viewed is not None and kind in (None, viewed.kind) else None
            for viewed in await self.federation.find(ids, self.who, self.level, self.now)
        ]
        self.disclosed.extend(viewed for viewed in found if viewed is not None)
        return found


def context_of(info: Info) -> Context:
    """The operation's context."""
    context = info.context
    assert isinstance(context, Context)
    return context
