"""Random wishes, for the properties that hold of all of them."""

from typing import Any

from hypothesis import strategies as st

from imaging.errors import TransformTooLong
from imaging.render.canonical import canonical
from imaging.render.choices import OutputColorSpace, OutputFormat
from imaging.render.transform import Crop, Fit, Gravity, MetadataPolicy, Transform, Trim, Watermark

RATIOS = st.floats(0, 1)
COLORS = st.sampled_from(["#ffffff", "#00000080", "#12AB34", "#12345600"])
OPAQUE_COLORS = st.sampled_from(["#ffffff", "#FF8800", "#12345678"[:7], "#204060FF"])
FACTORS = st.sampled_from([1.0, 1.0, 0.0, 0.5, 1.2345, 10.0])
POSITIONS = st.sampled_from([Gravity.CENTER, Gravity.NORTH, Gravity.SOUTH_EAST])
PAPER = {
    "scale": st.floats(0.01, 1),
    "opacity": st.floats(0.01, 1),
    "margin": st.integers(0, 40),
    "tile": st.booleans(),
}


def transforms(longest: int = 2_000) -> st.SearchStrategy[Transform]:
    """Any wish about the whole of a first page; lengths are at most `longest` before pixel density, any format."""
    return st.builds(Transform, **_geometry(longest), **_manner())


def decorated() -> st.SearchStrategy[Transform]:
    """Any wish, also for what changes colours, edges and corners, for parts of a picture, and for a watermark."""
    some = st.fixed_dictionaries({}, optional={**_geometry(2_000), **_manner(), **_looks(), **_parts()})
    return some.map(lambda wish: Transform(**wish)).filter(_fits_an_address)


def parts() -> st.SearchStrategy[dict[str, Any]]:
    """What else decides over the size: a part of any picture, the ratio of the sides, a padding, and kinds of light."""
    edges = st.tuples(RATIOS, RATIOS, RATIOS, RATIOS)
    crops = edges.map(lambda edge: Crop.of_ratios(edge[0] * 0.9, edge[1] * 0.9, *_left_over(edge)))
    return st.fixed_dictionaries(
        {
            "crop": st.none() | crops,
            "aspect_ratio": st.none() | st.floats(0.01, 100),
            "padding": st.sampled_from([0, 0, 1, 13, 100]),
            "corner_radius": st.sampled_from([0, 0, 5, 1_000]),
            "linear_light": st.booleans(),
            "color_space": st.sampled_from(OutputColorSpace),
        }
    )


def _left_over(edge: tuple[float, float, float, float]) -> tuple[float, float]:
    """Return a width and a height that end inside the picture."""
    left, top, width, height = edge
    return max(0.05, width * (1 - left * 0.9)), max(0.05, height * (1 - top * 0.9))


def _fits_an_address(wish: Transform) -> bool:
    try:
        return bool(canonical(wish, OutputFormat.JPEG))
    except TransformTooLong:
        return False


def _geometry(longest: int) -> dict[str, st.SearchStrategy]:
    lengths = st.none() | st.integers(1, longest)
    return {
        "width": lengths,
        "height": lengths,
        "dpr": st.sampled_from([1.0, 1.0, 1.5, 2.0, 2.625, 4.0]),
        "fit": st.none() | st.sampled_from(Fit),
        "gravity": st.none() | st.sampled_from(Gravity),
        "focal_point": st.none() | st.tuples(RATIOS, RATIOS),
        "allow_upscale": st.booleans(),
        "rotate": st.sampled_from([0, 90, 180, 270, -90, 450]),
        "flip": st.booleans(),
        "flop": st.booleans(),
    }


def _manner() -> dict[str, st.SearchStrategy]:
    return {
        "background": st.none() | COLORS,
        "quality": st.none() | st.integers(1, 100),
        "metadata": st.sampled_from(MetadataPolicy),
    }


def _looks() -> dict[str, st.SearchStrategy]:
    return {
        "padding": st.integers(0, 100),
        "corner_radius": st.integers(0, 1_000),
        "brightness": FACTORS,
        "contrast": FACTORS,
        "saturation": FACTORS,
        "hue": st.integers(-360, 360),
        "grayscale": st.booleans(),
        "tint": st.none() | OPAQUE_COLORS,
        "blur": st.none() | st.floats(0.3, 250),
        "sharpen": st.none() | st.floats(0.3, 10),
        "watermark": st.none()
        | st.builds(Watermark, image_id=st.uuids(), version=st.integers(0, 99), position=POSITIONS, **PAPER)
        | st.builds(
            Watermark, text=st.sampled_from(["© Ada", "صورة", "two\nlines"]), color=st.none() | COLORS, **PAPER
        ),
    }


def _parts() -> dict[str, st.SearchStrategy]:
    return {
        "crop": st.none() | st.just(Crop(1, 2, 30, 40)) | st.just(Crop.of_ratios(0.1, 0.2, 0.333333, 0.5)),
        "trim": st.none() | st.builds(Trim, threshold=st.integers(0, 255), color=st.none() | OPAQUE_COLORS),
        "page": st.none() | st.just(1),
        "animated": st.booleans(),
        "linear_light": st.booleans(),
        "progressive": st.booleans(),
        "color_space": st.sampled_from(OutputColorSpace),
    }
