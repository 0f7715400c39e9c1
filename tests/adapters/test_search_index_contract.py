"""What every SearchIndex does, whichever engine stands behind it."""

import datetime
import uuid
from dataclasses import replace
from typing import Any

import pytest

from imaging.ports import SearchDocument, SearchIndex
from tests.adapters.searching import START, ask, document, found, name


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "A lighthouse at dusk"),
        ("alt_text", "The white lighthouse."),
        ("description", "Built in 1901, the lighthouse still works."),
        ("filename", "lighthouse_2041.jpg"),
        ("tags", ("coast", "lighthouse")),
        ("metadata_text", "Canon EOS R5, Lighthouse Board"),
    ],
)
async def test_a_word_is_found_in_every_text(index: SearchIndex, field: str, value: Any) -> None:
    await index.apply([document(1, **{field: value}), document(2, title="A harbour")], [])
    assert await found(index, "lighthouse") == [1]


@pytest.mark.parametrize("text", ["mountain", "mountian", "montain", "mountaiin", "muontain", "MOUNTAIN", "mount"])
async def test_case_one_typo_and_an_unfinished_word_are_forgiven(index: SearchIndex, text: str) -> None:
    await index.apply([document(1, title="The mountain"), document(2, title="A fountain pen")], [])
    assert 1 in await found(index, text)


async def test_short_words_must_be_spelt_right(index: SearchIndex) -> None:
    await index.apply([document(1, title="cats here"), document(2, title="bars here")], [])
    assert await found(index, "bats here") == []


async def test_two_typos_are_forgiven_from_nine_letters_on(index: SearchIndex) -> None:
    await index.apply([document(1, title="architecture here"), document(2, title="mountain here")], [])
    assert await found(index, "arhitecure here") == [1]
    assert await found(index, "moutani here") == []


@pytest.mark.parametrize("text", ["ete", "été", "ÉTÉ", "E\u0301te"])
async def test_accents_do_not_matter(index: SearchIndex, text: str) -> None:
    await index.apply([document(1, title="Un bel été"), document(2, title="Winter")], [])
    assert await found(index, text) == [1]


async def test_accents_in_what_is_asked_do_not_matter_either(index: SearchIndex) -> None:
    await index.apply([document(1, title="Zurich, Strasse")], [])
    assert await found(index, "Zürich Straße") == [1]


async def test_every_word_must_be_found_but_in_any_field(index: SearchIndex) -> None:
    await index.apply([document(1, title="Red boat", tags=("lake",)), document(2, title="Red car")], [])
    assert await found(index, "red lake") == [1]
    assert await found(index, "red lake car") == []


async def test_only_the_last_word_may_be_unfinished(index: SearchIndex) -> None:
    await index.apply([document(1, title="sunset beach")], [])
    assert await found(index, "sunset be") == [1]
    assert await found(index, "sun beach") == []


async def test_file_names_are_found_by_their_parts(index: SearchIndex) -> None:
    await index.apply([document(1, filename="HDR_SunsetBeach-DSC01234.final.JPG")], [])
    for text in ("sunset", "beach", "sunsetbeach", "hdr", "dsc01234", "01234", "final", "dsc01234.final.jpg"):
        assert await found(index, text) == [1], text


@pytest.mark.parametrize("text", ["東京", "京タワ", "タワー", "京"])
async def test_scripts_without_spaces_are_found_by_any_part(index: SearchIndex, text: str) -> None:
    await index.apply([document(1, title="東京タワーの夜景"), document(2, title="大阪城")], [])
    assert await found(index, text) == [1]


async def test_nothing_asked_finds_everything_newest_first(index: SearchIndex) -> None:
    await index.apply([document(number) for number in (2, 3, 1)], [])
    assert await found(index, "  ") == [3, 2, 1]


async def test_what_people_type_is_never_an_error(index: SearchIndex) -> None:
    await index.apply([document(1, title="boat")], [])
    for text in ('"boat', "boat)", "title:boat*", "-boat", "boat AND OR NOT", "\\", "a:b:c", "\x00boat", "🚤"):
        assert (await ask(index, text)).total in (0, 1)


async def test_a_word_as_asked_stands_before_one_with_a_typo(index: SearchIndex) -> None:
    await index.apply([document(1, title="beach"), document(2, title="beech"), document(3, title="beach")], [])
    assert await found(index, "beach") == [3, 1, 2]


async def test_a_finished_word_stands_before_an_unfinished_one(index: SearchIndex) -> None:
    await index.apply([document(1, title="boat"), document(2, title="boathouse")], [])
    assert await found(index, "boat") == [1, 2]


async def test_the_title_counts_most_and_metadata_least(index: SearchIndex) -> None:
    fields = ("metadata_text", "filename", "description", "alt_text", "title")
    await index.apply([document(at, **{field: "harbour"}) for at, field in enumerate(fields)], [])
    assert await found(index, "harbour") == [4, 3, 2, 1, 0]
    await index.apply([document(9, tags=("harbour",))], [])
    assert (await found(index, "harbour"))[:2] == [4, 9]


async def test_scores_fall_and_lie_between_nought_and_one(index: SearchIndex) -> None:
    await index.apply([document(1, title="boat"), document(2, description="boathouse")], [])
    scores = [hit.score for hit in (await ask(index, "boat")).hits]
    assert 1 >= scores[0] > scores[1] > 0


