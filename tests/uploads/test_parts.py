"""A large file is cut into parts that cover it, each once, and none too long or too short for the store."""

import pytest

from imaging.ports import StagedPart
from imaging.uploads.parts import MOST_PARTS, PART_BYTES, count_of, missing_of, part_bytes_of, spans

MIB = 1024 * 1024
GIB = 1024 * MIB
LIMITS = (5 * MIB, 5 * GIB)


@pytest.mark.parametrize(
    ("size_bytes", "part_bytes"),
    [
        (1, None),
        (PART_BYTES, None),
        (PART_BYTES + 1, PART_BYTES),
        (5 * GIB, PART_BYTES),
        (MOST_PARTS * PART_BYTES, PART_BYTES),
        (MOST_PARTS * PART_BYTES + 1, 17 * MIB),
        (100 * GIB, 103 * MIB),
    ],
)
def test_parts_have_sixteen_megabytes_and_grow_so_that_a_thousand_are_enough(
    size_bytes: int, part_bytes: int | None
) -> None:
    assert part_bytes_of(size_bytes, LIMITS) == part_bytes
    if part_bytes is not None:
        assert count_of(size_bytes, part_bytes) <= MOST_PARTS


def test_parts_keep_to_the_limits_of_the_store() -> None:
    assert part_bytes_of(12 * MIB, LIMITS, usual_bytes=MIB) == 5 * MIB
    assert part_bytes_of(100 * MIB, (MIB, 8 * MIB)) == 8 * MIB


def test_the_parts_of_a_file_cover_it_without_gaps() -> None:
    parts = list(spans(25, 10))
    assert [(part.number, part.offset_bytes, part.size_bytes) for part in parts] == [
        (1, 0, 10),
        (2, 10, 10),
        (3, 20, 5),
    ]


def test_what_arrived_in_another_length_is_still_missing() -> None:
    arrived = [StagedPart(1, 10, "a"), StagedPart(2, 9, "b"), StagedPart(7, 10, "c")]
    assert [span.number for span in missing_of(25, 10, arrived)] == [2, 3]
