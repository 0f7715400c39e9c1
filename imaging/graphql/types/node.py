"""Things that can be fetched again by their id alone."""

from typing import Any

import strawberry

from imaging.graphql.ids import global_id

IDENTITY = "The id, unique among all things. Opaque: keep it, compare it, do not take it apart."


@strawberry.interface(description="A thing with an id of its own; `node(id:)` fetches it again.")
class Node:
    """A thing with an id of its own."""

    id: strawberry.ID = strawberry.field(description=IDENTITY)


def identity(kind: str, *, of: str = "id") -> Any:
    """Publish the row's id as the global id of a kind of thing; `Any`, as in `publishes.about`."""

    def global_id_of(row: strawberry.Parent[Any]) -> strawberry.ID:
        return global_id(kind, getattr(row, of))

    return strawberry.field(resolver=global_id_of, description=IDENTITY)
