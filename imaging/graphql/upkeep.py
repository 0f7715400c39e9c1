"""Upkeep: looking at it, and asking for it."""

from typing import Annotated

import strawberry

from imaging.errors import ImagingError
from imaging.graphql.context import Info
from imaging.graphql.errors import Payload
from imaging.graphql.payloads import of_input
from imaging.graphql.publishes import field, form, shown, value
from imaging.graphql.types.upkeep import UpkeepTask


@form("RunUpkeepInput")
class RunUpkeepForm:
    """Which tasks of upkeep are to be done."""

    tasks: list[str] = strawberry.field(description="Their names, as `upkeep` tells them.")
    dry_run: bool | None = strawberry.field(
        default=None, description="Only look what there is to do, and change nothing; see `lastDryRun`. Default false."
    )


@value
class RunUpkeepPayload(Payload):
    """What became of asking for upkeep."""

    tasks: list[UpkeepTask] = strawberry.field(
        description="The tasks as they stand now, in the order asked for; empty when it was refused."
    )


Asked = Annotated[RunUpkeepForm, strawberry.argument(description="The tasks.")]


@value
class UpkeepQueries:
    """Looking at upkeep."""

    @field
    async def upkeep(self, info: Info) -> list[UpkeepTask]:
        """What the server does by itself to keep the library in order, and how it went. For admins."""
        return shown(await info.context.services.upkeep.overview(info.context.viewer))


@value
class UpkeepMutations:
    """Asking for upkeep."""

    @field
    async def run_upkeep(self, info: Info, input: Asked) -> RunUpkeepPayload:
        """Have tasks of upkeep done in the background, soon and once. For admins.

        It answers before anything is done: ask `upkeep` again until the run's `startedAt` is another. CONFLICT when
        one of them is being run right now; then none is run.
        """
        names, dry_run = input.tasks, bool(input.dry_run)
        try:
            asked = await info.context.services.upkeep.ask_for(info.context.viewer, names, dry_run=dry_run)
        except ImagingError as error:
            return RunUpkeepPayload(tasks=[], user_errors=[of_input(error)])
        return RunUpkeepPayload(tasks=shown(asked), user_errors=[])
