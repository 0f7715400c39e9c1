"""What all connections share: where a page begins and ends, and how one is asked for."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from imaging.graphql.publishes import value

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


def page_info(cursors: Sequence[str], *, has_next: bool, has_previous: bool) -> PageInfo:
    """Tell where the page with these cursors lies."""
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=has_previous,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
