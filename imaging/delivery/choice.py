"""Which format a negotiated address is answered in, and why. Arithmetic on values: no storage, no pixel."""

from dataclasses import dataclass

from imaging.render.choices import OutputFormat
from imaging.render.facts import Source
from imaging.render.geometry import Size
from imaging.render.limits import OutputLimits
from imaging.render.negotiate import moves, ranked, shows_through
from imaging.render.transform import Transform

_MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class Choice:
    """The format that is served now, and the one that is made meanwhile for whoever asks next.

    `reason` is short enough for a header; `told` is a sentence for people.
    """

    format: OutputFormat
    reason: str
    told: str
    later: OutputFormat | None = None

    @property
    def stand_in(self) -> bool:
        """True when something better will be there soon, so that this is to be kept briefly."""
        return self.later is not None


def choose(
    wish: Transform,
    source: Source,
    size: Size,
    accept: str,
    *,
    fallback: OutputFormat,
    limits: OutputLimits,
    budget_pixels: int,
    is_stored: bool = False,
) -> Choice:
    """Choose for an `Accept` header; `size` is the result's, `budget_pixels` what is made while somebody waits.

    A larger AVIF is made in the background while the next best stands in, unless it `is_stored` already; beyond
    `limits.auto_avif_pixels` there is none. Nor is there a WebP that can be seen through beyond
    `limits.auto_clear_webp_pixels`: it could not be encoded, and the picture would be broken.
    """
    offered = limits.formats
    is_heavy = size.pixels > limits.auto_clear_webp_pixels and shows_through(wish, source)
    if is_heavy:
        offered -= {OutputFormat.WEBP}
    best, *others = ranked(accept, wish, source, fallback, offered)
    if best is not OutputFormat.AVIF:
        return _next_best(best, wish, source, is_heavy=is_heavy)
    has = f"the picture has {size.pixels / _MEGA:.2f} megapixels"
    if size.pixels > limits.auto_avif_pixels:
        told = f"{_name(others[0])}: {has}, an AVIF nobody asked for by name may have {_mega(limits.auto_avif_pixels)}."
        return Choice(others[0], f"{others[0].value}; avif over budget", told)
    if is_stored:
        return Choice(best, best.value, "AVIF: it is stored already.")
    if size.pixels <= budget_pixels:
        return Choice(best, best.value, f"AVIF: {has}, and up to {_mega(budget_pixels)} are made while somebody waits.")
    told = (
        f"{_name(others[0])} for now: {has}, more than the {_mega(budget_pixels)} that are made while somebody waits."
    )
    return Choice(others[0], f"{others[0].value}; avif later", told, later=best)


def _next_best(best: OutputFormat, wish: Transform, source: Source, *, is_heavy: bool) -> Choice:
    why = "the browser names nothing better"
    if is_heavy:
        why += ", and a see-through WebP of this size would take too much memory"
    elif moves(wish, source):
        why += ", and AVIF is only for stills"
    elif wish.lossless:
        why += ", and smaller than a lossless AVIF"
    return Choice(best, best.value, f"{_name(best)}: {why}.")


def _name(format: OutputFormat) -> str:
    return {OutputFormat.WEBP: "WebP"}.get(format, format.name)


def _mega(pixels: int) -> str:
    return f"{pixels / _MEGA:.2f}"
