"""The image, and a page of images."""

import datetime
from functools import partial
from typing import Annotated

import strawberry

from imaging.graphql.addresses import original_url, picture_url
from imaging.graphql.context import Info
from imaging.graphql.enums import ImageFormat, ImageState, OutputFormat, Visibility
from imaging.graphql.ids import IMAGE
from imaging.graphql.publishes import about, field, publishes, shown, value
from imaging.graphql.scalars import URL, Long
from imaging.graphql.types.arguments import Life, Wish
from imaging.graphql.types.collection_list import CollectionConnection, CollectionListing
from imaging.graphql.types.metadata import ImageMetadata
from imaging.graphql.types.node import Node, identity
from imaging.graphql.types.page import After, Before, First, Last
from imaging.graphql.types.placeholder import Placeholder
from imaging.graphql.types.preset import PresetName, asked
from imaging.graphql.types.responsive import Picture, SourceSet
from imaging.graphql.types.similar import SimilarImage
from imaging.graphql.types.transform import FocalPoint
from imaging.graphql.types.user import User
from imaging.graphql.types.version import ImageVersion
from imaging.graphql.watermarks import when_marked
from imaging.images import models as rows
from imaging.images.duplicates import MOST_TOLD
from imaging.images.history import versions_of
from imaging.images.page import PageRequest
from imaging.render.facts import CONTENT_TYPES

Widths = Annotated[
    list[int] | None, strawberry.argument(description="Widths in pixels; the server's own when left out.")
]
Densities = Annotated[
    list[float] | None, strawberry.argument(description="Densities such as 1, 2, 3, instead of widths.")
]
Sizes = Annotated[str | None, strawberry.argument(description="The `sizes` attribute to hand back, such as `50vw`.")]
Formats = Annotated[
    list[OutputFormat] | None, strawberry.argument(description="Formats before the fallback, best first.")
]
_PICTURE_FORMATS = (OutputFormat.AVIF, OutputFormat.WEBP)


@value
class ImageFailure:
    """Why an image is FAILED."""

    code: str = strawberry.field(description="Why, for programs.")
    message: str = strawberry.field(description="Why, for people.")


