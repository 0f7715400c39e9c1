"""What one operation may ask for beyond its text: few words can name many images, each at many addresses."""

from graphql import GraphQLError

from imaging.graphql.transport.rules import TOO_COMPLEX

MOST_IMAGES = 1_000
MOST_COLLECTIONS = 1_000
MOST_ADDRESSES = 20_000
MOST_PLANS = 20


class Budget:
    """What is left of it; a page counts by the size that was asked for."""

    def __init__(self) -> None:
        self._images = MOST_IMAGES
        self._collections = MOST_COLLECTIONS
        self._addresses = MOST_ADDRESSES
        self._plans = MOST_PLANS

    def images(self, count: int) -> None:
        """Take so many images.

        Raises:
            GraphQLError: the operation has asked for too many.
        """
        self._images -= count
        if self._images < 0:
            raise _too_much("images", MOST_IMAGES)

    def collections(self, count: int) -> None:
        """Take so many collections.

        Raises:
            GraphQLError: the operation has asked for too many.
        """
        self._collections -= count
        if self._collections < 0:
            raise _too_much("collections", MOST_COLLECTIONS)

    def addresses(self, count: int) -> None:
        """Take so many addresses of pictures.

        Raises:
            GraphQLError: the operation has asked for too many.
        """
        self._addresses -= count
        if self._addresses < 0:
            raise _too_much("addresses of pictures", MOST_ADDRESSES)

    def plans(self, count: int) -> None:
        """Take so many explanations of transforms: each asks for a row, and the store what it has.

        Raises:
            GraphQLError: the operation has asked for too many.
        """
        self.images(count)
        self._plans -= count
        if self._plans < 0:
            raise _too_much("explanations of transforms", MOST_PLANS)


def _too_much(what: str, most: int) -> GraphQLError:
    return GraphQLError(
        f"The operation asks for more than {most} {what}; ask for fewer at once.", extensions={"code": TOO_COMPLEX}
    )
