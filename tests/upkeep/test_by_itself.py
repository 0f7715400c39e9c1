"""A running server tidies up by itself."""

import asyncio
import datetime
import time
from collections.abc import Callable
from pathlib import Path

from imaging import database
from imaging.accounts.models import User
from imaging.accounts.viewer import Role, Viewer
from imaging.images import integrity
from imaging.images.models import ImageState
from imaging.journal.models import Job
from imaging.upkeep.task import KINDS
from imaging.uploads.models import Upload, UploadKind
from tests import databases
from tests.rows import add_image
from tests.server import RunningServer, imaging, running_server

PATIENCE_S = 60


def url_of(server: RunningServer) -> str:
    return server.env.get("IMAGING_DATABASE_URL", f"sqlite://{server.data_dir}/imaging.db")


async def let_time_pass(server: RunningServer, long_ago: datetime.datetime) -> int:
    """Make an upload overdue, add an image behind the server's back, and upkeep due; returns how many are planned."""
    await database.connect(url_of(server))
    try:
        owner = await User.create(issuer="tests", subject="owner")
        await Upload.create(owner_id=owner.id, kind=UploadKind.SINGLE, filename="duck.jpg", expires_at=long_ago)
        # Nobody else is to find something to mend in it.
        lost = {"state": ImageState.FAILED, "failure_code": integrity.MISSING}
        await add_image(Viewer(owner.id, Role.EDITOR), **lost)
        return await Job.filter(kind__in=KINDS).update(run_after=long_ago)
    finally:
        await database.close()


def until(server: RunningServer, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, server.log.read_text()
        time.sleep(0.1)


def test_a_running_server_expires_what_is_overdue_and_indexes_what_is_missing(
    tmp_path: Path, long_ago: datetime.datetime
) -> None:
    mended = "SELECT mended FROM upkeep_run WHERE task = 'reindex-drift'"
    with running_server(tmp_path, within_s=90) as server:
        until(server, lambda: any(server.data_dir.glob("search/*/complete")))
        assert asyncio.run(let_time_pass(server, long_ago)) == 14
        until(server, lambda: databases.rows(url_of(server), "SELECT state FROM upload") == [("EXPIRED",)])
        until(server, lambda: databases.rows(url_of(server), mended) == [(1,)])
        until(server, lambda: databases.rows(url_of(server), "SELECT id FROM outbox_entry") == [])
        done = imaging("upkeep", "--dry-run", "reindex-drift", env=server.env, cwd=tmp_path)
        assert done.stdout.splitlines()[1].split() == ["reindex-drift", "1", "0", "-"]
        assert "Traceback" not in server.log.read_text()