@publishes(rows.Image)
class Image(Node):
    """A picture somebody owns.

    Reading its URLs renders nothing and asks nobody, but for an image used as watermark: ask for as many as you like.
    """

    id: strawberry.ID = identity(IMAGE)
    version: int = about("Grows when bytes, focal point or visibility change; part of every URL.")
    state: ImageState = about("Where it stands in its life.")
    filename: str = about("Name of the file that was uploaded, cleaned.")
    title: str | None = about("Title, by people.")
    alt_text: str | None = about("What the picture shows, for those who do not see it.")
    description: str | None = about("Description, by people.")
    tags: list[str] = about("Tags, by people, each once whatever its case.")
    visibility: Visibility = about("Who may see it.")
    format: ImageFormat = about("Format of the original, told from its bytes.")
    width: int = about("Width in pixels as seen, after EXIF orientation.")
    height: int = about("Height in pixels as seen, after EXIF orientation.")
    pages: int = about("Frames of an animation, pages of a TIFF; 1 for a still picture.")
    animated: bool = about("The pages are frames of an animation.")
    has_alpha: bool = about("The picture can be seen through somewhere.")
    size_bytes: Long = about("Size of the original in bytes.")
    sha256: str = about("SHA-256 of the original's bytes, in hex.")
    created_at: datetime.datetime = about("When it was uploaded.")
    updated_at: datetime.datetime = about("When anything about it last changed.")
    trashed_at: datetime.datetime | None = about("When it was put into the trash; null when it is not there.")

    @field
    @staticmethod
    def failure(image: strawberry.Parent[rows.Image]) -> ImageFailure | None:
        """Why it is FAILED; null otherwise."""
        if not image.failure_code:
            return None
        return ImageFailure(code=image.failure_code, message=image.failure_message)

    @field
    @staticmethod
    def content_type(image: strawberry.Parent[rows.Image]) -> str:
        """Media type of the original, such as `image/jpeg`."""
        return CONTENT_TYPES[image.format]

    @field
    @staticmethod
    def focal_point(image: strawberry.Parent[rows.Image]) -> FocalPoint | None:
        """The point that stays in sight when the picture is cropped; null when nobody chose one."""
        if image.focal_x is None or image.focal_y is None:
            return None
        return FocalPoint(x=image.focal_x, y=image.focal_y)

    @field
    @staticmethod
    def metadata(image: strawberry.Parent[rows.Image]) -> ImageMetadata:
        """What camera and author wrote, and your own data."""
        return shown(image)

    @field
    @staticmethod
    def placeholder(image: strawberry.Parent[rows.Image]) -> Placeholder:
        """What to show until the picture is there."""
        return shown(image)

    @field
    @staticmethod
    def url(
        image: strawberry.Parent[rows.Image],
        info: Info,
        transform: Wish = None,
        preset: PresetName = None,
        expires_in_s: Life = None,
    ) -> URL:
        """Where the picture is, as wanted. The address is signed: change the transform here, not in the URL."""
        info.context.budget.addresses(1)
        return picture_url(image, asked(info, transform, preset), info, expires_in_s)

    @field
    @staticmethod
    def srcset(
        image: strawberry.Parent[rows.Image],
        info: Info,
        widths: Widths = None,
        densities: Densities = None,
        sizes: Sizes = None,
        transform: Wish = None,
        preset: PresetName = None,
    ) -> SourceSet:
        """The picture at several widths, or densities, for an `<img>`; never enlarged unless you allow it."""
        addresses = info.context.services.addresses
        info.context.budget.addresses(len(widths or densities or addresses.widths))
        told = partial(addresses.srcset, image, widths=widths, densities=densities, sizes=sizes)
        return shown(when_marked(image, asked(info, transform, preset), info, told))

    @field
    @staticmethod
    def picture(
        image: strawberry.Parent[rows.Image],
        info: Info,
        widths: Widths = None,
        sizes: Sizes = None,
        formats: Formats = None,
        transform: Wish = None,
        preset: PresetName = None,
    ) -> Picture:
        """The picture in several formats and widths, for a `<picture>`."""
        addresses = info.context.services.addresses
        info.context.budget.addresses(len(widths or addresses.widths) * (1 + len(formats or _PICTURE_FORMATS)))
        told = partial(addresses.picture, image, widths=widths, sizes=sizes, formats=formats)
        return shown(when_marked(image, asked(info, transform, preset), info, told))

    @field
    @staticmethod
    def original_url(image: strawberry.Parent[rows.Image], info: Info, expires_in_s: Life = None) -> URL | None:
        """Where the bytes are that were uploaded: for owner and admins; null for everybody else."""
        return original_url(image, info, expires_in_s)

    @field
    @staticmethod
    async def duplicates(image: strawberry.Parent[rows.Image], info: Info) -> list[SimilarImage]:
        """Other images with the same picture that you may see, the nearest first, at most 20; none from the trash."""
        info.context.budget.images(MOST_TOLD)
        return shown(await info.context.loaders.duplicates.load(image))

    @field
    @staticmethod
    async def versions(image: strawberry.Parent[rows.Image], info: Info) -> list[ImageVersion]:
        """The bytes that it has, and before them, newest first, those it had: these for owner and admins only."""
        if not info.context.viewer.rules(image.owner_id):
            return shown(versions_of(image, []))
        return shown(versions_of(image, await info.context.loaders.versions.load(image.id)))

    @field
    @staticmethod
    async def collections(
        image: strawberry.Parent[rows.Image],
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> CollectionConnection:
        """A page of the collections that it is in and that you may see, by name."""
        request = PageRequest(first=first, after=after, last=last, before=before)
        info.context.budget.collections(request.size)
        page = await info.context.loaders.holders.load((image.id, request))
        return shown(CollectionListing(page, image_id=image.id))

    @field
    @staticmethod
    async def owner(image: strawberry.Parent[rows.Image], info: Info) -> User:
        """Whose it is."""
        return shown(await info.context.loaders.users.load(image.owner_id))
