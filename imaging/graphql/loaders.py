"""Loaders gather the small questions of one answer into one question each."""

import uuid
from functools import partial
from typing import TYPE_CHECKING

from strawberry.dataloader import DataLoader

from imaging.accounts.models import User
from imaging.accounts.viewer import Viewer
from imaging.batches.models import Batch, BatchItem
from imaging.collections.contents import ItemsKey
from imaging.collections.look import ListKey
from imaging.collections.models import Collection, CollectionItem
from imaging.images.duplicates import Duplicate
from imaging.images.models import Image, ImageDetail, ImageVersion
from imaging.images.page import Page
from imaging.uploads.models import Upload

if TYPE_CHECKING:
    from imaging.services import Services


class Loaders:
    """One set per operation and per event, so that nobody is shown what was true a while ago."""

    def __init__(self, services: "Services", viewer: Viewer) -> None:
        library = services.library
        self.users: DataLoader[uuid.UUID, User | None] = DataLoader(load_fn=services.admission.users)
        self.details: DataLoader[uuid.UUID, ImageDetail | None] = DataLoader(load_fn=library.details)
        self.versions: DataLoader[uuid.UUID, list[ImageVersion]] = DataLoader(load_fn=services.versions.earlier)
        self.images: DataLoader[uuid.UUID, Image | None] = DataLoader(load_fn=partial(library.by_ids, viewer))
        self.duplicates: DataLoader[Image, list[Duplicate]] = DataLoader(
            load_fn=partial(services.duplicates.of, viewer)
        )
        self.own_duplicates: DataLoader[Image, list[Duplicate]] = DataLoader(
            load_fn=partial(services.duplicates.owned, viewer)
        )
        self.batches: DataLoader[uuid.UUID, Batch | None] = DataLoader(
            load_fn=partial(services.batches.look.by_ids, viewer)
        )
        self.batch_errors: DataLoader[uuid.UUID, BatchItem | None] = DataLoader(
            load_fn=partial(services.batches.look.errors_by_ids, viewer)
        )
        self.uploads: DataLoader[uuid.UUID, Upload | None] = DataLoader(
            load_fn=partial(services.uploads.by_ids, viewer)
        )
        look = services.collections.look
        self.collections: DataLoader[uuid.UUID, Collection | None] = DataLoader(load_fn=partial(look.by_ids, viewer))
        self.children: DataLoader[ListKey, Page[Collection]] = DataLoader(load_fn=partial(look.children, viewer))
        self.child_counts: DataLoader[uuid.UUID, int] = DataLoader(load_fn=partial(look.child_counts, viewer))
        self.holders: DataLoader[ListKey, Page[Collection]] = DataLoader(load_fn=partial(look.holders, viewer))
        self.holder_counts: DataLoader[uuid.UUID, int] = DataLoader(load_fn=partial(look.holder_counts, viewer))
        self.collection_items: DataLoader[ItemsKey, Page[CollectionItem]] = DataLoader(
            load_fn=partial(look.items, viewer)
        )
        self.item_counts: DataLoader[uuid.UUID, int] = DataLoader(load_fn=partial(look.item_counts, viewer))
        self.covers: DataLoader[Collection, Image | None] = DataLoader(load_fn=partial(look.covers, viewer))
