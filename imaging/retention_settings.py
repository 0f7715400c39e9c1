"""The settings of upkeep: how long, or how much of it, things are kept that nobody asks for any more."""

from pydantic import Field

from imaging.setting_sections import Section


class RetentionSettings(Section):
    """How long things are kept that nobody asks for any more."""

    trash_retention_days: int = Field(
        default=30, ge=1, le=36_500, description="days that images stay in the trash before they are deleted for good"
    )
    event_retention_days: int = Field(
        default=30, ge=1, le=3_650, description="days that subscriptions can catch up with what happened"
    )
