"""`imaging schema`: the public contract as SDL."""

import difflib
from pathlib import Path

from imaging.graphql.schema import export_sdl


def sdl() -> str:
    """Return the schema as text, with one newline at its end."""
    return export_sdl()


def difference(path: Path) -> str:
    """Return how the file differs from the schema; empty when it does not."""
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    return "".join(difflib.unified_diff(kept.splitlines(True), sdl().splitlines(True), str(path), "imaging schema"))
