"""What was said about a picture, as it waits in the row of its upload."""

from collections.abc import Mapping
from typing import Any

from imaging.images.models import Visibility
from imaging.images.said import Said


def written(cleaned: Mapping[str, Any]) -> dict[str, Any]:  # Any: what each column of an image holds; then JSON
    """Return what was said, cleaned by `images.said.cleaned`, as JSON."""
    return {**cleaned, "visibility": cleaned["visibility"].value}


def read(words: Mapping[str, Any]) -> Said:  # Any: JSON
    """Return what was said from what `written` made of it; nothing was said when it is empty."""
    x, y = words.get("focal_x"), words.get("focal_y")
    return Said(
        title=words.get("title"),
        alt_text=words.get("alt_text"),
        description=words.get("description"),
        tags=words.get("tags", ()),
        visibility=Visibility(words.get("visibility", Visibility.PRIVATE.value)),
        focal_point=None if x is None or y is None else (x, y),
        custom=words.get("custom"),
    )
