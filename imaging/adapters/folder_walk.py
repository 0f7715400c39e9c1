"""Walking through a folder, however much there is in it: a few files at a time, in other threads."""

import asyncio
import contextlib
import datetime
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TypeVar

AT_ONCE = 500
T = TypeVar("T")


def files_in(folder: Path) -> Iterator[Path]:
    """Give the files below a folder as they are come upon; what goes meanwhile may be among them or not."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from files_in(Path(entry.path))
            else:
                yield Path(entry.path)


def is_older(path: Path, before: datetime.datetime) -> bool:
    """Return whether the file has had its bytes and its name since before a time."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    # A name given to a file that was there already, as copying does it, leaves its bytes as old as they were.
    return max(found.st_mtime, found.st_ctime) < before.timestamp()


def size_and_use(path: Path) -> tuple[int, datetime.datetime] | None:
    """Return the file's bytes and when they were last written or read; None when it is gone.

    Most systems write down that a file was read only if it was not read for a day (relatime), some never (noatime).
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, datetime.datetime.fromtimestamp(max(found.st_atime, found.st_mtime), datetime.UTC)


async def lazily(things: Iterator[T]) -> AsyncIterator[T]:
    """Give things whose finding blocks."""
    while page := await asyncio.to_thread(lambda: list(itertools.islice(things, AT_ONCE))):
        for thing in page:
            yield thing
