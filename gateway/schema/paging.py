"""Pages by Relay's names: what every list has in common, and the types of an organization's own lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Annotated, Any, Final, Generic, NamedTuple, TypeVar

import strawberry

from gateway.errors import BadInput
from gateway.schema.shared import plain

DEFAULT_PAGE: Final = 50
LARGEST_PAGE: Final = 1_000
First = Annotated[int | None, strawberry.argument(description="How many: 50 unless said, at most 1,000.")]
After = Annotated[str | None, strawberry.argument(description="Cursor behind which the page starts.")]
Kind = TypeVar("Kind")


@strawberry.type(description="Where a page stands in its list (Relay).")
class PageInfo:
    """Page information."""

    has_next_page: bool = plain("Whether the list goes on after this page.")
    has_previous_page: bool = plain("Whether there is something before this page.")
    start_cursor: str | None = plain("Cursor of the first record.")
    end_cursor: str | None = plain("Cursor of the last record.")


@strawberry.type(name="Edge", description="An element of a list.")
class ListEdge(Generic[Kind]):
    """An edge of a list of one's own; named after its kind, as `NoticeEdge`."""

    node: Kind = plain("The element.")
    cursor: str = plain("Its cursor: opaque, good for this organization and list only.")


@strawberry.type
class ListPage(Generic[Kind]):
    """What each connection of a list of one's own is made of."""

    edges: list[ListEdge[Kind]] = plain("The elements with their cursors.")
    nodes: list[Kind] = plain("The elements.")
    page_info: PageInfo = plain("Where this page stands.")


class Listed(NamedTuple):
    """An element and its cursor."""

    node: Any
    cursor: str


class PageBounds(NamedTuple):
    """`PageInfo` as it is read."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Page:
    """A page as connections read it; `more`: the list goes on behind it, `entered`: there is something before it.

    A cursor is made when it is read, since most of those who list ask for none.
    """

    def __init__(self, nodes: Sequence[Any], cursor_of: Callable[[Any], str], *, more: bool, entered: bool) -> None:
        self.nodes = nodes
        self._cursor_of = cursor_of
        self._more, self._entered = more, entered

    @cached_property
    def edges(self) -> Sequence[Listed]:
        """The elements with their cursors."""
        return [Listed(node, self._cursor_of(node)) for node in self.nodes]

    @cached_property
    def page_info(self) -> PageBounds:
        """Where the page stands."""
        ends = [self._cursor_of(self.nodes[place]) for place in (0, -1)] if self.nodes else [None, None]
        return PageBounds(self._more, self._entered, *ends)


def page_of(found: Sequence[Any], count: int, cursor_of: Callable[[Any], str], *, entered: bool) -> Any:
    """The `count` first of `found`; one more shows that the list goes on."""
    return Page(found[:count], cursor_of, more=len(found) > count, entered=entered)


def window(first: int | None, after: str | None, last: int | None, before: str | None) -> tuple[int, str | None, bool]:
    """Size, cursor and direction of the page asked for; raises `BadInput` for what Relay does not allow together."""
    if last is not None and (first is not None or after is not None):
        raise BadInput("`last` does not go with `first` or `after`: page one way, with first/after or last/before")
    if before is not None and last is None:
        raise BadInput("`before` needs `last`: say how many records before it")
    count = last if last is not None else DEFAULT_PAGE if first is None else first
    name = "first" if last is None else "last"
    if not 0 <= count <= LARGEST_PAGE:
        raise BadInput(f"`{name}` is {count}: give a number from 0 to {LARGEST_PAGE}")
    return count, before if last is not None else after, last is not None


def forward(first: int | None, after: str | None) -> tuple[int, str | None]:
    """Size and cursor of a page of a list that is read one way; raises `BadInput`."""
    count, cursor, _ = window(first, after, None, None)
    return count, cursor
