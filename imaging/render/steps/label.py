"""Leave on the picture only the metadata that its policy lets out."""

import pyvips

from imaging.render.choices import MetadataPolicy
from imaging.render.colour import PROFILE
from imaging.render.credits import read_credits, write_credits
from imaging.render.field_names import field_names
from imaging.render.plan import Plan
from imaging.render.privacy import is_private_exif, only_iptc, without_place

_BLOCKS = ("exif-data", "xmp-data", "iptc-data", "gainmap-data", "photoshop-data")
_FILTERS = {"xmp-data": without_place, "iptc-data": only_iptc}

# The pixels are upright, of one page or newly joined, and of other colours than these were chosen for.
_OUTDATED = (
    "orientation",
    "jpeg-thumbnail-data",
    "gainmap",
    "gainmap-data",
    "gif-palette",
    "palette",
)
_PAGING = ("page-height", "n-pages", "delay", "gif-delay", "loop")


def label(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Return the picture with its kept metadata and, for an animation, the height of a frame."""
    labelled = image.copy()
    for field in _OUTDATED:
        _drop(labelled, field)
    if not plan.keeps_colours:
        _drop(labelled, PROFILE)
    if plan.metadata is MetadataPolicy.KEEP:
        _keep_public(labelled)
    else:
        credits = read_credits(labelled) if plan.metadata is MetadataPolicy.COPYRIGHT else None
        _drop_all(labelled)
        if credits:
            write_credits(labelled, credits)
    _page(labelled, plan)
    return labelled


def _keep_public(image: pyvips.Image) -> None:
    for field in field_names(image):
        if is_private_exif(field):
            image.remove(field)
    for field, filtered in _FILTERS.items():
        if image.get_typeof(field):
            kept = filtered(bytes(image.get(field)))
            image.remove(field)
            if kept:
                image.set_type(pyvips.GValue.blob_type, field, kept)


def _drop_all(image: pyvips.Image) -> None:
    for field in field_names(image):
        if field in _BLOCKS or field.startswith("exif-"):
            image.remove(field)


def _page(image: pyvips.Image, plan: Plan) -> None:
    if plan.pages > 1:
        image.set_type(pyvips.GValue.gint_type, "page-height", plan.height)
        return
    for field in _PAGING:
        _drop(image, field)


def _drop(image: pyvips.Image, field: str) -> None:
    if image.get_typeof(field):
        image.remove(field)
