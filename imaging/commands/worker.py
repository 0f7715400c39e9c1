"""`imaging worker`: a process that does jobs, and serves nothing but its metrics, until it is told to stop."""

import asyncio
import logging.config
import signal

import click
import uvloop

from imaging import __version__
from imaging.allocator import keep_few_heaps
from imaging.commands.folder import stay_in
from imaging.commands.logs import log_config
from imaging.commands.worker_metrics import telling
from imaging.settings import Settings
from imaging.wiring import open_worker


def work(settings: Settings) -> None:
    """Do jobs until Ctrl-C or SIGTERM; then end within seconds, giving back what is not done.

    Raises:
        Misconfigured: a setting is unsafe, or what it names cannot be opened.
    """
    keep_few_heaps()
    settings.must_be_safe()
    stay_in(settings.data_dir)
    logging.config.dictConfig(log_config(settings.server.log_level.value))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_worker(settings) as worker, telling(settings) as address:
        click.echo(f"imaging {__version__} does jobs")
        if address is not None:
            click.echo(f"Metrics    {address}")
        click.echo("Stop       Ctrl-C")
        await worker.run(stop)
