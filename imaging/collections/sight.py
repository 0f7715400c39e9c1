"""Which collections a viewer sees, and which images in them."""

from collections.abc import Sequence

from tortoise.expressions import Q

from imaging.accounts.viewer import Viewer
from imaging.collections.models import Collection
from imaging.errors import Forbidden, ImagingError, NotFound
from imaging.images.library import seen_parts
from imaging.images.models import ImageState, Visibility

_PUBLIC = Q(visibility=Visibility.PUBLIC)


def is_seen(viewer: Viewer, collection: Collection) -> bool:
    """Return True when the collection exists for this viewer."""
    return viewer.may_see(collection.owner_id, public=collection.visibility is Visibility.PUBLIC)


def parts(viewer: Viewer) -> Sequence[Q]:
    """Return conditions that no collection meets twice and that together are what the viewer sees."""
    if viewer.is_admin:
        return [Q()]
    if viewer.user_id is None:
        return [_PUBLIC]
    return [Q(owner_id=viewer.user_id), Q(_PUBLIC, owner_id__not=viewer.user_id)]


def seen(viewer: Viewer) -> Q:
    """Return what collections must be for this viewer to see them."""
    return Q(*parts(viewer), join_type=Q.OR)


def shown_items(viewer: Viewer) -> Q:
    """Return what items must be to be shown: of images that the viewer may see, and none from the trash."""
    images = Q(*seen_parts(viewer), join_type=Q.OR)
    return Q(within("image", images), Q(image__state__not=ImageState.TRASHED))


def within(relation: str, condition: Q) -> Q:
    """Return a condition on rows as one on rows that refer to them."""
    inner = [within(relation, child) for child in condition.children]
    filters = {f"{relation}__{name}": value for name, value in condition.filters.items()}
    same = Q(*inner, join_type=condition.join_type, **filters)
    return ~same if condition._is_negated else same


def refusal(viewer: Viewer, collection: Collection | None) -> ImagingError | None:
    """Return why the viewer may not change the collection, None when they may."""
    if collection is None or not is_seen(viewer, collection):
        return NotFound("There is no such collection.")
    if not viewer.may_change(collection.owner_id):
        return Forbidden("This collection belongs to somebody else.")
    return None
