"""What all connections share: where a page begins and ends, and how one is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic

import strawberry

from imaging.graphql.publishes import value
from imaging.images.page import Item, Page

First = Annotated[int | None, strawberry.argument(description="How many from the start, at most 100. Default 20.")]
After = Annotated[str | None, strawberry.argument(description="Start behind this cursor: the `endCursor` of a page.")]
Last = Annotated[int | None, strawberry.argument(description="How many from the end, at most 100.")]
Before = Annotated[str | None, strawberry.argument(description="End before this cursor: the `startCursor` of a page.")]


@value
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = strawberry.field(description="There is more behind `endCursor`.")
    has_previous_page: bool = strawberry.field(description="There is more before `startCursor`.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge; null on an empty page.")


@dataclass(frozen=True, slots=True)
class Listed(Generic[Item]):
    """One thing in its place in a list, as edges show it."""

    node: Item
    cursor: str


@dataclass(frozen=True, slots=True)
class Listing(Generic[Item]):
    """A page of a list, as connections show it."""

    page: Page[Item]

    @property
    def edges(self) -> list[Listed[Item]]:
        """The things in their places."""
        return [Listed(item, cursor) for item, cursor in zip(self.page.items, self.page.cursors, strict=True)]

    @property
    def nodes(self) -> Sequence[Item]:
        """The things alone."""
        return self.page.items

    @property
    def page_info(self) -> PageInfo:
        """Where the page lies in its list."""
        return page_info(self.page.cursors, has_next=self.page.has_next, has_previous=self.page.has_previous)


def page_info(cursors: Sequence[str], *, has_next: bool, has_previous: bool) -> PageInfo:
    """Tell where the page with these cursors lies."""
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=has_previous,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
