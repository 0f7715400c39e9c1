"""Changing what people say about an image, who sees it, and what stays in sight when it is cropped."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.errors import Forbidden, ImagingError, InvalidInput, NotFound
from imaging.images.fields import clean_custom, clean_focal_point, clean_tags, clean_text, clean_visibility, tag_key
from imaging.images.library import is_seen
from imaging.images.models import Image, ImageTag
from imaging.journal import events, jobs, outbox
from imaging.journal.models import EventKind
from imaging.ports import Wakeups

MAX_CHANGES = 100


@dataclass(frozen=True, slots=True)
class ImageChange:
    """New values for one image, by name: title, alt_text, description, tags, visibility, focal_point, custom.

    What is not named stays; None clears, which for visibility means PRIVATE.
    """

    id: uuid.UUID
    values: Mapping[str, Any]  # Any: whatever each name holds, checked one by one


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """What became of the change of one image: the image as it is now, or why nothing was changed.

    Both are None for an image that was deleted.
    """

    id: uuid.UUID
    image: Image | None = None
    error: ImagingError | None = None


class Editor:
    """Changes images, for their owners and admins."""

    def __init__(self, wakeups: Wakeups) -> None:
        self._wakeups = wakeups

    async def update(self, viewer: Viewer, changes: Sequence[ImageChange]) -> list[ChangeResult]:
        """Change images and tell what became of each, in order; a bad one does not stop its neighbours.

        Raises:
            Unauthenticated, Forbidden: the viewer may change nothing.
            InvalidInput: there are too many changes.
        """
        viewer.must_edit()
        check_count(len(changes), "updates")
        cleaned = [_clean(change.values) for change in changes]
        results = []
        async with database.transaction():
            rows = await locked_rows([change.id for change in changes])
            for change, values in zip(changes, cleaned, strict=True):
                results.append(await _change(viewer, change.id, rows.get(change.id), values))
        announce(self._wakeups)
        return results


async def locked_rows(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Image]:
    """Return the images that exist, which nobody else changes before the transaction ends.

    They are locked in the order of their ids, so that nobody waits for each other.
    """
    rows = Image.filter(id__in=list(set(ids))).order_by("id").select_for_update()
    return {image.id: image for image in await rows}


def check_count(count: int, field: str = "ids") -> None:
    """Accept as many images as one request may change; `field` is where they are named.

    Raises:
        InvalidInput: there are more.
    """
    if count > MAX_CHANGES:
        raise InvalidInput(f"{count} images were named; {MAX_CHANGES} may be changed at once.", field=[field])


def refusal(viewer: Viewer, image: Image | None) -> ImagingError | None:
    """Return why the viewer may not change the image, None when they may."""
    if image is None or not is_seen(viewer, image):
        return NotFound("There is no such image.")
    if not viewer.may_change(image.owner_id):
        return Forbidden("This image belongs to somebody else.")
    return None


async def write_tags(image: Image) -> None:
    """Write the rows by which an image that has none is found by its tags."""
    keys = {tag_key(tag) for tag in image.tags}
    await ImageTag.bulk_create([ImageTag(image_id=image.id, tag=key) for key in sorted(keys)])


async def note(kind: EventKind, image: Image, *, public_before: bool, public_after: bool) -> None:
    """Write down a change in the caller's transaction: the event, the search outbox, what is to be removed."""
    await events.record(kind, image.id, image.owner_id, public_before=public_before, public_after=public_after)
    await outbox.enqueue(image.id)
    if public_before and not public_after:
        for work in (jobs.REMOVE_OBJECTS, jobs.PURGE_CDN):
            await jobs.promise(work, f"r/{image.id.hex}")


def announce(wakeups: Wakeups) -> None:
    """Tell whoever waits that changes were committed."""
    for topic in (events.TOPIC, outbox.TOPIC, jobs.TOPIC):
        wakeups.announce(topic)


def _clean(values: Mapping[str, Any]) -> dict[str, Any] | ImagingError:
    try:
        return {name: _CLEAN[name](value) for name, value in values.items()}
    except InvalidInput as error:
        return error
    except KeyError as error:
        return InvalidInput(f"An image has no {error.args[0]} that could be changed.", field=[str(error.args[0])])


_CLEAN: dict[str, Callable[[Any], Any]] = {
    "title": lambda value: clean_text("title", value),
    "alt_text": lambda value: clean_text("alt_text", value),
    "description": lambda value: clean_text("description", value),
    "tags": clean_tags,
    "visibility": clean_visibility,
    "focal_point": clean_focal_point,
    "custom": clean_custom,
}


async def _change(
    viewer: Viewer, id: uuid.UUID, image: Image | None, values: dict[str, Any] | ImagingError
) -> ChangeResult:
    error = refusal(viewer, image)
    if error is None and isinstance(values, ImagingError):
        error = values
    if error is not None or image is None or isinstance(values, ImagingError):
        return ChangeResult(id, None, error)
    await _apply(image, dict(values))
    return ChangeResult(id, image)


async def _apply(image: Image, values: dict[str, Any]) -> None:
    if "focal_point" in values:
        values["focal_x"], values["focal_y"] = values.pop("focal_point") or (None, None)
    new = {name: value for name, value in values.items() if getattr(image, name) != value}
    if not new:
        return
    public_before = image.is_public
    if new.keys() & {"visibility", "focal_x", "focal_y"}:
        new["version"] = image.version + 1
    image.update_from_dict(new)
    await image.save(update_fields=[*new, "updated_at"])
    if "tags" in new:
        await ImageTag.filter(image_id=image.id).delete()
        await write_tags(image)
    await note(EventKind.UPDATED, image, public_before=public_before, public_after=image.is_public)
