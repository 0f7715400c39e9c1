"""What the render benchmark found: rows, ratios, the table, the JSON."""

import math
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.contestants import IMAGING, IPX, PROGRAM, RAW, THUMBOR, Measured
from benchmarks.jobs import FORMATS, Photos
from imaging.render.choices import OutputFormat

IN_PROCESS, DIVERSE, ONE = "in process", "over HTTP, diverse addresses", "over HTTP, one address"
TINY_MEGAPIXELS, LARGE_MEGAPIXELS = 1, 10
IN_PROCESS_AIM, SMALL_AIM, LARGE_AIM = 1.05, 0.75, 0.90


@dataclass(frozen=True)
class RenderRow:
    """One contestant on one kind of picture, to one format; `ratio` is our images per second over theirs.

    `cpu_s_per_image` and `peak_mib` are those of all its processes together. `met` is None where nothing is aimed at.
    """

    where: str
    source: str
    megapixels: float
    format: str
    contestant: str
    images: int
    images_per_s: float
    cpu_s_per_image: float
    p95_ms: float
    peak_mib: float
    ratio: float
    aim: str = ""
    met: bool | None = None


def rows_of(where: str, photos: Photos, format: OutputFormat, found: dict[str, Measured]) -> list[RenderRow]:
    """Return a row for each contestant, ourselves first."""
    ours = found[IMAGING].load.per_second
    return [
        _row(where, photos, format, name, measured, ours / measured.load.per_second) for name, measured in found.items()
    ]


def report(rows: Sequence[RenderRow], versions: dict[str, str], absent: dict[str, str]) -> dict[str, Any]:
    """Return the report as JSON has it. The ratios are geometric means over the sources.

    `in_process`: our time over that of raw libvips; `over_http`: our images per second over those of raw libvips
    on pictures of 1 to 10 megapixels, `over_http_tiny` below, `over_http_large` above.
    """

    def ratios(where: str, concerns: Callable[[RenderRow], bool]) -> dict[str, float]:
        of = {
            format.name: [
                row.ratio
                for row in rows
                if (row.where, row.contestant, row.format) == (where, RAW, format.name) and concerns(row)
            ]
            for format in FORMATS
        }
        return {name: round(_geometric_mean(found), 3) for name, found in of.items() if found}

    in_process = ratios(IN_PROCESS, lambda _row: True)
    return {
        "ratios": {
            "in_process": {name: round(1 / ratio, 3) for name, ratio in in_process.items()},
            "over_http": ratios(DIVERSE, lambda row: TINY_MEGAPIXELS < row.megapixels <= LARGE_MEGAPIXELS),
            "over_http_tiny": ratios(DIVERSE, lambda row: row.megapixels <= TINY_MEGAPIXELS),
            "over_http_large": ratios(DIVERSE, lambda row: row.megapixels > LARGE_MEGAPIXELS),
        },
        "versions": versions,
        "absent": absent,
        "machine": {"cpus": len(os.sched_getaffinity(0)), "system": platform.platform(terse=True)},
        "rows": [asdict(row) for row in rows],
    }


def markdown(rows: Iterable[RenderRow]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| where | source | to | who | images/s | CPU ms/image | p95 ms | peak MiB | ours/theirs | aim | met |",
        "|---|---|---|---|--:|--:|--:|--:|--:|---|---|",
    ]
    for row in rows:
        met = "" if row.met is None else "yes" if row.met else "no"
        ratio = "" if row.contestant == IMAGING else f"{row.ratio:.2f}"
        numbers = f"{row.images_per_s:.3g} | {row.cpu_s_per_image * 1000:.3g} | {row.p95_ms:.3g} | {row.peak_mib:.0f}"
        head = f"{row.where} | {row.source} | {row.format} | {row.contestant}"
        lines.append(f"| {head} | {numbers} | {ratio} | {row.aim} | {met} |")
    return "\n".join(lines)


def summary(found: dict[str, Any]) -> str:
    """Return the ratios, and who took part, as Markdown."""
    ratios = found["ratios"]
    over_http = "our images/s over libvips' over HTTP"
    titles = {
        "in_process": f"our time over libvips' in process (aim ≤ {IN_PROCESS_AIM:.2f})",
        "over_http": f"{over_http}, 1 to 10 MP (aim ≥ {SMALL_AIM:.2f}, AVIF ≥ {LARGE_AIM:.2f})",
        "over_http_tiny": f"{over_http}, below 1 MP",
        "over_http_large": f"{over_http}, above 10 MP (aim ≥ {LARGE_AIM:.2f})",
    }
    names = [format.name for format in FORMATS]
    lines = [f"| geometric means | {' | '.join(names)} |", f"|---|{'--:|' * len(names)}"]
    for key, title in titles.items():
        cells = [f"{ratios[key][name]:.2f}" if name in ratios[key] else "" for name in names]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    told = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    absent = "".join(f"\n\n**Absent:** {name}: {why}" for name, why in found["absent"].items())
    return "\n".join(lines) + f"\n\nOn {found['machine']['cpus']} processors, with {told}.{absent}"


def _row(where: str, photos: Photos, format: OutputFormat, name: str, measured: Measured, ratio: float) -> RenderRow:
    load = measured.load
    aim = _aim(where, photos, format, name)
    return RenderRow(
        where=where,
        source=photos.name,
        megapixels=round(photos.megapixels, 2),
        format=format.name,
        contestant=name,
        images=load.count,
        images_per_s=load.per_second,
        cpu_s_per_image=measured.cpu_s / load.count,
        p95_ms=load.p95_ms,
        peak_mib=measured.peak_mib,
        ratio=ratio,
        aim="" if aim is None else f"≥ {aim:.2f}",
        met=None if aim is None else ratio >= aim,
    )


def _aim(where: str, photos: Photos, format: OutputFormat, name: str) -> float | None:
    """Return what our images per second over theirs are to be at least; None where nothing is aimed at."""
    if name in (IPX, THUMBOR):
        return 1.0
    if name in (IMAGING, PROGRAM) or where == ONE:
        return None
    if where == IN_PROCESS:
        return 1 / IN_PROCESS_AIM
    return LARGE_AIM if photos.megapixels > LARGE_MEGAPIXELS or format is OutputFormat.AVIF else SMALL_AIM


def _geometric_mean(numbers: Sequence[float]) -> float:
    return math.exp(sum(map(math.log, numbers)) / len(numbers))
