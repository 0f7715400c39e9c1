"""The pool of decoder processes: what hurts one request hurts no other, and nothing outlives the server."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from imaging.errors import CorruptFile, Overloaded, TooComplex, TooManyPixels, TruncatedFile, UnsupportedFormat
from imaging.render.decoder import DecoderPool
from imaging.render.facts import ImageFormat, Limits
from imaging.render.plan import plan
from imaging.render.transform import OutputFormat, Transform
from tests import pictures

GIBIBYTE = 1 << 30
ROOT = Path(__file__).resolve().parents[2]

SERVER = """
import asyncio, pathlib, signal, sys
from imaging.render.decoder import DecoderPool
from imaging.render.facts import Limits

# What a shell starts in the background is deaf to Ctrl-C, and so are its children, unless they say otherwise.
signal.signal(signal.SIGINT, signal.default_int_handler)

async def main():
    pool = DecoderPool(2, 1 << 30, 60, Limits())
    await pool.start()
    print("ready", flush=True)
    try:
        await pool.inspect(pathlib.Path(sys.argv[1]))
    finally:
        await pool.close()

if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
"""


@pytest.fixture
async def pool() -> AsyncIterator[DecoderPool]:
    pool = DecoderPool(1, GIBIBYTE, 30, Limits())
    await pool.start()
    yield pool
    await pool.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return _write(tmp_path / "picture", pictures.jpeg(90, 60))


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    return _write(tmp_path / "slow", pictures.slow_svg())


async def test_a_picture_is_inspected_and_rendered_in_a_child(pool: DecoderPool, picture: Path, tmp_path: Path) -> None:
    inspection = await pool.inspect(picture)
    assert (inspection.source.format, inspection.source.width) == (ImageFormat.JPEG, 90)
    wish = plan(Transform(width=30), inspection.source, format=OutputFormat.WEBP)
    rendered = await pool.render(picture, wish, tmp_path / "small.webp")
    assert (rendered.width, rendered.height) == (30, 20)
    assert (tmp_path / "small.webp").stat().st_size == rendered.size_bytes


async def test_the_server_goes_before_its_decoders(pool: DecoderPool, picture: Path) -> None:
    await pool.inspect(picture)
    decoders = [child.nice() for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]
    assert decoders
    assert min(decoders) > psutil.Process().nice()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"%PDF-1.7", UnsupportedFormat),
        (pictures.png()[:-20], TruncatedFile),
        (pictures.png_claiming(2_000, 2_000), CorruptFile),
        (pictures.png_claiming(30_000, 30_000), TooManyPixels),
    ],
    ids=["unsupported", "truncated", "corrupt", "too many pixels"],
)
async def test_refusals_come_back_as_what_they_are(
    data: bytes, expected: type[Exception], pool: DecoderPool, tmp_path: Path
) -> None:
    with pytest.raises(expected):
        await pool.inspect(_write(tmp_path / "bad", data))


async def test_a_small_file_that_would_fill_the_memory_is_too_complex(picture: Path, tmp_path: Path) -> None:
    pool = DecoderPool(1, 128 * 1024 * 1024, 30, Limits())
    await pool.start()
    try:
        with pytest.raises(TooComplex, match="memory"):
            await pool.inspect(_write(tmp_path / "bomb", pictures.webp_claiming(16_383, 16_383)))
        assert (await pool.inspect(picture)).source.width == 90
    finally:
        await pool.close()


async def test_a_picture_that_takes_too_long_is_too_complex(picture: Path, slow: Path) -> None:
    pool = DecoderPool(1, GIBIBYTE, 0.5, Limits())
    await pool.start()
    try:
        began = time.perf_counter()
        with pytest.raises(TooComplex, match="took more than"):
            await pool.inspect(slow)
        assert time.perf_counter() - began < 3
        assert (await pool.inspect(picture)).source.width == 90
    finally:
        await pool.close()


async def test_a_process_that_dies_once_is_not_held_against_the_picture(pool: DecoderPool, tmp_path: Path) -> None:
    task = asyncio.create_task(pool.inspect(_write(tmp_path / "slowish", pictures.slow_svg(sheets=1))))
    (await _busy_decoder()).kill()
    assert (await task).source.width == 2_000


@pytest.mark.parametrize(("death", "expected"), [(signal.SIGSEGV, CorruptFile), (signal.SIGKILL, TooComplex)])
async def test_a_picture_that_kills_its_process_twice_is_refused_and_costs_no_other_request(
    death: signal.Signals, expected: type[Exception], pool: DecoderPool, picture: Path, slow: Path
) -> None:
    task = asyncio.create_task(pool.inspect(slow))
    first = await _busy_decoder()
    os.kill(first.pid, death)
    await asyncio.sleep(0.3)
    second = await _busy_decoder()
    assert second.pid != first.pid
    os.kill(second.pid, death)
    with pytest.raises(expected):
        await task
    assert (await pool.inspect(picture)).source.width == 90


@pytest.mark.full
async def test_both_attempts_together_have_the_one_deadline(slow: Path) -> None:
    pool = DecoderPool(1, GIBIBYTE, 4, Limits())
    await pool.start()
    try:
        begun = time.perf_counter()
        task = asyncio.create_task(pool.inspect(slow))
        (await _busy_decoder()).kill()
        with pytest.raises(TooComplex, match="took more than"):
            await task
        assert time.perf_counter() - begun < 6
    finally:
        await pool.close()


async def test_an_idle_process_that_is_killed_is_replaced_unseen(pool: DecoderPool, picture: Path) -> None:
    for _ in range(3):
        [idle] = _decoders(psutil.Process())
        idle.kill()
        assert (await pool.inspect(picture)).source.width == 90


async def test_of_two_processes_the_one_that_dies_takes_nothing_with_it(picture: Path, slow: Path) -> None:
    pool = DecoderPool(2, GIBIBYTE, 30, Limits())
    await pool.start()
    try:
        task = asyncio.create_task(pool.inspect(slow))
        worker = await _busy_decoder()
        for _ in range(20):
            assert (await pool.inspect(picture)).source.width == 90
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    finally:
        await pool.close()


async def test_cancelling_stops_the_work(pool: DecoderPool, picture: Path, slow: Path) -> None:
    task = asyncio.create_task(pool.inspect(slow))
    worker = await _busy_decoder()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    assert (await pool.inspect(picture)).source.width == 90


async def test_those_who_stop_waiting_cost_nothing(pool: DecoderPool, picture: Path, slow: Path) -> None:
    first = asyncio.create_task(pool.inspect(slow))
    await asyncio.sleep(0.3)
    queued = [asyncio.create_task(pool.inspect(picture)) for _ in range(5)]
    await asyncio.sleep(0.1)
    for task in [*queued, first]:
        task.cancel()
    results = await asyncio.gather(*queued, first, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    assert (await pool.inspect(picture)).source.width == 90


async def test_a_full_queue_says_when_to_come_back(picture: Path, slow: Path) -> None:
    pool = DecoderPool(1, GIBIBYTE, 30, Limits(), waiting=1)
    await pool.start()
    try:
        tasks = [asyncio.create_task(pool.inspect(slow)) for _ in range(2)]
        await asyncio.sleep(0.3)
        with pytest.raises(Overloaded) as refusal:
            await pool.inspect(picture)
        assert refusal.value.retry_after_s >= 1
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        await pool.close()


async def test_closing_is_quick_and_leaves_nobody_behind(slow: Path) -> None:
    pool = DecoderPool(2, GIBIBYTE, 30, Limits())
    await pool.start()
    task = asyncio.create_task(pool.inspect(slow))
    await asyncio.sleep(0.3)
    began = time.perf_counter()
    await pool.close()
    assert time.perf_counter() - began < 1
    assert _decoders(psutil.Process()) == []
    with pytest.raises(Overloaded, match="shutting down"):
        await task
    with pytest.raises(Overloaded, match="shutting down"):
        await pool.inspect(slow)
    await pool.close()


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGINT])
def test_decoders_die_with_the_server(way: signal.Signals, slow: Path, tmp_path: Path) -> None:
    script = _write(tmp_path / "server.py", SERVER.encode())
    server = subprocess.Popen(
        [sys.executable, script, slow],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    time.sleep(0.5)
    children = _decoders(psutil.Process(server.pid))
    assert len(children) == 2
    # As a terminal does on Ctrl-C: to the server and to its decoders alike.
    os.killpg(server.pid, way) if way is signal.SIGINT else server.kill()
    _, noise = server.communicate(timeout=10)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
    assert way is signal.SIGKILL or noise == b""


def test_the_server_loads_no_pixel_library_for_its_pool() -> None:
    question = "import sys, imaging.render.decoder; print([m for m in ('numpy', 'PIL', 'pyvips') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", question], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("path", pictures.shared_pictures("*crash*"), ids=lambda path: path.name)
async def test_known_crashers_are_refused_at_once(path: Path, pool: DecoderPool) -> None:
    began = time.perf_counter()
    with pytest.raises((CorruptFile, TruncatedFile, TooManyPixels)):
        await pool.inspect(path)
    assert time.perf_counter() - began < 2


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _decoders(server: psutil.Process) -> list[psutil.Process]:
    return [child for child in server.children() if "spawn_main" in " ".join(child.cmdline())]


async def _busy_decoder() -> psutil.Process:
    """Wait until a decoder has worked for a while, and return it."""
    deadline = time.monotonic() + 10
    before: dict[psutil.Process, float] = {}
    while time.monotonic() < deadline:
        for child in _decoders(psutil.Process()):
            with contextlib.suppress(psutil.NoSuchProcess):
                spent_s = sum(child.cpu_times()[:2])
                if spent_s - before.setdefault(child, spent_s) > 0.2 and spent_s > 0.6:
                    return child
        await asyncio.sleep(0.02)
    raise AssertionError("no decoder is at work")
