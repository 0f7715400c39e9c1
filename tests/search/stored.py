"""Puts people and images into the tables."""

import itertools
import uuid
from typing import Any

from imaging import database
from imaging.accounts.models import User
from imaging.accounts.viewer import Role, Viewer
from imaging.images.models import Image
from imaging.journal import outbox
from imaging.render.facts import ImageFormat

_numbers = itertools.count(1)


async def somebody(role: Role = Role.EDITOR) -> Viewer:
    """Somebody with a token and a row."""
    user = await User.create(issuer="test", subject=uuid.uuid4().hex)
    return Viewer(user.id, role)


def image_of(owner: Viewer, **fields: Any) -> Image:
    """An image of this owner, not yet stored."""
    number = next(_numbers)
    pixels = {"format": ImageFormat.JPEG, "width": 40, "height": 30, "pixels": 1200, "size_bytes": 1000 + number}
    hashes = {"sha256": f"{number:064d}", "pixel_hash": f"{number:064d}", "perceptual_hash": f"{number:016d}"}
    looks = {"thumbhash": "", "placeholder_uri": "", "dominant_color": "#000000"}
    return Image(**{"owner_id": owner.user_id, "filename": "x.jpg", **pixels, **hashes, **looks, **fields})


async def stored(owner: Viewer, **fields: Any) -> Image:
    """An image of this owner, with its entry in the outbox."""
    image = image_of(owner, **fields)
    async with database.transaction():
        await image.save(force_create=True)
        await outbox.enqueue(image.id)
    return image


async def changed(image: Image, **fields: Any) -> None:
    """Change a row and promise to index it."""
    async with database.transaction():
        await Image.filter(id=image.id).update(**fields)
        await outbox.enqueue(image.id)


async def deleted(image: Image) -> None:
    """Delete a row and promise to index that."""
    async with database.transaction():
        await Image.filter(id=image.id).delete()
        await outbox.enqueue(image.id)
