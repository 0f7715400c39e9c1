"""`imaging jobs` tells what was given up, and has it tried again."""

from pathlib import Path

import pytest

from imaging import database
from imaging.journal import jobs
from tests.databases import rows
from tests.journal.test_given_up import gave_up
from tests.server import environment, imaging


@pytest.fixture
async def url(tmp_path: Path, database_url: str) -> str:
    await database.connect(database_url)
    await gave_up(jobs.REMOVE_OBJECTS, "r/1", "the disk\nis away")
    await gave_up(jobs.PURGE_CDN, "r/2", "no such distribution")
    await database.close()
    return database_url


def told(tmp_path: Path, url: str, *arguments: str) -> list[str]:
    done = imaging("jobs", *arguments, env=environment(tmp_path / "data", database_url=url), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    return [" ".join(line.split()) for line in done.stdout.splitlines()]


def test_it_lists_what_was_given_up_and_why(tmp_path: Path, url: str) -> None:
    assert told(tmp_path, url) == [
        "KIND ATTEMPTS SUBJECT REASON",
        "purge-cdn 20 r/2 no such distribution",
        "remove-objects 20 r/1 the disk is away",
    ]


def test_it_has_those_of_a_kind_tried_again(tmp_path: Path, url: str) -> None:
    assert told(tmp_path, url, "--retry", "purge-cdn") == ["1 jobs will be tried again."]
    assert rows(url, "SELECT kind, attempts FROM job WHERE failed_at IS NULL") == [("purge-cdn", 0)]
    assert told(tmp_path, url, "--retry") == ["1 jobs will be tried again."]
    assert told(tmp_path, url) == ["No job was given up."]


async def test_uploads_and_batches_whose_end_was_told_are_not_promised_to_be_tried_again(
    tmp_path: Path, database_url: str
) -> None:
    await database.connect(database_url)
    for kind in (jobs.INGEST_UPLOAD, jobs.IMPORT_URL, jobs.BATCH, jobs.PURGE_CDN):
        await gave_up(kind, "x", "too often")
    await database.close()
    assert told(tmp_path, database_url, "--retry") == [
        "1 jobs will be tried again.",
        "3 were only forgotten: their uploads or batches have failed, and people were told so.",
        "Such a file is uploaded or imported again; `retryBatch` goes on with a batch.",
    ]
    assert rows(database_url, "SELECT kind FROM job") == [("purge-cdn",)]
