"""The text of `docs/operations.md`, made from the chapters, the order of steps and the formats."""

import re
from collections.abc import Iterator

from docs.guide.files import COLOURS, FORMATS, METADATA, PAGES
from docs.guide.looks import LOOKS, WATERMARKS
from docs.guide.shape import EDGES, PARTS, SHAPE, TURNS
from docs.guide.shots import PICTURES, Chapter, Entry, Shot
from imaging.render.choices import OutputFormat
from imaging.render.facts import ImageFormat
from imaging.render.order import ORDER

CHAPTERS = (SHAPE, PARTS, TURNS, EDGES, LOOKS, WATERMARKS, PAGES, FORMATS, COLOURS, METADATA)

_TITLE = "Operations"
_INTRO = """\
Every picture in your library can be had in any size, cut, turned, coloured and in any format. You ask for it in
GraphQL, by adding a `transform` to an image's `url`, and get an address to put into a page:

```graphql
query Teaser($id: ID!) {
  image(id: $id) {
    url(transform: {width: 280, aspectRatio: 1.5, cornerRadius: 24})
  }
}
```

- Asking for an address costs nothing: the picture is made when somebody first opens it, and kept.
- The original is never changed.
- All fields can be combined, and leaving one out leaves the picture as it is in that respect.
- In which order you write them does not matter: [things are done in one fixed order](#the-order-of-the-steps).
- What cannot be done is answered with what is allowed, before any picture is made.

All pictures on this page were drawn and rendered by the program itself, by `make docs`.
"""

_STEPS_FIELDS = {
    "decode": ("page", "animated"),
    "cut": ("crop",),
    "trim": ("trim",),
    "resize": ("width", "height", "aspectRatio", "fit", "allowUpscale", "linearLight", "dpr"),
    "turn": ("rotate", "flip", "flop"),
    "crop": ("gravity", "focalPoint"),
    "adjust": ("brightness", "contrast", "saturation", "hue", "grayscale"),
    "tint": ("tint",),
    "blur": ("blur",),
    "sharpen": ("sharpen",),
    "background": ("background",),
    "canvas": ("padding",),
    "watermark": ("watermark",),
    "corners": ("cornerRadius",),
    "label": ("metadata",),
    "encode": ("format", "quality", "lossless", "progressive", "colorSpace"),
}
_READ = {
    ImageFormat.JPEG: "also CMYK, progressive, with a gain map",
    ImageFormat.PNG: "also 16 bits; of an animated one the first frame",
    ImageFormat.WEBP: "also lossless and animated",
    ImageFormat.AVIF: "",
    ImageFormat.GIF: "also animated",
    ImageFormat.TIFF: "also of many pages, 16 bits, CMYK",
    ImageFormat.HEIC: "as phones write it",
    ImageFormat.SVG: "cleaned of scripts and links, then drawn at the size that is asked for",
}
_WRITTEN = {
    OutputFormat.AUTO: "the best of these that the browser knows",
    OutputFormat.AVIF: "small, fine in dark and smooth parts; takes longest to make",
    OutputFormat.WEBP: "small, moves, known to every current browser",
    OutputFormat.JPEG: "for every program there is; not transparent",
    OutputFormat.PNG: "exact; for drawings, screenshots and transparency",
    OutputFormat.GIF: "moves, where nothing newer is understood; 256 colours",
    OutputFormat.JPEG_XL: "where the installed libvips writes it; `server` tells",
}
_LAST = """\
## Several at once

```graphql
url(transform: {width: 280, aspectRatio: 1, gravity: ATTENTION, saturation: 1.2, sharpen: 0.7, cornerRadius: 24})
```

`srcset` and `picture` take the same `transform` and write addresses for all widths and formats that a page needs.

## Presets

A transform that you use often can have a name. An admin saves it once:

```graphql
mutation {
  savePreset(input: {name: "avatar", transform: {width: 96, height: 96, cornerRadius: 48}}) {
    userErrors { message }
  }
}
```

and everybody asks for it by that name; what is given as `transform` besides goes before what the preset says:

```graphql
url(preset: "avatar", transform: {dpr: 2})
```

Change the preset, and all addresses asked for from then on show the change; those that are out stay as they were.

## What would happen

`explainTransform` tells, without making the picture: how large it comes out, which steps are taken and why in that
order, which format is chosen for a browser and why, how long it takes and how much memory, and what is not quite as
you asked, such as an enlargement that was refused or transparency that a format cannot keep.

```graphql
query Explained($id: ID!) {
  explainTransform(image: $id, transform: {width: 2000, format: JPEG, blur: 2}) {
    output { width height }
    steps
    reasons
    formatReason
    estimatedMs
    warnings
  }
}
```
"""


def page() -> str:
    """Return the page; sizes of files in it are those of the pictures as they lie in the folder."""
    parts = [*_order(), *(line for chapter in CHAPTERS for line in _chapter(chapter))]
    body = "\n".join([*parts, _LAST])
    return f"# {_TITLE}\n\n{_INTRO}\n## Contents\n\n{_contents(body)}\n\n{body}"


def entries() -> Iterator[Entry]:
    """Give all entries of the page."""
    return (entry for chapter in CHAPTERS for entry in chapter.entries)


def shots() -> Iterator[Shot]:
    """Give all pictures of the page; one that stands in two places comes twice."""
    return (shot for entry in entries() for shot in entry.shots)


def _contents(body: str) -> str:
    lines = []
    for level, title in re.findall(r"^(##+) (.+)$", body, re.MULTILINE):
        indent = "  " * (len(level) - 2)
        lines.append(f"{indent}- [{title}](#{_anchor(title)})")
    return "\n".join(lines)


def _anchor(title: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _order() -> Iterator[str]:
    yield "## The order of the steps\n"
    yield "However you write it, things are done in this order, and those that you do not ask for are left out.\n"
    yield "| | step | fields | why here |"
    yield "|---|---|---|---|"
    for number, step in enumerate(ORDER, 1):
        fields = ", ".join(f"`{field}`" for field in _STEPS_FIELDS[step.name])
        yield f"| {number} | {step.name} | {fields} | {step.reason} |"
    yield ""


def _chapter(chapter: Chapter) -> Iterator[str]:
    yield f"## {chapter.title}\n"
    yield f"{chapter.says}\n"
    if chapter is FORMATS:
        yield from _formats()
    for entry in chapter.entries:
        yield f"### {' and '.join(entry.fields)}\n"
        yield f"{entry.says}\n"
        yield f"```graphql\nurl(transform: {entry.example})\n```\n"
        yield from _table(entry)


def _formats() -> Iterator[str]:
    for title, told in (("What can be uploaded", _READ.items()), ("What can be asked for", _WRITTEN.items())):
        yield f"| {title} | |"
        yield "|---|---|"
        yield from (f"| {format.name} | {says} |" for format, says in told)
        yield ""


def _table(entry: Entry) -> Iterator[str]:
    for start in range(0, len(entry.shots), entry.columns):
        row = entry.shots[start : start + entry.columns]
        yield f"| {' | '.join(_picture(shot) for shot in row)} |"
        yield "|" + ":---:|" * len(row)
        yield f"| {' | '.join(_caption(shot) for shot in row)} |\n"


def _picture(shot: Shot) -> str:
    return f"![{shot.start.shows}](operations/{shot.path.name})"


def _caption(shot: Shot) -> str:
    if "{size}" not in shot.caption:
        return shot.caption
    bytes_ = (PICTURES / shot.path.name).stat().st_size
    return shot.caption.replace("{size}", f"{bytes_ / 1000:.1f} kB")
