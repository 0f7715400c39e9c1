"""What camera and author wrote about a picture."""

import datetime

import strawberry

from imaging.graphql.context import Info
from imaging.graphql.publishes import about, field, publishes, value
from imaging.graphql.scalars import JSON
from imaging.images import models as rows


@value
class Camera:
    """What took the picture."""

    make: str | None = strawberry.field(description="Manufacturer.")
    model: str | None = strawberry.field(description="Model.")


@value
class Exposure:
    """How the picture was taken."""

    time_s: float | None = strawberry.field(description="Exposure time in seconds, 0.004 for 1/250.")
    aperture_f: float | None = strawberry.field(description="F-number, 2.8 for f/2.8.")
    iso: int | None = strawberry.field(description="Sensitivity.")
    focal_length_mm: float | None = strawberry.field(description="Focal length in millimetres.")


@value
class GeoLocation:
    """Where the picture was taken (WGS 84)."""

    latitude: float = strawberry.field(description="Degrees north, -90 to 90.")
    longitude: float = strawberry.field(description="Degrees east, -180 to 180.")
    altitude_m: float | None = strawberry.field(description="Metres above the sea.")


@publishes(rows.Image)
class ImageMetadata:
    """What camera and author wrote into the file, and what you wrote about it."""

    taken_at: datetime.datetime | None = about("When the picture was taken; the camera's clock is taken as UTC.")
    custom: JSON = about("Your own data about the image, an object; see `updateImages`.")

    @field
    @staticmethod
    def camera(image: strawberry.Parent[rows.Image]) -> Camera | None:
        """What took the picture; null when the file does not say."""
        make, model = image.metadata.get("camera_make"), image.metadata.get("camera_model")
        return Camera(make=make, model=model) if make or model else None

    @field
    @staticmethod
    def lens(image: strawberry.Parent[rows.Image]) -> str | None:
        """The lens; null when the file does not say."""
        return _text(image, "lens")

    @field
    @staticmethod
    def exposure(image: strawberry.Parent[rows.Image]) -> Exposure | None:
        """How the picture was taken; null when the file does not say."""
        facts = [image.metadata.get(name) for name in ("exposure_s", "aperture_f", "iso", "focal_length_mm")]
        if all(fact is None for fact in facts):
            return None
        time_s, aperture_f, iso, focal_length_mm = facts
        return Exposure(time_s=time_s, aperture_f=aperture_f, iso=iso, focal_length_mm=focal_length_mm)

    @field
    @staticmethod
    def location(image: strawberry.Parent[rows.Image], info: Info) -> GeoLocation | None:
        """Where the picture was taken, for owner and admins; null for others, and when the file does not say."""
        latitude, longitude = image.metadata.get("latitude"), image.metadata.get("longitude")
        if latitude is None or longitude is None or not info.context.viewer.rules(image.owner_id):
            return None
        return GeoLocation(latitude=latitude, longitude=longitude, altitude_m=image.metadata.get("altitude_m"))

    @field
    @staticmethod
    def copyright(image: strawberry.Parent[rows.Image]) -> str | None:
        """The copyright notice."""
        return _text(image, "copyright")

    @field
    @staticmethod
    def creator(image: strawberry.Parent[rows.Image]) -> str | None:
        """Who made the picture."""
        return _text(image, "creator")

    @field
    @staticmethod
    def caption(image: strawberry.Parent[rows.Image]) -> str | None:
        """What the maker wrote below the picture."""
        return _text(image, "caption")

    @field
    @staticmethod
    def keywords(image: strawberry.Parent[rows.Image]) -> list[str]:
        """The maker's keywords; not the image's `tags`."""
        return list(image.metadata.get("keywords") or ())

    @field
    @staticmethod
    async def exif(image: strawberry.Parent[rows.Image], info: Info) -> JSON | None:
        """All of EXIF as name and text: for owner and admins, because it tells places; null for everybody else."""
        if not info.context.viewer.rules(image.owner_id):
            return None
        detail = await info.context.loaders.details.load(image.id)
        return None if detail is None else JSON(detail.exif)

    @field
    @staticmethod
    async def iptc(image: strawberry.Parent[rows.Image], info: Info) -> JSON | None:
        """All of IPTC as name and text: for owner and admins; null for everybody else."""
        if not info.context.viewer.rules(image.owner_id):
            return None
        detail = await info.context.loaders.details.load(image.id)
        return None if detail is None else JSON(detail.iptc)

    @field
    @staticmethod
    async def xmp(image: strawberry.Parent[rows.Image], info: Info) -> str | None:
        """The XMP packet as text: for owner and admins; null for everybody else, and when there is none."""
        if not info.context.viewer.rules(image.owner_id):
            return None
        detail = await info.context.loaders.details.load(image.id)
        return (detail.xmp or None) if detail is not None else None


def _text(image: rows.Image, name: str) -> str | None:
    text = image.metadata.get(name)
    return None if text is None else str(text)
