"""The row behind an address: what of it delivery needs, and whether it may be seen."""

import uuid

from imaging.delivery.address import RenditionAddress
from imaging.errors import NotFound
from imaging.images.models import Image, ImageState

# Asked for at every hit, and written out because building a query costs more than running this one.
_ROW = """
SELECT "id", "version", "bytes_version", "state", "visibility", "filename", "format",
       "width", "height", "orientation", "pages", "animated", "has_alpha"
FROM "image" WHERE "id" = '{}'
"""
_HIDDEN = (ImageState.TRASHED, ImageState.QUARANTINED)


async def row_for(address: RenditionAddress) -> Image:
    """Return the image that a rendition is of.

    Raises:
        NotFound: there is none, it is hidden, or it was never what the address says.
    """
    image = await seen_row(address.image_id)
    if address.version > image.version or (address.public and not image.is_public):
        raise absent()
    return image


async def seen_row(image_id: uuid.UUID) -> Image:
    """Return the image, if it is one to be seen.

    Raises:
        NotFound: it is not.
    """
    rows: list[Image] = await Image.raw(_ROW.format(image_id))
    if not rows or rows[0].state in _HIDDEN:
        raise absent()
    return rows[0]


def absent() -> NotFound:
    """Make the error that tells strangers nothing about why."""
    return NotFound("There is no picture at this address.")
