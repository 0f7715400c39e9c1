"""A replacement that is killed at one of its steps: `python -m tests.images.replacer DATABASE FOLDER OWNER IMAGE STEP`.

The steps are `reserved`, before the bytes are stored; `stored`, before the rows are written; and `written`.
"""

import asyncio
import os
import signal
import sys
import uuid
from pathlib import Path

from imaging import database
from imaging.accounts.viewer import Role, Viewer
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.replace import Replacement
from imaging.images.spool import Spool
from imaging.ports import ObjectInfo
from tests import pictures
from tests.images.counter import received
from tests.images.inspector import PillowInspector

NEW = pictures.png(40, 30)


class Deadly(FolderStore):
    """A store during whose work the process is killed."""

    def __init__(self, root: Path, step: str) -> None:
        super().__init__(root)
        self._step = step

    async def put(self, key: str, path: Path, *, content_type: str, sha256: str | None = None) -> ObjectInfo:
        if self._step == "reserved":
            os.kill(os.getpid(), signal.SIGKILL)
        put = await super().put(key, path, content_type=content_type, sha256=sha256)
        if self._step == "stored":
            os.kill(os.getpid(), signal.SIGKILL)
        return put


async def main(url: str, folder: Path, owner_id: uuid.UUID, image_id: uuid.UUID, step: str) -> None:
    await database.connect(url)
    store, spool = Deadly(folder / "objects", step), Spool(folder / "tmp", 1024 * 1024)
    replacement = Replacement(store, PillowInspector(), LocalWakeups(), asyncio.Semaphore(1))
    await replacement.replace(Viewer(owner_id, Role.EDITOR), image_id, await received(spool, NEW, "new.png"))
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    url, folder, owner, image, step = sys.argv[1:]
    asyncio.run(main(url, Path(folder), uuid.UUID(hex=owner), uuid.UUID(hex=image), step))
