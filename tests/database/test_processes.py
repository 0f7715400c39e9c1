"""Several processes at one database, and processes that are killed."""

import asyncio
import signal
import sys
from pathlib import Path

from imaging import database
from imaging.accounts.models import User
from tests import databases
from tests.database.test_migrations import ALL


async def start(module: str, *arguments: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_fifty_writers_in_two_processes_never_find_the_database_locked(db: str) -> None:
    await User.create(issuer="counter", subject="", name="0")
    processes = [await start("tests.database.writers", db, 25, 10) for _ in range(2)]
    for process in processes:
        _, errors = await process.communicate()
        assert (process.returncode, errors.decode()) == (0, "")
    assert (await User.get(issuer="counter")).name == "500"
    assert await User.filter(issuer="made").count() == 500


async def test_what_was_committed_survives_a_killed_process(db: str) -> None:
    await User.create(issuer="counter", subject="", name="0")
    process = await start("tests.database.writers", db, 5, 100_000)
    assert process.stdout is not None
    told = [await process.stdout.readline() for _ in range(50)]
    process.send_signal(signal.SIGKILL)
    rest, _ = await process.communicate()
    acknowledged = [line.decode().strip() for line in (*told, *rest.splitlines()) if len(line.strip()) == 36]
    assert len(acknowledged) >= 50
    assert await User.filter(id__in=acknowledged).count() == len(acknowledged)
    assert await User.filter(issuer="made").count() == int((await User.get(issuer="counter")).name)


async def test_processes_that_migrate_at_once_take_turns(tmp_path: Path) -> None:
    url = databases.chosen().empty_url(tmp_path / "new")
    code = f"import asyncio; from imaging import database; print(asyncio.run(database.migrate({url!r})))"
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
        for _ in range(3)
    ]
    told = sorted([(await process.communicate())[0].decode().strip() for process in processes])
    assert told == [str(ALL), "[]", "[]"]
    assert await database.migrate(url) == []
