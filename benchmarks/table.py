"""Rows of the result, printed as a table and written as JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parent / "README.md"
LAST_RESULTS = "## The last results\n"


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


def write(name: str, rows: list[Row]) -> Path:
    """Write the rows as `results/{name}.json`."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False) + "\n")
    return path


def keep(table: str) -> None:
    """Put the table into the README, in the place of the one before."""
    told = README.read_text().partition(LAST_RESULTS)[0]
    README.write_text(f"{told}{LAST_RESULTS}\n{table}\n")
