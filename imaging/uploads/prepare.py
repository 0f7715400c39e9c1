"""Before a file is sent: is it needed at all, and where do its bytes go?"""

import asyncio
import datetime
from collections.abc import Iterable, Mapping, Sequence

from imaging.accounts.viewer import Viewer
from imaging.errors import ImagingError, InvalidInput
from imaging.images.models import Image
from imaging.ports import ObjectStore, Staging
from imaging.uploads.announced import Announced, Identity, Refused, StagedFile, announced
from imaging.uploads.look import check_count
from imaging.uploads.parts import PART_BYTES, count_of
from imaging.uploads.places import Place, Places
from imaging.uploads.plans import ExistingImage, PlanResult
from imaging.uploads.sign import Signing

MOST_OPEN = 1_000
MOST_PARTS_AT_ONCE = 10_000

_AT_ONCE = 8


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
        self._places = Places(staging.part_limits_bytes, part_bytes, datetime.timedelta(seconds=ttl_s), most_open)
        self._max_bytes = max_bytes

    async def prepare(self, viewer: Viewer, files: Sequence[StagedFile]) -> list[PlanResult]:
        """Say of each file, in order, how it is to be sent; a bad one does not stop its neighbours.

        The same bytes twice are one upload. Asking again for an upload that is not complete gives the same one, with
        new URLs for what is missing, and what was said last counts.

        Raises:
            Unauthenticated, Forbidden: the viewer may not upload.
            InvalidInput: there are too many files, or too many parts.
        """
        viewer.must_edit()
        check_count(len(files), "files")
        told = [announced(file, self._max_bytes) for file in files]
        good: dict[Identity, Announced] = {}
        for file in told:
            if isinstance(file, Announced):
                good.setdefault(file.identity, file)
        self._check_parts(good.values())
        plans = await self._plans(await self._places.find(viewer, good))
        return [PlanResult(None, file.errors) if isinstance(file, Refused) else plans[file.identity] for file in told]

    def _check_parts(self, files: Iterable[Announced]) -> None:
        lengths = [(file.size_bytes, self._places.part_bytes_of(file)) for file in files]
        parts = sum(1 if length is None else count_of(size, length) for size, length in lengths)
        if parts > MOST_PARTS_AT_ONCE:
            found = f"These files are sent in {parts} parts; {MOST_PARTS_AT_ONCE} are prepared at once."
            raise InvalidInput(f"{found} Prepare fewer files.", field=["files"])

    async def _plans(self, places: Mapping[Identity, Place]) -> dict[Identity, PlanResult]:
        results: dict[Identity, PlanResult] = {}
        slots = asyncio.Semaphore(_AT_ONCE)

        async def plan(identity: Identity, place: Place) -> None:
            async with slots:
                results[identity] = await self._plan(place)

        async with asyncio.TaskGroup() as tasks:
            for identity, place in places.items():
                tasks.create_task(plan(identity, place))
        return results

    async def _plan(self, place: Place) -> PlanResult:
        if isinstance(place, Image):
            return PlanResult(ExistingImage(place))
        if isinstance(place, ImagingError):
            return PlanResult(None, (place,))
        try:
            return PlanResult(await self._signing.plan(place))
        except ImagingError as error:
            return PlanResult(None, (error,))
