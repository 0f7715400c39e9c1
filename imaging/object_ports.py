"""What we need from what keeps objects, as protocols: storing them, and letting people put bytes straight into it."""

import datetime
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What a store knows about an object; `etag` is a hash of its bytes, without quotes.

    `path` is set when the object is a file on this machine, so that it can be served by the kernel.
    """

    key: str
    size_bytes: int
    etag: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Bytes on their way to a key that are not whole yet; `id` is the store's name for them."""

    key: str
    id: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An object as a listing tells it; `used_at` is when it was last written or, where the store knows that, read."""

    key: str
    size_bytes: int
    used_at: datetime.datetime


class ObjectStore(Protocol):
    """Keeps bytes under keys of `[A-Za-z0-9._/-]`; a key is written once and whole, or not at all."""

    async def put(self, key: str, path: Path, *, content_type: str, sha256: str | None = None) -> ObjectInfo:
        """Store the file's bytes durably under the key; the caller may unlink the file, never write to it again.

        `sha256` (hex) is for a caller who knows it already: it saves a reading.
        """

    async def stat(self, key: str) -> ObjectInfo | None:
        """Return what is known about the object, or None when there is none."""

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Stream the bytes from `start` up to but not including `end`.

        Raises:
            NotFound: there is no such object.
        """

    def local_file(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Give the bytes as a file to read for as long as the context lasts.

        Raises:
            NotFound: there is no such object.
        """

    async def delete(self, key: str) -> None:
        """Forget the object; silent when there is none."""

    async def delete_prefix(self, prefix: str) -> int:
        """Forget everything below `prefix` (a whole path segment); return how many objects."""

    def keys(self, prefix: str, *, before: datetime.datetime | None = None) -> AsyncIterator[str]:
        """List the keys below `prefix`, in no order; of those only that were last written before a time, if given."""

    def entries(self, prefix: str) -> AsyncIterator[Entry]:
        """List what lies below `prefix`, in no order, with its size and its last use; looking is no use."""

    def unfinished(self, *, before: datetime.datetime) -> AsyncIterator[Unfinished]:
        """List what is not whole yet, in the whole store, and was begun or last written before a time.

        A key may be told that is only beside the one that the bytes are for, under the same parent.
        """

    async def abandon(self, begun: Unfinished) -> None:
        """Forget bytes that are not whole; silent when there are none."""

    async def copy(self, source: str, key: str, *, content_type: str, sha256: str) -> ObjectInfo:
        """Store the bytes of another object under the key, too, without bringing them here; `sha256` is theirs.

        Raises:
            NotFound: there is no object `source`.
        """


@dataclass(frozen=True, slots=True)
class SignedPut:
    """Where somebody without a token may send bytes: PUT to `url`, with exactly these headers."""

    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StagedPart:
    """A part that has arrived; `number` counts from 1, `etag` names its bytes."""

    number: int
    size_bytes: int
    etag: str


class Staging(Protocol):
    """Lets people put bytes straight into the object store, under keys below `s/`, each whole or not at all.

    What is staged is read and removed through the `ObjectStore`; removing a prefix ends unfinished parts, too.
    Length, type and SHA-256 that are given are part of the signature: other bytes are refused by the store, where it
    can; who reads them checks again. An `etag` that a store tells of staged bytes need not be their SHA-256.
    """

    @property
    def part_limits_bytes(self) -> tuple[int, int]:
        """The least and the most that one part may have; the last may have less."""

    async def sign_put(self, key: str, *, size_bytes: int, sha256: str, content_type: str, ttl_s: int) -> SignedPut:
        """Admit one PUT of exactly these bytes; `sha256` in hex."""

    async def begin_parts(self, key: str, *, content_type: str, part_bytes: int) -> str:
        """Begin an upload in parts of this length each, the last of at most that; return the store's id for it."""

    async def sign_part(self, key: str, upload_id: str, number: int, *, size_bytes: int, ttl_s: int) -> SignedPut:
        """Admit one PUT of one part, of exactly this size."""

    async def parts(self, key: str, upload_id: str) -> Sequence[StagedPart]:
        """Return the parts that have arrived, by number.

        Raises:
            NotFound: there is no such upload, or it is finished.
        """

    async def complete_parts(self, key: str, upload_id: str, parts: Sequence[StagedPart]) -> None:
        """Make one object of the parts, under the key; done already, it stays done.

        Raises:
            NotFound: there is no such upload, and no object under the key.
            Conflict: a part is missing or is another by now.
        """

    async def abort_parts(self, key: str, upload_id: str) -> None:
        """Forget the upload and its parts; silent when there is none."""


class Receiver(Protocol):
    """Takes in what is staged where the store cannot do so itself; `body` gives the bytes as they come.

    Nothing is left of what `body` does not bring to its end, of what is too short or too long, or of other bytes.
    """

    async def receive(self, key: str, body: AsyncIterator[bytes], *, size_bytes: int, sha256: str) -> str:
        """Store exactly these bytes under the key; return their etag.

        Raises:
            ChecksumMismatch: they are others.
            Conflict: what was staged under the key is being removed.
        """

    async def receive_part(
        self, key: str, upload_id: str, number: int, body: AsyncIterator[bytes], *, size_bytes: int
    ) -> str:
        """Store one part, instead of what came for this number before; return its etag.

        Raises:
            NotFound: there is no such upload, or it is finished.
            Conflict: the same part was sent again meanwhile.
        """
