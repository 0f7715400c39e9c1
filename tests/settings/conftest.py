import os
from collections.abc import Callable
from pathlib import Path

import pytest

from imaging.settings import Settings, read_settings

Read = Callable[..., Settings]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Read settings from an environment with nothing but these variables, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("IMAGING_")]:
        monkeypatch.delenv(name)

    def read(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(f"IMAGING_{name}", value)
        return read_settings()

    return read