async def test_equally_good_hits_stand_newest_first_across_pages(index: SearchIndex) -> None:
    for numbers in (range(0, 40, 2), range(1, 40, 2)):
        await index.apply([document(number, title="boat") for number in numbers], [])
    pages = [await found(index, "boat", limit=15, offset=offset) for offset in (0, 15, 30)]
    assert [number for page in pages for number in page] == list(range(39, -1, -1))


@pytest.mark.parametrize("field", ["created_at", "updated_at", "filename", "size_bytes", "pixels"])
async def test_hits_are_sorted_as_asked(index: SearchIndex, field: str) -> None:
    def numbered(number: int) -> SearchDocument:
        one = document(number, title="boat", filename=("b", "C", "a")[number], size_bytes=number * 10)
        sizes = replace(one, width=(2, 3, 1)[number], height=(5, 4, 3)[number])
        return replace(sizes, updated_at=START + datetime.timedelta(hours=(1, 0, 2)[number]))

    await index.apply([numbered(number) for number in range(3)], [])
    rising = {"created_at": [0, 1, 2], "updated_at": [1, 0, 2], "filename": [2, 0, 1], "size_bytes": [0, 1, 2]}
    wanted = rising.get(field, [2, 0, 1])
    assert await found(index, "boat", sort=((field, False),)) == wanted
    assert await found(index, "boat", sort=((field, True),)) == wanted[::-1]


async def test_a_second_sort_decides_between_equals(index: SearchIndex) -> None:
    files = {1: ("b", 5), 2: ("a", 5), 3: ("c", 9)}
    await index.apply([document(n, filename=file, size_bytes=size) for n, (file, size) in files.items()], [])
    assert await found(index, "", sort=(("size_bytes", True), ("filename", False))) == [3, 2, 1]


async def test_what_matched_is_marked_and_everything_else_escaped(index: SearchIndex) -> None:
    await index.apply([document(1, title="<b>Mountain</b> & lake", tags=("mountains", "sky"), filename="a.jpg")], [])
    hit = (await ask(index, "montain")).hits[0]
    assert hit.highlights["title"] == "&lt;b&gt;<mark>Mountain</mark>&lt;/b&gt; &amp; lake"
    assert "filename" not in hit.highlights


async def test_unfinished_words_are_marked_too(index: SearchIndex) -> None:
    await index.apply([document(1, tags=("mountains", "sky"))], [])
    assert (await ask(index, "mou")).hits[0].highlights == {"tags": "<mark>mountains</mark>, sky"}


async def test_nothing_asked_marks_nothing(index: SearchIndex) -> None:
    await index.apply([document(1, title="boat")], [])
    assert (await ask(index, "")).hits[0].highlights == {}


async def test_a_document_written_again_replaces_itself(index: SearchIndex) -> None:
    await index.apply([document(1, title="boat")], [])
    await index.apply([document(1, title="car"), document(1, title="bike")], [])
    assert await found(index, "boat") == []
    assert await found(index, "bike") == [1]
    assert await index.count() == 1


async def test_a_removed_document_is_gone(index: SearchIndex) -> None:
    await index.apply([document(1, title="boat"), document(2, title="boat")], [])
    await index.apply([], [name(1), name(77)])
    assert await found(index, "boat") == [2]
    assert await index.count() == 1


async def test_a_page_past_the_end_is_empty_and_still_counts(index: SearchIndex) -> None:
    await index.apply([document(1, title="boat")], [])
    page = await ask(index, "boat", offset=500)
    assert (page.hits, page.total) == ([], 1)
    assert (await ask(index, "boat", limit=0)).hits == []


async def test_clearing_leaves_nothing_and_is_not_complete(index: SearchIndex) -> None:
    assert not await index.is_complete()
    await index.apply([document(1, title="boat")], [])
    await index.mark_complete()
    assert await index.is_complete()
    await index.clear()
    assert await index.count() == 0
    assert not await index.is_complete()


async def test_what_is_indexed_is_listed_by_id_page_by_page(index: SearchIndex) -> None:
    documents = [document(number, id=uuid.uuid4().hex) for number in range(600)] + [document(7), document(8)]
    for half in (documents[::2], documents[1::2]):
        await index.apply(half, [])
    gone = [one.id for one in documents[:40]]
    again = replace(documents[50], title="Renamed")
    await index.apply([again], gone)
    kept = {one.id: one.fingerprint for one in documents if one.id not in gone} | {again.id: again.fingerprint}
    for limit in (45, 281, 562, 1_000):
        listed, after = [], ""
        while page := await index.listed(after, limit):
            listed += page
            after = page[-1].id
            assert len(page) == limit or len(listed) == len(kept)
        assert [(one.id, one.fingerprint) for one in listed] == sorted(kept.items())


async def test_an_empty_index_lists_nothing(index: SearchIndex) -> None:
    assert await index.listed("", 10) == []
    await index.apply([document(1)], [])
    assert [one.id for one in await index.listed("", 10)] == [name(1)]
    assert await index.listed(name(1), 10) == []
    assert await index.listed("f" * 32, 10) == []


async def test_closing_twice_is_once(index: SearchIndex) -> None:
    await index.close()
    await index.close()
    with pytest.raises(RuntimeError):
        await index.count()
