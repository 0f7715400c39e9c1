"""Before a file is sent: is it needed at all, and where do its bytes go?"""

import asyncio
import datetime
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.errors import Conflict, ImagingError, InvalidInput
from imaging.images.models import Image
from imaging.ports import ObjectStore, Staging
from imaging.uploads.announced import Announced, Refused, StagedFile, announced
from imaging.uploads.life import OPEN
from imaging.uploads.look import check_count
from imaging.uploads.models import Upload, UploadKind, UploadState
from imaging.uploads.parts import PART_BYTES, count_of, part_bytes_of
from imaging.uploads.plans import ExistingImage, PlanResult
from imaging.uploads.sign import Signing

MOST_OPEN = 1_000
MOST_PARTS_AT_ONCE = 10_000

_AT_ONCE = 8

_Bytes = tuple[str, int]
_Found = Image | Upload | Conflict


class Preparation:
    """Tells people how to send files: not at all, in one piece, or in parts.

    `max_bytes` is the most that one file may have; an upload is kept for `ttl_s` after it was last asked for, its
    URLs live for `url_ttl_s`. Nobody has more than `most_open` uploads that have not ended.
    """

    def __init__(
        self,
        store: ObjectStore,
        staging: Staging,
        *,
        max_bytes: int,
        ttl_s: int,
        url_ttl_s: int,
        part_bytes: int = PART_BYTES,
        most_open: int = MOST_OPEN,
    ) -> None:
        self._signing = Signing(store, staging, ttl_s=min(url_ttl_s, ttl_s))
        self._limits_bytes = staging.part_limits_bytes
        self._max_bytes = max_bytes
        self._ttl = datetime.timedelta(seconds=ttl_s)
        self._part_bytes = part_bytes
        self._most_open = most_open

    async def prepare(self, viewer: Viewer, files: Sequence[StagedFile]) -> list[PlanResult]:
        """Say of each file, in order, how it is to be sent; a bad one does not stop its neighbours.

        The same bytes twice are one upload. Asking again for an upload that is not complete gives the same one, with
        new URLs for what is missing, and what was said last counts.

        Raises:
            Unauthenticated, Forbidden: the viewer may not upload.
            InvalidInput: there are too many files, or too many parts.
        """
        owner_id = viewer.must_edit()
        check_count(len(files), "files")
        told = [announced(file, self._max_bytes) for file in files]
        good: dict[_Bytes, Announced] = {}
        for file in told:
            if isinstance(file, Announced):
                good.setdefault(file.bytes_told, file)
        self._check_parts(good.values())
        plans = await self._plans(await self._find(owner_id, good))
        return [PlanResult(None, file.errors) if isinstance(file, Refused) else plans[file.bytes_told] for file in told]

    def _check_parts(self, files: Iterable[Announced]) -> None:
        lengths = [(file.size_bytes, self._part_bytes_of(file)) for file in files]
        parts = sum(1 if length is None else count_of(size, length) for size, length in lengths)
        if parts > MOST_PARTS_AT_ONCE:
            found = f"These files are sent in {parts} parts; {MOST_PARTS_AT_ONCE} are prepared at once."
            raise InvalidInput(f"{found} Prepare fewer files.", field=["files"])

    def _part_bytes_of(self, file: Announced) -> int | None:
        return part_bytes_of(file.size_bytes, self._limits_bytes, self._part_bytes)

    async def _find(self, owner_id: uuid.UUID, files: Mapping[_Bytes, Announced]) -> dict[_Bytes, _Found]:
        """Return for each file the image that it is already, or its upload, old or new; in one transaction."""
        found: dict[_Bytes, _Found] = {}
        begun: list[Upload] = []
        hashes = [sha256 for sha256, _ in files]
        async with database.transaction():
            await database.take_turns(f"uploads of {owner_id}")
            images = {image.sha256: image for image in await Image.filter(owner_id=owner_id, sha256__in=hashes)}
            uploads = await _prepared(owner_id, hashes)
            room = self._most_open - await Upload.filter(owner_id=owner_id, state__in=OPEN).count()
            for key, file in files.items():
                if (known := images.get(file.sha256) or uploads.get(key)) is not None:
                    found[key] = known
                elif len(begun) < room:
                    begun.append(self._new(owner_id, file))
                    found[key] = begun[-1]
                else:
                    found[key] = self._no_room()
            await Upload.bulk_create(begun)
            for key, upload in found.items():
                if isinstance(upload, Upload) and upload not in begun:
                    await self._again(upload, files[key])
        return found

    def _new(self, owner_id: uuid.UUID, file: Announced) -> Upload:
        part_bytes = self._part_bytes_of(file)
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
            **self._told(file),
        )

    async def _again(self, upload: Upload, file: Announced) -> None:
        upload.update_from_dict(self._told(file))
        await upload.save(update_fields=[*self._told(file), "updated_at"])

    def _told(self, file: Announced) -> dict[str, Any]:  # Any: what each column holds
        return {
            "filename": file.filename,
            "content_type": file.content_type,
            "said": file.words,
            "expires_at": datetime.datetime.now(datetime.UTC) + self._ttl,
        }

    def _no_room(self) -> Conflict:
        found = f"You have {self._most_open} uploads that have not ended, and no more are allowed."
        return Conflict(f"{found} Complete or abort some of them.")

    async def _plans(self, found: Mapping[_Bytes, _Found]) -> dict[_Bytes, PlanResult]:
        results: dict[_Bytes, PlanResult] = {}
        slots = asyncio.Semaphore(_AT_ONCE)

        async def plan(key: _Bytes, thing: _Found) -> None:
            async with slots:
                results[key] = await self._plan(thing)

        async with asyncio.TaskGroup() as tasks:
            for key, thing in found.items():
                tasks.create_task(plan(key, thing))
        return results

    async def _plan(self, thing: _Found) -> PlanResult:
        if isinstance(thing, Image):
            return PlanResult(ExistingImage(thing))
        if isinstance(thing, Conflict):
            return PlanResult(None, (thing,))
        try:
            return PlanResult(await self._signing.plan(thing))
        except ImagingError as error:
            return PlanResult(None, (error,))


async def _prepared(owner_id: uuid.UUID, hashes: Sequence[str]) -> dict[_Bytes, Upload]:
    """Return the uploads of these bytes that wait for them; the oldest, should there be several."""
    now = datetime.datetime.now(datetime.UTC)
    waiting = Upload.filter(owner_id=owner_id, state=UploadState.PREPARED, expires_at__gt=now, sha256__in=list(hashes))
    return {(upload.sha256 or "", upload.size_bytes): upload for upload in await waiting.order_by("-created_at", "-id")}
