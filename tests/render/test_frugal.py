"""What planning and rendering cost the process they run in."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import pictures

PLANNING = """
import sys
import imaging.render.plan
print("pyvips" in sys.modules)
"""
RENDERING = """
import resource, sys
from pathlib import Path
from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import plan
from imaging.render.render import render
from imaging.render.transform import Crop, OutputFormat, Transform, Trim

folder, format = Path(sys.argv[1]), ImageFormat[sys.argv[3]]
small, large = (Source(format, *size) for size in ((100, 100), (10_000, 10_000)))
wish = eval(sys.argv[2])

def peak_kib():
    # On Linux getrusage also counts the parent, before it became this program.
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))

first = Transform(rotate=90, trim=wish.trim)
render(folder / "small", plan(first, small, format=OutputFormat.JPEG), folder / "rendition")
idle = peak_kib()
render(folder / "large", plan(wish, large, format=OutputFormat.JPEG), folder / "rendition")
assert idle > 1_000
print(peak_kib() - idle)
"""


def test_planning_needs_no_pixel_library():
    assert run(PLANNING) == "False"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    """A small and a large picture of each kind."""
    folder = tmp_path_factory.mktemp("sources")
    large = pictures.scene(1_000, 1_000).zoom(10, 10)
    for kind, small in (("JPEG", pictures.jpeg(100, 100)), ("PNG", pictures.png(100, 100))):
        (folder / kind).mkdir()
        (folder / kind / "small").write_bytes(small)
    large.jpegsave(str(folder / "JPEG" / "large"))
    large.pngsave(str(folder / "PNG" / "large"), compression=1)
    return folder


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    "wish",
    [
        "Transform(width=512, height=300, rotate=90)",
        "Transform(crop=Crop(3_000, 3_500, 4_000, 3_000), width=512)",
        "Transform(crop=Crop(0, 9_000, 10_000, 1_000), width=512, rotate=90)",
        "Transform(crop=Crop(4_001, 8_001, 1_900, 1_900))",
        "Transform(width=512, trim=Trim())",
    ],
    ids=["fitted", "cut from the middle", "cut from the bottom", "cut as it is", "trimmed"],
)
def test_a_hundred_megapixels_are_shrunk_within_150_mib(shelf: Path, kind: str, wish: str):
    assert int(run(RENDERING, str(shelf / kind), wish, kind)) < 150 * 1024


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_light_is_mixed_in_numbers_of_four_bytes_within_256_mib(shelf: Path, kind: str):
    assert int(run(RENDERING, str(shelf / kind), "Transform(width=512, linear_light=True)", kind)) < 256 * 1024


def run(script: str, *args: str) -> str:
    done = subprocess.run([sys.executable, "-c", script, *args], capture_output=True, text=True, check=True)
    return done.stdout.strip()
