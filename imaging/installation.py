"""What this installation is and what it allows: the settings, as the rooms and clients understand them."""

from imaging import __version__
from imaging.render.decoder import DecoderPool
from imaging.render.facts import ImageFormat, Limits
from imaging.render.limits import OutputLimits
from imaging.render.transform import OutputFormat
from imaging.services import ServerFacts, ServerLimits
from imaging.settings import Settings
from imaging.upkeep.rules import Rules


def decoders(settings: Settings) -> DecoderPool:
    """Return the processes that read and draw pictures, not yet started."""
    decoder = settings.decoder
    return DecoderPool(
        decoder.decoder_processes,
        decoder.decoder_memory_bytes,
        decoder.decoder_timeout_s,
        _source_limits(settings),
        budget_bytes=decoder.decoder_budget_bytes,
    )


def output_limits(settings: Settings, formats: frozenset[OutputFormat]) -> OutputLimits:
    """Return what one rendition may be; `formats` are those that can be written."""
    delivery = settings.delivery
    return OutputLimits(
        max_side=delivery.max_output_side_px,
        max_webp_side=delivery.max_output_side_webp_px,
        auto_avif_pixels=delivery.avif_max_pixels,
        formats=formats,
    )


def rules(settings: Settings) -> Rules:
    """Return how long things are kept."""
    kept = settings.retention
    return Rules(
        trash_days=kept.trash_retention_days,
        event_days=kept.event_retention_days,
        verified_per_day=kept.verify_originals_per_day,
        rendition_budget_bytes=kept.rendition_budget_bytes,
    )


def facts(settings: Settings, formats_out: frozenset[OutputFormat]) -> ServerFacts:
    """Return what clients are told of it; `formats_out` are those that can be written."""
    switches = {
        "ANONYMOUS_READ": settings.access.anonymous_read,
        "IMPORTS": settings.imports.enabled,
        "INTROSPECTION": settings.introspection,
        "SEARCH": True,
        "SUBSCRIPTIONS": True,
        "UPLOADS": True,
    }
    return ServerFacts(
        version=__version__,
        mode=settings.server.mode.value,
        limits=_told_limits(settings),
        formats_in=tuple(ImageFormat),
        formats_out=tuple(format for format in OutputFormat if format in formats_out),
        features=tuple(name for name, on in switches.items() if on),
    )


def _source_limits(settings: Settings) -> Limits:
    """Return what one source may cost, by whichever door it came."""
    upload = settings.upload
    max_bytes = max(upload.max_file_bytes, upload.max_staged_bytes, settings.imports.max_bytes)
    return Limits(max_bytes, upload.max_pixels, upload.max_frames, upload.max_total_pixels)


def _told_limits(settings: Settings) -> ServerLimits:
    upload, delivery, graphql = settings.upload, settings.delivery, settings.graphql
    return ServerLimits(
        max_file_bytes=upload.max_file_bytes,
        max_staged_bytes=upload.max_staged_bytes,
        max_import_bytes=settings.imports.max_bytes,
        max_import_urls=settings.imports.max_urls,
        max_files_per_request=upload.max_files_per_request,
        max_pixels=upload.max_pixels,
        max_frames=upload.max_frames,
        max_total_pixels=upload.max_total_pixels,
        max_output_side_px=delivery.max_output_side_px,
        max_output_side_webp_px=delivery.max_output_side_webp_px,
        max_json_body_bytes=graphql.max_json_body_bytes,
        max_query_tokens=graphql.max_query_tokens,
        max_query_depth=graphql.max_query_depth,
        max_query_aliases=graphql.max_query_aliases,
        private_url_ttl_s=delivery.private_url_ttl_s,
        srcset_widths=delivery.srcset_widths,
    )
