"""The use cases of the room, in one."""

from dataclasses import dataclass, field

from imaging.collections.curate import Curator
from imaging.collections.look import Collections


@dataclass(frozen=True, slots=True)
class CollectionRoom:
    """Looking at collections, and curating them; neither needs anything but the rows."""

    look: Collections = field(default_factory=Collections)
    curator: Curator = field(default_factory=Curator)
