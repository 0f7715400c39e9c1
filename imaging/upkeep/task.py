"""One kind of tidying up: what it looks for, and what it does about it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from imaging.journal import jobs

KINDS = (jobs.UPKEEP, jobs.UPKEEP_SEARCH)
"""The kinds of jobs by which tasks come round."""
EXAMPLES = 10

Looked = Callable[[int], None]
"""Is told how many more things were looked at."""


async def _nobody_knows() -> int:
    return 0


@dataclass(slots=True)
class Report:
    """What a task looked at, found and mended; `examples` are some of what it found, `remark` what else to say."""

    task: str
    looked_at: int = 0
    found: int = 0
    mended: int = 0
    examples: list[str] = field(default_factory=list)
    remark: str = ""

    def note(self, name: str) -> None:
        """Count something that was found."""
        self.found += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(name)

    def counting(self, looked: Looked) -> Looked:
        """Return what to tell how many more things were looked at: it is counted here, and heard there."""

        def count(more: int) -> None:
            self.looked_at += more
            looked(more)

        return count


class Task(Protocol):
    """Tidies one thing up; may be cut off at any moment, and run twice."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def every_s(self) -> float:
        """How long a server waits before it does it again, more or less."""

    @property
    def kind(self) -> str:
        """Of which kind its jobs are: UPKEEP, for any worker, or UPKEEP_SEARCH, for who has the search index."""

    def expected(self) -> Awaitable[int]:
        """Return about how many things there are to look at, 0 when nobody knows."""

    async def look(self, report: Report, looked: Looked) -> None:
        """Write into the report what is out of order, and change nothing."""

    async def mend(self, report: Report, looked: Looked) -> None:
        """Write into the report what is out of order, and mend it."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A task that goes through many things and mends them one by one; `find` gives names that `put_right` takes."""

    name: str
    every_s: float
    find: Callable[[Looked], AsyncIterator[str]]
    put_right: Callable[[str], Awaitable[object]]
    expected: Callable[[], Awaitable[int]] = _nobody_knows
    kind: str = jobs.UPKEEP

    async def look(self, report: Report, looked: Looked) -> None:
        """Write into the report what is out of order, and change nothing."""
        async for found in self.find(report.counting(looked)):
            report.note(found)

    async def mend(self, report: Report, looked: Looked) -> None:
        """Write into the report what is out of order, and mend it as it is found."""
        async for found in self.find(report.counting(looked)):
            report.note(found)
            await self.put_right(found)
            report.mended += 1


@dataclass(frozen=True, slots=True)
class Chore:
    """A task that a room does by itself; `due` counts what it would do now, `do` does it and tells how much."""

    name: str
    every_s: float
    due: Callable[[], Awaitable[int]]
    do: Callable[[], Awaitable[int]]
    expected: Callable[[], Awaitable[int]] = _nobody_knows
    kind: str = jobs.UPKEEP

    async def look(self, report: Report, looked: Looked) -> None:
        """Write into the report how much there is to do."""
        report.looked_at = report.found = await self.due()
        looked(report.looked_at)

    async def mend(self, report: Report, looked: Looked) -> None:
        """Do it, and write into the report how much it was."""
        report.looked_at = report.found = report.mended = await self.do()
        looked(report.looked_at)
