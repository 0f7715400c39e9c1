"""What changes to collections are given, and what they answer."""

import strawberry

from imaging.collections.arrange import End
from imaging.collections.curate import Children
from imaging.graphql.enums import Visibility
from imaging.graphql.errors import Payload
from imaging.graphql.publishes import enumerates, form, value
from imaging.graphql.types.collection import Collection
from imaging.graphql.types.image import Image

enumerates(
    End,
    "An end of a collection.",
    name="CollectionEnd",
    FIRST="Before all that is in it.",
    LAST="Behind all that is in it.",
)
enumerates(
    Children,
    "What becomes of the collections that lie in one that is deleted.",
    name="CollectionChildren",
    MOVE_UP="They move up, to where the deleted one lay.",
    DELETE="They are deleted too, with all that lies in them. Images stay all the same.",
)


@form("CollectionPlace", one_of=True)
class PlaceForm:
    """Where images go in a collection."""

    end: End | None = strawberry.field(default=strawberry.UNSET, description="To this end.")
    after: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Right behind this image, which must be in the collection."
    )
    before: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Right before this image, which must be in the collection."
    )


@form("CreateCollectionInput")
class CreateCollectionForm:
    """A collection to make."""

    name: str = strawberry.field(description="Its name, 1 to 200 characters; others may have the same.")
    description: str | None = strawberry.field(default=None, description="Description, at most 20000 characters.")
    visibility: Visibility | None = strawberry.field(default=None, description="Who may see it. Default PRIVATE.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="The collection that it lies in: its owner is then also that of the new one."
    )


@form("UpdateCollectionInput")
class UpdateCollectionForm:
    """What changes about a collection. A field left out stays as it is; null clears it."""

    id: strawberry.ID = strawberry.field(description="Which collection.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Its name; null is INVALID_INPUT.")
    description: str | None = strawberry.field(default=strawberry.UNSET, description="Description.")
    visibility: Visibility | None = strawberry.field(
        default=strawberry.UNSET, description="Who may see it; null makes it PRIVATE."
    )
    parent_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The collection that it is to lie in, with all that lies in it; null: in none. CONFLICT when that "
        "one lies in it, or has another owner; INVALID_INPUT when something would lie more than ten levels deep.",
    )
    cover_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The image of the collection that stands for it; null: the first."
    )


@form("DeleteCollectionInput")
class DeleteCollectionForm:
    """Which collection to delete."""

    id: strawberry.ID = strawberry.field(description="Which collection.")
    children: Children | None = strawberry.field(
        default=None, description="What becomes of the collections that lie in it. Default MOVE_UP."
    )


@form("AddToCollectionInput")
class AddToCollectionForm:
    """Images to put into a collection."""

    id: strawberry.ID = strawberry.field(description="Which collection.")
    image_ids: list[strawberry.ID] = strawberry.field(description="The images in their order, at most 100.")
    place: PlaceForm | None = strawberry.field(default=None, description="Where they go. Default: behind all others.")


@form("RemoveFromCollectionInput")
class RemoveFromCollectionForm:
    """Images to take out of a collection."""

    id: strawberry.ID = strawberry.field(description="Which collection.")
    image_ids: list[strawberry.ID] = strawberry.field(description="The images, at most 100.")


@form("CollectionMove")
class MoveForm:
    """An image of a collection, and where it goes."""

    image_id: strawberry.ID = strawberry.field(description="Which image.")
    place: PlaceForm = strawberry.field(description="Where it goes.")


@form("ReorderCollectionInput")
class ReorderCollectionForm:
    """How a collection is to be ordered anew."""

    id: strawberry.ID = strawberry.field(description="Which collection.")
    moves: list[MoveForm] = strawberry.field(description="What is moved, one after the other, at most 100.")


@value
class CreateCollectionPayload(Payload):
    """What became of making a collection."""

    collection: Collection | None = strawberry.field(description="The collection; null when it was refused.")


@value
class UpdateCollectionPayload(Payload):
    """What became of changing a collection."""

    collection: Collection | None = strawberry.field(
        description="The collection as it is now; null when it was refused."
    )


@value
class DeleteCollectionPayload(Payload):
    """What became of deleting a collection."""

    deleted_ids: list[strawberry.ID] = strawberry.field(
        description="The ids of the collections that are gone, the one you named first; empty when it was refused."
    )


@value
class AddToCollectionPayload(Payload):
    """What was put into a collection."""

    collection: Collection | None = strawberry.field(
        description="The collection as it is now; null when all of it was refused."
    )
    images: list[Image | None] = strawberry.field(
        description="The images that are in it now, in the order of the input; null where one was refused."
    )


@value
class RemoveFromCollectionPayload(Payload):
    """What was taken out of a collection."""

    collection: Collection | None = strawberry.field(
        description="The collection as it is now; null when it was refused."
    )


@value
class ReorderCollectionPayload(Payload):
    """What became of ordering a collection anew."""

    collection: Collection | None = strawberry.field(
        description="The collection as it is now; null when all of it was refused."
    )
