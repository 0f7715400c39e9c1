"""People."""

import strawberry

from imaging.accounts import models as rows
from imaging.graphql.ids import USER
from imaging.graphql.publishes import about, publishes
from imaging.graphql.types.node import Node, identity


@publishes(rows.User)
class User(Node):
    """Somebody, or some program, that owns images."""

    id: strawberry.ID = identity(USER)
    name: str = about("What to call them; empty when their token does not say.")
