"""Duplicates: what looks alike is found, what does not is not, and nobody learns of what is not theirs to see."""

from collections.abc import Callable

import pytest
import pyvips
from tortoise.connection import get_connection

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.images.duplicates import MOST_TOLD, ROWS_AT_ONCE, Duplicates, SimilarityKind
from imaging.images.models import Image, ImageState
from tests.images.looks import add_picture, facts, landscape, plain
from tests.rows import PUBLIC, add_image, image_row
from tests.statements import counted

DUPLICATES = Duplicates()
HASH = "9d2bc4c62e705bb9"
FEW_STATEMENTS = 5


async def kinds(viewer: Viewer, image: Image) -> list[tuple[Image, str]]:
    [found] = await DUPLICATES.of(viewer, [image])
    return [(duplicate.image, duplicate.kind.name) for duplicate in found]


def changed(hash: str, *bits: int) -> str:
    return f"{int(hash, 16) ^ sum(1 << bit for bit in bits):016x}"


def brighter(picture: pyvips.Image) -> pyvips.Image:
    return (picture * 1.15).cast("uchar").copy(interpretation="srgb")


@pytest.mark.parametrize(
    "copied",
    [
        lambda picture: picture.jpegsave_buffer(Q=40),
        lambda picture: picture.webpsave_buffer(Q=60),
        lambda picture: picture.heifsave_buffer(compression="av1", Q=50, effort=0),
        lambda picture: picture.resize(0.5).jpegsave_buffer(),
        lambda picture: picture.resize(2).webpsave_buffer(),
        lambda picture: picture.crop(3, 2, 354, 236).jpegsave_buffer(),
        lambda picture: brighter(picture).jpegsave_buffer(),
        lambda picture: picture.colourspace("b-w").jpegsave_buffer(),
    ],
    ids=["jpeg", "webp", "avif", "smaller", "larger", "cropped", "brighter", "grey"],
)
async def test_a_copy_made_with_some_loss_is_near(owner: Viewer, copied: Callable[[pyvips.Image], bytes]) -> None:
    picture = landscape()
    original, copy = await add_picture(owner, picture.pngsave_buffer()), await add_picture(owner, copied(picture))
    await add_picture(owner, landscape(seed=2).pngsave_buffer())
    [[found]] = await DUPLICATES.of(owner, [original])
    assert (found.image, found.kind) == (copy, SimilarityKind.NEAR)
    assert found.similarity == 1 - found.distance / 64 > 0.88
    assert await kinds(owner, copy) == [(original, "NEAR")]


@pytest.mark.parametrize(
    "turned",
    [lambda picture: picture.fliphor(), lambda picture: picture.flipver(), lambda picture: picture.rot90()],
    ids=["mirrored", "upside down", "turned"],
)
async def test_a_mirrored_or_turned_picture_is_no_duplicate(
    owner: Viewer, turned: Callable[[pyvips.Image], pyvips.Image]
) -> None:
    picture = landscape()
    original = await add_picture(owner, picture.pngsave_buffer())
    other = await add_picture(owner, turned(picture).pngsave_buffer())
    assert await DUPLICATES.of(owner, [original, other]) == [[], []]


async def test_the_same_pixels_in_another_format_are_told_as_such(owner: Viewer) -> None:
    png = await add_picture(owner, landscape().pngsave_buffer())
    tiff = await add_picture(owner, landscape().tiffsave_buffer())
    assert await kinds(owner, png) == [(tiff, "PIXELS")]
    assert await kinds(owner, tiff) == [(png, "PIXELS")]


async def test_the_same_bytes_of_another_owner_are_told_to_whom_may_see_them(
    owner: Viewer, stranger: Viewer, onlooker: Viewer, admin: Viewer
) -> None:
    content = landscape().pngsave_buffer()
    mine, shown = await add_picture(owner, content), await add_picture(stranger, content, **PUBLIC)
    assert await kinds(owner, mine) == await kinds(admin, mine) == [(shown, "BYTES")]
    assert await kinds(stranger, shown) == await kinds(onlooker, shown) == await kinds(ANONYMOUS, shown) == []
    assert await kinds(admin, shown) == [(mine, "BYTES")]


async def test_nobody_learns_of_what_others_keep_private_or_in_quarantine(owner: Viewer, stranger: Viewer) -> None:
    content = landscape().pngsave_buffer()
    mine = await add_picture(owner, content)
    await add_picture(stranger, content)
    await add_picture(stranger, landscape().tiffsave_buffer(), **PUBLIC, state=ImageState.QUARANTINED)
    await add_picture(stranger, landscape().jpegsave_buffer())
    assert await kinds(owner, mine) == []


async def test_only_the_viewers_own_are_told_when_those_are_asked_for(
    owner: Viewer, stranger: Viewer, admin: Viewer
) -> None:
    mine = await add_picture(owner, landscape().pngsave_buffer())
    copy = await add_picture(owner, landscape().jpegsave_buffer())
    theirs = await add_picture(stranger, landscape().webpsave_buffer(), **PUBLIC)
    [found] = await DUPLICATES.owned(owner, [mine])
    assert [duplicate.image for duplicate in found] == [copy]
    assert {image for image, _ in await kinds(owner, mine)} == {copy, theirs}
    assert await DUPLICATES.owned(admin, [mine]) == [[]]


async def test_what_is_in_the_trash_is_no_duplicate_but_has_some(owner: Viewer) -> None:
    kept = await add_picture(owner, landscape().pngsave_buffer())
    trashed = await add_picture(owner, landscape().jpegsave_buffer(), state=ImageState.TRASHED)
    assert await kinds(owner, kept) == []
    assert await kinds(owner, trashed) == [(kept, "NEAR")]


