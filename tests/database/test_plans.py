"""Twenty thousand images in PostgreSQL: every list is read from indexes, and no further than its page."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from tortoise.connection import get_connection

from imaging import database
from imaging.accounts.models import User
from imaging.accounts.viewer import ANONYMOUS, Role, Viewer
from imaging.images.filter import NEWEST_FIRST, ImageFilter, ImageSort, SortField
from imaging.images.library import Library
from imaging.images.models import Visibility
from imaging.images.page import PageRequest
from imaging.journal import jobs, queue
from tests.postgres import PostgresServer, apart, running_postgres
from tests.statements import counted

pytestmark = pytest.mark.full

IMAGES = 20_000
MOST_READ = 100
# A hundred owners, a tenth of the images public, each with a tag that many have and one that few have.
FILL = f"""
INSERT INTO "user" (id, issuer, subject, name, created_at)
SELECT md5('u' || i)::uuid, 'tests', 'u' || i, '', now() FROM generate_series(1, 100) i;

INSERT INTO image (id, owner_id, version, bytes_version, state, failure_code, failure_message, filename, filename_key,
    tags, custom, visibility, format, width, height, pixels, orientation, pages, animated, has_alpha, size_bytes,
    sha256, pixel_hash, perceptual_hash, thumbhash, placeholder_uri, dominant_color, palette, metadata,
    created_at, updated_at)
SELECT md5('i' || i)::uuid, md5('u' || 1 + i / 10 % 100)::uuid, 1, 1, 'READY', '', '', md5(i::text), md5(i::text),
    '[]', '{{}}', CASE WHEN i % 10 = 0 THEN 'PUBLIC' ELSE 'PRIVATE' END, 'JPEG', i, 1, i, 1, 1, false, false,
    i * 7919 % {IMAGES}, md5(i::text) || md5('x' || i), '', substr(md5(i::text), 1, 16), '', '', '', '[]', '{{}}',
    timestamptz '2020-01-01' + i * interval '1 minute', timestamptz '2020-01-01' + i * 7919 % {IMAGES} * interval '1s'
FROM generate_series(1, {IMAGES}) i;

INSERT INTO image_tag (image_id, tag) SELECT md5('i' || i)::uuid, 'many' || i % 3 FROM generate_series(1, {IMAGES}) i;
INSERT INTO image_tag (image_id, tag) SELECT md5('i' || i)::uuid, 'few' || i % 2000 FROM generate_series(1, {IMAGES}) i;

INSERT INTO job (id, kind, subject, generation, attempts, run_after, last_error, created_at, failed_at)
SELECT md5('j' || i)::uuid, 'purge-cdn', i::text, 1, 0, now() - i * interval '1s', '', now(),
    CASE WHEN i % 100 = 0 THEN NULL ELSE now() END
FROM generate_series(1, {IMAGES}) i;

ANALYZE;
"""


@pytest.fixture(scope="module")
def filled() -> Iterator[str]:
    """The URL of the filled database; nothing is changed in it."""
    with running_postgres() as server:
        yield _filled(server)


def _filled(server: PostgresServer) -> str:
    url = server.create("filled")
    apart(database.migrate(url))
    for statement in FILL.split(";\n"):
        if statement.strip():
            server.run(statement, name="filled")
    return url


@pytest.fixture
async def library(filled: str) -> AsyncIterator[Library]:
    await database.connect(filled)
    yield Library()
    await database.close()


async def viewers() -> dict[str, Viewer]:
    owner, newcomer = await User.get(subject="u1"), await User.get_or_create(issuer="tests", subject="new")
    return {
        "admin": Viewer(owner.id, Role.ADMIN),
        "owner": Viewer(owner.id, Role.EDITOR),
        "newcomer": Viewer(newcomer[0].id, Role.VIEWER),
        "anonymous": ANONYMOUS,
    }


async def plan(query: str, values: list[Any]) -> dict[str, Any]:
    [row] = await get_connection("default").execute_query_dict(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", values)
    whole: dict[str, Any] = json.loads(row["QUERY PLAN"])[0]["Plan"]
    return whole


def steps(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", []):
        yield from steps(part)


async def page_plan(library: Library, viewer: Viewer, filter: ImageFilter, sort: ImageSort, after: str | None) -> Any:
    with counted() as log:
        found = await library.page(viewer, filter, sort, PageRequest(after=after))
    [(query, values)] = log.records
    return found, list(steps(await plan(query, values)))


def read(found: list[dict[str, Any]]) -> int:
    """How many rows of images were looked at, and thrown away or kept."""
    looked_at = (step for step in found if step.get("Relation Name") == "image")
    return sum(
        (step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * step["Actual Loops"] for step in looked_at
    )


@pytest.mark.parametrize("who", ["admin", "owner", "newcomer", "anonymous"])
async def test_a_page_reads_little_more_than_itself_in_every_order(library: Library, who: str) -> None:
    viewer = (await viewers())[who]
    for field in SortField:
        for descending in (True, False):
            sort, after = ImageSort(field, descending), None
            for _ in range(2):
                page, found = await page_plan(library, viewer, ImageFilter(), sort, after)
                assert len(page.items) == 20
                assert 20 <= read(found) <= MOST_READ, (sort, found)
                assert not any(step["Node Type"] == "Seq Scan" for step in found)
                after = page.cursors[-1]


async def test_what_is_public_is_read_from_indexes_of_the_public(library: Library) -> None:
    for field in SortField:
        _, found = await page_plan(library, ANONYMOUS, ImageFilter(), ImageSort(field), None)
        assert [step["Index Name"] for step in found if "Index Name" in step] == [f"idx_image_public_{field.value}"]


async def test_filters_use_what_narrows_most(library: Library) -> None:
    people = await viewers()
    rare = ImageFilter(tags_any=("few7",))
    page, found = await page_plan(library, people["admin"], rare, NEWEST_FIRST, None)
    assert len(page.items) == IMAGES / 2000
    assert read(found) <= MOST_READ
    private = ImageFilter(visibility=Visibility.PRIVATE)
    page, found = await page_plan(library, people["owner"], private, NEWEST_FIRST, None)
    assert len(page.items) == 20
    assert not any(step["Node Type"] == "Seq Scan" for step in found)


async def test_work_that_is_due_is_found_among_much_that_was_given_up(library: Library) -> None:
    with counted() as log:
        [job] = await jobs.claim([jobs.PURGE_CDN])
    assert job.subject == str(IMAGES)
    query, values = next(record for record in log.records if re.search("LIMIT .*FOR UPDATE", record[0]))
    found = list(steps(await plan(query, values)))
    assert "idx_job_due" in {step.get("Index Name") for step in found}
    await jobs.give_back(job)


async def test_queues_are_counted_from_the_index_of_what_is_due(library: Library) -> None:
    with counted() as log:
        found = {(each.kind, each.state): each.jobs for each in await queue.queues()}
    assert found == {
        (jobs.PURGE_CDN, queue.QueueState.DUE): IMAGES // 100,
        (jobs.PURGE_CDN, queue.QueueState.GIVEN_UP): queue.MOST_COUNTED,
    }
    query, values = next(record for record in log.records if 'FROM "job"' in record[0])
    read = [step for step in steps(await plan(query, values)) if step.get("Relation Name") == "job"]
    assert [step.get("Index Name") for step in read].count("idx_job_due") == 2
    assert sum(step["Actual Rows"] + step.get("Rows Removed by Filter", 0) for step in read) <= 2 * queue.MOST_COUNTED
