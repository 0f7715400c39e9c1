"""The command line: `imaging serve`, `imaging token` and the rest. Each command loads only what it needs."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from imaging import __version__
from imaging.errors import DatabaseUnavailable, ImagingError

ROLES = ("viewer", "editor", "admin")


class ForeseenFailures(click.Group):
    """Shows a foreseen failure as one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:  # Any: whatever the command returns
        """Run the command."""
        try:
            return super().invoke(ctx)
        except DatabaseUnavailable as error:
            raise click.ClickException("The database that IMAGING_DATABASE_URL names does not answer.") from error
        except ImagingError as error:
            raise click.ClickException(error.message) from error


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Load without looking for garbage, and never look among what was loaded: it is there for as long as the process.

    Loading makes half a million objects and hardly any garbage; a sixth of the time would go into the search.
    """
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


@click.group(cls=ForeseenFailures, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="imaging")
def cli() -> None:
    """A self-hosted image platform whose front door is GraphQL.

    Settings are environment variables named IMAGING_…; `imaging settings` lists them.
    """


@cli.command()
def serve() -> None:
    """Run the server until Ctrl-C or SIGTERM."""
    with _nothing_collected():
        from imaging.commands.serve import serve
        from imaging.settings import read_settings

    serve(read_settings())


@cli.command()
def worker() -> None:
    """Do jobs without serving, beside any number of others, until Ctrl-C or SIGTERM."""
    with _nothing_collected():
        from imaging.commands.worker import work
        from imaging.settings import read_settings

    work(read_settings())


@cli.command()
@click.option("--retry", is_flag=True, help="Have them tried again, now; forget failed uploads and batches.")
@click.argument("kinds", nargs=-1)
def jobs(kinds: tuple[str, ...], retry: bool) -> None:
    """List the jobs that were given up, of all KINDS or those named, with the reason."""
    from imaging.commands.jobs import given_up
    from imaging.settings import read_settings

    given_up(read_settings(), kinds, retry=retry)


@cli.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    from imaging.commands.migrate import migrate
    from imaging.settings import read_settings

    migrate(read_settings())


@cli.command()
@click.option("--role", type=click.Choice(ROLES), default="editor", show_default=True, help="What the token allows.")
@click.option("--subject", default="developer", show_default=True, help="Whom it names.")
@click.option("--name", default="", help="What to call them; the subject when absent.")
@click.option("--ttl", "ttl_s", type=click.IntRange(1, 31_536_000), help="Its life in seconds; IMAGING_TOKEN_TTL_S.")
def token(role: str, subject: str, name: str, ttl_s: int | None) -> None:
    """Print a token of the development issuer, and nothing else."""
    from imaging.commands.token import new_token
    from imaging.settings import read_settings

    click.echo(new_token(read_settings(), role=role, subject=subject, name=name, ttl_s=ttl_s))


@cli.command()
@click.option("--subject", default="developer", show_default=True, help="Who will own the pictures.")
@click.option("--force", is_flag=True, help="Also when there are pictures already.")
@click.option("--files", type=click.Path(path_type=Path, file_okay=False), help="Instead write files to upload here.")
def demo(subject: str, force: bool, files: Path | None) -> None:
    """Fill an empty library with two dozen pictures that the program draws.

    With --files nothing is uploaded: the folder gets a photograph of 24 megapixels, an animation and a drawing.
    """
    from imaging.commands.demo import fill, write_files
    from imaging.settings import read_settings

    if files is None:
        fill(read_settings(), subject=subject, force=force)
    else:
        write_files(files)


@cli.command()
@click.option("--check", type=click.Path(path_type=Path, dir_okay=False), help="Compare with this file instead.")
def schema(check: Path | None) -> None:
    """Print the GraphQL schema, or say whether a file still equals it."""
    from imaging.commands.schema import difference, sdl

    if check is None:
        click.echo(sdl(), nl=False)
    elif found := difference(check):
        raise click.ClickException(f"{check} is not the schema any more; run `imaging schema > {check}`.\n{found}")


@cli.command()
@click.option("--vectors", is_flag=True, help="Instead print requests and what must become of them, as JSON.")
def cdn_function(vectors: bool) -> None:
    """Print the CloudFront Function that chooses each browser's format at the edge (cloudfront-js-2.0)."""
    from imaging.commands.cdn_function import printed

    click.echo(printed(vectors=vectors), nl=False)


@cli.command()
def settings() -> None:
    """List every setting: what it does, its default and its present value."""
    from imaging.commands.settings import table

    click.echo(table())


@cli.command()
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@click.option(
    "--grace",
    "grace_s",
    type=click.IntRange(0),
    default=3_600,
    show_default=True,
    help="Leave alone what was written within so many seconds. Less is safe only while nobody uploads.",
)
@click.argument("tasks", nargs=-1)
def upkeep(tasks: tuple[str, ...], dry_run: bool, grace_s: int) -> None:
    """Tidy up now, as a server does by itself now and then: all TASKS, or those named.

    Tells how much was looked at, found and mended; with --dry-run also what. A server may run meanwhile.
    """
    from imaging.commands.upkeep import tidy_up
    from imaging.settings import read_settings

    if not tidy_up(read_settings(), tasks, dry_run=dry_run, grace_s=grace_s):
        sys.exit(1)


@cli.command()
def doctor() -> None:
    """Check what the server needs, and say how to mend what is missing."""
    from imaging.commands.doctor import examine
    from imaging.settings import read_settings

    findings = examine(read_settings())
    for finding in findings:
        click.echo(finding.line())
    if not all(finding.well for finding in findings):
        sys.exit(1)


def main() -> None:
    """Run the command line."""
    cli(prog_name="imaging")


if __name__ == "__main__":
    main()
