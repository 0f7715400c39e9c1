import pytest

from imaging.accounts.viewer import ANONYMOUS, Role
from imaging.adapters.tantivy_index import TantivyIndex
from imaging.errors import InvalidCursor, InvalidInput
from imaging.images.filter import ImageFilter, ImageSort, SortField
from imaging.images.models import Image, ImageState, Visibility
from imaging.ports import MAX_SEARCH_DEPTH
from imaging.search.facets import FacetCount, SearchFacet
from imaging.search.find import Search, SearchResult
from imaging.search.indexer import Indexer
from tests.search.stored import changed, deleted, image_of, somebody, stored

pytestmark = pytest.mark.usefixtures("rows")
EVERYTHING = ImageFilter()


@pytest.fixture
def search(index: TantivyIndex) -> Search:
    return Search(index)


def titles(result: SearchResult) -> list[str | None]:
    return [item.image.title for item in result.items]


async def test_a_misspelt_word_finds_the_image_as_it_is_now(search: Search, index: TantivyIndex) -> None:
    anna = await somebody()
    image = await stored(anna, title="Lighthouse at dusk", tags=["coast"])
    await Indexer(index).catch_up()
    await Image.filter(id=image.id).update(width=4321)
    result = await search.find(anna, "lihgthouse", EVERYTHING)
    assert [item.image.width for item in result.items] == [4321]
    assert result.items[0].highlights == {"title": "<mark>Lighthouse</mark> at dusk"}
    assert 0 < result.items[0].score <= 1
    assert (result.total, result.has_next) == (1, False)


async def test_everybody_finds_what_they_may_see_and_counts_nothing_else(search: Search, index: TantivyIndex) -> None:
    anna, ben, admin = await somebody(), await somebody(), await somebody(Role.ADMIN)
    await stored(anna, title="boat public", tags=["shown"], visibility=Visibility.PUBLIC)
    await stored(anna, title="boat private", tags=["hidden"])
    await stored(ben, title="boat of ben", tags=["ben"])
    await Indexer(index).catch_up()
    seen = {}
    for name, viewer in {"anna": anna, "ben": ben, "admin": admin, "nobody": ANONYMOUS}.items():
        result = await search.find(viewer, "boat", EVERYTHING, facets=[SearchFacet.TAGS])
        assert result.total == len(result.items)
        seen[name] = {count.value for count in result.facets[SearchFacet.TAGS]}
    assert seen == {
        "anna": {"shown", "hidden"},
        "ben": {"shown", "ben"},
        "admin": {"shown", "hidden", "ben"},
        "nobody": {"shown"},
    }


@pytest.mark.parametrize("change", ["made private", "put in the trash", "deleted"])
async def test_what_left_a_viewers_sight_is_absent_before_it_is_indexed_again(
    search: Search, index: TantivyIndex, change: str
) -> None:
    anna, ben = await somebody(), await somebody()
    kept = await stored(anna, title="boat", tags=["kept"], visibility=Visibility.PUBLIC)
    gone = await stored(anna, title="boat", tags=["gone"], visibility=Visibility.PUBLIC)
    await Indexer(index).catch_up()
    if change == "deleted":
        await deleted(gone)
    elif change == "made private":
        await changed(gone, visibility=Visibility.PRIVATE)
    else:
        await changed(gone, state=ImageState.TRASHED)
    result = await search.find(ben, "boat", EVERYTHING, facets=[SearchFacet.TAGS])
    assert [item.image.id for item in result.items] == [kept.id]
    assert result.total == 1
    assert result.facets == {SearchFacet.TAGS: [FacetCount("kept", 1)]}


async def test_a_hit_whose_row_is_gone_is_dropped_and_not_counted(search: Search, index: TantivyIndex) -> None:
    anna = await somebody()
    image = await stored(anna, title="boat")
    await Indexer(index).catch_up()
    await Image.filter(id=image.id).delete()
    result = await search.find(anna, "boat", EVERYTHING)
    assert (result.items, result.total) == ([], 0)


async def test_the_trash_is_searched_only_when_asked_for_and_only_by_who_rules_it(
    search: Search, index: TantivyIndex
) -> None:
    anna, ben = await somebody(), await somebody()
    await stored(anna, title="boat", state=ImageState.TRASHED, visibility=Visibility.PUBLIC)
    await Indexer(index).catch_up()
    trash = ImageFilter(states=(ImageState.TRASHED,))
    assert (await search.find(anna, "boat", EVERYTHING)).total == 0
    assert (await search.find(anna, "boat", trash)).total == 1
    assert (await search.find(ben, "boat", trash)).total == 0


async def test_tags_are_filtered_without_regard_to_case(search: Search, index: TantivyIndex) -> None:
    anna = await somebody()
    await stored(anna, title="boat", tags=["Lake View"])
    await Indexer(index).catch_up()
    assert (await search.find(anna, "", ImageFilter(tags_all=("lake VIEW",)))).total == 1
    assert (await search.find(anna, "", ImageFilter(tags_none=("LAKE view",)))).total == 0


