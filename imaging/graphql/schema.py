"""The schema: what the API is made of, and how its answers leave the house."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from imaging import __version__
from imaging.graphql.scalars import SCALARS, Upload


@strawberry.type(description="This installation.")
class Server:
    """What the API tells about this installation."""

    version: str = strawberry.field(description="Version of the program.")


@strawberry.type(description="Questions.")
class Query:
    """Questions."""

    @strawberry.field(description="What this installation can do.")
    def server(self) -> Server:
        """Tell about this installation."""
        return Server(version=__version__)


@strawberry.type(description="Changes.")
class Mutation:
    """Changes."""

    @strawberry.mutation(description="Take in files.")
    def upload_images(self, files: list[Upload]) -> int:
        """Take in files."""
        return len(files)


schema = strawberry.Schema(query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map=SCALARS))
