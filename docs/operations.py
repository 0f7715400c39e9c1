"""Draw and render the pictures of `docs/operations.md`, and write the page: `make docs`."""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from docs.guide.page import page, shots
from docs.guide.shots import PICTURES, Shot
from docs.guide.sources import ORIGINALS
from imaging.render.decoder import DecoderPool
from imaging.render.facts import Limits
from imaging.render.watermark import Overlay

PAGE = Path(__file__).with_name("operations.md")
LOGO = "badge"

_MEMORY_BYTES = 1024 * 1024 * 1024
_DEADLINE_S = 60


async def main() -> None:
    """Make all pictures anew, as the server makes them, and then the page."""
    PICTURES.mkdir(exist_ok=True)
    for left_over in PICTURES.iterdir():
        left_over.unlink()
    pool = DecoderPool(1, _MEMORY_BYTES, _DEADLINE_S, Limits())
    await pool.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            await _render_all(pool, Path(folder))
    finally:
        await pool.close()
    PAGE.write_text(page(), encoding="utf-8")


async def _render_all(pool: DecoderPool, folder: Path) -> None:
    drawn = {}
    for name, original in ORIGINALS.items():
        drawn[name] = folder / name
        original.draw(drawn[name])
        found = (await pool.inspect(drawn[name])).source
        if found != original.source:
            raise ValueError(f"{name} is not what docs.guide.sources says, but {found}")
    overlay = Overlay(drawn[LOGO], ORIGINALS[LOGO].source)
    for shot in {shot.name: shot for shot in shots()}.values():
        await _render(pool, shot, drawn[shot.original], overlay)


async def _render(pool: DecoderPool, shot: Shot, source: Path, logo: Overlay) -> None:
    plan = shot.plan
    if plan.wish.watermark and plan.wish.watermark.image_id:
        plan = replace(plan, overlay=logo)
    await pool.render(source, plan, shot.path)


if __name__ == "__main__":
    asyncio.run(main())
