"""The composition root: from settings to adapters to services; the only file that knows what is plugged in."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from imaging import database
from imaging.accounts.admission import Admission
from imaging.adapters.cloudfront_signer import open_signer
from imaging.adapters.folder_staging import FolderStaging
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.hmac_signer import HmacSigner
from imaging.adapters.key_files import derived_secret, signing_keys
from imaging.adapters.late_cache import LateCache
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.adapters.no_cdn import NoCdn
from imaging.adapters.no_fetcher import NoFetcher
from imaging.adapters.tantivy_index import TantivyIndex
from imaging.adapters.token_checks import open_verifier
from imaging.batches.repertoire import Tools
from imaging.batches.room import open_room
from imaging.collections.room import CollectionRoom
from imaging.delivery.addresses import Addresses
from imaging.delivery.avif_budget import AvifBudget
from imaging.delivery.deliver import Delivery
from imaging.delivery.explain import Explainer
from imaging.delivery.presets import Presets
from imaging.images.duplicates import Duplicates
from imaging.images.edit import Editor
from imaging.images.history import VersionLimits
from imaging.images.ingest import Ingest
from imaging.images.library import Library
from imaging.images.originals import Originals
from imaging.images.replace import Replacement
from imaging.images.spool import Spool
from imaging.images.trash import Trash
from imaging.images.versions import Retention, Versions
from imaging.images.watch import ImageWatch
from imaging.installation import decoders, facts, output_limits, rules
from imaging.ports import Cache, Cdn, Fetcher, ObjectStore, Receiver, Staging, TokenVerifier, Wakeups
from imaging.render.decoder import DecoderPool
from imaging.render.transform import OutputFormat
from imaging.search.find import Search
from imaging.search.indexer import Indexer
from imaging.services import Services
from imaging.settings import Settings
from imaging.upkeep.probe import try_storage
from imaging.upkeep.recover import ingesting
from imaging.upkeep.tasks import every_task
from imaging.upkeep.upkeep import Upkeep
from imaging.uploads.complete import Completion
from imaging.uploads.ending import Ending
from imaging.uploads.imports import Imports
from imaging.uploads.look import Uploads
from imaging.uploads.prepare import Preparation
from imaging.uploads.reception import Reception
from imaging.worker.crew import Handler
from imaging.worker.handlers import every_handler, index_handlers
from imaging.worker.loop import Worker

CLOSING_TIMEOUT_S = 1.0


@dataclass(frozen=True)
class Plugs:
    """What is plugged into the ports, for the length of a process."""

    store: ObjectStore
    staging: Staging
    receiver: Receiver | None
    decoder: DecoderPool
    formats_out: frozenset[OutputFormat]
    index: TantivyIndex
    wakeups: Wakeups
    cache: Cache
    signing_keys: tuple[tuple[str, bytes], ...]
    verifier: TokenVerifier
    cdn: Cdn
    fetcher: Fetcher


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open all that a server needs, with its worker running; close it in reverse order.

    Raises:
        Misconfigured: a setting is unsafe, or what it names cannot be opened.
    """
    async with AsyncExitStack() as stack:
        plugs = await _open_plugs(settings, stack)
        await plugs.index.open()
        services = await _open_use_cases(settings, plugs, stack)
        stack.push_async_callback(services.presets.close)
        await services.presets.open()
        await _start_worker(settings, plugs, services, stack)
        yield services


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[Worker]:
    """Open all that jobs need, beside servers that may be running; search indexing is left to the server.

    Raises:
        Misconfigured: a setting is unsafe, or what it names cannot be opened.
    """
    async with AsyncExitStack() as stack:
        plugs = await _open_plugs(settings, stack)
        services = await _open_use_cases(settings, plugs, stack)
        stack.push_async_callback(services.presets.close)
        await services.presets.open()
        yield Worker(None, await _handlers(settings, plugs, services), plugs.wakeups)


