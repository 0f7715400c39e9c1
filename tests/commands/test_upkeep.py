import asyncio
import os
import pty
import subprocess
import sys
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from imaging import database
from imaging.accounts.models import User
from imaging.accounts.viewer import Role, Viewer
from imaging.journal import jobs, leases
from tests.rows import add_image
from tests.server import environment, imaging

TASKS = (
    "expire-uploads",
    "forget-uploads",
    "requeue-uploads",
    "retire-versions",
    "purge-trash",
    "forget-batches",
    "compact-events",
    "remove-stray-uploads",
    "remove-unfinished",
    "evict-renditions",
    "remove-stray-originals",
    "check-originals",
    "verify-originals",
    "reindex-drift",
)


@pytest.fixture
def stray(tmp_path: Path) -> Path:
    """An original that nothing names."""
    path = tmp_path / "data" / "objects" / "o" / uuid.uuid4().hex / "1"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a picture")
    return path


def upkeep(tmp_path: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return imaging("upkeep", *arguments, env=environment(tmp_path / "data") | settings, cwd=tmp_path)


def told(done: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    """The lines of the table by task, without their heading and what is said below them."""
    assert done.stderr == ""
    lines = [line.split() for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert lines[0] == ["TASK", "LOOKED", "AT", "FOUND", "MENDED"]
    return {line[0]: line[1:] for line in lines[1:]}


def test_every_task_is_run_and_what_was_just_written_is_left_alone(tmp_path: Path, stray: Path) -> None:
    done = upkeep(tmp_path)
    assert told(done) == {task: ["0", "0", "0"] for task in TASKS}
    assert "    There is no complete search index here" in done.stdout
    assert done.returncode == 0
    assert stray.exists()


def test_first_it_can_tell_what_it_would_do(tmp_path: Path, stray: Path) -> None:
    done = upkeep(tmp_path, "--dry-run", "--grace", "0")
    key = stray.relative_to(tmp_path / "data" / "objects").as_posix()
    assert told(done)["remove-stray-originals"] == ["1", "1", "-"]
    assert f"\n    {key}\n" in done.stdout
    assert stray.exists()


def test_then_it_does_it(tmp_path: Path, stray: Path) -> None:
    done = upkeep(tmp_path, "--grace", "0", "remove-stray-originals")
    assert told(done) == {"remove-stray-originals": ["1", "1", "1"]}
    assert not stray.parent.exists()


def test_renditions_are_kept_within_a_budget(tmp_path: Path) -> None:
    rendition = tmp_path / "data" / "objects" / "r" / uuid.uuid4().hex / "1" / "1" / "o" / "duck.jpg"
    rendition.parent.mkdir(parents=True)
    rendition.write_bytes(b"x" * 3_000)
    done = upkeep(tmp_path, "--grace", "0", "evict-renditions", IMAGING_RENDITION_BUDGET_BYTES="1000")
    assert told(done) == {"evict-renditions": ["1", "1", "1"]}
    assert "\n    Renditions took 2.9 KiB, the budget is 1000 bytes. 2.9 KiB were removed.\n" in done.stdout
    assert not rendition.exists()


async def prepared(tmp_path: Path, deed: Callable[[], Awaitable[object]]) -> None:
    """Do something to the library's rows, as another process would."""
    env = environment(tmp_path / "data")
    url = env.get("IMAGING_DATABASE_URL", f"sqlite://{tmp_path}/data/imaging.db")
    await database.migrate(url)
    await database.connect(url)
    try:
        await deed()
    finally:
        await database.close()


def test_what_another_process_is_doing_is_left_to_it(tmp_path: Path, stray: Path) -> None:
    asyncio.run(prepared(tmp_path, lambda: leases.take(jobs.UPKEEP, "remove-stray-originals")))
    done = upkeep(tmp_path, "--grace", "0", "remove-stray-originals", "remove-stray-uploads")
    assert "remove-stray-originals left alone: Another process is running remove-stray-originals" in done.stdout
    assert told(done)["remove-stray-uploads"] == ["0", "0", "0"]
    assert done.returncode == 0
    assert stray.exists()


def test_people_who_watch_see_how_far_it_is(tmp_path: Path, stray: Path) -> None:
    async def own_an_image() -> None:
        owner = await User.create(issuer="tests", subject="owner")
        await add_image(Viewer(owner.id, Role.EDITOR))

    asyncio.run(prepared(tmp_path, own_an_image))
    command = [sys.executable, "-m", "imaging", "upkeep", "--grace", "0", "remove-stray-originals"]
    screen, terminal = pty.openpty()
    with subprocess.Popen(
        command, env=environment(tmp_path / "data"), cwd=tmp_path, stdout=subprocess.PIPE, stderr=terminal
    ) as process:
        output, _ = process.communicate(timeout=120)
    os.close(terminal)
    shown = os.read(screen, 10_000).decode()
    os.close(screen)
    assert "remove-stray-originals  [####" in shown
    assert "100%" in shown
    assert output.decode().split()[-3:] == ["1", "1", "1"]


def test_a_task_that_does_not_exist_is_refused_before_anything_is_done(tmp_path: Path, stray: Path) -> None:
    done = upkeep(tmp_path, "--grace", "0", "remove-stray-originals", "dance")
    assert done.returncode == 1
    assert "There is no task dance; there are expire-uploads, " in done.stderr
    assert stray.exists()
