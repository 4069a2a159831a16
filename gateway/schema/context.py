"""What one operation's resolvers know, and what they note for the ledger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec
from strawberry.types import Info

from gateway.errors import Forbidden
from gateway.federation.query import Federation
from gateway.federation.sources.acts import Subject
from gateway.federation.viewed import Viewed
from gateway.notices.build import Notices
from gateway.partnership.directory import Directory
from gateway.schema.projection.executor import Projections
from gateway.store.engine import Store
from policies.decision import Act
from policies.groups import FieldGroup
from policies.requester import Requester
from policies.rulebook import Language, Rulebook
from policies.vocabulary import InformationKind


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """What resolvers reach beside the records.

    `refresh` lets this process see its own administrative change at once, `directory` gives the newest state. `secret`:
    the master secret, of which keys are derived by purpose; `rulebook`: the rules that decide, for their reasons.
    """

    store: Store
    directory: Callable[[], Directory]
    refresh: Callable[[], Awaitable[None]]
    secret: bytes
    rulebook: Rulebook
    notices: Notices


class Context(msgspec.Struct, kw_only=True):
    """One operation. `now` in seconds since the epoch; `groups`: the field groups that the document reads.

    `disclosed` collects every view that is put into the answer: the ledger's entry is made of it. `projections` are the
    document's.
    """

    federation: Federation
    services: Services
    directory: Directory
    who: Requester
    now: float
    language: Language
    groups: frozenset[FieldGroup]
    disclosed: list[Viewed]
    projections: Projections

    @property
    def store(self) -> Store:
        """The store; its calls block: make them in a thread."""
        return self.services.store

    @property
    def organization(self) -> str:
        """The organization that asks."""
        return self.who.profile.organization

    @property
    def officer(self) -> str:
        """Who acts for it: the person where there is one, else the client."""
        return self.who.person or self.who.client

    def require(self, *scopes: str) -> None:
        """Raises `Forbidden` unless every party's token holds `scopes`; they only narrow what policy gives."""
        for scope in scopes:
            if any(scope not in party.scopes for party in self.who.parties):
                raise Forbidden(f"the token lacks the scope `{scope}`: ask for it at the token endpoint")

    async def find(
        self, ids: Sequence[str], kinds: Sequence[InformationKind | None] | None = None
    ) -> list[Viewed | None]:
        """The views of `ids`, noted as disclosed; None alike for unlisted, absent, malformed ids and other kinds.

        `kinds`: the kind that each has to be of, None for any.
        """
        self.require("information:read")
        views = await self.federation.find(ids, self.who, self.directory, self.now)
        found = [
            viewed if viewed is not None and kind in (None, viewed.kind) else None
            for viewed, kind in zip(views, kinds or [None] * len(views), strict=True)
        ]
        self.disclosed.extend(viewed for viewed in found if viewed is not None)
        return found

    async def subject(
        self,
        public: str,
        act: Act,
        facts: Callable[[frozenset[str]], dict[str, object]] = lambda _areas: {},
        others: Sequence[Requester] = (),
    ) -> Subject | None:
        """The record of an id and whether the requester may do `act`; None alike for unlisted, absent, malformed ids.

        That the record is listed is noted as a disclosure.
        """
        found = await self.federation.subject(public, act, self.who, self.directory, self.now, facts, others)
        if found is not None:
            self.disclosed.append(found.viewed)
        return found

    async def refresh(self) -> None:
        """After an administrative change: what this operation still answers is as things stand now."""
        await self.services.refresh()
        self.directory = self.services.directory()


def context_of(info: Info) -> Context:
    """The operation's context."""
    context = info.context
    assert isinstance(context, Context)
    return context


def own_context(info: Info, *scopes: str) -> Context:
    """The operation's context, of an organization that asks for itself, with `scopes`; raises `Forbidden`."""
    context = context_of(info)
    context.require(*scopes)
    if context.who.on_behalf_of is not None:
        raise Forbidden("this is an organization's own affair: ask without acting on behalf of another")
    return context
