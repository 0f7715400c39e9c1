"""What one subscription is told of what happened: authorised by what its viewer may see now."""

import datetime
import enum
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from imaging.accounts.viewer import Viewer
from imaging.errors import InvalidInput
from imaging.images.filter import MAX_VALUES, ImageFilter
from imaging.images.library import is_seen
from imaging.images.models import Image, ImageState
from imaging.journal.cursors import Cursors
from imaging.journal.feed import Happening
from imaging.journal.models import Event
from imaging.journal.models import EventKind as Recorded

MAX_REMEMBERED = 10_000


class EventKind(enum.Enum):
    """What happened to an image, or to one's view of it."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    TRASHED = "TRASHED"
    RESTORED = "RESTORED"
    REMOVED = "REMOVED"
    UPLOAD = "UPLOAD"
    RESYNC = "RESYNC"
    PRESENT = "PRESENT"


@dataclass(frozen=True, slots=True)
class ImageEvent:
    """Something that happened, as one viewer is told.

    `image` is the image as it is now, None for RESYNC, REMOVED and UPLOAD; `image_id` is None for RESYNC only.
    `upload_id` is set for UPLOAD only; `image_id` is then the image that the upload is to become.
    """

    kind: EventKind
    cursor: str
    image: Image | None
    image_id: uuid.UUID | None
    at: datetime.datetime
    upload_id: uuid.UUID | None = None


class Sight:
    """One viewer looking at some images; its cursors are good for this viewer and these images only.

    Uploads are seen by their owners and admins, when nothing is asked of images but their ids and their owner.
    """

    def __init__(self, viewer: Viewer, ids: Sequence[uuid.UUID] | None, filter: ImageFilter, secret: bytes) -> None:
        if ids is not None and len(ids) > MAX_VALUES:
            raise InvalidInput(f"{len(ids)} ids were given; {MAX_VALUES} are allowed.", field=["ids"])
        self.viewer = viewer
        self.listed = filter if ids is None else replace(filter, ids=_common(ids, filter.ids))
        # Unless states are asked for, an owner is told of what goes into the trash.
        self._filter = self.listed if self.listed.states else replace(self.listed, states=tuple(ImageState))
        self._lasting = self.listed.lasting()
        self._sees_uploads = replace(self.listed, ids=None, owner_id=None) == ImageFilter()
        self.cursors = Cursors(secret, f"{viewer.user_id}\n{self.listed!r}\n")
        self._removed: dict[uuid.UUID, None] = {}

    def told(self, happenings: Sequence[Happening[Image]]) -> Iterator[ImageEvent]:
        """Return what the viewer is told of this."""
        for happening in happenings:
            kind = self._kind(happening.event, happening.present)
            if kind is None:
                continue
            event, cursor = happening.event, self.cursors.sealed(happening.event.id)
            shown = None if kind in (EventKind.REMOVED, EventKind.UPLOAD) else happening.present
            yield ImageEvent(kind, cursor, shown, event.image_id, event.created_at, event.upload_id)

    def lists(self, image: Image) -> bool:
        """Return True for an image that the viewer may see now, and that is one of those asked for."""
        return is_seen(self.viewer, image) and self.listed.matches(image)

    def _kind(self, event: Event, image: Image | None) -> EventKind | None:
        if event.kind is Recorded.BATCH or not self._concerns(event):
            return None
        if event.kind is Recorded.UPLOAD:
            return EventKind.UPLOAD if self._sees_uploads and self.viewer.rules(event.owner_id) else None
        if image is None or not is_seen(self.viewer, image):
            return self._remove(event) if self._lost(event) else None
        if self._filter.matches(image):
            self._removed.pop(event.image_id, None)
            return EventKind.UPDATED if event.kind is Recorded.DELETED else EventKind[event.kind.name]
        fitted_perhaps = event.kind is not Recorded.CREATED and self._lasting.matches(image)
        return self._remove(event) if fitted_perhaps else None

    def _concerns(self, event: Event) -> bool:
        ids, owner_id = self.listed.ids, self.listed.owner_id
        return (ids is None or event.image_id in ids) and (owner_id is None or event.owner_id == owner_id)

    def _lost(self, event: Event) -> bool:
        """Return True for the event that took the image out of the viewer's sight, and for no later one."""
        before = self.viewer.may_see(event.owner_id, public=event.public_before)
        after = self.viewer.may_see(event.owner_id, public=event.public_after)
        return before and (event.kind is Recorded.DELETED or not after)

    def _remove(self, event: Event) -> EventKind | None:
        if event.image_id in self._removed:
            return None
        self._removed[event.image_id] = None
        if len(self._removed) > MAX_REMEMBERED:
            del self._removed[next(iter(self._removed))]
        return EventKind.REMOVED


def _common(ids: Sequence[uuid.UUID], others: Sequence[uuid.UUID] | None) -> tuple[uuid.UUID, ...]:
    return tuple(sorted({id for id in ids if others is None or id in others}))
