"""Making renditions before anybody asks for them."""

from collections.abc import Sequence
from typing import Any

from imaging.accounts.viewer import Viewer
from imaging.batches.operation import DECODED_AT_ONCE, Cost
from imaging.delivery.addresses import Addresses
from imaging.delivery.deliver import Delivery
from imaging.delivery.preset_values import said
from imaging.delivery.watermarks import marked, watermark_id
from imaging.errors import InvalidInput
from imaging.images.library import Library
from imaging.images.models import Image
from imaging.render.transform import Transform

MOST_TRANSFORMS = 20
PIXELS_PER_MS = 20_000


class Warm:
    """Makes some renditions of every image, in each format that browsers are given; what is stored stays."""

    at_once = DECODED_AT_ONCE

    def __init__(self, addresses: Addresses, delivery: Delivery, transforms: Sequence[Any]) -> None:
        if not 1 <= len(transforms) <= MOST_TRANSFORMS:
            found = f"{len(transforms)} transforms were given"
            raise InvalidInput(f"{found}; 1 to {MOST_TRANSFORMS} are allowed.", field=["operation", "warm"])
        self._addresses = addresses
        self._delivery = delivery
        self._wishes = [Transform(**said(stored)) for stored in transforms]

    def cost(self, images: int, pixels: int, size_bytes: int) -> Cost:
        """Return what rendering takes; of a negotiated format, one picture is counted."""
        times = len(self._wishes)
        busy_ms = images * times * 20 + pixels * times // PIXELS_PER_MS
        return Cost(images * times, pixels * times, size_bytes * times, busy_ms)

    async def work(self, viewer: Viewer, image: Image) -> None:
        """Make the renditions of one image."""
        for wish in self._wishes:
            mark = watermark_id(wish)
            overlay = None if mark is None else (await Library().by_ids(viewer, [mark]))[0]
            asked = marked(wish, image, overlay)
            self._addresses.size(image, asked)
            await self._delivery.warm(self._addresses.address(image, asked))