async def test_cursors_lead_through_all_hits(search: Search, index: TantivyIndex) -> None:
    anna = await somebody()
    for number in range(7):
        await stored(anna, title=f"boat {number}")
    await Indexer(index).catch_up()
    seen, after = [], None
    for _ in range(3):
        result = await search.find(anna, "boat", EVERYTHING, first=3, after=after)
        assert result.total == 7
        seen += titles(result)
        after = result.items[-1].cursor
    assert seen == [f"boat {number}" for number in range(6, -1, -1)]
    assert not result.has_next


async def test_cursors_lead_back_through_all_hits(search: Search, index: TantivyIndex) -> None:
    anna = await somebody()
    for number in range(7):
        await stored(anna, title=f"boat {number}")
    await Indexer(index).catch_up()
    result = await search.find(anna, "boat", EVERYTHING, last=3)
    seen = titles(result)
    while result.has_previous:
        result = await search.find(anna, "boat", EVERYTHING, last=3, before=result.items[0].cursor)
        assert result.has_next
        seen = titles(result) + seen
    assert seen == [f"boat {number}" for number in range(6, -1, -1)]


async def test_a_sort_is_obeyed(search: Search, index: TantivyIndex) -> None:
    anna = await somebody()
    for size in (2, 3, 1):
        await stored(anna, title=str(size), description="boat", size_bytes=size)
    await Indexer(index).catch_up()
    for field in (SortField.SIZE, SortField.CREATED, SortField.UPDATED, SortField.FILENAME, SortField.PIXELS):
        result = await search.find(anna, "boat", EVERYTHING, [ImageSort(field), ImageSort(SortField.SIZE)])
        assert len(result.items) == 3
    assert titles(await search.find(anna, "boat", EVERYTHING, [ImageSort(SortField.SIZE)])) == ["1", "2", "3"]
    again = [ImageSort(SortField.SIZE), *[ImageSort(SortField.SIZE, descending=True)] * 2_000]
    first = await search.find(anna, "boat", EVERYTHING, again, first=1)
    rest = await search.find(anna, "boat", EVERYTHING, [ImageSort(SortField.SIZE)], after=first.items[0].cursor)
    assert titles(first) + titles(rest) == ["1", "2", "3"]


async def test_a_cursor_of_another_question_is_refused(search: Search, index: TantivyIndex) -> None:
    anna, ben = await somebody(), await somebody()
    await stored(anna, title="boat boat", visibility=Visibility.PUBLIC)
    await Indexer(index).catch_up()
    cursor = (await search.find(anna, "boat", EVERYTHING)).items[0].cursor
    assert (await search.find(anna, "boat", EVERYTHING, after=cursor)).items == []
    for viewer, text, narrowed in (
        (ben, "boat", EVERYTHING),
        (anna, "car", EVERYTHING),
        (anna, "boat", ImageFilter(animated=True)),
    ):
        with pytest.raises(InvalidCursor):
            await search.find(viewer, text, narrowed, after=cursor)


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "A" * 16, "A" * 5000])
async def test_a_made_up_cursor_is_refused(search: Search, cursor: str) -> None:
    with pytest.raises(InvalidCursor) as refusal:
        await search.find(await somebody(), "boat", EVERYTHING, after=cursor)
    assert refusal.value.field == ["after"]


async def test_only_the_first_thousand_hits_can_be_paged_through(search: Search, index: TantivyIndex) -> None:
    anna = await somebody()
    await Image.bulk_create([image_of(anna, title="boat") for _ in range(MAX_SEARCH_DEPTH + 5)])
    await Indexer(index).rebuild()
    after, pages = None, 0
    while True:
        result = await search.find(anna, "boat", EVERYTHING, first=100, after=after)
        pages += 1
        assert (len(result.items), result.total) == (100, MAX_SEARCH_DEPTH + 5)
        if not result.has_next:
            break
        after = result.items[-1].cursor
    assert pages == MAX_SEARCH_DEPTH // 100
    with pytest.raises(InvalidInput):
        await search.find(anna, "boat", EVERYTHING, after=result.items[-1].cursor)


@pytest.mark.parametrize("text", ["a" * 501, "word " * 17])
async def test_endless_questions_are_refused(search: Search, text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await search.find(await somebody(), text, EVERYTHING)
    assert refusal.value.field == ["query"]


@pytest.mark.parametrize("first", [-1, 101])
async def test_pages_have_bounds(search: Search, first: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await search.find(await somebody(), "", EVERYTHING, first=first)
    assert refusal.value.field == ["first"]


async def test_a_page_of_none_still_counts(search: Search, index: TantivyIndex) -> None:
    anna = await somebody()
    await stored(anna, title="boat")
    await Indexer(index).catch_up()
    result = await search.find(anna, "boat", EVERYTHING, first=0)
    assert (result.items, result.total, result.has_next) == ([], 1, True)
