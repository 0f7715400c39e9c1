"""What mutations are given."""

from typing import Any

import strawberry

from imaging.graphql.enums import Visibility
from imaging.graphql.publishes import form
from imaging.graphql.scalars import JSON, Upload
from imaging.graphql.types.transform import FocalPointForm, TransformForm
from imaging.images.said import Said


@form("PictureWords")
class SaidForm:
    """What people say about a picture."""

    title: str | None = strawberry.field(default=None, description="Title.")
    alt_text: str | None = strawberry.field(
        default=None, description="What the picture shows, for those who do not see it."
    )
    description: str | None = strawberry.field(default=None, description="Description.")
    tags: list[str] | None = strawberry.field(default=None, description="Tags.")
    visibility: Visibility | None = strawberry.field(default=None, description="Who may see it. Default PRIVATE.")
    focal_point: FocalPointForm | None = strawberry.field(
        default=None, description="The point that stays in sight when the picture is cropped."
    )
    custom: JSON | None = strawberry.field(default=None, description="Your own data about it, an object.")


@form("UploadFile")
class UploadFile(SaidForm):
    """One file, and what people say about it."""

    file: Upload = strawberry.field(description="The file.")


def said_of(form: SaidForm) -> Said:
    """Return what a form says about a picture."""
    point = form.focal_point
    custom: Any = form.custom  # Any: JSON, looked at by the room
    return Said(
        title=form.title,
        alt_text=form.alt_text,
        description=form.description,
        tags=form.tags or (),
        visibility=form.visibility or Visibility.PRIVATE,
        focal_point=None if point is None else (point.x, point.y),
        custom=custom,
    )


@form("UploadImagesInput")
class UploadImagesForm:
    """Files to take in."""

    files: list[UploadFile] = strawberry.field(description="The files; see `server.limits.maxFilesPerRequest`.")


@form("ImageUpdate")
class ImageUpdate:
    """What changes about one image. A field left out stays as it is; null clears it."""

    id: strawberry.ID = strawberry.field(description="Which image.")
    title: str | None = strawberry.field(default=strawberry.UNSET, description="Title.")
    alt_text: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the picture shows, for those who do not see it."
    )
    description: str | None = strawberry.field(default=strawberry.UNSET, description="Description.")
    tags: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="All tags, instead of those it has."
    )
    visibility: Visibility | None = strawberry.field(
        default=strawberry.UNSET, description="Who may see it. Changes its URLs; null makes it PRIVATE."
    )
    focal_point: FocalPointForm | None = strawberry.field(
        default=strawberry.UNSET, description="The point that stays in sight when it is cropped. Changes its URLs."
    )
    custom: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="Your own data, an object, instead of what it has."
    )

    def values(self) -> dict[str, Any]:
        """Return what changes, by the row's names; `Any` is whatever each field holds."""
        given = {name: value for name, value in vars(self).items() if name != "id" and value is not strawberry.UNSET}
        if isinstance(self.focal_point, FocalPointForm):
            given["focal_point"] = (self.focal_point.x, self.focal_point.y)
        return given


@form("UpdateImagesInput")
class UpdateImagesForm:
    """Changes to images."""

    updates: list[ImageUpdate] = strawberry.field(description="One entry per image.")


@form("ImageIdsInput")
class ImageIdsForm:
    """Which images a change is about."""

    ids: list[strawberry.ID] = strawberry.field(description="Their ids.")


@form("SavePresetInput")
class SavePresetForm:
    """A transform, and the name it is to have."""

    name: str = strawberry.field(description="1 to 40 small letters, digits and hyphens, a letter first.")
    transform: TransformForm = strawberry.field(
        description="The transform, instead of the one the preset had. Of one with a watermark, the image is "
        "looked up anew for each address."
    )


@form("DeletePresetInput")
class DeletePresetForm:
    """Which preset to delete."""

    name: str = strawberry.field(description="Its name.")
