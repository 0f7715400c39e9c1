"""The room put together: everything that a door may ask of batches, and what the worker does for them."""

from collections.abc import Callable
from dataclasses import dataclass

from imaging.batches.confirm import Confirmation
from imaging.batches.control import Control
from imaging.batches.look import Batches
from imaging.batches.rehearse import Rehearsal
from imaging.batches.repertoire import Tools, repertoire
from imaging.batches.run import BatchRun
from imaging.batches.start import Starting
from imaging.batches.watch import BatchWatch
from imaging.ports import Wakeups


@dataclass(frozen=True, slots=True)
class BatchRoom:
    """The use cases of batches."""

    look: Batches
    rehearsal: Rehearsal
    starting: Starting
    control: Control
    running: BatchRun
    watch: BatchWatch


def open_room(tools: Tools, wakeups: Wakeups, secret: Callable[[str], bytes]) -> BatchRoom:
    """Return the room; `secret` derives a secret for a purpose."""
    deeds = repertoire(tools)
    confirmation = Confirmation(secret("batch confirmation"))
    return BatchRoom(
        look=Batches(),
        rehearsal=Rehearsal(deeds, confirmation),
        starting=Starting(deeds, wakeups, confirmation),
        control=Control(deeds, wakeups),
        running=BatchRun(deeds, wakeups),
        watch=BatchWatch(wakeups, secret("batch cursors")),
    )
