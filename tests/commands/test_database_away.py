"""Without its database a command says in one line what to look at."""

from pathlib import Path

import pytest

from tests.server import environment, imaging

AWAY = "postgresql://imaging:secret@127.0.0.1:1/imaging"


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_command_whose_database_is_away_says_which_setting_names_it(command: str, tmp_path: Path) -> None:
    env = environment(tmp_path / "data", database_url=AWAY, database_connect_timeout_s="1")
    done = imaging(command, env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "Error: The database that IMAGING_DATABASE_URL names does not answer.\n"
    assert done.stdout == ""
