"""The schema: what the API is made of, and how its answers leave the house."""

from dataclasses import replace
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLOneOfDirective
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from imaging.graphql.masking import Masking
from imaging.graphql.mutations import Mutation
from imaging.graphql.queries import Query
from imaging.graphql.scalars import SCALARS
from imaging.graphql.shortcuts import Executor, Names, shorten
from imaging.graphql.subscriptions import Subscription
from imaging.graphql.transport.documents import UsePrepared
from imaging.graphql.types.batch import Batch, BatchError
from imaging.graphql.types.collection import Collection
from imaging.graphql.types.image import Image
from imaging.graphql.types.preset import Preset
from imaging.graphql.types.upload import Upload
from imaging.graphql.types.user import User

_ONE_OF = "directive @oneOf on INPUT_OBJECT"

CONFIG = StrawberryConfig(scalar_map=SCALARS, name_converter=Names())


class Schema(strawberry.Schema):
    """A schema whose failures are logged once, by `Masking`."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Leave the log alone: foreseen failures are no news, and unforeseen ones are logged with their reference."""


def build(config: StrawberryConfig, **more: Any) -> Schema:
    """Return the schema; `more` is passed on to Strawberry, whose keywords differ by version."""
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Batch, BatchError, Collection, Image, Preset, Upload, User],
        config=config,
        **more,
    )


schema = build(CONFIG, extensions=[Masking, UsePrepared], execution_context_class=Executor)
shorten(schema._schema)  # no public name for it


def export_sdl() -> str:
    """Return the contract as text, sorted, as it is committed in `schema.graphql`."""
    text = build(replace(CONFIG, sort_schema=True)).as_str()
    # Strawberry prints the specification's directive without its description.
    return text.replace(_ONE_OF, f'"""{GraphQLOneOfDirective.description}"""\n{_ONE_OF}') + "\n"
