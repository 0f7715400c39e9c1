"""Uploads without end in a process of its own: `python -m tests.upkeep.uploader URL FOLDER OWNER_HEX AT_ONCE`.

Prints the id and the hash of every image after it was acknowledged.
"""

import asyncio
import os
import sys
import uuid
from pathlib import Path

from imaging import database
from imaging.accounts.viewer import Role, Viewer
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.ingest import Ingest, NewImage
from imaging.images.said import Said
from imaging.images.spool import Spool
from imaging.upkeep.recover import ingesting
from tests import pictures
from tests.images.inspector import PillowInspector

PICTURE = pictures.png(256, 256)


async def upload(ingest: Ingest, spool: Spool, viewer: Viewer) -> None:
    while True:
        file = spool.open("duck.png")
        # Bytes behind the end of a PNG are ignored, and make every upload another file.
        for chunk in (PICTURE, os.urandom(16)):
            await file.write(chunk)
        await file.finish()
        [result] = await ingest.upload(viewer, [NewImage(file, Said(tags=["kill"]))])
        assert result.image is not None, result
        print(result.image.id.hex, result.image.sha256, flush=True)


async def main(url: str, folder: Path, owner_id: uuid.UUID, at_once: int) -> None:
    await database.connect(url)
    store, spool = FolderStore(folder / "objects"), Spool(folder / "tmp", 1024 * 1024)
    viewer, ingest = Viewer(owner_id, Role.EDITOR), Ingest(store, PillowInspector(), LocalWakeups())
    async with ingesting(store, folder / "tmp"):
        await asyncio.gather(*(upload(ingest, spool, viewer) for _ in range(at_once)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), uuid.UUID(hex=sys.argv[3]), int(sys.argv[4])))
