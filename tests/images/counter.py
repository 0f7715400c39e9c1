"""A counter where pictures are handed in: store, spool and ingest on a temporary folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imaging.accounts.viewer import Viewer
from imaging.adapters.folder_store import FolderStore
from imaging.images.ingest import Ingest, IngestResult, NewImage
from imaging.images.said import Said
from imaging.images.spool import Spool, SpoolFile


async def received(spool: Spool, content: bytes, filename: str = "duck.jpg") -> SpoolFile:
    """A file that has arrived whole, in small pieces."""
    file = spool.open(filename)
    for start in range(0, len(content), 1000):
        await file.write(content[start : start + 1000])
    await file.finish()
    return file


@dataclass
class Counter:
    folder: Path
    store: FolderStore
    spool: Spool
    ingest: Ingest

    async def hand_in(self, viewer: Viewer, *contents: bytes, **said: Any) -> list[IngestResult]:
        files = [NewImage(await received(self.spool, content), Said(**said)) for content in contents]
        return await self.ingest.upload(viewer, files)

    async def stored(self) -> set[str]:
        """The keys of all objects."""
        return {key async for key in self.store.keys("")}

    def spooled(self) -> list[Path]:
        return list((self.folder / "tmp").iterdir())
