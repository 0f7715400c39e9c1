"""What we need from outside the process, as protocols; `adapters/` holds what plugs in."""

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from imaging.object_ports import ObjectInfo as ObjectInfo
from imaging.object_ports import ObjectStore as ObjectStore
from imaging.object_ports import Receiver as Receiver
from imaging.object_ports import SignedPut as SignedPut
from imaging.object_ports import StagedPart as StagedPart
from imaging.object_ports import Staging as Staging

MAX_SEARCH_DEPTH = 1_000


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """One image as it is indexed; ids are UUIDs in hex, times are UTC.

    `public` says whether everybody may see it now, `visibility` what its owner chose. `tags` are as they were
    typed, `tag_keys` as filters and facets compare them.
    """

    id: str
    owner_id: str
    public: bool
    state: str
    filename: str
    visibility: str = ""
    title: str = ""
    alt_text: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    tag_keys: tuple[str, ...] = ()
    metadata_text: str = ""
    format: str = ""
    width: int = 0
    height: int = 0
    size_bytes: int = 0
    animated: bool = False
    created_at: datetime.datetime = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    updated_at: datetime.datetime = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    taken_at: datetime.datetime | None = None
    camera: str = ""

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that are others as soon as anything is that would be indexed."""
        values = [getattr(self, one.name) for one in fields(self)]
        told = [value.timestamp() if isinstance(value, datetime.datetime) else value for value in values]
        return hashlib.blake2b(ascii(told).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Indexed:
    """A document that the index holds, by the id of its image; `fingerprint` is the document's."""

    id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What a hit must be; an empty or None part does not narrow.

    `readable_by` narrows to public documents and those of this owner (hex); None sees everything.
    `ranges` maps any of size_bytes, width, height, pixels, created_at, updated_at, taken_at to its least and
    most value, None for open; the least is included, the most excluded for times and included for numbers.
    """

    readable_by: str | None = None
    public_only: bool = False
    ids: tuple[str, ...] | None = None
    ids_none: tuple[str, ...] = ()
    owner_id: str | None = None
    states: tuple[str, ...] = ()
    states_none: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    visibility: str | None = None
    animated: bool | None = None
    tags_any: tuple[str, ...] = ()
    tags_all: tuple[str, ...] = ()
    tags_none: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A question to the index: every word of `text` must be answered by some field; no words find everything.

    `sort` is (field, descending) pairs of created_at, updated_at, filename, size_bytes, pixels; empty means by
    relevance, then newest first. `facets` names any of tags, format, camera, year (taken in), owner.
    `offset` is where the page starts; offset and limit together are at most `MAX_SEARCH_DEPTH`.
    """

    text: str
    filter: SearchFilter
    sort: tuple[tuple[str, bool], ...] = ()
    facets: tuple[str, ...] = ()
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One found image; `score` is 0 to 1, higher is better.

    `highlights` maps title, tags, alt_text, description, filename or metadata to its text with `<mark>` around
    what matched, everything else HTML-escaped, long texts cut around the first match.
    """

    id: str
    score: float
    highlights: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Hits in order, how many there are in all, and facet → value → count."""

    hits: Sequence[SearchHit]
    total: int
    facets: Mapping[str, Mapping[str, int]]


class SearchIndex(Protocol):
    """Finds images by words, with typos forgiven."""

    async def apply(self, upserts: Sequence[SearchDocument], deletes: Sequence[str]) -> None:
        """Write documents and remove ids; durable and visible when it returns. May be repeated."""

    async def search(self, query: SearchQuery) -> SearchPage:
        """Answer a question."""

    async def count(self) -> int:
        """Return how many documents the index holds."""

    async def listed(self, after: str, limit: int) -> Sequence[Indexed]:
        """Return what the index holds, by id, from the first id on that comes after one; fewer at the end only."""

    async def clear(self) -> None:
        """Remove every document; the index is not complete any more."""

    async def is_complete(self) -> bool:
        """Return False until `mark_complete`: the index is new, was damaged or laid out by another version."""

    async def mark_complete(self) -> None:
        """Remember durably that every image was written once; what changes later comes through the outbox."""

    async def close(self) -> None:
        """Let go of the index; idempotent."""


class Cache(Protocol):
    """Remembers bytes for a while; bounded, and fails open: losing it loses nothing."""

    async def get(self, key: str) -> bytes | None:
        """Return what was remembered, or None."""

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """Remember for at most `ttl_s`."""

    async def delete(self, key: str) -> None:
        """Forget; silent when there is nothing."""


class Wakeups(Protocol):
    """Tells sleeping readers that rows of a topic were committed; may be lost, never relied upon."""

    def announce(self, topic: str) -> None:
        """Wake everybody who waits for the topic."""

    async def wait(self, topic: str, *, timeout_s: float) -> bool:
        """Return True when woken, False after the timeout."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says; `expires_at_s` is seconds since the epoch."""

    issuer: str
    subject: str
    roles: tuple[str, ...]
    name: str
    expires_at_s: float


class TokenVerifier(Protocol):
    """Checks bearer tokens."""

    async def verify(self, token: str) -> Claims:
        """Return what the token says.

        Raises:
            Unauthenticated: it is malformed, forged, expired, not yet valid, or for somebody else.
        """


class UrlSigner(Protocol):
    """Signs addresses and checks them; keys rotate, two are valid."""

    def sign(self, path: str, expires_s: int | None = None) -> str:
        """Return the query string (without `?`) that admits the path, for ever or until the time."""

    def check(self, path: str, signature: str, expires_s: int | None) -> None:
        """Accept or refuse.

        Raises:
            SignatureRejected: the signature is missing, wrong or expired.
        """


class CdnSigner(Protocol):
    """Signs whole addresses for a CDN that checks them itself, at its edge."""

    def sign(self, url: str, expires_s: int) -> str:
        """Return the address with a signature by which the edge admits it, and only it, until the time."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched: the host that gave it in the end, and the name it gave, as it came; empty for none."""

    host: str
    filename: str


class FetchSink(Protocol):
    """Takes what is fetched."""

    def expect(self, size_bytes: int | None) -> None:
        """Hear how much the other side says it will send, before the first bytes; it may lie."""

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes; what it raises ends the fetching."""


class Fetcher(Protocol):
    """Fetches what people's URLs lead to, and never anything that is not public."""

    def check(self, url: str) -> None:
        """Accept a URL by how it is written, without asking anybody.

        Raises:
            UrlRefused: nothing is ever fetched from it.
        """

    async def fetch(self, url: str, sink: FetchSink) -> Fetched:
        """Fetch once, following redirects.

        Raises:
            UrlRefused: it, or where it redirects to, is not fetched from.
            SourceUnreachable: the host cannot be reached, or is inside somebody's house.
            FetchFailed: the answer is not the file.
            FetchInterrupted: not now; it may be tried again.
            TooManyBytes: there are more than one file may have.
        """


class Cdn(Protocol):
    """Keeps copies of what we serve, near to those who ask."""

    @property
    def most_paths(self) -> int:
        """How many paths may be invalidated at once."""

    async def invalidate(self, paths: Sequence[str]) -> None:
        """Have the CDN forget its copies; a path may end with `*`. May be repeated; done a little later, everywhere.

        Raises:
            CdnUnavailable: it takes none now; to be tried again.
            Misconfigured: it does not let us in, or does not know what is configured.
        """
