"""Keeps objects as files in a folder: the embedded `ObjectStore`.

A key is the file's path below the root. Writing syncs the file, gives it its key as a second name (or copies
it in under a hidden name and renames that) and syncs the folder: after a power loss a key is whole or absent.
"""

import asyncio
import contextlib
import datetime
import hashlib
import os
import shutil
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from imaging.adapters.folder_walk import files_in, is_older, lazily, size_and_use
from imaging.adapters.object_keys import checked
from imaging.errors import NotFound
from imaging.object_ports import Entry, Unfinished
from imaging.ports import ObjectInfo

CHUNK_BYTES = 256 * 1024
REMEMBERED_HASHES = 65_536

_UNFINISHED = ".new-"

_Print = tuple[int, int, int]


class FolderStore:
    """An `ObjectStore` in one folder, which is made when something is first put."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._hashes: OrderedDict[_Print, str] = OrderedDict()

    async def put(self, key: str, path: Path, *, content_type: str, sha256: str | None = None) -> ObjectInfo:  # noqa: ARG002
        """Store the file's bytes durably; shares them with `path` where the file system can (hard link)."""
        return await asyncio.to_thread(self._put, key, path, sha256)

    async def stat(self, key: str) -> ObjectInfo | None:
        """Return what is known about the object, or None when there is none."""
        return await asyncio.to_thread(self._stat, key)

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Stream the bytes from `start` up to but not including `end`.

        Raises:
            NotFound: there is no such object.
        """
        file = await asyncio.to_thread(_open, self._path(key), start)
        try:
            left = None if end is None else max(0, end - start)
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES if left is None else min(CHUNK_BYTES, left)):
                left = None if left is None else left - len(chunk)
                yield chunk
        finally:
            file.close()

    def local_file(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Give the object's own file, to read for as long as the context lasts.

        Raises:
            NotFound: there is no such object.
        """
        return self._local_file(key)

    async def delete(self, key: str) -> None:
        """Forget the object; silent when there is none."""
        await asyncio.to_thread(self._delete, self._path(key))

    async def delete_prefix(self, prefix: str) -> int:
        """Forget everything below `prefix` (a whole path segment); return how many objects."""
        return await asyncio.to_thread(self._delete_prefix, prefix)

    async def keys(self, prefix: str, *, before: datetime.datetime | None = None) -> AsyncIterator[str]:
        """List the keys below `prefix`, in no order; of those only that were last written before a time, if given."""
        paths = (path for path in self._files(prefix) if before is None or is_older(path, before))
        async for path in lazily(paths):
            yield self._key(path)

    async def entries(self, prefix: str) -> AsyncIterator[Entry]:
        """List what lies below `prefix`, in no order, with its size and when it was last written or read."""
        found = ((path, size_and_use(path)) for path in self._files(prefix))
        async for path, told in lazily(found):
            if told is not None:
                yield Entry(self._key(path), *told)

    async def unfinished(self, *, before: datetime.datetime) -> AsyncIterator[Unfinished]:
        """List what was last written before a time, in the whole store, and is not whole."""
        hidden = (path for path in files_in(self._root) if path.name.startswith(_UNFINISHED))
        async for path in lazily(path for path in hidden if is_older(path, before)):
            id = path.name.removeprefix(_UNFINISHED)
            yield Unfinished(self._key(path.with_name(id)), id)

    async def abandon(self, begun: Unfinished) -> None:
        """Forget bytes that are not whole; silent when there are none."""
        await asyncio.to_thread(self._delete, self.hidden(begun.key, begun.id))

    async def copy(self, source: str, key: str, *, content_type: str, sha256: str) -> ObjectInfo:
        """Store the bytes of another object under the key, too: a second name for the same file.

        Raises:
            NotFound: there is no object `source`.
        """
        path = self._path(source)
        try:
            return await self.put(key, path, content_type=content_type, sha256=sha256)
        except FileNotFoundError:
            raise _absent() from None

    def hidden(self, key: str, name: str) -> Path:
        """Return where a file lies that belongs to the object but is none; it goes when a prefix is deleted."""
        return self._path(key).with_name(f"{_UNFINISHED}{name}")

    def make_room(self, key: str) -> None:
        """Make the folder of the object; whoever empties it may take it away again. Blocks."""
        self._make_folder(self._path(key).parent)

    def adopt(self, key: str, path: Path, etag: str) -> None:
        """Make a hidden file, whose bytes are on the disk, the object; `etag` names them. Blocks.

        Raises:
            FileNotFoundError: somebody took it away.
        """
        target = self._path(key)
        path.replace(target)
        sync(target.parent)
        self._remember(_print(target.stat()), etag)

    def holds(self, key: str) -> bool:
        """Return whether there is such an object. Blocks."""
        return self._path(key).is_file()

    def tidy(self, key: str) -> None:
        """Remove the folders of the object for as long as they are empty. Blocks."""
        self._tidy(self._path(key).parent)

    @asynccontextmanager
    async def _local_file(self, key: str) -> AsyncIterator[Path]:
        path = self._path(key)
        if not await asyncio.to_thread(path.is_file):
            raise _absent()
        yield path

    def _put(self, key: str, path: Path, sha256: str | None) -> ObjectInfo:
        target = self._path(key)
        while True:
            try:
                return self._bring_in(key, path, target, sha256)
            except FileNotFoundError:
                # Somebody who empties the folder took it, or our unfinished file, away; if not, `path` is missing.
                if not path.exists():
                    raise

    def _bring_in(self, key: str, path: Path, target: Path, sha256: str | None) -> ObjectInfo:
        self._make_folder(target.parent)
        sync(path)
        if not _link(path, target):
            _replace(target, path)
        sync(target.parent)
        found = target.stat()
        if sha256 is not None:
            self._remember(_print(found), sha256)
        return ObjectInfo(key, found.st_size, self._hash(target, found), target)

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        with contextlib.suppress(FileExistsError, FileNotFoundError):
            folder.mkdir()
            sync(folder.parent)

    def _stat(self, key: str) -> ObjectInfo | None:
        path = self._path(key)
        try:
            found = path.stat()
            return ObjectInfo(key, found.st_size, self._hash(path, found), path) if S_ISREG(found.st_mode) else None
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _hash(self, path: Path, found: os.stat_result) -> str:
        mark = _print(found)
        known = self._hashes.get(mark)
        if known is None:
            with path.open("rb") as file:
                known = hashlib.file_digest(file, "sha256").hexdigest()
            self._remember(mark, known)
        return known

    def _remember(self, mark: _Print, sha256: str) -> None:
        self._hashes[mark] = sha256
        while len(self._hashes) > REMEMBERED_HASHES:
            self._hashes.popitem(last=False)

    def _delete(self, path: Path) -> None:
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return
        self._tidy(path.parent)

    def _delete_prefix(self, prefix: str) -> int:
        removed = 0
        for path in list(self._files(prefix, unfinished=True)):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                removed += not path.name.startswith(_UNFINISHED)
            self._tidy(path.parent)
        return removed

    def _tidy(self, folder: Path) -> None:
        """Remove the folder and those above it for as long as they are empty."""
        while folder != self._root:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    def _files(self, prefix: str, *, unfinished: bool = False) -> Iterator[Path]:
        top = self._path(prefix.rstrip("/")) if prefix else self._root
        return (path for path in files_in(top) if unfinished or not path.name.startswith(_UNFINISHED))

    def _key(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _path(self, key: str) -> Path:
        return self._root / checked(key)


def sync(path: Path) -> None:
    """Wait until the file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open(path: Path, start: int) -> BinaryIO:
    try:
        file = path.open("rb")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise _absent() from None
    file.seek(start)
    return file


def _link(path: Path, target: Path) -> bool:
    """Give the file a second name, which is whole from its first moment; False where that cannot be."""
    try:
        target.hardlink_to(path)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    return True


def _replace(target: Path, path: Path) -> None:
    """Put the file in the place of another, or copy it from another disk, under a hidden name until it is whole."""
    unfinished = target.with_name(f"{_UNFINISHED}{uuid.uuid4().hex}")
    try:
        if not _link(path, unfinished):
            shutil.copyfile(path, unfinished)
            sync(unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _print(found: os.stat_result) -> _Print:
    """What tells one state of a file from another."""
    return found.st_ino, found.st_mtime_ns, found.st_size


def _absent() -> NotFound:
    return NotFound("There is no such object.")
