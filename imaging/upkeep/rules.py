"""How long things are kept, as far as upkeep sees to it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """Days that images stay in the trash and that events can be caught up with."""

    trash_days: int = 30
    event_days: int = 30
