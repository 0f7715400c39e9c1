"""How large an AVIF may be that somebody waits for: what is learnt from recorded encodings."""

import pytest

from imaging.delivery.avif_budget import AvifBudget

MEGA = 1_000_000

# Pixels and milliseconds of real encodings, one thread of a server, one after the other.
RECORDED = [
    (666_000, 68.6),
    (2_666_000, 231.9),
    (6_000_000, 468.0),
    (960_000, 80.2),
    (1_440_000, 131.0),
    (3_200_000, 262.4),
]
THUMBNAILS = [(60_000, 12.9), (166_000, 19.3), (768, 3.1)]


def learnt(timings: list[tuple[int, float]], times: int = 1, budget_ms: float = 400) -> AvifBudget:
    budget = AvifBudget(budget_ms)
    for pixels, took_ms in timings * times:
        budget.learn(pixels, took_ms)
    return budget


def test_a_new_server_is_careful() -> None:
    assert AvifBudget(400).pixels == 2 * MEGA
    assert AvifBudget(800).pixels == 4 * MEGA
    assert AvifBudget(0).pixels == 0


def test_what_was_measured_becomes_what_is_expected() -> None:
    budget = learnt(RECORDED, times=20)
    assert budget.ms_per_megapixel == pytest.approx(86, abs=8)
    assert budget.pixels == pytest.approx(4.65 * MEGA, rel=0.1)


def test_a_busy_machine_shrinks_the_budget_and_a_calm_one_gives_it_back() -> None:
    busy = [(pixels, 5 * took_ms) for pixels, took_ms in RECORDED]
    budget = learnt(RECORDED, times=20)
    calm = budget.pixels
    for pixels, took_ms in busy * 5:
        budget.learn(pixels, took_ms)
    assert budget.pixels < calm / 3
    for pixels, took_ms in RECORDED * 20:
        budget.learn(pixels, took_ms)
    assert budget.pixels == pytest.approx(calm, rel=0.05)


def test_one_that_was_held_up_changes_little() -> None:
    budget = learnt(RECORDED, times=20)
    before = budget.ms_per_megapixel
    budget.learn(MEGA, 60_000)
    assert before < budget.ms_per_megapixel < before * 1.4


def test_thumbnails_teach_nothing_about_large_pictures() -> None:
    budget = learnt(RECORDED, times=20)
    before = budget.pixels
    for pixels, took_ms in THUMBNAILS * 100:
        budget.learn(pixels, took_ms)
    assert budget.pixels == before


@pytest.mark.parametrize("took_ms", [0.0, -1.0])
def test_a_clock_that_stands_still_teaches_nothing(took_ms: float) -> None:
    budget = AvifBudget(400)
    budget.learn(MEGA, took_ms)
    assert budget.pixels == 2 * MEGA
