"""What making a picture would take and give."""

from typing import Annotated

import strawberry

from imaging.delivery import explain as domain
from imaging.graphql.enums import OutputFormat
from imaging.graphql.publishes import about, enumerates, publishes
from imaging.graphql.scalars import URL, Long
from imaging.render import plan as render

MODERN_ACCEPT = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"

Accept = Annotated[
    str | None,
    strawberry.argument(description="The Accept header of a browser, for AUTO. Default: that of a modern one."),
]

enumerates(
    domain.LoadMode,
    "How the stored picture is read.",
    SEQUENTIAL="From top to bottom, a few lines at a time.",
    RANDOM="Resized first and held whole, because what follows needs it in another order: a turn, a crop.",
)


@publishes(render.Plan, name="OutputSize")
class OutputSize:
    """What comes out."""

    width: int = about("Width in pixels; an upper estimate with `trim`.")
    height: int = about("Height in pixels; an upper estimate with `trim`.")
    format: OutputFormat = about("Format; of AUTO, what a browser with this `accept` is answered now.")
    quality: int | None = about("Quality, 1 to 100; null where the format has none, or the picture is lossless.")
    pages: int = about("Frames; 1 for a still picture.")


@publishes(domain.Explanation)
class TransformPlan:
    """What becomes of a transform, told by arithmetic: nothing is rendered. Estimates are for a core of 2.5 GHz."""

    normalized: str = about("The transform as it stands in the address, in its one spelling.")
    output: OutputSize = about("What comes out.")
    format_reason: str = about("How the format was chosen.")
    steps: list[str] = about("What is done, in its order, such as `resize to 640×480`.")
    reasons: list[str] = about("Why each step comes where it does, in the order of `steps`.")
    load_mode: domain.LoadMode = about("How the stored picture is read.")
    shrink_on_load: int = about("What a JPEG is divided by while it is decoded: 1, 2, 4 or 8. Other formats: 1.")
    estimated_ms: int = about("Processor time in milliseconds; twice as much for a progressive JPEG.")
    estimated_peak_bytes: Long = about("Memory at its peak in bytes, above that of an idle decoder.")
    cost: int = about(
        "Points it takes of what may be made at once: pixels read and written, weighed by format, in millions."
    )
    cached: bool = about("It is stored already: fetching it renders nothing.")
    warnings: list[str] = about("What is not, or not quite, as asked; empty when all is.")
    preview_url: URL = about("Where the picture is. The address is signed.")
