"""Eviction: renditions are kept within a budget; the coldest go first, and are made again when somebody asks.

How cold one is depends on what the store knows. A folder knows when a file was written and, as far as its file system
writes that down, read: by Linux's usual relatime to the day, with noatime never, and a backup that reads all files
makes all of them warm. S3 knows only when an object was written: there the oldest go first, also those that are asked
for all the time. Nobody tells us what a CDN serves from its own copies; those stay, and need nothing of ours.
"""

import asyncio
import datetime
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from imaging.journal import jobs
from imaging.object_ports import Entry
from imaging.ports import ObjectStore
from imaging.upkeep.task import Looked, Report

RENDITIONS = ("r", "p")
"""What keys of renditions begin with, those that everybody may see and the others."""
EVERY_S = 21_600.0
LEEWAY = 0.1
"""The part of the budget that is freed on top, so that the next rendition does not begin it all over again."""
AT_ONCE = 16

_HOUR_S = 3_600
_MOST_HOURS = 10 * 365 * 24
_UNITS = ("bytes", "KiB", "MiB", "GiB")


@dataclass(slots=True)
class Ages:
    """How much was last used how many hours ago; what was used within `grace_s` counts, and is not to go.

    Hours and not keys, so that a million renditions cost no memory.
    """

    grace_s: float
    total_bytes: int = 0
    _now: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    _bytes: Counter[int] = field(default_factory=Counter)

    def of(self, entry: Entry) -> int | None:
        """Return the hours since its last use, None when that is too short for it to go."""
        age_s = (self._now - entry.used_at).total_seconds()
        return None if age_s < max(self.grace_s, 0) else min(int(age_s // _HOUR_S), _MOST_HOURS)

    def add(self, entry: Entry) -> None:
        """Count it in."""
        self.total_bytes += entry.size_bytes
        age = self.of(entry)
        if age is not None:
            self._bytes[age] += entry.size_bytes

    def limit(self, surplus_bytes: int) -> tuple[int, int]:
        """Return the age past which all goes to free so much, and how many bytes of this very age."""
        for age in sorted(self._bytes, reverse=True):
            if self._bytes[age] >= surplus_bytes:
                return age, surplus_bytes
            surplus_bytes -= self._bytes[age]
        return -1, 0


@dataclass(frozen=True, slots=True)
class Eviction:
    """A task that keeps renditions within `budget_bytes`; with None it only tells, when asked, how much they take.

    It goes through them twice, first to find out how old the surplus is, then to remove it.
    """

    store: ObjectStore
    budget_bytes: int | None
    grace_s: float
    name: str = "evict-renditions"
    every_s: float = EVERY_S
    kind: str = jobs.UPKEEP

    async def expected(self) -> int:
        """Return 0: nobody counts renditions."""
        return 0

    async def look(self, report: Report, looked: Looked) -> None:
        """Write into the report how much renditions take and which would go, and change nothing."""
        surplus_bytes = 0
        async for entry in self._coldest(report, looked):
            report.note(entry.key)
            surplus_bytes += entry.size_bytes
        if surplus_bytes:
            report.remark += f" {_size(surplus_bytes)} would be removed."

    async def mend(self, report: Report, looked: Looked) -> None:
        """Remove the coldest, and write into the report how much they took."""
        if self.budget_bytes is None:
            report.remark = "No budget is set, so all renditions are kept."
            return
        removed_bytes = 0
        async for page in _pages(self._coldest(report, looked)):
            await asyncio.gather(*(self.store.delete(entry.key) for entry in page))
            for entry in page:
                report.note(entry.key)
            report.mended += len(page)
            removed_bytes += sum(entry.size_bytes for entry in page)
        if removed_bytes:
            report.remark += f" {_size(removed_bytes)} were removed."

    async def _coldest(self, report: Report, looked: Looked) -> AsyncIterator[Entry]:
        """Yield what is to go, and write into the report how much there is."""
        ages, count = Ages(self.grace_s), report.counting(looked)
        async for entry in self._renditions():
            ages.add(entry)
            count(1)
        budget = "no budget is set" if self.budget_bytes is None else f"the budget is {_size(self.budget_bytes)}"
        report.remark = f"Renditions took {_size(ages.total_bytes)}, {budget}."
        if self.budget_bytes is None or ages.total_bytes <= self.budget_bytes:
            return
        age_limit, left_bytes = ages.limit(ages.total_bytes - int(self.budget_bytes * (1 - LEEWAY)))
        # Looked up anew: what was asked for meanwhile is not cold any more.
        async for entry in self._renditions():
            age = ages.of(entry)
            if age is None or age < age_limit or (age == age_limit and left_bytes <= 0):
                continue
            left_bytes -= entry.size_bytes if age == age_limit else 0
            yield entry

    async def _renditions(self) -> AsyncIterator[Entry]:
        for prefix in RENDITIONS:
            async for entry in self.store.entries(prefix):
                yield entry


async def _pages(entries: AsyncIterator[Entry]) -> AsyncIterator[list[Entry]]:
    page: list[Entry] = []
    async for entry in entries:
        page.append(entry)
        if len(page) == AT_ONCE:
            yield page
            page = []
    if page:
        yield page


def _size(size_bytes: float) -> str:
    for unit in _UNITS[:-1]:
        if size_bytes < 1_024:
            return f"{size_bytes:.0f} {unit}" if unit == "bytes" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1_024
    return f"{size_bytes:.1f} {_UNITS[-1]}"
