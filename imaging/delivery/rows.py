"""The row behind an address: what of it delivery needs, and whether it may be seen.

One query tells of the present bytes; only an address of bytes that were replaced costs a second.
"""

import uuid
from collections.abc import Awaitable

from tortoise.connection import get_connection

from imaging.delivery.address import OriginalAddress, RenditionAddress
from imaging.errors import NotFound
from imaging.images.history import bytes_of, bytes_stored_as
from imaging.images.models import Image, ImageState, ImageVersion

# Asked for at every hit, and written out because building a query costs more than running this one.
_ROW = """
SELECT "id", "version", "bytes_version", "bytes_since", "state", "visibility", "filename", "format",
       "width", "height", "orientation", "pages", "animated", "has_alpha"
FROM "image" WHERE "id" = {}
"""
_ROWS = {"sqlite": _ROW.format("?"), "postgres": _ROW.format("$1")}
_HIDDEN = (ImageState.TRASHED, ImageState.QUARANTINED)

Original = Image | ImageVersion
"""What tells of stored bytes: the image of its present ones, a row of their own of those it had before."""


async def row_for(address: RenditionAddress) -> Original:
    """Return what tells of the bytes that a rendition is of; older versions are seen when the image is.

    Raises:
        NotFound: there is no such image, it is hidden, or the bytes that this version had are not kept.
    """
    image = await seen_row(address.image_id)
    if address.public and not image.is_public:
        raise absent()
    return await _kept(bytes_of(image, address.version))


async def original_row(address: OriginalAddress) -> Original:
    """Return what tells of the original bytes at an address.

    Raises:
        NotFound: there is no such image, it is hidden, or the bytes are not kept.
    """
    return await _kept(bytes_stored_as(await seen_row(address.image_id), address.version))


async def seen_row(image_id: uuid.UUID) -> Image:
    """Return the image, if it is one to be seen.

    Raises:
        NotFound: it is not.
    """
    connection = get_connection("default")
    rows = await connection.execute_query_dict(_ROWS[connection.capabilities.dialect], [str(image_id)])
    image = Image._init_from_db(**rows[0]) if rows else None
    if image is None or image.state in _HIDDEN:
        raise absent()
    return image


async def _kept(asked: Awaitable[Original | None]) -> Original:
    row = await asked
    if row is None:
        raise absent()
    return row


def absent() -> NotFound:
    """Make the error that tells strangers nothing about why."""
    return NotFound("There is no picture at this address.")
