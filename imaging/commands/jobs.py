"""`imaging jobs`: what was given up, and another try for it."""

import asyncio
from collections.abc import Sequence

import click

from imaging import database
from imaging.journal import given_up as journal
from imaging.settings import Settings

MOST = 200
_ROW = "{:<16} {:>8}  {:<40} {}"


def given_up(settings: Settings, kinds: Sequence[str], *, retry: bool) -> None:
    """Print the jobs that were given up, or have them tried again; a server may be running."""
    asyncio.run(_given_up(settings, kinds, retry))


async def _given_up(settings: Settings, kinds: Sequence[str], retry: bool) -> None:
    await database.migrate(settings.database_url, settings.database_pool)
    await database.connect(settings.database_url, settings.database_pool)
    try:
        if retry:
            await _retry(kinds)
        else:
            await _show(kinds)
    finally:
        await database.close()


async def _retry(kinds: Sequence[str]) -> None:
    click.echo(f"{await journal.retry(kinds)} jobs will be tried again.")
    if forgotten := await journal.forget_told(kinds):
        click.echo(f"{forgotten} were only forgotten: their uploads or batches have failed, and people were told so.")
        click.echo("Such a file is uploaded or imported again; `retryBatch` goes on with a batch.")


async def _show(kinds: Sequence[str]) -> None:
    total = await journal.count(kinds)
    if not total:
        click.echo("No job was given up.")
        return
    click.echo(_ROW.format("KIND", "ATTEMPTS", "SUBJECT", "REASON"))
    for job in await journal.newest(kinds, MOST):
        click.echo(_ROW.format(job.kind, job.attempts, job.subject, " ".join(job.last_error.split())))
    if total > MOST:
        click.echo(f"… and {total - MOST} more")
