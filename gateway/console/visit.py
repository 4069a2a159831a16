"""One request to the console: who is there, in which language, with what form; and the ways to answer it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Any, TypeVar

import msgspec
from jinja2 import Environment
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.console.forms import Faulty, Form
from gateway.console.once import COOKIE, Once, Told
from gateway.console.texts import Texts
from gateway.errors import BadInput, NotFound
from gateway.identity.client_owners import owner_of
from gateway.identity.remote_keys import RemoteKeys
from gateway.identity.scopes import Scope
from gateway.identity.sessions import SignedInSession
from gateway.partnership.authority import Task, may
from gateway.partnership.directory import Directory, Member
from gateway.partnership.refusal import Refused
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor
from gateway.store.engine import Store
from policies.requester import Profile
from policies.vocabulary import InformationKind, PartnershipStatus

T = TypeVar("T")


class Console(msgspec.Struct, frozen=True, kw_only=True):
    """What pages reach. `refresh` lets this process see its own change at once; `clock`: seconds since the epoch.

    `kind_of` reads the kind in a record's public id; `networks`: where clients may publish keys though not public.
    """

    store: Store
    directory: Callable[[], Directory]
    refresh: Callable[[], Awaitable[None]]
    identifiers: Identifiers
    kind_of: Callable[[str], InformationKind | None]
    remote_keys: RemoteKeys
    networks: Sequence[IPv4Network | IPv6Network]
    url: str
    templates: Environment
    once: Once
    clock: Callable[[], float]

    @property
    def secure(self) -> bool:
        """Whether browsers reach the gateway over https; else it is on loopback."""
        return self.url.startswith("https:")


class Visit:
    """A request of somebody who is signed in."""

    def __init__(self, console: Console, request: Request, session: SignedInSession, texts: Texts) -> None:
        self.console = console
        self.request = request
        self.session = session
        self.texts = texts
        self.form = Form(texts)
        self.directory = console.directory()
        self.now = datetime.fromtimestamp(console.clock(), UTC)

    @property
    def profile(self) -> Profile:
        """The person's organization as it stands, with the person's own capacities."""
        return self.session.requester.profile

    @property
    def organization(self) -> Member:
        """The person's organization."""
        return self.directory.members[self.session.organization]

    @property
    def me(self) -> str:
        """What an owner of a client is known by."""
        return owner_of(self.session.person, self.session.mail)

    @property
    def today(self) -> date:
        """The day in UTC."""
        return self.now.date()

    @property
    def actor(self) -> Actor:
        """Who acts, and when."""
        return Actor(organization=self.session.organization, officer=self.session.person, at=self.now)

    @property
    def by(self) -> str:
        """Who acts, in the history of a client."""
        return self.session.person

    @property
    def is_partner(self) -> bool:
        """Whether the organization's partnership is in force."""
        return self.profile.partnership is PartnershipStatus.IN_FORCE

    def may(self, task: Task) -> bool:
        """Whether the person's seat does `task`."""
        return may(self.profile, task)

    def holds(self, scope: Scope) -> bool:
        """Whether the person's role holds `scope`."""
        return scope in self.session.scopes

    def part(self, name: str) -> str:
        """A part of the address, such as a client's id."""
        return str(self.request.path_params[name])

    def member(self, organization_id: str) -> Member:
        """An organization; raises `NotFound`."""
        found = self.directory.members.get(organization_id)
        if found is None:
            raise NotFound("no such page")
        return found

    async def read(self, ask: Callable[[], T]) -> T:
        """What `ask`, which blocks, gives."""
        return await asyncio.to_thread(ask)

    async def record(self, change: Callable[[], T], field: str = "") -> T:
        """What `change`, which blocks, gives, seen from now on; a refusal is noted and `Faulty` raised.

        `field`: where a refusal that names no field of this form is told.
        """
        self.form.check()
        try:
            made = await asyncio.to_thread(change)
        except Refused as error:
            self.form.refuse(error.field if error.field in self.form.names else field, error.message)
            raise Faulty from error
        except BadInput as error:
            self.form.refuse(field, error.message)
            raise Faulty from error
        await self.console.refresh()
        self.directory = self.console.directory()
        return made

    def page(self, template: str, status: int = 200, /, **values: Any) -> Response:
        """The page of `template`, with what this page is to tell once."""
        told = self.console.once.take(self.request, self.session.id, self.now.timestamp())
        known: Mapping[str, Any] = {"visit": self, "t": self.texts, "form": self.form, "told": told, **values}
        text = self.console.templates.get_template(template).render(known)
        response = HTMLResponse(text, 422 if self.form.faults else status)
        if COOKIE in self.request.cookies:
            self.console.once.forget(response)
        return response

    def go(self, path: str, done: str | None = None, /, *, secret: str | None = None, **parameters: str) -> Response:
        """On to another page of the console after a form (303), which tells once what was done."""
        return self.tell(path, None if done is None else Told(done=done, parameters=parameters, secret=secret))

    def tell(self, path: str, told: Told | None) -> Response:
        """On to another page of the console after a form (303), with something to tell once."""
        response = RedirectResponse(URL(path), 303)
        if told is not None:
            self.console.once.put(response, self.session.id, path, told, self.now.timestamp())
        return response
