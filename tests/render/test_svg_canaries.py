"""Nothing that a drawing refers to is fetched: a listener is never called, and a picture beside it never shown."""

import http.server
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import pyvips

from imaging.errors import FileRejected
from imaging.render.decoder import DecoderPool
from imaging.render.facts import Limits
from imaging.render.plan import plan
from imaging.render.transform import OutputFormat, Transform

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
BOX = 'width="80" height="80"'

# {0} is an address of the canary: over HTTP, as file URL, as a path, beside the drawing.
BODIES = (
    '<image href="{0}" ' + BOX + "/>",
    '<image xlink:href="{0}" ' + BOX + "/>",
    '<image xmlns:q="http://www.w3.org/1999/xlink" q:href=" {0} " ' + BOX + "/>",
    '<use href="{0}#a"/>',
    '<use xlink:href="{0}"/>',
    '<style>@import url("{0}"); @import "{0}";</style><rect ' + BOX + "/>",
    "<style>@font-face{{font-family:x;src:url({0})}} text{{font-family:x}}</style><text y='40'>hi</text>",
    "<style>rect{{fill:url({0}#p);mask:url('{0}#m');cursor:url({0})}}</style><rect " + BOX + "/>",
    '<rect style="fill:url({0}#p)" filter="url({0}#f)" clip-path="url({0}#c)" mask="url({0}#m)" ' + BOX + "/>",
    '<path marker-start="url({0}#m)" d="M0 0L40 40L80 0"/>',
    '<filter id="f"><feImage href="{0}"/></filter><rect filter="url(#f)" ' + BOX + "/>",
    '<filter id="f"><feImage xlink:href="{0}"/></filter><rect filter="url(#f)" ' + BOX + "/>",
    '<pattern id="p" ' + BOX + '><image href="{0}" ' + BOX + '/></pattern><rect fill="url(#p)" ' + BOX + "/>",
    "<foreignObject " + BOX + '><body xmlns="http://www.w3.org/1999/xhtml"><img src="{0}"/></body></foreignObject>',
    "<foreignObject " + BOX + '><iframe xmlns="http://www.w3.org/1999/xhtml" src="{0}"/></foreignObject>',
    '<script href="{0}"/><script>fetch("{0}")</script>',
    "<rect onload=\"fetch('{0}')\" " + BOX + "/>",
    '<link xmlns="http://www.w3.org/1999/xhtml" rel="stylesheet" href="{0}"/>',
    '<include xmlns="http://www.w3.org/2001/XInclude" href="{0}" parse="text"/>',
    '<color-profile name="x" xlink:href="{0}"/><rect fill="icc-color(x)" ' + BOX + "/>",
    '<text y="40"><tref xlink:href="{0}"/></text>',
    '<g xml:base="{0}"><image href="canary.png" ' + BOX + "/></g>",
    "<image " + BOX + ' href=\'data:image/svg+xml,&lt;svg xmlns="http://www.w3.org/2000/svg"&gt;&lt;image href="{0}" '
    'width="80" height="80"/&gt;&lt;/svg&gt;\'/>',
    '<image href="&canary;" ' + BOX + "/>",
    "<text y='40'>&outside;</text>",
    "<style>&canary;</style>",
)
HEADS = (
    '<?xml-stylesheet type="text/css" href="{0}"?>',
    '<!DOCTYPE svg SYSTEM "{0}">',
    '<!DOCTYPE svg [<!ENTITY % more SYSTEM "{0}"> %more;]>',
)
ENTITIES = '<!DOCTYPE svg [<!ENTITY canary "{0}"><!ENTITY outside SYSTEM "{0}">]>'


class Listener:
    """A server that notes who calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                listener.calls.append(self.path)
                self.send_error(404)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/canary.png"


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bright picture in it that no drawing may show."""
    folder = tmp_path_factory.mktemp("canaries")
    canary = pyvips.Image.new_from_array([[0] * 80] * 80).new_from_image([255, 0, 255]).cast("uchar")
    canary.copy(interpretation="srgb").pngsave(str(folder / "canary.png"))
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[DecoderPool]:
    pool = DecoderPool(1, 512 * 1024**2, 20, Limits())
    await pool.start()
    yield pool
    await pool.close()


@pytest.mark.parametrize("body", BODIES)
async def test_nothing_outside_of_a_drawing_is_fetched_or_shown(
    body: str, listener: Listener, folder: Path, pool: DecoderPool
) -> None:
    head = ENTITIES if "&canary;" in body or "&outside;" in body else ""
    for address in _addresses(listener, folder):
        drawing = f"{head.format(address)}<svg {NAMESPACES} {BOX}>{body.format(address)}</svg>"
        assert await _bright_pixels(drawing, folder, pool) == 0, drawing
    assert listener.calls == []


@pytest.mark.parametrize("head", HEADS)
async def test_nothing_that_stands_before_a_drawing_is_fetched(
    head: str, listener: Listener, folder: Path, pool: DecoderPool
) -> None:
    for address in _addresses(listener, folder):
        drawing = f"{head.format(address)}<svg {NAMESPACES} {BOX}><rect {BOX}/></svg>"
        assert await _bright_pixels(drawing, folder, pool) == 0, drawing
    assert listener.calls == []


async def test_the_canary_would_be_seen_if_it_were_shown(folder: Path, pool: DecoderPool) -> None:
    drawing = f'<svg {NAMESPACES} {BOX}><rect fill="#ff00ff" {BOX}/></svg>'
    assert await _bright_pixels(drawing, folder, pool) == 80 * 80


def _addresses(listener: Listener, folder: Path) -> tuple[str, ...]:
    canary = folder / "canary.png"
    return listener.url, listener.url.removeprefix("http:"), canary.as_uri(), str(canary), canary.name


async def _bright_pixels(drawing: str, folder: Path, pool: DecoderPool) -> int:
    """Inspect and render the drawing; count the pixels in the canary's colour, 0 when it is refused."""
    path, target = folder / "drawing.svg", folder / "drawn.png"
    path.write_text(drawing)
    try:
        found = await pool.inspect(path)
        await pool.render(path, plan(Transform(width=80), found.source, format=OutputFormat.PNG), target)
    except FileRejected:
        return 0
    drawn = pyvips.Image.new_from_buffer(target.read_bytes(), "")
    is_bright = (drawn[0] > 200) & (drawn[1] < 60) & (drawn[2] > 200)
    return round(is_bright.avg() / 255 * drawn.width * drawn.height)
