"""A batch over very many images costs a page of memory, and is cancelled at once."""

import pytest

from benchmarks.batches import MOST_MIB, run

IMAGES = 100_000


@pytest.mark.full
@pytest.mark.sqlite_only("it measures our own process, wherever the rows are")
def test_a_hundred_thousand_images_cost_a_page_of_memory() -> None:
    found = run(IMAGES)
    assert (found.total, found.done) == (IMAGES, IMAGES)
    assert found.peak_mib < MOST_MIB
    assert found.slowest_cancel_ms < 10_000
