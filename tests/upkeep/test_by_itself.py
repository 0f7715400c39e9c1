"""A running server tidies up by itself."""

import asyncio
import datetime
import time
from pathlib import Path

from imaging import database
from imaging.accounts.models import User
from imaging.journal import jobs
from imaging.journal.models import Job
from imaging.uploads.models import Upload, UploadKind
from tests import databases
from tests.server import RunningServer, running_server

PATIENCE_S = 60


def url_of(server: RunningServer) -> str:
    return server.env.get("IMAGING_DATABASE_URL", f"sqlite://{server.data_dir}/imaging.db")


async def let_time_pass(server: RunningServer, long_ago: datetime.datetime) -> int:
    """Make an upload overdue, and upkeep due; returns how many tasks are planned."""
    await database.connect(url_of(server))
    try:
        owner = await User.create(issuer="tests", subject="owner")
        await Upload.create(owner_id=owner.id, kind=UploadKind.SINGLE, filename="duck.jpg", expires_at=long_ago)
        return await Job.filter(kind=jobs.UPKEEP).update(run_after=long_ago)
    finally:
        await database.close()


def test_a_running_server_expires_what_is_overdue(tmp_path: Path, long_ago: datetime.datetime) -> None:
    with running_server(tmp_path, within_s=90) as server:
        assert asyncio.run(let_time_pass(server, long_ago)) == 13
        deadline = time.monotonic() + PATIENCE_S
        while databases.rows(url_of(server), "SELECT state FROM upload") != [("EXPIRED",)]:
            assert time.monotonic() < deadline, server.log.read_text()
            time.sleep(0.1)
        assert "Traceback" not in server.log.read_text()
