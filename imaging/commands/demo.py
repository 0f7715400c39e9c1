"""`imaging demo`: fill an empty library with pictures that the program draws."""

import asyncio
import tempfile
from pathlib import Path

import click

from imaging.accounts.viewer import Viewer
from imaging.commands.folder import stay_in
from imaging.commands.token import new_token
from imaging.errors import Conflict
from imaging.images.filter import ImageFilter
from imaging.images.ingest import IngestResult, NewImage, Outcome
from imaging.images.models import Visibility
from imaging.images.said import Said
from imaging.render.draw import Drawing, drawings
from imaging.render.drawings.samples import badge, lighthouse, orbit
from imaging.render.facts import ImageFormat
from imaging.render.loaders import allow_loaders
from imaging.services import Services
from imaging.settings import Settings
from imaging.wiring import open_for_command

PRIVATE_EVERY = 4
TOKEN_TTL_S = 3_600
SAMPLES = {"lighthouse.jpg": lighthouse, "orbit.gif": orbit, "badge.svg": badge}


def fill(settings: Settings, *, subject: str, force: bool) -> None:
    """Upload the drawings as the subject of `imaging token`, as anybody would; three of four are PUBLIC.

    A server may run meanwhile: it shows and indexes them as they come.

    Raises:
        Conflict: there are pictures already, and `force` is not set.
        Misconfigured: the development issuer is off.
    """
    allow_loaders(ImageFormat.SVG)
    token = new_token(settings, role="admin", subject=subject, name="", ttl_s=TOKEN_TTL_S)
    stay_in(settings.data_dir)
    results = asyncio.run(_fill(settings, token, force=force))
    made = sum(result.outcome is Outcome.CREATED for result in results)
    known = sum(result.outcome is Outcome.EXISTS for result in results)
    click.echo(f"{made} pictures are new{f', {known} were there already' if known else ''}. They belong to {subject}.")


def write_files(folder: Path) -> None:
    """Draw a few pictures to upload into the folder, which is made if need be; tells their names."""
    allow_loaders(ImageFormat.SVG)
    folder.mkdir(parents=True, exist_ok=True)
    for filename, draw in SAMPLES.items():
        draw(folder / filename)
        click.echo(folder / filename)


async def _fill(settings: Settings, token: str, *, force: bool) -> list[IngestResult]:
    async with open_for_command(settings) as services:
        viewer = await services.admission.admit(token)
        held = await services.library.count(viewer, ImageFilter())
        if held and not force:
            raise Conflict(f"The library is not empty: it holds {held} pictures. To add the drawings anyway: --force.")
        results = []
        with click.progressbar(list(enumerate(drawings())), label="Drawing") as numbered:
            for number, drawing in numbered:
                visibility = Visibility.PUBLIC if (number + 1) % PRIVATE_EVERY else Visibility.PRIVATE
                results.append(await _upload(services, viewer, drawing, visibility))
        return results


async def _upload(services: Services, viewer: Viewer, drawing: Drawing, visibility: Visibility) -> IngestResult:
    file = services.spool.open(drawing.filename)
    await file.write(await asyncio.to_thread(_bytes, drawing))
    await file.finish()
    said = Said(title=drawing.title, alt_text=drawing.alt_text, tags=drawing.tags, visibility=visibility)
    [result] = await services.ingest.upload(viewer, [NewImage(file, said)])
    return result


def _bytes(drawing: Drawing) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / drawing.filename
        drawing.draw(path)
        return path.read_bytes()
