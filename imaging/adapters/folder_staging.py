"""Lets people put bytes straight into the folder of objects, by addresses of our own: the embedded `Staging`.

It is the `Receiver` of these addresses, too. Length, type and SHA-256 are signed with the address and verified
here: a body of another length or type is not read, and of one with other bytes nothing stays. A part has no hash of
its own; its length is signed.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from imaging.adapters.folder_store import FolderStore
from imaging.adapters.landing import Landing
from imaging.adapters.object_keys import checked
from imaging.adapters.part_files import PartFiles, absent
from imaging.cancellation import to_the_end
from imaging.errors import ChecksumMismatch, Conflict
from imaging.ports import SignedPut, StagedPart, UrlSigner
from imaging.uploads.address import UploadAddress

MIB = 1024 * 1024
PART_LIMITS_BYTES = (5 * MIB, 5 * 1024 * MIB)


@dataclass(eq=False)
class _Turn:
    """Somebody who writes a part; ended early when the same part comes again."""

    limit: asyncio.Timeout
    over: asyncio.Event = field(default_factory=asyncio.Event)
    is_ended: bool = False

    def end(self) -> None:
        if not self.is_ended:
            self.is_ended = True
            self.limit.reschedule(asyncio.get_running_loop().time())


class FolderStaging:
    """A `Staging`, and a `Receiver`, in the folder of a `FolderStore`; `clock` gives seconds since the epoch."""

    part_limits_bytes = PART_LIMITS_BYTES

    def __init__(
        self, store: FolderStore, signer: UrlSigner, public_url: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._signer = signer
        self._public_url = public_url
        self._clock = clock
        self._turns: dict[tuple[str, int], _Turn] = {}

    async def sign_put(self, key: str, *, size_bytes: int, sha256: str, content_type: str, ttl_s: int) -> SignedPut:
        """Admit one PUT of exactly these bytes; `sha256` in hex."""
        address = UploadAddress(checked(key), size_bytes, content_type, sha256)
        return SignedPut(self._url(address, ttl_s), {"Content-Type": content_type})

    async def begin_parts(self, key: str, *, content_type: str, part_bytes: int) -> str:  # noqa: ARG002
        """Begin an upload in parts of this length each, the last of at most that; return its id."""
        return (await asyncio.to_thread(PartFiles.begin, self._store, key, part_bytes)).id

    async def sign_part(self, key: str, upload_id: str, number: int, *, size_bytes: int, ttl_s: int) -> SignedPut:
        """Admit one PUT of one part, of exactly this size."""
        address = UploadAddress(checked(key), size_bytes, upload_id=upload_id, number=number)
        return SignedPut(self._url(address, ttl_s), {})

    async def parts(self, key: str, upload_id: str) -> Sequence[StagedPart]:
        """Return the parts that have arrived, by number.

        Raises:
            NotFound: there is no such upload, or it is finished.
        """
        return await asyncio.to_thread(self._files(key, upload_id).parts)

    async def complete_parts(self, key: str, upload_id: str, parts: Sequence[StagedPart]) -> None:
        """Make one object of the parts by renaming their file; done already, it stays done.

        Raises:
            NotFound: there is no such upload, and no object under the key.
            Conflict: a part is missing, is another by now, or is arriving.
        """
        await to_the_end(asyncio.to_thread(self._files(key, upload_id).complete, parts))

    async def abort_parts(self, key: str, upload_id: str) -> None:
        """Forget the upload and its parts; silent when there is none."""
        await to_the_end(asyncio.to_thread(self._files(key, upload_id).abort))

    async def receive(self, key: str, body: AsyncIterator[bytes], *, size_bytes: int, sha256: str) -> str:
        """Store exactly these bytes under the key; return their etag.

        Raises:
            ChecksumMismatch: they are others.
            Conflict: what was staged under the key is being removed.
            StorageUnavailable: the disk is full.
        """
        landing = Landing(self._store.hidden(key, uuid.uuid4().hex))
        try:
            await to_the_end(asyncio.to_thread(self._create, key, landing))
            found = await landing.take(body, size_bytes)
            if found != sha256:
                raise ChecksumMismatch(f"The SHA-256 of these bytes is {found}; {sha256} was announced.")
            await to_the_end(asyncio.to_thread(self._store.adopt, key, landing.path, found))
        except FileNotFoundError:
            raise Conflict("What was staged here is being removed.") from None
        finally:
            await to_the_end(asyncio.to_thread(self._drop, key, landing))
        return found

    async def receive_part(
        self, key: str, upload_id: str, number: int, body: AsyncIterator[bytes], *, size_bytes: int
    ) -> str:
        """Write one part at its place, instead of what came for this number before; return its etag.

        Raises:
            NotFound: there is no such upload, or it is finished.
            InvalidInput: there can be no such part.
            Conflict: the same part was sent again meanwhile.
            StorageUnavailable: the disk is full.
        """
        upload = self._files(key, upload_id)
        landing = Landing(upload.path, upload.place(number, size_bytes))
        async with self._turn(upload_id, number):
            try:
                if not await to_the_end(asyncio.to_thread(landing.share)):
                    raise absent()
                await to_the_end(asyncio.to_thread(upload.forget, number))
                part = StagedPart(number, size_bytes, await landing.take(body, size_bytes))
                await to_the_end(asyncio.to_thread(upload.count, part))
            finally:
                landing.close()
        return part.etag

    @asynccontextmanager
    async def _turn(self, upload_id: str, number: int) -> AsyncIterator[None]:
        """Write a part alone: who writes the same one is stopped, since its sender has begun anew."""
        place = (upload_id, number)
        while (other := self._turns.get(place)) is not None:
            other.end()
            await other.over.wait()
        try:
            async with asyncio.timeout(None) as limit:
                turn = self._turns[place] = _Turn(limit)
                try:
                    yield
                finally:
                    del self._turns[place]
                    turn.over.set()
        except TimeoutError:
            raise Conflict("The same part was sent again meanwhile.") from None

    def _create(self, key: str, landing: Landing) -> None:
        while True:
            self._store.make_room(key)
            try:
                return landing.create()
            except FileNotFoundError:
                continue  # somebody who empties the folder took it away

    def _drop(self, key: str, landing: Landing) -> None:
        landing.close()
        landing.path.unlink(missing_ok=True)
        self._store.tidy(key)

    def _url(self, address: UploadAddress, ttl_s: int) -> str:
        admission = self._signer.sign(address.signed, int(self._clock()) + ttl_s)
        return f"{self._public_url}{address.path}?{address.query}&{admission}"

    def _files(self, key: str, upload_id: str) -> PartFiles:
        return PartFiles(self._store, key, upload_id)
