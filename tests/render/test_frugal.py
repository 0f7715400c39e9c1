"""What planning and rendering cost the process they run in."""

import subprocess
import sys
from pathlib import Path

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
from imaging.render.transform import OutputFormat, Transform

folder = Path(sys.argv[1])
small, large = (Source(ImageFormat.JPEG, *size) for size in ((100, 100), (10_000, 10_000)))
wish = Transform(width=512, height=300, rotate=90)

def peak_kib():
    # On Linux getrusage also counts the parent, before it became this program.
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))

render(folder / "small", plan(wish, small, format=OutputFormat.JPEG), folder / "rendition")
idle = peak_kib()
render(folder / "large", plan(wish, large, format=OutputFormat.JPEG), folder / "rendition")
assert idle > 1_000
print(peak_kib() - idle)
"""


def test_planning_needs_no_pixel_library():
    assert run(PLANNING) == "False"


def test_a_hundred_megapixels_are_shrunk_within_150_mib(tmp_path: Path):
    (tmp_path / "small").write_bytes(pictures.jpeg(100, 100))
    (tmp_path / "large").write_bytes(pictures.scene(1_000, 1_000).zoom(10, 10).jpegsave_buffer())
    assert int(run(RENDERING, str(tmp_path))) < 150 * 1024


def run(script: str, *args: str) -> str:
    done = subprocess.run([sys.executable, "-c", script, *args], capture_output=True, text=True, check=True)
    return done.stdout.strip()
