"""What every resolver has at hand: the use cases, the viewer, and loaders that gather small questions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import strawberry

from imaging.accounts.viewer import Viewer

if TYPE_CHECKING:
    from imaging.services import Services


@dataclass
class Context:
    """One request's or one socket's view of the house; made by the transport once the viewer is admitted."""

    services: "Services"
    viewer: Viewer


Info = strawberry.Info[Context, None]
