"""The data folder as the place for everything, also for what libraries write on their own."""

import os
from pathlib import Path


def stay_in(data_dir: Path) -> None:
    """Let libraries and child processes put their temporary files and caches into the data folder."""
    for variable, folder in (("TMPDIR", data_dir / "scratch"), ("XDG_CACHE_HOME", data_dir / "cache")):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ[variable] = str(folder)
