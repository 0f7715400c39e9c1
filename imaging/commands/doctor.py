"""`imaging doctor`: does this machine have what the server needs, and if not, what mends it?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from imaging.commands import cors, machine, parts
from imaging.commands.machine import Ailment
from imaging.errors import ImagingError
from imaging.settings import Settings

REPORT = "Install again what is pinned (make run); if that does not help, this is a fault of the program: report it."


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `remedy` says how to mend it and is empty when all is well."""

    subject: str
    found: str
    remedy: str = ""

    @property
    def well(self) -> bool:
        """True when nothing needs mending."""
        return not self.remedy

    def line(self) -> str:
        """Return the finding as people read it."""
        return f"{'ok ' if self.well else 'BAD'}  {self.subject}: {self.found}" + (
            "" if self.well else f"\n     → {self.remedy}"
        )


CHECKS: dict[str, Callable[[Settings], str]] = {
    "settings": machine.settings_are_safe,
    "data folder": machine.data_folder,
    "disk": machine.disk,
    "keys": machine.keys,
    "port": machine.port,
    "storage": parts.storage,
    "uploads": cors.uploads,
    "cdn": parts.cdn,
    "database": parts.rows,
    "redis": parts.redis,
    "libvips": parts.libvips,
    "heic": parts.heic,
    "decoder": parts.decoder,
    "search index": parts.search_index,
    "graphiql": parts.graphiql,
}


def examine(settings: Settings) -> list[Finding]:
    """Try everything the server depends on; one finding each, changing nothing that matters."""
    return list(_findings(settings))


def _findings(settings: Settings) -> Iterator[Finding]:
    for subject, check in CHECKS.items():
        try:
            yield Finding(subject, check(settings))
        except Ailment as ailment:
            yield Finding(subject, ailment.found, ailment.remedy)
        except ImagingError as error:
            yield Finding(subject, "not right", error.message)
        except Exception as error:  # a door of its own: one broken part must not hide the findings about the others
            yield Finding(subject, f"{type(error).__name__}: {error}", REPORT)
