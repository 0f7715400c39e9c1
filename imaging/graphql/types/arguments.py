"""Arguments that fields of more than one type take."""

from typing import Annotated

import strawberry

from imaging.graphql.types.transform import TransformForm

Wish = Annotated[
    TransformForm | None, strawberry.argument(description="How the picture is wanted; as it is when left out.")
]
Life = Annotated[
    int | None,
    strawberry.argument(description="Seconds that a private URL lives, at most 604800. Public ones do not expire."),
]
