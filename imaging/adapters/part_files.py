"""Parts of an upload in one hidden file beside the object it will be, each at its own place.

A part counts once its record is there: an empty hidden file whose name tells all, made when the bytes are on the
disk, so that after a crash half a part is none. Finishing renames the file and copies nothing.
"""

import fcntl
import hashlib
import os
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from imaging.adapters.folder_store import FolderStore, sync
from imaging.errors import Conflict, InvalidInput, NotFound
from imaging.ports import StagedPart

MAX_PARTS = 10_000
LOCK_PATIENCE_S = 2.0

_ID = re.compile(r"(?P<part_bytes>[1-9][0-9]{0,14})-[0-9a-f]{32}")
_RECORD = re.compile(r"\.(?P<number>[1-9][0-9]{0,4})\.(?P<size>[0-9]{1,15})\.(?P<etag>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class PartFiles:
    """The files of one upload; `id` tells how long its parts are."""

    store: FolderStore
    key: str
    id: str

    @classmethod
    def begin(cls, store: FolderStore, key: str, part_bytes: int) -> "PartFiles":
        """Make room for a new upload."""
        upload = cls(store, key, f"{part_bytes}-{uuid.uuid4().hex}")
        while True:
            store.make_room(key)
            try:
                upload.path.touch(mode=0o600, exist_ok=False)
                sync(upload.path.parent)
            except FileNotFoundError:
                continue  # somebody who empties the folder took it away
            return upload

    @property
    def path(self) -> Path:
        """The file of all parts."""
        return self.store.hidden(self.key, self.id)

    def place(self, number: int, size_bytes: int) -> int:
        """Return where the part begins.

        Raises:
            NotFound: there can be no such upload.
            InvalidInput: there can be no such part.
        """
        part_bytes = self._part_bytes
        if not 1 <= number <= MAX_PARTS or not 0 < size_bytes <= part_bytes:
            raise InvalidInput(f"A part is one of {MAX_PARTS} and has at most {part_bytes} bytes.")
        return (number - 1) * part_bytes

    def parts(self) -> list[StagedPart]:
        """Return the parts that have arrived, by number.

        Raises:
            NotFound: there is no such upload, or it is finished.
        """
        if not _ID.fullmatch(self.id) or not self.path.is_file():
            raise absent()
        return sorted((part for part, _ in self._records()), key=lambda part: part.number)

    def forget(self, number: int) -> None:
        """No longer count the part: its bytes are about to change."""
        records = [record for part, record in self._records() if part.number == number]
        for record in records:
            record.unlink(missing_ok=True)
        if records:
            sync(self.path.parent)

    def count(self, part: StagedPart) -> None:
        """Count the part, whose bytes are on the disk.

        Raises:
            NotFound: the upload was given up meanwhile.
        """
        record = self.path.with_name(f"{self.path.name}.{part.number}.{part.size_bytes}.{part.etag}")
        try:
            record.touch(mode=0o600)
            sync(record.parent)
        except FileNotFoundError:
            raise absent() from None
        if not self.path.exists():
            record.unlink(missing_ok=True)
            self.store.tidy(self.key)
            raise absent()

    def complete(self, parts: Sequence[StagedPart]) -> None:
        """Make the object; done already, it stays done.

        Raises:
            NotFound: there is no such upload, and no object under the key.
            Conflict: a part is missing, is another by now, or is arriving.
        """
        try:
            file = os.open(self.path, os.O_WRONLY) if _ID.fullmatch(self.id) else None
        except (FileNotFoundError, NotADirectoryError):
            file = None
        try:
            if file is None or not self._lock(file):
                return self._must_be_done()
            self._must_have(parts)
            os.ftruncate(file, sum(part.size_bytes for part in parts))
            self.store.adopt(self.key, self.path, _etag(parts))
        except FileNotFoundError:
            raise absent() from None
        finally:
            if file is not None:
                os.close(file)
        self._clear()

    def abort(self) -> None:
        """Forget the upload and its parts; silent when there is none."""
        if not _ID.fullmatch(self.id):
            return
        self.path.unlink(missing_ok=True)
        self._clear()
        self.store.tidy(self.key)

    @property
    def _part_bytes(self) -> int:
        found = _ID.fullmatch(self.id)
        if found is None:
            raise absent()
        return int(found["part_bytes"])

    def _lock(self, file: int) -> bool:
        """Keep everybody from writing to the file; False when it was finished or given up first."""
        deadline = time.monotonic() + LOCK_PATIENCE_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return os.path.samestat(os.fstat(file), self.path.stat())
            except FileNotFoundError:
                return False
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Conflict("A part is still arriving.") from None
                time.sleep(0.02)

    def _must_be_done(self) -> None:
        if not self.store.holds(self.key):
            raise absent()

    def _must_have(self, parts: Sequence[StagedPart]) -> None:
        recorded = {part.number: part for part in self.parts()}
        if not parts:
            raise Conflict("There is no part.")
        for number, part in enumerate(parts, 1):
            if part.number != number or recorded.get(number) != part:
                raise Conflict(f"Part {number} is missing, or is another by now.")
            if number < len(parts) and part.size_bytes != self._part_bytes:
                raise Conflict(f"Part {number} is shorter than a part that others follow.")

    def _records(self) -> list[tuple[StagedPart, Path]]:
        try:
            names = [path.name for path in self.path.parent.iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        start = self.path.name
        found = [(name, _RECORD.fullmatch(name, len(start))) for name in names if name.startswith(start)]
        return [
            (StagedPart(int(told["number"]), int(told["size"]), told["etag"]), self.path.with_name(name))
            for name, told in found
            if told is not None
        ]

    def _clear(self) -> None:
        for _, record in self._records():
            record.unlink(missing_ok=True)


def absent() -> NotFound:
    """Return what is said about an upload that is not there."""
    return NotFound("There is no such upload; it was finished or given up.")


def _etag(parts: Sequence[StagedPart]) -> str:
    """Return a name for the whole that costs no reading; as an S3 server does, it tells how many parts there were."""
    digest = hashlib.sha256(b"".join(bytes.fromhex(part.etag) for part in parts))
    return f"{digest.hexdigest()}-{len(parts)}"
