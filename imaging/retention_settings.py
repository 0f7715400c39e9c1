"""The settings of upkeep."""

from pydantic import Field

from imaging.setting_sections import Section


class RetentionSettings(Section):
    """How long things are kept that nobody asks for any more, and how closely what is kept is looked after."""

    trash_retention_days: int = Field(
        default=30, ge=1, le=36_500, description="days that images stay in the trash before they are deleted for good"
    )
    event_retention_days: int = Field(
        default=30, ge=1, le=3_650, description="days that subscriptions can catch up with what happened"
    )
    verify_originals_per_day: int = Field(
        default=100, ge=0, le=1_000_000, description="stored originals that are read again each day, to find damage"
    )
    rendition_budget_bytes: int | None = Field(
        default=None,
        ge=1,
        description="room for stored renditions; past it those that were not used for longest are removed, and made "
        "again when asked for; absent: all are kept",
    )
