"""A search as people ask it, made into a question to the index, rights included."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from imaging.accounts.viewer import Viewer
from imaging.errors import InvalidCursor, InvalidInput
from imaging.images.fields import tag_key
from imaging.images.filter import ImageFilter, ImageSort, Range, SortField, distinct
from imaging.images.models import ImageState
from imaging.images.page import PageRequest
from imaging.ports import MAX_SEARCH_DEPTH, SearchFilter
from imaging.search.words import count_words

MAX_QUERY_CHARACTERS = 500
MAX_QUERY_WORDS = 16
_MARK_BYTES = 9
_OFFSET_BYTES = 3
_SORT_NAMES = {SortField.FILENAME: "filename"}
_RANGES = ("size_bytes", "width", "height", "pixels", "created_at", "updated_at", "taken_at")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, by whom, without the page.

    Raises:
        InvalidInput: the text is longer than 500 characters or 16 words.
    """

    text: str
    narrowed: SearchFilter
    sort: tuple[tuple[str, bool], ...]

    def __post_init__(self) -> None:
        if len(self.text) > MAX_QUERY_CHARACTERS:
            found = f"The query has {len(self.text)} characters"
            raise InvalidInput(f"{found}; {MAX_QUERY_CHARACTERS} are allowed.", field=["query"])
        count = count_words(self.text)
        if count > MAX_QUERY_WORDS:
            raise InvalidInput(f"The query has {count} words; {MAX_QUERY_WORDS} are allowed.", field=["query"])

    def cursor(self, offset: int) -> str:
        """Return the opaque place behind the hit at `offset`, good for this question only."""
        return base64.urlsafe_b64encode(self._mark() + (offset + 1).to_bytes(_OFFSET_BYTES, "big")).decode()

    def offset(self, cursor: str, argument: str = "after") -> int:
        """Return where the page behind the cursor starts; the cursor was given as `argument`.

        Raises:
            InvalidCursor: it was not given out for this question.
        """
        try:
            data = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            data = b""
        offset = int.from_bytes(data[_MARK_BYTES:], "big")
        if len(data) != _MARK_BYTES + _OFFSET_BYTES or data[:_MARK_BYTES] != self._mark() or offset > MAX_SEARCH_DEPTH:
            raise InvalidCursor(f"`{argument}` is not a cursor of this search.", field=[argument])
        return offset

    def bounds(self, request: PageRequest) -> tuple[int, int]:
        """Return between which places of the list the page lies, the end excluded.

        Raises:
            InvalidCursor: a cursor was not given out for this question.
            InvalidInput: the page lies past the first thousand.
        """
        start = 0 if request.after is None else self.offset(request.after)
        if request.size and start >= MAX_SEARCH_DEPTH:
            raise InvalidInput(f"Only the first {MAX_SEARCH_DEPTH} hits can be paged through.", field=["after"])
        return start, MAX_SEARCH_DEPTH if request.before is None else self.offset(request.before, "before") - 1

    def _mark(self) -> bytes:
        return hashlib.sha256(repr((self.text, self.narrowed, self.sort)).encode()).digest()[:_MARK_BYTES]


def ask(viewer: Viewer, text: str, wanted: ImageFilter, sort: Sequence[ImageSort]) -> Asked:
    """Return the question as this viewer may ask it.

    Raises:
        InvalidInput: the text is longer than 500 characters or 16 words.
    """
    order = tuple((_SORT_NAMES.get(step.field, step.field.value), step.descending) for step in distinct(sort))
    return Asked(text, narrow(viewer, wanted), order)


def narrow(viewer: Viewer, wanted: ImageFilter) -> SearchFilter:
    """Return the filter for the index: what was asked for, of what the viewer may see."""
    return SearchFilter(
        readable_by=None if viewer.is_admin or viewer.user_id is None else viewer.user_id.hex,
        public_only=viewer.is_anonymous and not viewer.is_admin,
        ids=None if wanted.ids is None else tuple(id.hex for id in wanted.ids),
        owner_id=None if wanted.owner_id is None else wanted.owner_id.hex,
        states=tuple(state.value for state in wanted.states),
        # Cheaper than naming the other states, which nearly every image is in.
        states_none=() if wanted.states else (ImageState.TRASHED.value,),
        formats=tuple(format.value for format in wanted.formats),
        visibility=None if wanted.visibility is None else wanted.visibility.value,
        animated=wanted.animated,
        tags_any=tuple(map(tag_key, wanted.tags_any)),
        tags_all=tuple(map(tag_key, wanted.tags_all)),
        tags_none=tuple(map(tag_key, wanted.tags_none)),
        ranges={name: bounds for name in _RANGES if (bounds := _bounds(getattr(wanted, name))) != (None, None)},
    )


def _bounds(given: Range | None) -> tuple[object, object]:
    return (None, None) if given is None else (given.min, given.max)
