"""What an image is and was: its bytes, one after another."""

import datetime

import strawberry

from imaging.graphql.addresses import original_url, picture_url
from imaging.graphql.context import Info
from imaging.graphql.enums import ImageFormat
from imaging.graphql.publishes import about, field, publishes, shown
from imaging.graphql.scalars import URL, Long
from imaging.graphql.types.arguments import Life, Wish
from imaging.graphql.types.placeholder import Placeholder
from imaging.graphql.types.preset import PresetName, asked
from imaging.images import models as rows
from imaging.images.history import as_it_was


@publishes(rows.ImageVersion)
class ImageVersion:
    """Bytes that an image has, or had before they were replaced.

    A version of an image that only moved its focal point or changed its visibility has the bytes of the one before it,
    and is not listed.
    """

    version: int = about("The first version of the image that had these bytes; `restoreVersion` takes it.")
    format: ImageFormat = about("Format of the bytes, told from them.")
    content_type: str = about("Media type of the bytes, such as `image/jpeg`.")
    width: int = about("Width in pixels as seen, after EXIF orientation.")
    height: int = about("Height in pixels as seen, after EXIF orientation.")
    pages: int = about("Frames of an animation, pages of a TIFF; 1 for a still picture.")
    animated: bool = about("The pages are frames of an animation.")
    has_alpha: bool = about("The picture can be seen through somewhere.")
    size_bytes: Long = about("Size in bytes.")
    sha256: str = about("SHA-256 of the bytes, in hex.")
    filename: str = about("Name of the file that was uploaded, cleaned.")
    created_at: datetime.datetime = about("When the image got these bytes.")
    replaced_at: datetime.datetime | None = about("When others took their place; null for the present ones.")

    @field
    @staticmethod
    def current(row: strawberry.Parent[rows.ImageVersion]) -> bool:
        """These are the present bytes."""
        return row.replaced_at is None

    @field
    @staticmethod
    def expires_at(row: strawberry.Parent[rows.ImageVersion], info: Info) -> datetime.datetime | None:
        """When they are forgotten at the latest, and their URLs with them; null for the present ones.

        Sooner when the image is replaced very often: only the newest replacements are kept.
        """
        return info.context.services.versions.expires_at(row)

    @field
    @staticmethod
    def placeholder(row: strawberry.Parent[rows.ImageVersion]) -> Placeholder:
        """What to show until the picture is there."""
        return shown(row)

    @field
    @staticmethod
    def url(
        row: strawberry.Parent[rows.ImageVersion],
        info: Info,
        transform: Wish = None,
        preset: PresetName = None,
        expires_in_s: Life = None,
    ) -> URL:
        """Where the picture is, as wanted; see `Image.url`. It stops working when these bytes are forgotten."""
        info.context.budget.addresses(1)
        return picture_url(as_it_was(row, row.image), asked(info, transform, preset), info, expires_in_s)

    @field
    @staticmethod
    def original_url(row: strawberry.Parent[rows.ImageVersion], info: Info, expires_in_s: Life = None) -> URL | None:
        """Where the bytes are that were uploaded: for owner and admins; null for everybody else."""
        info.context.budget.addresses(1)
        return original_url(as_it_was(row, row.image), info, expires_in_s)
