"""Documents to search for, and short ways to search."""

import datetime
import uuid
from typing import Any

from imaging.ports import SearchDocument, SearchFilter, SearchIndex, SearchPage, SearchQuery

ANNA, BEN = uuid.uuid4().hex, uuid.uuid4().hex
START = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)
EVERYTHING = SearchFilter()


def document(number: int = 1, **fields: Any) -> SearchDocument:
    later = START + datetime.timedelta(days=number)
    usual = {"owner_id": ANNA, "public": False, "state": "READY", "filename": "x.jpg", "format": "JPEG"}
    times = {"created_at": later, "updated_at": later}
    known = {"id": name(number), "visibility": "PRIVATE", "width": 40, "height": 30, "size_bytes": 1000}
    return SearchDocument(**{**usual, **times, **known, "tag_keys": fields.get("tags", ()), **fields})


def name(number: int) -> str:
    return uuid.UUID(int=number).hex


async def found(index: SearchIndex, text: str, narrowed: SearchFilter = EVERYTHING, **options: Any) -> list[int]:
    page = await ask(index, text, narrowed, **options)
    assert page.total >= len(page.hits)
    return [uuid.UUID(hit.id).int for hit in page.hits]


async def ask(index: SearchIndex, text: str, narrowed: SearchFilter = EVERYTHING, **options: Any) -> SearchPage:
    return await index.search(SearchQuery(text, narrowed, **options))
