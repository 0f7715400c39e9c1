"""Addresses of an image, as it is or as it was."""

from imaging.graphql.context import Info
from imaging.graphql.scalars import URL
from imaging.graphql.watermarks import when_marked
from imaging.images.models import Image
from imaging.render.transform import Transform


def picture_url(image: Image, wish: Transform, info: Info, expires_in_s: int | None) -> URL:
    """Return where the picture is, as wished.

    Raises:
        InvalidTransform: it cannot be made, or the viewer may not lay its watermark over the image.
    """
    addresses = info.context.services.addresses
    return when_marked(image, wish, info, lambda asked: URL(addresses.url(image, asked, expires_in_s=expires_in_s)))


def original_url(image: Image, info: Info, expires_in_s: int | None) -> URL | None:
    """Return where the bytes are that were uploaded, None when they are not for the viewer."""
    url = info.context.services.addresses.original_url(info.context.viewer, image, expires_in_s=expires_in_s)
    return None if url is None else URL(url)
