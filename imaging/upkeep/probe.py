"""Is there still a place for files? Asked by who watches the server."""

import asyncio
import secrets
from pathlib import Path

from imaging.ports import ObjectStore


async def try_storage(store: ObjectStore, spool_dir: Path) -> None:
    """Write where files come in, and list where they stay: a store that is away or has been removed cannot."""
    await asyncio.to_thread(_try_to_write, spool_dir)
    async for _ in store.keys("health"):
        return


def _try_to_write(folder: Path) -> None:
    probe = folder / f"probe-{secrets.token_hex(8)}"
    probe.write_bytes(b"")
    probe.unlink()
