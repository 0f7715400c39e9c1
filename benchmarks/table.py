"""Rows of the result, printed as a table and written as JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parent / "README.md"


@dataclass(frozen=True)
class Row:
    """One measure: ours and theirs in `unit`, their ratio, and the aim the design sets for it."""

    measure: str
    ours: float
    theirs: float | None
    unit: str
    ratio: float | None
    aim: str
    met: bool


def more_is_better(measure: str, ours: float, theirs: float, unit: str, aim: float) -> Row:
    """Return a row for something we want much of: ours over theirs is to be at least `aim`."""
    ratio = ours / theirs
    return Row(measure, ours, theirs, unit, ratio, f"≥ {aim:g}", ratio >= aim)


def less_is_better(measure: str, ours: float, theirs: float, unit: str, aim: float) -> Row:
    """Return a row for something we want little of: ours over theirs is to be at most `aim`."""
    ratio = ours / theirs
    return Row(measure, ours, theirs, unit, ratio, f"≤ {aim:g}", ratio <= aim)


def at_most(measure: str, ours: float, unit: str, aim: float) -> Row:
    """Return a row for something that has a bound of its own."""
    return Row(measure, ours, None, unit, None, f"≤ {aim:g} {unit}", ours <= aim)


def markdown(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| measure | ours | against | unit | ratio | aim | met |", "|---|--:|--:|---|--:|---|---|"]
    for row in rows:
        theirs = "" if row.theirs is None else f"{row.theirs:.4g}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        met = "yes" if row.met else "no"
        lines.append(f"| {row.measure} | {row.ours:.4g} | {theirs} | {row.unit} | {ratio} | {row.aim} | {met} |")
    return "\n".join(lines)


def write(name: str, found: Any) -> Path:
    """Write what was found as `results/{name}.json`; Any: what JSON can say."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    return path


def told(name: str, rows: list[Row]) -> str:
    """Write the rows as `results/{name}.json` and return their table."""
    write(name, [asdict(row) for row in rows])
    return markdown(rows)


def keep(name: str, table: str, readme: Path = README) -> None:
    """Put a suite's table into the README, in the place of the one before."""
    text, heading = readme.read_text(), f"### {name}\n"
    before, found, rest = text.partition(heading)
    if not found:
        before = f"{text.rstrip()}\n\n"
    _, next_heading, after = rest.partition("\n### ")
    readme.write_text(f"{before}{heading}\n{table}\n{next_heading}{after}")
