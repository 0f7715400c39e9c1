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
    budget: Budget = field(init=False)
    _loaders: Loaders | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.forget()

    @property
    def loaders(self) -> Loaders:
        """What gathers small questions; made when the first is asked, since most events of a subscription ask none."""
        if self._loaders is None:
            self._loaders = Loaders(self.services, self.viewer)
        return self._loaders

    def forget(self) -> None:
        """Begin with empty loaders, since rows read earlier may have changed, and a full budget."""
        self.renew()
        self.budget = Budget()

    def renew(self) -> None:
        """Begin with empty loaders, because a change has made old what they hold; the budget stays as it is."""
        self._loaders = None


Info = strawberry.Info[Context, Any]
"""What resolvers are given; `Any` is the root value, which nobody uses."""
