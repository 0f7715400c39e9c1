"""The place of each announced file: an image that has its bytes already, or an upload that waits for them."""

import datetime
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.errors import Conflict, ImagingError, SameBytes
from imaging.images.edit import refusal
from imaging.images.library import rows_by_id
from imaging.images.models import Image, ImageState
from imaging.uploads.announced import Announced, Identity
from imaging.uploads.life import room_of
from imaging.uploads.models import Upload, UploadKind, UploadState
from imaging.uploads.parts import part_bytes_of

Place = Image | Upload | ImagingError

_Bytes = tuple[uuid.UUID | None, str]


@dataclass(frozen=True, slots=True)
class Places:
    """Finds uploads that wait, and begins others; `limits_bytes` are those of the store for a part."""

    limits_bytes: tuple[int, int]
    part_bytes: int
    ttl: datetime.timedelta
    most_open: int

    async def find(self, viewer: Viewer, files: Mapping[Identity, Announced]) -> dict[Identity, Place]:
        """Return the place of each file, or why it has none; what was said last counts.

        Raises:
            Unauthenticated, Forbidden: the viewer may not upload.
        """
        owner_id = viewer.must_edit()
        places: dict[Identity, Place] = {}
        begun: list[Upload] = []
        async with database.transaction():
            room = await room_of(owner_id, self.most_open)
            known = await _known(viewer, files)
            waiting = await _waiting(owner_id, files)
            for identity, file in files.items():
                if identity in known:
                    places[identity] = known[identity]
                elif identity in waiting:
                    places[identity] = await self._again(waiting[identity], file)
                elif len(begun) < room:
                    begun.append(self._new(owner_id, file))
                    places[identity] = begun[-1]
                else:
                    places[identity] = self._no_room()
            await Upload.bulk_create(begun)
        return places

    def part_bytes_of(self, file: Announced) -> int | None:
        """Return how long the parts of a file are, or None for one that is sent in a single request."""
        return part_bytes_of(file.size_bytes, self.limits_bytes, self.part_bytes)

    def _new(self, owner_id: uuid.UUID, file: Announced) -> Upload:
        part_bytes = self.part_bytes_of(file)
        id = uuid.uuid4()
        return Upload(
            id=id,
            owner_id=owner_id,
            kind=UploadKind.SINGLE if part_bytes is None else UploadKind.MULTIPART,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            # Random, so that who knows an upload cannot guess where its bytes are.
            staging_key=f"s/{id.hex}/{secrets.token_hex(16)}",
            part_bytes=part_bytes,
            image_id=file.replaces or uuid.uuid4(),
            replaces_id=file.replaces,
            **self._told(file),
        )

    async def _again(self, upload: Upload, file: Announced) -> Upload:
        upload.update_from_dict(self._told(file))
        await upload.save(update_fields=[*self._told(file), "updated_at"])
        return upload

    def _told(self, file: Announced) -> dict[str, Any]:  # Any: what each column holds
        return {
            "filename": file.filename,
            "content_type": file.content_type,
            "said": file.words,
            "expires_at": datetime.datetime.now(datetime.UTC) + self.ttl,
        }

    def _no_room(self) -> Conflict:
        found = f"You have {self.most_open} uploads that have not ended, and no more are allowed."
        return Conflict(f"{found} Complete or abort some of them.")


async def _known(viewer: Viewer, files: Mapping[Identity, Announced]) -> dict[Identity, Image | ImagingError]:
    """Return the images that have the bytes already, and why others cannot be replaced."""
    replaced = await rows_by_id([file.replaces for file in files.values() if file.replaces is not None])
    owners = {viewer.user_id, *(image.owner_id for image in replaced.values())}
    same = Image.filter(owner_id__in=list(owners), sha256__in=[file.sha256 for file in files.values()])
    having: dict[_Bytes, Image] = {(image.owner_id, image.sha256): image for image in await same}
    known: dict[Identity, Image | ImagingError] = {}
    for identity, file in files.items():
        if file.replaces is not None:
            found = _replaceable(viewer, replaced.get(file.replaces), file, having)
        else:
            found = having.get((viewer.user_id, file.sha256))
        if found is not None:
            known[identity] = found
    return known


def _replaceable(
    viewer: Viewer, image: Image | None, file: Announced, having: Mapping[_Bytes, Image]
) -> Image | ImagingError | None:
    """Return the image if it has these bytes already, or why it cannot get them; None when they are to be sent."""
    error = refusal(viewer, image)
    if error is None and image is not None and image.state is ImageState.TRASHED:
        error = Conflict("This image is in the trash; restore it first.")
    if error is not None or image is None:
        return _at_replaces(error)
    other = having.get((image.owner_id, file.sha256))
    if other is not None and other.id != image.id:
        return SameBytes("Another image of the same owner has exactly these bytes.", other.id)
    # Those of an image whose stored bytes became unreadable are worth sending again.
    return None if image.state is ImageState.FAILED else other


def _at_replaces(error: ImagingError | None) -> ImagingError | None:
    if error is not None:
        error.field = ["replaces"]
    return error


async def _waiting(owner_id: uuid.UUID, files: Mapping[Identity, Announced]) -> dict[Identity, Upload]:
    """Return the uploads of these bytes that wait for them; the oldest, should there be several."""
    now = datetime.datetime.now(datetime.UTC)
    hashes = [file.sha256 for file in files.values()]
    waiting = Upload.filter(owner_id=owner_id, state=UploadState.PREPARED, expires_at__gt=now, sha256__in=hashes)
    newest_first = await waiting.order_by("-created_at", "-id").select_for_update()
    return {(upload.sha256 or "", upload.size_bytes, upload.replaces_id): upload for upload in newest_first}
