"""Peak memory of a decoder over a picture of 100 megapixels: each case in a fresh process."""

import multiprocessing
import multiprocessing.connection
import tempfile
from pathlib import Path

import pyvips

from benchmarks.pictures import photograph
from benchmarks.table import Row, at_most
from imaging.render.facts import ImageFormat, Limits, Source
from imaging.render.inspect import inspect
from imaging.render.plan import OutputFormat, plan
from imaging.render.render import render
from imaging.render.transform import Transform

SIDE = 10_000


def measure() -> list[Row]:
    """Return the peak above idle for rendering and for inspecting each kind of file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        big = photograph(SIDE, SIDE)
        files = {
            "JPEG": folder / "big.jpg",
            "progressive JPEG": folder / "progressive.jpg",
            "PNG": folder / "big.png",
        }
        big.jpegsave(str(files["JPEG"]), Q=85)
        pyvips.Image.new_from_file(str(files["JPEG"])).jpegsave(str(files["progressive JPEG"]), Q=85, interlace=True)
        pyvips.Image.new_from_file(str(files["JPEG"])).pngsave(str(files["PNG"]), compression=1, filter=0x10)
        small = folder / "small.jpg"
        photograph(400, 300).jpegsave(str(small))
        return [_row(deed, kind, path, small) for kind, path in files.items() for deed in ("render", "inspect")]


def _row(deed: str, kind: str, path: Path, small: Path) -> Row:
    spawn = multiprocessing.get_context("spawn")
    receiver, sender = spawn.Pipe(duplex=False)
    child = spawn.Process(target=_child, args=(deed, path, small, sender))
    child.start()
    above_idle: int = receiver.recv()
    child.join()
    name = f"memory of a decoder above idle, {deed} {kind} of 100 megapixels" + (" → 512 px" * (deed == "render"))
    return at_most(name, above_idle / 1024, "MiB", 150)


def _child(deed: str, path: Path, small: Path, sender: multiprocessing.connection.Connection) -> None:
    pyvips.cache_set_max(0)
    _do(deed, small, 400, 300)
    idle = _status_kib("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    _do(deed, path, SIDE, SIDE)
    sender.send(_status_kib("VmHWM") - idle)


def _do(deed: str, path: Path, width: int, height: int) -> None:
    if deed == "inspect":
        inspect(path, Limits())
        return
    format = ImageFormat.PNG if path.suffix == ".png" else ImageFormat.JPEG
    wish = plan(Transform(width=512), Source(format, width, height), format=OutputFormat.JPEG)
    render(path, wish, path.with_suffix(".out.jpg"))


def _status_kib(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))
