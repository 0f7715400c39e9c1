"""Whose image may be laid over whose: looked at when an address is signed, and again when it is rendered.

A rendition that is stored stays when its watermark's image goes: it is a picture of its own. None is made anew.
"""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from imaging.delivery.address import RenditionAddress
from imaging.delivery.rows import Original, absent
from imaging.delivery.source import source_of
from imaging.errors import FileRejected, InvalidTransform
from imaging.images.history import bytes_of
from imaging.images.models import Image, ImageState
from imaging.ports import ObjectStore
from imaging.render.plan import Plan
from imaging.render.transform import Transform
from imaging.render.watermark import Overlay

_FIELD = ["watermark", "image"]
_USABLE = (ImageState.READY, ImageState.PROCESSING)


def watermark_id(wish: Transform) -> uuid.UUID | None:
    """Return the id of the image that is to be looked up before the wish can be signed, if there is one."""
    return wish.watermark.image_id if wish.watermark else None


def marked(wish: Transform, image: Image, overlay: Image | None) -> Transform:
    """Return the wish for `image` with its watermark as it is now; `overlay` is what the viewer may see of it.

    Raises:
        InvalidTransform: there is no such image, for this viewer; or it is private and the picture is public.
    """
    if wish.watermark is None or wish.watermark.image_id is None:
        return wish
    if overlay is None or overlay.state not in _USABLE:
        raise InvalidTransform("there is no such image to use as a watermark", field=_FIELD)
    if image.is_public and not overlay.is_public:
        raise InvalidTransform("this picture is PUBLIC, so its watermark's image must be PUBLIC, too", field=_FIELD)
    return replace(wish, watermark=replace(wish.watermark, version=overlay.version))


@asynccontextmanager
async def overlaid(plan: Plan, address: RenditionAddress, store: ObjectStore) -> AsyncIterator[Plan]:
    """Give the plan with the watermark's image as a file to read, for as long as the context lasts.

    Who signed a private address could see the image; it must still be there. For a public one it must be PUBLIC still.
    Once it was replaced, addresses signed before get the bytes that it had then, for as long as they are kept.

    Raises:
        NotFound: it is not.
    """
    mark = address.wish.watermark
    if mark is None or mark.image_id is None:
        yield plan
        return
    original = await _usable(mark.image_id, mark.version, public=address.public)
    async with store.local_file(original.original_key) as source:
        try:
            yield replace(plan, overlay=Overlay(source, source_of(original)))
        except FileRejected:
            # Deleting takes the original away from under us, which looks like a broken file.
            await _usable(mark.image_id, mark.version, public=address.public)
            raise


async def _usable(image_id: uuid.UUID, version: int, *, public: bool) -> Original:
    image = await Image.get_or_none(id=image_id)
    if image is None or image.state not in _USABLE or (public and not image.is_public):
        raise absent()
    original = await bytes_of(image, version)
    if original is None:
        raise absent()
    return original
