"""Memory that is shared out: what does not fit waits its turn, and nobody waits for ever."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from imaging.render.budget import MemoryBudget
from imaging.render.demand import inspecting_bytes, rendering_bytes
from imaging.render.facts import ImageFormat, Source
from imaging.render.header import stored_claim
from imaging.render.headers.parts import Claim
from imaging.render.plan import plan
from imaging.render.transform import OutputFormat, Transform
from tests import pictures

MIB = 1024 * 1024


class Diner:
    """Holds some of a budget until told to leave."""

    def __init__(self, budget: MemoryBudget, need: int) -> None:
        self.is_in = False
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._dine(budget, need))

    async def _dine(self, budget: MemoryBudget, need: int) -> None:
        async with budget.hold(need):
            self.is_in = True
            await self.leave.wait()
        self.is_in = False


async def _seated(*diners: Diner) -> list[bool]:
    for _ in range(5):
        await asyncio.sleep(0)
    return [diner.is_in for diner in diners]


async def _all_leave(*diners: Diner) -> None:
    for diner in diners:
        diner.leave.set()
    await asyncio.gather(*(diner.task for diner in diners), return_exceptions=True)


async def test_who_fits_in_is_let_in_and_the_rest_wait_in_order() -> None:
    budget = MemoryBudget(100)
    first, second, third, fourth = (Diner(budget, need) for need in (60, 40, 50, 10))
    assert await _seated(first, second, third, fourth) == [True, True, False, False]
    second.leave.set()
    assert await _seated(third, fourth) == [False, False], "the small one must not overtake for ever"
    first.leave.set()
    assert await _seated(third, fourth) == [True, True]
    await _all_leave(third, fourth)


async def test_one_alone_is_let_in_whatever_it_needs() -> None:
    budget = MemoryBudget(100)
    giant, small = Diner(budget, 1_000), Diner(budget, 1)
    assert await _seated(giant, small) == [True, False]
    await _all_leave(giant, small)
    assert await _seated(giant, small) == [False, False]


async def test_those_who_stop_waiting_let_others_pass() -> None:
    budget = MemoryBudget(100)
    first, large, small = Diner(budget, 60), Diner(budget, 90), Diner(budget, 10)
    assert await _seated(first, large, small) == [True, False, False]
    large.task.cancel()
    assert await _seated(first, small) == [True, True]
    await _all_leave(first, small)
    last = Diner(budget, 100)
    assert await _seated(last) == [True]
    await _all_leave(last)


async def test_who_leaves_the_moment_it_is_let_in_gives_back_what_it_got() -> None:
    budget = MemoryBudget(100)
    first, second, third = Diner(budget, 100), Diner(budget, 100), Diner(budget, 100)
    await _seated(first, second, third)
    first.leave.set()
    await asyncio.sleep(0)
    second.task.cancel()
    assert await _seated(third) == [True]
    await _all_leave(second, third)


@pytest.mark.parametrize(
    ("make", "held"),
    [
        (lambda: pictures.jpeg(200, 100), 0),
        (lambda: pictures.jpeg(200, 100, progressive=True), 200 * 100 * 3),
        (lambda: pictures.scene(200, 100).jpegsave_buffer(Q=95, interlace=True, subsample_mode="off"), 200 * 100 * 6),
        (lambda: pictures.png(200, 100), 0),
        (lambda: pictures.png(200, 100, interlaced=True), 200 * 100 * 3),
    ],
    ids=["jpeg", "progressive", "progressive of full colour", "png", "interlaced png"],
)
def test_the_header_tells_what_must_be_held_at_once(make: Callable[[], bytes], held: int, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(make())
    assert stored_claim(path).held_bytes == held


def test_a_picture_that_comes_in_passes_is_expected_to_take_more(tmp_path: Path) -> None:
    plain, progressive = tmp_path / "plain", tmp_path / "progressive"
    plain.write_bytes(pictures.jpeg(1_000, 1_000))
    progressive.write_bytes(pictures.jpeg(1_000, 1_000, progressive=True))
    wish = plan(Transform(width=100), Source(ImageFormat.JPEG, 1_000, 1_000), format=OutputFormat.JPEG)
    claims = stored_claim(plain), stored_claim(progressive)
    assert rendering_bytes(claims[1], wish) - rendering_bytes(claims[0], wish) == 3_000_000
    assert inspecting_bytes(ImageFormat.JPEG, claims[1]) > inspecting_bytes(ImageFormat.JPEG, claims[0]) > 0


def test_a_hundred_megapixels_of_progressive_jpeg_fit_twice_into_the_default_budget() -> None:
    source = Source(ImageFormat.JPEG, 10_000, 10_000)
    wish = plan(Transform(width=512), source, format=OutputFormat.JPEG)
    claim = Claim(10_000, 10_000, held_bytes=300_000_000)
    assert 2 * rendering_bytes(claim, wish) < 1024 * MIB < 3 * rendering_bytes(claim, wish)
