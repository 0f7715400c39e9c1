"""The indexes by which duplicates are found hold the images that were there before them."""

from pathlib import Path

from imaging import database
from imaging.accounts.viewer import Role
from imaging.images.duplicates import Duplicates
from imaging.images.likeness import BANDS
from tests import databases
from tests.conftest import person
from tests.rows import add_image

HASH, NEAR = "9d2bc4c62e705bb9", "9d2bc4c62e705bba"


async def test_images_from_before_are_found_as_duplicates_once_the_library_is_migrated(tmp_path: Path) -> None:
    url = databases.chosen().empty_url(tmp_path)
    async with databases.as_of(url, "0003_uploads_and_versions"):
        owner = await person(Role.EDITOR)
        old = await add_image(owner, perceptual_hash=HASH, pixel_hash="1" * 64)
    assert "0004_duplicates" in await database.migrate(url)
    await database.connect(url)
    try:
        new = await add_image(owner, perceptual_hash=NEAR, pixel_hash="2" * 64)
        [[found], [back]] = await Duplicates().of(owner, [old, new])
    finally:
        await database.close()
    assert (found.image, found.distance, back.image) == (new, 2, old)


def test_there_is_an_index_for_each_column_and_band_that_duplicates_are_found_by(database_url: str) -> None:
    catalogue = "pg_indexes" if databases.is_postgres() else "sqlite_master"
    column = "indexname" if databases.is_postgres() else "name"
    names = {name for (name,) in databases.rows(database_url, f"SELECT {column} FROM {catalogue}")}
    assert {f"idx_image_band_{band}" for band in BANDS} <= names
    assert {"idx_image_sha256_daf821", "idx_image_pixel_h_08ba66", "idx_image_percept_de2998"} <= names
