"""Tell what making a picture would take and give, before anybody asks for it. Nothing is rendered."""

import enum
import math
from dataclasses import dataclass
from functools import cached_property

from imaging.delivery.addresses import Addresses
from imaging.delivery.admission import price
from imaging.delivery.choice import Choice
from imaging.delivery.deliver import Delivery
from imaging.delivery.source import source_of
from imaging.images.models import Image, ImageState
from imaging.render.caveats import caveats
from imaging.render.estimate import estimated_ms, estimated_peak_bytes
from imaging.render.plan import Plan, plan
from imaging.render.transform import OutputFormat, Transform
from imaging.render.wording import format_name, steps_told

_PIXELS_PER_POINT = 1_000_000
_HIDDEN = (ImageState.TRASHED, ImageState.QUARANTINED)


class LoadMode(enum.Enum):
    """How the stored picture is read."""

    SEQUENTIAL = "SEQUENTIAL"
    RANDOM = "RANDOM"


@dataclass(frozen=True)
class Explanation:
    """What becomes of a wish about an image; `asked` is the wish as it was meant, `choice` how AUTO was decided.

    `normalized` is the wish as its address spells it, `cached` says that its picture is stored already.
    """

    image: Image
    asked: Transform
    plan: Plan
    normalized: str
    choice: Choice | None
    cached: bool
    preview_url: str

    @property
    def output(self) -> Plan:
        """The plan, read for what comes out."""
        return self.plan

    @cached_property
    def steps(self) -> list[str]:
        """What is done, in its order."""
        return [words for words, _ in steps_told(self.plan)]

    @property
    def reasons(self) -> list[str]:
        """Why each step comes where it does."""
        return [step.reason for _, step in steps_told(self.plan)]

    @property
    def format_reason(self) -> str:
        """How the format was chosen."""
        return self.choice.told if self.choice else f"{format_name(self.plan.format)}: it was asked for by name."

    @property
    def load_mode(self) -> LoadMode:
        """Whether the picture is read from top to bottom, or held whole once it is resized."""
        return LoadMode.RANDOM if self.plan.random_access else LoadMode.SEQUENTIAL

    @property
    def shrink_on_load(self) -> int:
        """What the picture is divided by while it is decoded."""
        return self.plan.shrink_on_load

    @property
    def estimated_ms(self) -> int:
        """Processor time of making it."""
        return estimated_ms(self.plan)

    @property
    def estimated_peak_bytes(self) -> int:
        """Memory of making it, above that of an idle decoder."""
        return estimated_peak_bytes(self.plan)

    @property
    def cost(self) -> int:
        """What it counts against what may be made at once, in points: megapixels of a baseline JPEG, rounded up."""
        return max(1, math.ceil(price(self.plan) / _PIXELS_PER_POINT))

    @cached_property
    def warnings(self) -> list[str]:
        """What whoever asked should know."""
        told = caveats(self.asked, self.plan)
        if self.choice and self.choice.later is OutputFormat.AVIF:
            told.append(f"{self.choice.told} The AVIF is made in the background.")
        if self.image.state in _HIDDEN:
            told.append(f"The image is {self.image.state.value}: its addresses answer 404.")
        return told


@dataclass(frozen=True)
class Explainer:
    """Explains wishes; `delivery` is asked how it would answer, and what is stored."""

    addresses: Addresses
    delivery: Delivery

    async def explain(self, image: Image, asked: Transform, accept: str) -> Explanation:
        """Return what becomes of the wish for a browser that sends this `Accept` header.

        Raises:
            InvalidTransform: no picture can be made from it.
        """
        preview_url = self.addresses.url(image, asked)
        address = self.addresses.address(image, asked)
        choice = await self.delivery.choose(image, address, accept)
        format = choice.format if choice else address.wish.format
        planned = plan(address.wish, source_of(image), format=format, limits=self.addresses.limits)
        stored = await self.delivery.store.stat(address.in_format(format).key)
        return Explanation(image, asked, planned, address.ops, choice, stored is not None, preview_url)
