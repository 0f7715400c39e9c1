"""`imaging migrate`: bring the tables up to date."""

import asyncio

import click

from imaging import database
from imaging.settings import Settings


def migrate(settings: Settings) -> None:
    """Apply what is missing and say what it was."""
    applied = asyncio.run(database.migrate(settings.database_url, settings.database_pool))
    for name in applied:
        click.echo(f"applied {name}")
    click.echo("The database is up to date.")
