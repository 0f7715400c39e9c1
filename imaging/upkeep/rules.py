"""How long things are kept, as far as upkeep sees to it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """Days that images stay in the trash and that events can be caught up with; checksums to verify each day.

    `rendition_budget_bytes` is how much room renditions may take, None for as much as they want.
    """

    trash_days: int = 30
    event_days: int = 30
    verified_per_day: int = 100
    rendition_budget_bytes: int | None = None
