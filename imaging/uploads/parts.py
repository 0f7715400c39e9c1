"""How a large file is cut into parts that are sent side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from imaging.ports import StagedPart

PART_BYTES = 16 * 1024 * 1024
MOST_PARTS = 1_000

_STEP_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Span:
    """Where one part lies in the file; `number` counts from 1."""

    number: int
    offset_bytes: int
    size_bytes: int


def part_bytes_of(size_bytes: int, limits_bytes: tuple[int, int], usual_bytes: int = PART_BYTES) -> int | None:
    """Return how long the parts of a file are, or None for one that is sent in a single request.

    Parts grow with the file, so that there are at most `MOST_PARTS`; `limits_bytes` are what the store allows.
    """
    least, most = limits_bytes
    usual_bytes = max(usual_bytes, least)
    if size_bytes <= min(usual_bytes, most):
        return None
    steps = -(-size_bytes // (MOST_PARTS * _STEP_BYTES))
    return min(max(usual_bytes, steps * _STEP_BYTES), most)


def count_of(size_bytes: int, part_bytes: int) -> int:
    """Return how many parts of this length a file has."""
    return -(-size_bytes // part_bytes)


def spans(size_bytes: int, part_bytes: int) -> Iterator[Span]:
    """Give all parts of a file, in order; the last may be shorter."""
    for index in range(count_of(size_bytes, part_bytes)):
        offset = index * part_bytes
        yield Span(index + 1, offset, min(part_bytes, size_bytes - offset))


def missing_of(size_bytes: int, part_bytes: int, arrived: Sequence[StagedPart]) -> list[Span]:
    """Return the parts that have not arrived, or not in their length."""
    lengths: Mapping[int, int] = {part.number: part.size_bytes for part in arrived}
    return [span for span in spans(size_bytes, part_bytes) if lengths.get(span.number) != span.size_bytes]
