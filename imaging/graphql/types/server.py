"""This installation."""

from imaging import services as domain
from imaging.graphql.enums import ImageFormat, OutputFormat
from imaging.graphql.publishes import about, publishes
from imaging.graphql.scalars import Long


@publishes(domain.ServerLimits)
class ServerLimits:
    """What one file, one request and one picture may cost here."""

    max_file_bytes: Long = about("Size of one file in bytes, sent by multipart.")
    max_staged_bytes: Long = about("Size of one file in bytes, sent as `prepareUploads` says.")
    max_import_bytes: Long = about("Size of one file that is imported from a URL, in bytes.")
    max_import_urls: int = about("URLs in one request.")
    max_files_per_request: int = about("Files in one request.")
    max_pixels: Long = about("Pixels of one picture, or of one page.")
    max_frames: int = about("Frames of one animation.")
    max_total_pixels: Long = about("Pixels over all frames.")
    max_output_side_px: int = about("Longest side of a delivered picture in pixels.")
    max_output_side_webp_px: int = about("Longest side of a delivered WebP in pixels.")
    max_json_body_bytes: int = about("Size of a JSON request in bytes.")
    max_query_tokens: int = about("Tokens in one GraphQL document.")
    max_query_depth: int = about("How deep one operation may nest.")
    max_query_aliases: int = about("Aliases in one operation.")
    private_url_ttl_s: int = about("Seconds that a private URL lives when you do not say.")
    srcset_widths: list[int] = about("Widths of a srcset in pixels when you do not say.")


@publishes(domain.ServerFacts)
class Server:
    """This installation: what it reads, what it writes, and what it allows."""

    version: str = about("Version of the program.")
    mode: str = about("`development` or `production`.")
    limits: ServerLimits = about("What one file, one request and one picture may cost.")
    formats_in: list[ImageFormat] = about("Formats that are taken in.")
    formats_out: list[OutputFormat] = about("Formats that are delivered.")
    features: list[str] = about("What is switched on here.")
