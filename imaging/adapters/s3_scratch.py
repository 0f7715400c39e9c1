"""Objects of a bucket as files on this disk, for as long as somebody reads them; one copy for all who read the same."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from imaging.cancellation import to_the_end


@dataclass
class _Copy:
    path: Path
    bringing: asyncio.Task[None]
    readers: int = 0


class Scratch:
    """Brings objects into a folder by `bring(key, path)`, and removes them when their last reader is done."""

    def __init__(self, folder: Path, bring: Callable[[str, Path], Awaitable[None]]) -> None:
        self._folder = folder
        self._bring = bring
        self._copies: dict[str, _Copy] = {}

    @asynccontextmanager
    async def file(self, key: str) -> AsyncIterator[Path]:
        """Give the object as a file; what `bring` raises is raised here."""
        copy = self._copies.get(key) or self._begin(key)
        copy.readers += 1
        try:
            await asyncio.shield(copy.bringing)
            yield copy.path
        finally:
            copy.readers -= 1
            if not copy.readers:
                del self._copies[key]
                await to_the_end(_remove(copy))

    def _begin(self, key: str) -> _Copy:
        path = self._folder / f"scratch-{uuid.uuid4().hex}"
        copy = self._copies[key] = _Copy(path, asyncio.ensure_future(self._bring(key, path)))
        return copy


async def _remove(copy: _Copy) -> None:
    copy.bringing.cancel()
    await asyncio.wait((copy.bringing,))
    if not copy.bringing.cancelled():
        copy.bringing.exception()  # marks a failure as seen, or the loop complains when the task is collected
    await asyncio.to_thread(copy.path.unlink, missing_ok=True)
