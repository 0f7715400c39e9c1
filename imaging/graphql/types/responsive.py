"""One picture at several sizes and in several formats, as pages need it."""

from imaging.delivery import responsive as domain
from imaging.graphql.publishes import about, publishes
from imaging.graphql.scalars import URL


@publishes(domain.SrcsetItem)
class SourceSetItem:
    """One candidate of a srcset."""

    url: URL = about("Where the picture is.")
    width: int = about("Width of its bytes in pixels.")
    height: int = about("Height of its bytes in pixels.")
    descriptor: str = about("What tells it from the others in a srcset: `640w` or `2x`.")


@publishes(domain.Srcset)
class SourceSet:
    """The same picture at several sizes, smallest first."""

    srcset: str = about("Ready for the `srcset` attribute.")
    src: URL = about("Ready for the `src` attribute, for browsers that do not choose.")
    sizes: str | None = about("Ready for the `sizes` attribute, as you gave it; null when you did not.")
    width: int = about("Ready for the `width` attribute: that of `src`, in pixels.")
    height: int = about("Ready for the `height` attribute: that of `src`, in pixels.")
    items: list[SourceSetItem] = about("The candidates one by one.")


@publishes(domain.PictureSource)
class PictureSource:
    """One `<source>` of a `<picture>`."""

    type: str = about("Ready for the `type` attribute, such as `image/avif`.")
    srcset: str = about("Ready for the `srcset` attribute.")
    sizes: str | None = about("Ready for the `sizes` attribute; null when you gave none.")


@publishes(domain.Picture)
class Picture:
    """The picture in several formats, for a `<picture>` element."""

    sources: list[PictureSource] = about("The formats that not every browser shows, best first.")
    fallback: SourceSet = about("For the `<img>`: a format that every browser shows.")
    html: str = about("All of it as HTML, escaped, lazy, with the placeholder as background.")