@asynccontextmanager
async def open_for_command(settings: Settings) -> AsyncIterator[Services]:
    """Open what a command needs beside a server that may be running: no worker, and search is left to the server."""
    async with AsyncExitStack() as stack:
        plugs = await _open_plugs(settings, stack)
        await plugs.index.open_to_read()
        yield await _open_use_cases(settings, plugs, stack)


async def _open_plugs(settings: Settings, stack: AsyncExitStack) -> Plugs:
    settings.must_be_safe()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    decoder = decoders(settings)
    stack.push_async_callback(decoder.close)
    decoder.launch()
    await database.migrate(settings.database_url, settings.database_pool)
    await database.connect(settings.database_url, settings.database_pool)
    stack.push_async_callback(database.close)
    index = TantivyIndex(settings.data_dir / "search")
    stack.push_async_callback(index.close)
    keys = signing_keys([key.get_secret_value() for key in settings.delivery.signing_keys], settings.data_dir / "keys")
    store, staging, receiver = await _objects(settings, HmacSigner(keys), stack)
    wakeups, cache = await _shared(settings, stack)
    cdn, fetcher = await _cdn(settings, stack), await _fetcher(settings, stack)
    await decoder.start()
    return Plugs(
        store=store,
        staging=staging,
        receiver=receiver,
        decoder=decoder,
        formats_out=await decoder.writable(),
        index=index,
        wakeups=wakeups,
        cache=cache,
        signing_keys=keys,
        verifier=await stack.enter_async_context(open_verifier(settings)),
        cdn=cdn,
        fetcher=fetcher,
    )


async def _open_use_cases(settings: Settings, plugs: Plugs, stack: AsyncExitStack) -> Services:
    spool_dir = settings.data_dir / "tmp"
    await stack.enter_async_context(ingesting(plugs.store, spool_dir))
    watch = ImageWatch(plugs.wakeups, derived_secret(plugs.signing_keys[0][1], "event cursors"))
    stack.push_async_callback(watch.close)
    signer = HmacSigner(plugs.signing_keys)
    limits = output_limits(settings, plugs.formats_out)
    budget = AvifBudget(settings.delivery.avif_budget_ms)
    delivery = Delivery(plugs.store, signer, plugs.decoder, spool_dir, limits, budget=budget)
    stack.push_async_callback(delivery.close)
    addresses = Addresses(
        settings.public_url,
        signer,
        time.time,
        ttl_s=settings.delivery.private_url_ttl_s,
        widths=settings.delivery.srcset_widths,
        limits=limits,
        cdn_url=settings.cdn.url,
        cdn_signer=open_signer(settings.cdn),
    )
    admission = Admission(plugs.verifier, anonymous_read=settings.access.anonymous_read)
    ingest = Ingest(plugs.store, plugs.decoder, plugs.wakeups, max_files=settings.upload.max_files_per_request)
    kept = VersionLimits(settings.versions.version_retention_days, settings.versions.max_versions)
    ending, retention, keeping = Ending(plugs.wakeups), Retention(plugs.wakeups, kept), rules(settings)
    editor, trash = Editor(plugs.wakeups), Trash(plugs.wakeups)
    originals = Originals(plugs.store, plugs.decoder, plugs.wakeups, ingest.slots)
    return Services(
        server=facts(settings, plugs.formats_out),
        admission=admission,
        spool=Spool(spool_dir, settings.upload.max_file_bytes),
        ingest=ingest,
        library=Library(plugs.cache),
        duplicates=Duplicates(),
        editor=editor,
        trash=trash,
        replacement=Replacement(plugs.store, plugs.decoder, plugs.wakeups, ingest.slots, kept),
        versions=Versions(plugs.wakeups, kept),
        uploads=Uploads(),
        imports=Imports(
            plugs.fetcher, plugs.wakeups, enabled=settings.imports.enabled, max_urls=settings.imports.max_urls
        ),
        preparation=Preparation(
            plugs.store,
            plugs.staging,
            max_bytes=settings.upload.max_staged_bytes,
            ttl_s=settings.upload.upload_ttl_s,
            url_ttl_s=settings.upload.upload_url_ttl_s,
        ),
        completion=Completion(plugs.store, plugs.staging, plugs.wakeups),
        ending=ending,
        watch=watch,
        collections=CollectionRoom(),
        search=Search(plugs.index),
        addresses=addresses,
        presets=Presets(plugs.wakeups, limits),
        explainer=Explainer(addresses, delivery),
        delivery=delivery,
        reception=Reception(signer, plugs.receiver) if plugs.receiver else None,
        batches=open_room(
            Tools(editor, trash, originals, addresses, delivery),
            plugs.wakeups,
            partial(derived_secret, plugs.signing_keys[0][1]),
        ),
        upkeep=Upkeep(
            partial(every_task, plugs.store, plugs.index, ending, retention, plugs.wakeups, keeping), plugs.wakeups
        ),
        checks={
            "database": lambda: admission.users([uuid.uuid4()]),
            "search": plugs.index.count,
            "storage": lambda: try_storage(plugs.store, spool_dir),
        },
    )


