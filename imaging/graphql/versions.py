"""Changes to the bytes of an image: replacing them, and going back."""

from typing import Annotated

import strawberry

from imaging.errors import FileRejected, ImagingError, NotFound, SameBytes
from imaging.graphql.context import Info
from imaging.graphql.errors import Payload, UserError
from imaging.graphql.ids import IMAGE, global_id, row_id
from imaging.graphql.payloads import of_input
from imaging.graphql.publishes import field, form, shown, value
from imaging.graphql.scalars import Upload
from imaging.graphql.types.image import Image


@form("ReplaceImageInput")
class ReplaceImageForm:
    """A file, and the image whose bytes it is to replace."""

    id: strawberry.ID = strawberry.field(description="Which image.")
    file: Upload = strawberry.field(description="The file.")
    expected_version: int | None = strawberry.field(
        default=None, description="Replace only if the image is still at this `version`; CONFLICT otherwise."
    )


@form("RestoreVersionInput")
class RestoreVersionForm:
    """Which version of which image is to come back."""

    id: strawberry.ID = strawberry.field(description="Which image.")
    version: int = strawberry.field(description="Any version it had; `Image.versions` tells which are kept.")


@value
class ReplaceImagePayload(Payload):
    """What became of replacing an image."""

    image: Image | None = strawberry.field(description="The image as it is now; null when it was refused.")


@value
class RestoreVersionPayload(Payload):
    """What became of going back."""

    image: Image | None = strawberry.field(description="The image as it is now; null when it was refused.")


Replaced = Annotated[ReplaceImageForm, strawberry.argument(description="The image and the file.")]
Restored = Annotated[RestoreVersionForm, strawberry.argument(description="The image and the version.")]


@value
class VersionMutations:
    """Changes to the bytes of an image."""

    @field
    async def replace_image(self, info: Info, input: Replaced) -> ReplaceImagePayload:
        """Give an image other bytes, as a new version. For its owner and admins.

        Its title, tags and other words stay, and so do visibility and focal point; `filename` is that of the new file.
        URLs given out before go on showing the old bytes until these are forgotten, see `Image.versions`. The bytes
        that it has already change nothing; those of another image of the same owner are a CONFLICT, and `itemId`
        names that one.
        """
        id = row_id(IMAGE, input.id)
        try:
            if id is None:
                raise NotFound("There is no such image.")
            image = await info.context.services.replacement.replace(
                info.context.viewer, id, input.file, expected_version=input.expected_version
            )
        except ImagingError as error:
            return ReplaceImagePayload(image=None, user_errors=[_refusal(error, input.id, "file")])
        return ReplaceImagePayload(image=shown(image), user_errors=[])

    @field
    async def restore_version(self, info: Info, input: Restored) -> RestoreVersionPayload:
        """Give an image the bytes back that a version of it had, as a new version. For its owner and admins.

        The present bytes become an earlier version, so that this can be undone. NOT_FOUND when the version never was
        or is no longer kept; CONFLICT when another image of the same owner has these bytes by now: `itemId` names it.
        """
        id = row_id(IMAGE, input.id)
        try:
            if id is None:
                raise NotFound("There is no such image.")
            image = await info.context.services.versions.restore(info.context.viewer, id, input.version)
        except ImagingError as error:
            return RestoreVersionPayload(image=None, user_errors=[_refusal(error, input.id, "version")])
        return RestoreVersionPayload(image=shown(image), user_errors=[])


def _refusal(error: ImagingError, id: str, bytes_from: str) -> UserError:
    """Tell why it was refused; `bytes_from` is what the input names the bytes by.

    Raises:
        Unauthenticated, Overloaded: the whole request was turned away, not its input.
    """
    item_id = global_id(IMAGE, error.image_id) if isinstance(error, SameBytes) else id
    if error.field is not None:
        return of_input(error, item_id=item_id)
    return of_input(error, bytes_from if isinstance(error, FileRejected | SameBytes) else "id", item_id=item_id)
