"""Finding duplicates: images with the same bytes, with the same pixels, or that look nearly alike."""

import enum
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q, RawSQL

from imaging.accounts.viewer import Viewer
from imaging.images.library import seen_parts
from imaging.images.likeness import (
    BAND_DIGITS,
    BANDS,
    BITS,
    MOST_BITS_APART,
    band_of,
    bits_apart,
    nearest_bands,
    tells_apart,
)
from imaging.images.models import Image, ImageState

MOST_TOLD = 20
NEAREST_HASHES = 50
ROWS_AT_ONCE = 500


class SimilarityKind(enum.Enum):
    """In what way two images are alike, the strictest first."""

    BYTES = "BYTES"
    PIXELS = "PIXELS"
    NEAR = "NEAR"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An image that is like another one; `distance` is the number of bits in which their hashes differ, 0 to 64."""

    image: Image
    kind: SimilarityKind
    distance: int

    @property
    def similarity(self) -> float:
        """How alike they are: 1 for the same."""
        return 1 - self.distance / BITS


@dataclass(frozen=True, slots=True)
class _Key:
    """What rows are looked up by: a column that has an index, and its value."""

    column: str
    value: str


class Duplicates:
    """Finds the duplicates of images; what is in the trash is none, and neither is an earlier version of an image."""

    async def of(self, viewer: Viewer, images: Sequence[Image]) -> list[list[Duplicate]]:
        """Tell the duplicates of each image that the viewer may see, at most twenty each, the nearest first."""
        parts = seen_parts(viewer)
        return await _find(images, Q(*parts, join_type="OR") if parts else Q())

    async def owned(self, viewer: Viewer, images: Sequence[Image]) -> list[list[Duplicate]]:
        """Tell the duplicates of each image that are the viewer's own, at most twenty each, the nearest first."""
        return await _find(images, Q(owner_id=viewer.user_id))


async def _find(images: Sequence[Image], among: Q) -> list[list[Duplicate]]:
    near = await _near({image.perceptual_hash for image in images})
    keys = dict.fromkeys(key for image in images for key in _keys(image, near))
    condition = Q(among, Q(state__not=ImageState.TRASHED))
    # Twice negated, so that SQLite looks rows up by their hashes, and not by what everybody may see.
    rows = {row.id: row for row in await _rows(list(keys), ~Q(~condition))}
    by_key: dict[_Key, list[Image]] = defaultdict(list)
    for row in rows.values():
        for key in _own_keys(row):
            by_key[key].append(row)
    return [_told(image, [row for key in _keys(image, near) for row in by_key[key]]) for image in images]


def _told(image: Image, rows: Iterable[Image]) -> list[Duplicate]:
    others: dict[uuid.UUID, Duplicate] = {row.id: _compared(image, row) for row in rows if row.id != image.id}
    order = list(SimilarityKind)
    found = sorted(
        others.values(), key=lambda it: (order.index(it.kind), it.distance, it.image.created_at, it.image.id)
    )
    return found[:MOST_TOLD]


def _compared(image: Image, other: Image) -> Duplicate:
    if image.sha256 == other.sha256:
        return Duplicate(other, SimilarityKind.BYTES, 0)
    if image.pixel_hash == other.pixel_hash:
        return Duplicate(other, SimilarityKind.PIXELS, 0)
    return Duplicate(other, SimilarityKind.NEAR, bits_apart(image.perceptual_hash, other.perceptual_hash))


def _own_keys(image: Image) -> Iterable[_Key]:
    for column in ("sha256", "pixel_hash", "perceptual_hash"):
        yield _Key(column, getattr(image, column))


def _keys(image: Image, near: Mapping[str, Sequence[str]]) -> Iterable[_Key]:
    yield _Key("sha256", image.sha256)
    yield _Key("pixel_hash", image.pixel_hash)
    for perceptual_hash in near.get(image.perceptual_hash, ()):
        yield _Key("perceptual_hash", perceptual_hash)


async def _rows(keys: Sequence[_Key], condition: Q) -> list[Image]:
    """Return the rows that have one of the keys: of each key all, or more than will be told."""
    if not keys:
        return []
    rows = await Image.filter(_any_of(keys), condition).limit(ROWS_AT_ONCE)
    if len(rows) < ROWS_AT_ONCE or len(keys) == 1:
        return rows
    middle = len(keys) // 2
    return [*await _rows(keys[:middle], condition), *await _rows(keys[middle:], condition)]


def _any_of(keys: Iterable[_Key]) -> Q:
    values: dict[str, Any] = defaultdict(list)  # Any: what Q takes
    for key in keys:
        values[f"{key.column}__in"].append(key.value)
    return Q(**values, join_type="OR")


async def _near(hashes: Iterable[str]) -> dict[str, list[str]]:
    """Return the hashes near each of these that any image has, whoever owns it, the nearest first and not too many."""
    found: dict[str, dict[str, int]] = {hash: {} for hash in hashes if tells_apart(hash)}
    for band in BANDS:
        asking = _asking(found, band)
        for other in await _with_band(band, asking):
            for hash in asking[band_of(other, band)]:
                found[hash][other] = bits_apart(hash, other)
    return {hash: _nearest(others) for hash, others in found.items()}


def _asking(hashes: Iterable[str], band: int) -> dict[str, list[str]]:
    """Return for each value of a band the hashes that are perhaps near one which has it."""
    asking: dict[str, list[str]] = defaultdict(list)
    for hash in hashes:
        for value in nearest_bands(band_of(hash, band)):
            asking[value].append(hash)
    return asking


async def _with_band(band: int, values: Collection[str]) -> Sequence[str]:
    """Return the hashes that have one of the values in this band, read from an index alone."""
    if not values:
        return []
    # Written as in the migration that makes the indexes, or the database would not know them again.
    part = RawSQL(f'substr("perceptual_hash", {1 + band * BAND_DIGITS}, {BAND_DIGITS})')
    found = Image.annotate(part=part).filter(part__in=list(values)).distinct()
    return await found.values_list("perceptual_hash", flat=True)  # type: ignore[return-value]  # Tortoise: rows


def _nearest(others: Mapping[str, int]) -> list[str]:
    near = (hash for hash, apart in others.items() if apart <= MOST_BITS_APART and tells_apart(hash))
    return sorted(near, key=lambda hash: (others[hash], hash))[:NEAREST_HASHES]