async def _start_worker(settings: Settings, plugs: Plugs, services: Services, stack: AsyncExitStack) -> None:
    stack.push_async_callback(services.batches.watch.close)
    stop = asyncio.Event()
    own = await _handlers(settings, plugs, services) if settings.work.embedded_worker else {}
    worker = Worker(Indexer(plugs.index), {**own, **index_handlers(services)}, plugs.wakeups)
    running = asyncio.create_task(worker.run(stop))

    async def finish() -> None:
        stop.set()
        await asyncio.wait((running,), timeout=CLOSING_TIMEOUT_S)
        running.cancel()
        await asyncio.wait((running,))

    stack.push_async_callback(finish)


async def _handlers(settings: Settings, plugs: Plugs, services: Services) -> Mapping[str, Handler]:
    await services.upkeep.plan()
    spool = Spool(settings.data_dir / "tmp", settings.imports.max_bytes)
    return every_handler(services, plugs.store, plugs.cdn, plugs.fetcher, spool, plugs.wakeups)


async def _shared(settings: Settings, stack: AsyncExitStack) -> tuple[Wakeups, Cache]:
    if settings.redis.url is None:
        return LocalWakeups(), LateCache(_memory_cache)
    # Who runs one process does not wait for the client to load.
    from imaging.adapters.redis_client import open_redis

    return await stack.enter_async_context(open_redis(settings.redis))


def _memory_cache() -> Cache:
    # aiocache brings the client of Redis along, a third of a second for which no start waits.
    from imaging.adapters.memory_cache import MemoryCache

    return MemoryCache()


async def _objects(
    settings: Settings, signer: HmacSigner, stack: AsyncExitStack
) -> tuple[ObjectStore, Staging, Receiver | None]:
    if settings.s3.bucket is None:
        folder = FolderStore(settings.data_dir / "objects")
        staging = FolderStaging(folder, signer, settings.public_url)
        return folder, staging, staging
    # Who keeps objects in a folder does not wait for the SDK to load.
    from imaging.adapters.s3_staging import open_s3

    return (*await stack.enter_async_context(open_s3(settings.s3, settings.data_dir / "tmp")), None)


async def _cdn(settings: Settings, stack: AsyncExitStack) -> Cdn:
    if settings.cdn.distribution_id is None:
        return NoCdn()
    # Who has no CDN does not wait for the SDK to load.
    from imaging.adapters.cloudfront import open_cloudfront

    return await stack.enter_async_context(open_cloudfront(settings.cdn))


async def _fetcher(settings: Settings, stack: AsyncExitStack) -> Fetcher:
    if not settings.imports.enabled:
        return NoFetcher()
    # Who imports nothing does not wait for the client to load.
    from imaging.adapters.url_fetcher import open_fetcher, rules_of

    return await stack.enter_async_context(open_fetcher(rules_of(settings.imports)))
