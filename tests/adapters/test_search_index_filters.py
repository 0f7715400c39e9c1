"""The part of the SearchIndex contract that narrows and counts."""

import datetime
from dataclasses import replace

import pytest

from imaging.ports import SearchFilter, SearchIndex
from tests.adapters.searching import ANNA, BEN, START, ask, document, found, name

FILTERS: list[tuple[SearchFilter, list[int]]] = [
    (SearchFilter(public_only=True), [2]),
    (SearchFilter(readable_by=ANNA), [1, 2]),
    (SearchFilter(readable_by=BEN), [2, 3]),
    (SearchFilter(ids=(name(1), name(3), name(99))), [1, 3]),
    (SearchFilter(ids=()), []),
    (SearchFilter(ids_none=(name(1),)), [2, 3]),
    (SearchFilter(owner_id=BEN), [2, 3]),
    (SearchFilter(states=("READY", "FAILED")), [1, 2]),
    (SearchFilter(states_none=("QUARANTINED", "TRASHED")), [1, 2]),
    (SearchFilter(formats=("PNG",)), [2]),
    (SearchFilter(visibility="PRIVATE"), [1, 3]),
    (SearchFilter(animated=True), [3]),
    (SearchFilter(animated=False), [1, 2]),
    (SearchFilter(tags_any=("lake", "snow")), [1, 2, 3]),
    (SearchFilter(tags_all=("lake", "snow")), [2]),
    (SearchFilter(tags_none=("snow",)), [1]),
    (SearchFilter(ranges={"size_bytes": (10, 20)}), [1, 2]),
    (SearchFilter(ranges={"size_bytes": (11, None)}), [2, 3]),
    (SearchFilter(ranges={"pixels": (None, 100)}), [1]),
    (SearchFilter(ranges={"width": (20, 20), "height": (20, 20)}), [2]),
    (
        SearchFilter(ranges={"created_at": (START + datetime.timedelta(days=1), START + datetime.timedelta(days=3))}),
        [1, 2],
    ),
    (SearchFilter(ranges={"taken_at": (datetime.datetime(1900, 1, 1, tzinfo=datetime.UTC), None)}), [1, 3]),
    (SearchFilter(readable_by=ANNA, tags_any=("snow",), formats=("PNG", "GIF")), [2]),
]


@pytest.mark.parametrize(("narrowed", "wanted"), FILTERS, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("text", ["", "boat"])
async def test_filters_narrow(index: SearchIndex, text: str, narrowed: SearchFilter, wanted: list[int]) -> None:
    old, young = datetime.datetime(1931, 7, 1, tzinfo=datetime.UTC), datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    one = document(1, title="boat", tags=("lake",), size_bytes=10, width=10, height=10, taken_at=old)
    two = document(2, title="boat", tags=("lake", "snow"), size_bytes=20, width=20, height=20, format="PNG")
    three = document(3, title="boat", tags=("snow",), size_bytes=30, width=30, height=30, format="GIF", taken_at=young)
    two = replace(two, owner_id=BEN, public=True, visibility="PUBLIC")
    three = replace(three, owner_id=BEN, state="QUARANTINED", animated=True)
    await index.apply([one, two, three], [])
    assert sorted(await found(index, text, narrowed)) == wanted
    assert (await ask(index, text, narrowed)).total == len(wanted)


async def test_facets_count_all_hits_and_only_what_passes_the_filter(index: SearchIndex) -> None:
    taken = datetime.datetime(2021, 3, 4, tzinfo=datetime.UTC)
    canon = [document(n, title="boat", tags=("lake", "red"), camera="Canon R5", taken_at=taken) for n in range(1, 31)]
    others = [document(40, title="boat", owner_id=BEN, tags=("secret",), format="PNG"), document(41, title="car")]
    await index.apply([*canon, *others], [])
    facets = ("tags", "format", "camera", "year", "owner")
    page = await ask(index, "boat", SearchFilter(readable_by=ANNA), facets=facets, limit=5)
    assert len(page.hits) == 5
    assert page.total == 30
    assert page.facets == {
        "tags": {"lake": 30, "red": 30},
        "format": {"JPEG": 30},
        "camera": {"Canon R5": 30},
        "year": {"2021": 30},
        "owner": {ANNA: 30},
    }
    everything = await ask(index, "boat", facets=("tags",))
    assert everything.facets == {"tags": {"lake": 30, "red": 30, "secret": 1}}


async def test_facets_of_nothing_are_empty(index: SearchIndex) -> None:
    assert (await ask(index, "boat", facets=("tags", "year"))).facets == {"tags": {}, "year": {}}
