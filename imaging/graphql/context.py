"""What every resolver has at hand: the use cases, the viewer, and loaders that gather small questions."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import strawberry

from imaging.accounts.viewer import Viewer
from imaging.graphql.budget import Budget
from imaging.graphql.loaders import Loaders

if TYPE_CHECKING:
    from imaging.services import Services


@dataclass
class Context:
    """One operation's view of the house; made by the transport once the viewer is admitted."""

    services: "Services"
    viewer: Viewer
    loaders: Loaders = field(init=False)
    budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin with empty loaders, since rows read earlier may have changed, and a full budget."""
        self.renew()
        self.budget = Budget()

    def renew(self) -> None:
        """Begin with empty loaders, because a change has made old what they hold; the budget stays as it is."""
        self.loaders = Loaders(self.services, self.viewer)


Info = strawberry.Info[Context, Any]
"""What resolvers are given; `Any` is the root value, which nobody uses."""
