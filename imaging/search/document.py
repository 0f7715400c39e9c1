"""What of an image is indexed.

Only what everybody who sees the image may read: no place and no raw EXIF, IPTC or XMP, which are the owner's;
otherwise a search would tell what the image itself does not.
"""

from collections.abc import Iterator
from typing import Any

from imaging.images.fields import tag_key
from imaging.images.models import Image
from imaging.ports import SearchDocument

_TOLD = ("camera_make", "camera_model", "lens", "copyright", "creator", "caption")


def document_of(image: Image) -> SearchDocument:
    """Return the image as it is indexed."""
    return SearchDocument(
        id=image.id.hex,
        owner_id=image.owner_id.hex,
        public=image.is_public,
        visibility=image.visibility.value,
        state=image.state.value,
        filename=image.filename,
        title=image.title or "",
        alt_text=image.alt_text or "",
        description=image.description or "",
        tags=tuple(image.tags),
        tag_keys=tuple(dict.fromkeys(tag_key(tag) for tag in image.tags)),
        metadata_text=", ".join(_metadata(image)),
        format=image.format.value,
        width=image.width,
        height=image.height,
        size_bytes=image.size_bytes,
        animated=image.animated,
        created_at=image.created_at,
        updated_at=image.updated_at,
        taken_at=image.taken_at,
        camera=camera_of(image),
    )


def camera_of(image: Image) -> str:
    """Return make and model in one, the make not said twice: `NIKON D850`, `Apple iPhone 15`."""
    make = str(image.metadata.get("camera_make") or "").strip()
    model = str(image.metadata.get("camera_model") or "").strip()
    # Models often begin with the first word of the make: NIKON CORPORATION, NIKON D850.
    if not make or (model and model.casefold().startswith(make.split()[0].casefold())):
        return model
    return f"{make} {model}".strip()


def _metadata(image: Image) -> Iterator[str]:
    for name in _TOLD:
        if image.metadata.get(name):
            yield str(image.metadata[name])
    yield from (str(keyword) for keyword in image.metadata.get("keywords") or ())
    yield from _texts(image.custom)


def _texts(value: Any) -> Iterator[str]:  # Any: whatever JSON the owner gave
    """Yield every text and number in a JSON value, without the names of its fields."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
