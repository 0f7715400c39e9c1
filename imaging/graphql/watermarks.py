"""Watermarks of wishes: the one thing that is looked up before an address can be told."""

import uuid
from collections.abc import Callable
from typing import TypeVar

from imaging.delivery.watermarks import marked, watermark_id
from imaging.graphql.context import Info
from imaging.graphql.publishes import shown
from imaging.images.models import Image
from imaging.render.transform import Transform

T = TypeVar("T")


def when_marked(image: Image, wish: Transform, info: Info, told: Callable[[Transform], T]) -> T:
    """Return what is told of the wish: at once, or, with an image as watermark, when a loader has looked that up.

    Most wishes have none: they must not wait, and ask nobody.

    Raises:
        InvalidTransform: the viewer may not lay this image over that one.
    """
    id = watermark_id(wish)
    return told(wish) if id is None else shown(_looked_up(id, image, wish, info, told))


async def _looked_up(id: uuid.UUID, image: Image, wish: Transform, info: Info, told: Callable[[Transform], T]) -> T:
    overlay = await info.context.loaders.images.load(id)
    return told(marked(wish, image, overlay))
