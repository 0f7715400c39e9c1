from pathlib import Path

from tests.server import environment, imaging


def test_the_tables_are_made_once_and_told(tmp_path: Path) -> None:
    env = environment(tmp_path / "data")
    first = imaging("migrate", env=env, cwd=tmp_path)
    second = imaging("migrate", env=env, cwd=tmp_path)
    assert first.stdout.startswith("applied ")
    assert second.stdout == "The database is up to date.\n"
    assert (tmp_path / "data" / "imaging.db").exists()