async def test_pictures_of_one_colour_and_gradients_are_not_near(owner: Viewer) -> None:
    ramp = pyvips.Image.xyz(120, 90)[0] * 2
    for content in (
        plain(255, 255, 255).pngsave_buffer(),
        plain(200, 30, 40).pngsave_buffer(),
        plain(0, 0, 0).jpegsave_buffer(),
        ramp.cast("uchar").pngsave_buffer(),
        (ramp * 0.8 + 20).cast("uchar").jpegsave_buffer(),
    ):
        await add_picture(owner, content)
    assert await DUPLICATES.of(owner, await Image.all()) == [[]] * 5


async def test_the_same_plain_picture_is_told_by_its_pixels(owner: Viewer) -> None:
    white = await add_picture(owner, plain(255, 255, 255).pngsave_buffer())
    again = await add_picture(owner, plain(255, 255, 255).tiffsave_buffer())
    await add_picture(owner, plain(255, 255, 255, width=121).pngsave_buffer())
    assert await kinds(owner, white) == [(again, "PIXELS")]


async def test_the_nearest_come_first_and_nothing_further_than_seven_bits(owner: Viewer) -> None:
    def pixels(number: int) -> str:
        return f"{number:064d}"

    asked = await add_image(owner, perceptual_hash=HASH, pixel_hash=pixels(0))
    far = [await add_image(owner, perceptual_hash=changed(HASH, *range(0, 40, 5)), pixel_hash=pixels(1))]
    seven = await add_image(owner, perceptual_hash=changed(HASH, 1, 2, 17, 18, 33, 34, 50), pixel_hash=pixels(2))
    same = await add_image(owner, perceptual_hash=HASH, pixel_hash=pixels(0))
    two = await add_image(owner, perceptual_hash=changed(HASH, 3, 60), pixel_hash=pixels(3))
    [found] = await DUPLICATES.of(owner, [asked])
    assert [(duplicate.image, duplicate.distance) for duplicate in found] == [(same, 0), (two, 2), (seven, 7)]
    assert [duplicate.kind.name for duplicate in found] == ["PIXELS", "NEAR", "NEAR"]
    assert await kinds(owner, far[0]) == []


async def test_an_image_whose_bytes_were_replaced_is_like_what_it_is_like_now(owner: Viewer) -> None:
    one = await add_picture(owner, landscape(seed=1).pngsave_buffer())
    other = await add_picture(owner, landscape(seed=2).pngsave_buffer())
    changing = await add_picture(owner, landscape(seed=1).jpegsave_buffer())
    assert await kinds(owner, one) == [(changing, "NEAR")]
    await changing.update_from_dict(facts(landscape(seed=2).webpsave_buffer())).save()
    assert await kinds(owner, one) == []
    assert await kinds(owner, other) == [(changing, "NEAR")]


async def test_at_most_twenty_are_told(owner: Viewer) -> None:
    images = [await add_image(owner, perceptual_hash=HASH, pixel_hash=f"{number:064d}") for number in range(30)]
    [found] = await DUPLICATES.of(owner, [images[0]])
    assert [duplicate.image for duplicate in found] == images[1 : MOST_TOLD + 1]


async def test_copies_that_others_keep_private_do_not_crowd_out_ones_own(owner: Viewer, stranger: Viewer) -> None:
    same = {"perceptual_hash": HASH, "pixel_hash": "1" * 64}
    await Image.bulk_create([image_row(stranger, **same) for _ in range(ROWS_AT_ONCE + 20)])
    mine, copy = await add_image(owner, **same), await add_image(owner, **same)
    assert await kinds(owner, mine) == [(copy, "PIXELS")]


async def test_very_many_copies_do_not_hide_the_duplicates_of_other_images(owner: Viewer, admin: Viewer) -> None:
    await Image.bulk_create([image_row(owner, pixel_hash="1" * 64) for _ in range(ROWS_AT_ONCE + 20)])
    one = await add_image(owner, perceptual_hash=HASH, pixel_hash="2" * 64)
    near = await add_image(owner, perceptual_hash=changed(HASH, 5, 6), pixel_hash="3" * 64)
    crowded = await Image.filter(pixel_hash="1" * 64).limit(3)
    found = await DUPLICATES.of(admin, [*crowded, one])
    assert [len(duplicates) for duplicates in found] == [MOST_TOLD, MOST_TOLD, MOST_TOLD, 1]
    assert found[3][0].image == near


async def test_a_whole_page_takes_as_many_statements_as_one_image(owner: Viewer) -> None:
    for number in range(10):
        hash = changed(HASH, *range(number * 6, number * 6 + 3))
        for copy in range(2):
            await add_image(owner, perceptual_hash=hash, pixel_hash=f"{number:063d}{copy}")
    with counted() as log:
        found = await DUPLICATES.of(owner, await Image.all().limit(20))
    assert len(log.statements) == 1 + FEW_STATEMENTS
    assert all(duplicates[0].distance == 0 for duplicates in found)
    with counted() as log:
        assert await DUPLICATES.of(owner, []) == []
    assert log.statements == []


@pytest.mark.sqlite_only("PostgreSQL plans by how many rows there are")
async def test_no_statement_reads_the_whole_table(owner: Viewer, stranger: Viewer) -> None:
    asked = await add_image(owner, perceptual_hash=HASH)
    await add_image(stranger, **PUBLIC)
    with counted() as log:
        await DUPLICATES.of(owner, [asked])
    for query, values in log.records:
        rows = await get_connection("default").execute_query_dict(f"EXPLAIN QUERY PLAN {query}", values)
        steps = [row["detail"] for row in rows if "TEMP B-TREE" not in row["detail"]]
        assert not any(step.startswith("SCAN") for step in steps), steps
        assert any("COVERING INDEX idx_image_band" in step or "_hash=?" in step for step in steps), steps
