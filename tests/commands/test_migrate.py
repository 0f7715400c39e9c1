from pathlib import Path

from tests import databases
from tests.server import environment, imaging


def test_the_tables_are_made_once_and_told(tmp_path: Path) -> None:
    url = databases.chosen().empty_url(tmp_path)
    env = environment(tmp_path / "data", database_url=url)
    first = imaging("migrate", env=env, cwd=tmp_path)
    second = imaging("migrate", env=env, cwd=tmp_path)
    assert first.stdout.startswith("applied ")
    assert second.stdout == "The database is up to date.\n"
    assert databases.rows(url, 'SELECT count(*) FROM "image"') == [(0,)]
