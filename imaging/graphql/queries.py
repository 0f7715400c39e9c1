"""Questions."""

import uuid
from typing import Annotated

import strawberry

from imaging.delivery.watermarks import marked, watermark_id
from imaging.errors import InvalidInput
from imaging.graphql.batches import BatchQueries
from imaging.graphql.collections import CollectionQueries
from imaging.graphql.context import Info
from imaging.graphql.ids import BATCH, BATCH_ERROR, COLLECTION, IMAGE, PRESET, UPLOAD, USER, parse_id, row_id, row_ids
from imaging.graphql.publishes import field, shown, value
from imaging.graphql.types.arguments import Wish
from imaging.graphql.types.filter import ImageFilterForm, ImageSortForm, narrow, order
from imaging.graphql.types.image import Image
from imaging.graphql.types.library import ImageConnection, ImageListing
from imaging.graphql.types.node import Node
from imaging.graphql.types.page import After, Before, First, Last
from imaging.graphql.types.plan import MODERN_ACCEPT, Accept, TransformPlan
from imaging.graphql.types.preset import Preset, PresetName, asked
from imaging.graphql.types.search import ImageSearchConnection
from imaging.graphql.types.server import Server
from imaging.graphql.types.viewer import Viewer
from imaging.graphql.upkeep import UpkeepQueries
from imaging.images.page import PageRequest
from imaging.search.facets import SearchFacet

Id = Annotated[strawberry.ID, strawberry.argument(description="An id that this API gave out.")]
Ids = Annotated[list[strawberry.ID], strawberry.argument(description="Ids that this API gave out, at most 100.")]
Filter = Annotated[
    ImageFilterForm | None, strawberry.argument(description="Which images; all but the trash when left out.")
]
Sort = Annotated[
    list[ImageSortForm] | None, strawberry.argument(description="In which order; newest first when left out.")
]

Words = Annotated[str, strawberry.argument(description="What people type: words, with typos. Empty finds everything.")]
Relevance = Annotated[list[ImageSortForm] | None, strawberry.argument(description="Best first when left out.")]
Facets = Annotated[list[SearchFacet] | None, strawberry.argument(description="What to count all hits by.")]

MAX_NODES = 100


@value
class Query(BatchQueries, CollectionQueries, UpkeepQueries):
    """Questions. What you may not see is absent everywhere: null, not listed, not counted."""

    @field
    async def node(self, info: Info, id: Id) -> Node | None:
        """Anything that has an id; null when there is no such thing, or not for you."""
        kind, row = parse_id(id) or (None, None)
        if row is None:
            return None
        if kind == COLLECTION:
            return shown(await info.context.loaders.collections.load(row))
        if kind == IMAGE:
            return shown(await info.context.loaders.images.load(row))
        if kind == USER:
            return shown(await info.context.loaders.users.load(row))
        if kind == UPLOAD:
            return shown(await info.context.loaders.uploads.load(row))
        if kind == BATCH:
            return shown(await info.context.loaders.batches.load(row))
        if kind == BATCH_ERROR:
            return shown(await info.context.loaders.batch_errors.load(row))
        if kind == PRESET:
            return shown(info.context.services.presets.by_id(info.context.viewer, row))
        return None

    @field
    async def nodes(self, info: Info, ids: Ids) -> list[Node | None]:
        """Many things by their ids, in the same order, null where there is no such thing, or not for you."""
        if len(ids) > MAX_NODES:
            raise InvalidInput(f"{len(ids)} ids were given; {MAX_NODES} are allowed.", field=["ids"])
        info.context.budget.images(len(ids))
        images = await info.context.loaders.images.load_many(row_ids(IMAGE, ids) or ())
        users = await info.context.loaders.users.load_many(row_ids(USER, ids) or ())
        uploads = await info.context.loaders.uploads.load_many(row_ids(UPLOAD, ids) or ())
        batch_errors = await info.context.loaders.batch_errors.load_many(row_ids(BATCH_ERROR, ids) or ())
        batches = await info.context.loaders.batches.load_many(row_ids(BATCH, ids) or ())
        collections = await info.context.loaders.collections.load_many(row_ids(COLLECTION, ids) or ())
        found: dict[tuple[str, uuid.UUID] | None, object] = {(IMAGE, row.id): row for row in images if row is not None}
        found.update({(COLLECTION, row.id): row for row in collections if row is not None})
        found.update({(USER, row.id): row for row in users if row is not None})
        found.update({(UPLOAD, row.id): row for row in uploads if row is not None})
        found.update({(BATCH, row.id): row for row in batches if row is not None})
        found.update({(BATCH_ERROR, row.uid): row for row in batch_errors if row is not None})
        found.update({(PRESET, row.id): row for row in info.context.services.presets.all(info.context.viewer)})
        return shown([found.get(parse_id(id)) for id in ids])

    @field
    async def image(self, info: Info, id: Id) -> Image | None:
        """One image; null when there is no such image, or not for you."""
        row = row_id(IMAGE, id)
        if row is None:
            return None
        return shown(await info.context.loaders.images.load(row))

    @field
    async def images(
        self,
        info: Info,
        filter: Filter = None,
        sort: Sort = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ImageConnection:
        """A page of images, forward with `first` and `after`, backward with `last` and `before`."""
        narrowed = narrow(filter)
        request = PageRequest(first=first, after=after, last=last, before=before)
        info.context.budget.images(request.size)
        page = await info.context.services.library.page(info.context.viewer, narrowed, order(sort), request)
        return shown(ImageListing(page, narrowed))

    @field
    async def search_images(
        self,
        info: Info,
        query: Words,
        filter: Filter = None,
        sort: Relevance = None,
        facets: Facets = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ImageSearchConnection:
        """Images in which every word is found, typos forgiven, the last word also as a beginning."""
        info.context.budget.images(PageRequest(first=first, after=after, last=last, before=before).size)
        return shown(
            await info.context.services.search.find(
                info.context.viewer, query, narrow(filter), order(sort), facets or (), first, after, last, before
            )
        )

    @field
    async def explain_transform(
        self, info: Info, image: Id, transform: Wish = None, preset: PresetName = None, accept: Accept = MODERN_ACCEPT
    ) -> TransformPlan | None:
        """What a transform of an image gives and takes; null when there is no such image, or not for you."""
        info.context.budget.plans(1)
        id = row_id(IMAGE, image)
        row = None if id is None else await info.context.loaders.images.load(id)
        if row is None:
            return None
        wish = asked(info, transform, preset)
        mark = watermark_id(wish)
        overlay = None if mark is None else await info.context.loaders.images.load(mark)
        sent = MODERN_ACCEPT if accept is None else accept
        return shown(await info.context.services.explainer.explain(row, marked(wish, row, overlay), sent))

    @field
    def presets(self, info: Info) -> list[Preset]:
        """All presets, by name; none without a token, who may use them all the same."""
        return shown(info.context.services.presets.all(info.context.viewer))

    @field
    def viewer(self, info: Info) -> Viewer:
        """Who is asking."""
        return shown(info.context.viewer)

    @field
    def server(self, info: Info) -> Server:
        """What this installation can do, and what it allows."""
        return shown(info.context.services.server)
