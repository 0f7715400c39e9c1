"""What a door may call: the use cases of every room, one line each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imaging.accounts.admission import Admission
from imaging.render.facts import ImageFormat
from imaging.render.transform import OutputFormat

if TYPE_CHECKING:
    from imaging.batches.room import BatchRoom
    from imaging.collections.room import CollectionRoom
    from imaging.delivery.addresses import Addresses
    from imaging.delivery.deliver import Delivery
    from imaging.delivery.explain import Explainer
    from imaging.delivery.presets import Presets
    from imaging.images.duplicates import Duplicates
    from imaging.images.edit import Editor
    from imaging.images.ingest import Ingest
    from imaging.images.library import Library
    from imaging.images.replace import Replacement
    from imaging.images.spool import Spool
    from imaging.images.trash import Trash
    from imaging.images.versions import Versions
    from imaging.images.watch import ImageWatch
    from imaging.search.find import Search
    from imaging.upkeep.upkeep import Upkeep
    from imaging.uploads.complete import Completion
    from imaging.uploads.ending import Ending
    from imaging.uploads.imports import Imports
    from imaging.uploads.look import Uploads
    from imaging.uploads.prepare import Preparation
    from imaging.uploads.reception import Reception


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What one file, one request and one picture may cost here."""

    max_file_bytes: int
    max_staged_bytes: int
    max_import_bytes: int
    max_import_urls: int
    max_files_per_request: int
    max_pixels: int
    max_frames: int
    max_total_pixels: int
    max_output_side_px: int
    max_output_side_webp_px: int
    max_json_body_bytes: int
    max_query_tokens: int
    max_query_depth: int
    max_query_aliases: int
    private_url_ttl_s: int
    srcset_widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What this installation is: its version and mode, what it reads and writes, what is switched on."""

    version: str
    mode: str
    limits: ServerLimits
    formats_in: tuple[ImageFormat, ...]
    formats_out: tuple[OutputFormat, ...]
    features: tuple[str, ...]


@dataclass(frozen=True)
class Services:
    """The use cases; `checks` names what must work and how to try it: silent when well, raising when not.

    `reception` is None where people put bytes straight into the store.
    """

    server: ServerFacts
    admission: Admission
    spool: "Spool"
    ingest: "Ingest"
    library: "Library"
    duplicates: "Duplicates"
    editor: "Editor"
    trash: "Trash"
    replacement: "Replacement"
    versions: "Versions"
    uploads: "Uploads"
    imports: "Imports"
    preparation: "Preparation"
    completion: "Completion"
    ending: "Ending"
    watch: "ImageWatch"
    collections: "CollectionRoom"
    search: "Search"
    addresses: "Addresses"
    presets: "Presets"
    explainer: "Explainer"
    delivery: "Delivery"
    reception: "Reception | None"
    upkeep: "Upkeep"
    batches: "BatchRoom"
    checks: Mapping[str, Callable[[], Awaitable[object]]]
