"""Images as rows, without pixels: for tests of what is done with rows."""

import uuid
from typing import Any

from imaging.accounts.viewer import Viewer
from imaging.images.fields import filename_key, tag_key
from imaging.images.models import Image, ImageTag, Visibility

PUBLIC = {"visibility": Visibility.PUBLIC}


def image_row(owner: Viewer, **values: Any) -> Image:
    """An image that is not stored yet; `values` replace what is made up."""
    made_up: dict[str, Any] = {
        "id": uuid.uuid4(),
        "owner_id": owner.user_id,
        "filename": "duck.jpg",
        "format": "JPEG",
        "width": 64,
        "height": 48,
        "size_bytes": 1_000,
        "sha256": uuid.uuid4().hex * 2,
        "pixel_hash": "0" * 64,
        "perceptual_hash": "0" * 16,
        "thumbhash": "AAAA",
        "placeholder_uri": "data:image/png;base64,AAAA",
        "dominant_color": "#c86432",
    }
    given = made_up | values
    given.setdefault("pixels", given["width"] * given["height"])
    given.setdefault("filename_key", filename_key(given["filename"]))
    return Image(**given)


async def add_image(owner: Viewer, **values: Any) -> Image:
    """Store an image with its tags; times given replace those of now."""
    image = image_row(owner, **values)
    await image.save(force_create=True)
    await ImageTag.bulk_create([ImageTag(image_id=image.id, tag=tag_key(tag)) for tag in image.tags])
    times = {name: values[name] for name in ("created_at", "updated_at") if name in values}
    if times:
        await Image.filter(id=image.id).update(**times)
    return await Image.get(id=image.id)
