"""A file whose bytes have arrived whole, wherever they came from, and how they become an original."""

import uuid
from pathlib import Path
from typing import Protocol

from imaging.errors import FileRejected
from imaging.ports import ObjectStore
from imaging.render.facts import CONTENT_TYPES, ImageFormat


class ReceivedFile(Protocol):
    """A received file: its bytes lie at `path`, and are to become the image `image_id`.

    `sha256` (hex) and `size_bytes` are those of the bytes at `path`, found by reading them. `staged_key` is set
    when the very same bytes lie in the object store, too. `rejected` says why it will not be taken in.
    """

    @property
    def image_id(self) -> uuid.UUID:
        """The id that the image would have."""

    @property
    def filename(self) -> str:
        """Its name, cleaned."""

    @property
    def path(self) -> Path:
        """Where the bytes are."""

    @property
    def size_bytes(self) -> int:
        """How many they are."""

    @property
    def sha256(self) -> str:
        """Their hash, in hex."""

    @property
    def rejected(self) -> FileRejected | None:
        """Why it will not be taken in, if so."""

    @property
    def staged_key(self) -> str | None:
        """Where the object store has the same bytes already, if it has."""

    async def discard(self) -> None:
        """Remove the local copy; idempotent, and done even when the caller is cancelled."""


async def keep_original(store: ObjectStore, file: ReceivedFile, key: str, format: ImageFormat) -> None:
    """Store the bytes under the key: copied where they are staged in the store, else sent there.

    Raises:
        StorageUnavailable: the store does not answer.
        NotFound: what was staged is gone.
    """
    if file.staged_key is not None:
        await store.copy(file.staged_key, key, content_type=CONTENT_TYPES[format], sha256=file.sha256)
    else:
        await store.put(key, file.path, content_type=CONTENT_TYPES[format], sha256=file.sha256)
