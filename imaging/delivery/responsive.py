"""What a page needs to show one picture at the right size and in the right format."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class SrcsetItem:
    """One rendition of a srcset; `width` and `height` are those of its bytes, `descriptor` such as `640w` or `2x`."""

    url: str
    width: int
    height: int
    descriptor: str


@dataclass(frozen=True, slots=True)
class Srcset:
    """The same picture at several sizes, smallest first; `width` and `height` are those of the bytes at `src`."""

    srcset: str
    src: str
    sizes: str | None
    width: int
    height: int
    items: tuple[SrcsetItem, ...]

    @classmethod
    def of(cls, items: Sequence[SrcsetItem], main: SrcsetItem, sizes: str | None = None) -> "Srcset":
        """Return the items as one srcset; `main` is for those who do not choose."""
        text = ", ".join(f"{item.url} {item.descriptor}" for item in items)
        return cls(text, main.url, sizes, main.width, main.height, tuple(items))


@dataclass(frozen=True, slots=True)
class PictureSource:
    """The picture in one format; `type` is its media type."""

    type: str
    srcset: str
    sizes: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture in several formats, best first, with a fallback that everybody shows, and all of it as HTML."""

    sources: tuple[PictureSource, ...]
    fallback: Srcset
    html: str


def picture_html(
    sources: Sequence[PictureSource], fallback: Srcset, *, alt_text: str, background: str | None = None
) -> str:
    """Return a `<picture>` element; every value is escaped, since people wrote some of them.

    `background` is a CSS background to show until the picture is there.
    """
    parts = [_tag("source", type=source.type, srcset=source.srcset, sizes=source.sizes) for source in sources]
    image = _tag(
        "img",
        src=fallback.src,
        srcset=fallback.srcset,
        sizes=fallback.sizes,
        width=str(fallback.width),
        height=str(fallback.height),
        alt=alt_text,
        loading="lazy",
        decoding="async",
        style=None if background is None else f"background:{background}",
    )
    return f"<picture>{''.join(parts)}{image}</picture>"


def _tag(name: str, **attributes: str | None) -> str:
    spelt = (f'{key}="{escape(value)}"' for key, value in attributes.items() if value is not None)
    return f"<{name} {' '.join(spelt)}>"
