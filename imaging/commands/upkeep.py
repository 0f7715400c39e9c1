"""`imaging upkeep`: tidy up at once, or tell what there is to tidy up."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

import click

from imaging.commands.folder import stay_in
from imaging.errors import Conflict, ImagingError, InvalidInput
from imaging.settings import Settings
from imaging.upkeep.task import Looked, Report
from imaging.upkeep.upkeep import Upkeep
from imaging.wiring import open_for_command

_ROW = "{:<22} {:>10} {:>8} {:>8}"

_Run = Callable[[str, Looked], Awaitable[Report]]


def tidy_up(settings: Settings, names: Sequence[str], *, dry_run: bool, grace_s: int) -> bool:
    """Run the tasks, or all of them, beside a server that may be running; print a table. False when one failed.

    Raises:
        InvalidInput: there is no such task.
    """
    stay_in(settings.data_dir)
    return asyncio.run(_tidy_up(settings, names, dry_run, grace_s))


async def _tidy_up(settings: Settings, names: Sequence[str], dry_run: bool, grace_s: int) -> bool:
    async with open_for_command(settings) as services:
        upkeep = services.upkeep.with_grace(grace_s)
        if unknown := [name for name in names if name not in upkeep.tasks]:
            raise InvalidInput(f"There is no task {unknown[0]}; there are {', '.join(upkeep.tasks)}.")
        run = upkeep.look if dry_run else upkeep.run_now
        click.echo(_ROW.format("TASK", "LOOKED AT", "FOUND", "MENDED"))
        return all([await _told(upkeep, run, name, dry_run) for name in names or upkeep.tasks])


async def _told(upkeep: Upkeep, run: _Run, name: str, dry_run: bool) -> bool:
    """Run one task and print its line; what fails does not stop the others."""
    try:
        report = await _with_progress(upkeep, run, name)
    except Conflict as error:
        click.echo(f"{name:<22} left alone: {error.message}")
        return True
    except ImagingError as error:
        click.echo(f"{name:<22} failed: {error.message}")
        return False
    click.echo(_ROW.format(name, report.looked_at, report.found, "-" if dry_run else report.mended))
    if report.remark:
        click.echo(f"    {report.remark}")
    for example in report.examples if dry_run else ():
        click.echo(f"    {example}")
    if dry_run and (more := report.found - len(report.examples)) and report.examples:
        click.echo(f"    … and {more} more")
    return True


async def _with_progress(upkeep: Upkeep, run: _Run, name: str) -> Report:
    """Run one task, with a bar for people who watch a long one."""
    expected = await upkeep.expected(name) if sys.stderr.isatty() else 0
    if not expected:
        return await run(name, lambda _: None)
    with click.progressbar(length=expected, label=name, file=sys.stderr) as bar:
        return await run(name, bar.update)
