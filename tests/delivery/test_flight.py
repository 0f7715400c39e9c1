"""One deed for all who ask at the same time."""

import asyncio
from typing import Any

import pytest

from imaging.delivery.admission import PixelGate, price
from imaging.delivery.flight import SingleFlight
from imaging.errors import NotFound, Overloaded
from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import plan
from imaging.render.transform import OutputFormat, Transform


class Deed:
    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        await self.may_end.wait()
        self.ended += 1
        return self.begun


async def test_all_who_ask_meanwhile_share_one_deed() -> None:
    flight, deed = SingleFlight[int](), Deed()
    waiting = [asyncio.create_task(flight.run("a", deed)) for _ in range(50)]
    await asyncio.sleep(0.01)
    deed.may_end.set()
    assert set(await asyncio.gather(*waiting)) == {1}
    assert await flight.run("a", deed) == 2


async def test_other_keys_are_other_deeds() -> None:
    flight, deed = SingleFlight[int](), Deed()
    deed.may_end.set()
    await asyncio.gather(flight.run("a", deed), flight.run("b", deed))
    assert deed.begun == 2


async def test_who_leaves_does_not_stop_it_for_the_others() -> None:
    flight, deed = SingleFlight[int](), Deed()
    first, second = (asyncio.create_task(flight.run("a", deed)) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    deed.may_end.set()
    assert await second == 1


async def test_it_is_done_even_when_everybody_left() -> None:
    flight, deed = SingleFlight[int](), Deed()
    waiting = asyncio.create_task(flight.run("a", deed))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    deed.may_end.set()
    await asyncio.sleep(0.01)
    assert deed.ended == 1


async def test_a_failure_is_everybodys_and_is_tried_again_next_time() -> None:
    flight, tries = SingleFlight[int](), 0

    async def fail() -> int:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0)
        raise NotFound("absent")

    outcomes = await asyncio.gather(*(flight.run("a", fail) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [NotFound] * 3
    with pytest.raises(NotFound):
        await flight.run("a", fail)
    assert tries == 2


async def test_closing_stops_deeds_and_tells_who_waits() -> None:
    flight, deed = SingleFlight[int](), Deed()
    waiting = asyncio.create_task(flight.run("a", deed))
    await asyncio.sleep(0.01)
    await flight.close()
    with pytest.raises(Overloaded):
        await waiting
    assert deed.ended == 0


def test_the_gate_counts_pixels_in_flight() -> None:
    gate = PixelGate(budget_pixels=100)
    with gate.admit(60):
        with gate.admit(40), pytest.raises(Overloaded) as refused, gate.admit(1):
            pass
        with gate.admit(40):
            pass
    assert refused.value.retry_after_s >= 1


def test_the_gate_lets_one_giant_through_when_it_is_alone() -> None:
    gate = PixelGate(budget_pixels=100)
    with gate.admit(1_000), pytest.raises(Overloaded), gate.admit(1):
        pass
    with gate.admit(1):
        pass
    assert gate.admit(100) is not None


def test_a_picture_is_priced_by_what_its_formats_cost_to_read_and_to_write() -> None:
    def priced(format: OutputFormat, source: ImageFormat = ImageFormat.JPEG, **more: Any) -> int:
        return price(plan(Transform(width=100), Source(source, 400, 300, **more), format=format))

    assert priced(OutputFormat.JPEG) == 400 * 300 + 100 * 75
    assert priced(OutputFormat.AVIF) > priced(OutputFormat.WEBP) > priced(OutputFormat.JPEG)
    assert priced(OutputFormat.JPEG, ImageFormat.AVIF) > priced(OutputFormat.JPEG, ImageFormat.PNG)
    moving = priced(OutputFormat.GIF, ImageFormat.GIF, pages=4, animated=True)
    assert moving == 4 * priced(OutputFormat.GIF, ImageFormat.GIF)


async def test_the_gate_is_idle_when_nothing_has_been_let_in_for_a_while() -> None:
    gate = PixelGate()
    with gate.admit(1):
        waiting = asyncio.create_task(gate.idle(0.05))
        await asyncio.sleep(0.1)
        assert not waiting.done()
    await asyncio.sleep(0.03)
    with gate.admit(1):
        pass
    await asyncio.sleep(0.03)
    assert not waiting.done()
    async with asyncio.timeout(5):
        await waiting
