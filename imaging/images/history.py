"""Which version of an image has which bytes, how others take their place, and what goes with those no longer kept.

What changes rows is for the inside of a transaction, and wants the image as `locked` gives it.
"""

import datetime
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imaging.errors import SameBytes
from imaging.images.edit import note
from imaging.images.fields import filename_key
from imaging.images.models import Image, ImageDetail, ImageState, ImageVersion, original_key
from imaging.images.picture import Picture
from imaging.journal import jobs
from imaging.journal.models import EventKind

MOST_PURGED = 20
"""Of more versions than this, retired at once, the renditions are not named one by one."""

_FACTS = tuple(Picture._meta.fields_map)
_RAW = ("exif", "iptc", "xmp")
_COLUMNS = ("id", "image_id", "version", "bytes_version", "filename", "created_at", "replaced_at", *_FACTS)


@dataclass(frozen=True, slots=True)
class VersionLimits:
    """How many days bytes are kept once they were replaced, and of how many replacements per image at most."""

    keep_days: int = 30
    most: int = 20


@dataclass(frozen=True, slots=True)
class NewBytes:
    """Bytes that are to be an image's; `facts` and `raw` hold columns by name, see `images.picture`."""

    bytes_version: int
    filename: str
    facts: Mapping[str, Any]  # Any: what each column holds
    raw: Mapping[str, Any]

    @classmethod
    def again(cls, row: ImageVersion) -> "NewBytes":
        """Return those that an image had before."""
        facts, raw = ({name: getattr(row, name) for name in names} for names in (_FACTS, _RAW))
        return cls(row.bytes_version, row.filename, facts, raw)


async def locked(image_id: uuid.UUID) -> Image | None:
    """Return the image, which nobody else changes before the transaction ends."""
    return await Image.filter(id=image_id).select_for_update().first()


async def bytes_of(image: Image, version: int) -> Image | ImageVersion | None:
    """Return the row that tells of a version's bytes: the image for the present ones; None when they are not kept."""
    if not 1 <= version <= image.version:
        return None
    if version >= image.bytes_since:
        return image
    rows = ImageVersion.filter(image_id=image.id, version__lte=version).order_by("-version")
    return await rows.only(*_COLUMNS).first()


async def bytes_stored_as(image: Image, bytes_version: int) -> Image | ImageVersion | None:
    """Return the row that names the object of this number; None when none does."""
    if bytes_version == image.bytes_version:
        return image
    rows = ImageVersion.filter(image_id=image.id, bytes_version=bytes_version).order_by("-version")
    return await rows.only(*_COLUMNS).first()


async def earlier_versions(image_ids: Sequence[uuid.UUID]) -> list[list[ImageVersion]]:
    """Return the bytes that each image had before the present ones, newest first, in one query."""
    found: dict[uuid.UUID, list[ImageVersion]] = {id: [] for id in image_ids}
    rows = ImageVersion.filter(image_id__in=list(found)).order_by("-version")
    for row in await rows.only(*_COLUMNS):
        found[row.image_id].append(row)
    return [found[id] for id in image_ids]


def present_version(image: Image) -> ImageVersion:
    """Return the present bytes as the row they are to have once others take their place; it is not stored."""
    return ImageVersion(
        image=image,
        version=image.bytes_since,
        bytes_version=image.bytes_version,
        filename=image.filename,
        created_at=image.bytes_at or image.created_at,
        **{name: getattr(image, name) for name in _FACTS},
    )


def versions_of(image: Image, earlier: Sequence[ImageVersion]) -> list[ImageVersion]:
    """Return the present bytes and then the earlier ones, each row with its image at hand."""
    for row in earlier:
        row.image = image
    return [present_version(image), *earlier]


def as_it_was(row: ImageVersion, image: Image) -> Image:
    """Return the image with these bytes and their version, as addresses need it; it is not to be stored.

    Who may see it, and the point that stays in sight, are those of now.
    """
    if row.replaced_at is None:
        return image
    names = ("id", "owner_id", "state", "visibility", "focal_x", "focal_y")
    now, then = ({name: getattr(source, name) for name in of} for source, of in ((image, names), (row, _FACTS)))
    return Image(version=row.version, bytes_version=row.bytes_version, filename=row.filename, **now, **then)


async def succeed(image: Image, new: NewBytes, limits: VersionLimits) -> None:
    """Put other bytes in the place of the present ones, which become an earlier version.

    What people said, the visibility and the focal point stay, the file name is that of the new bytes; an image
    that was FAILED is READY. The version is at least the number of the new object, so that no number comes twice.
    """
    former, now = present_version(image), datetime.datetime.now(datetime.UTC)
    former.replaced_at = now
    if detail := await ImageDetail.get_or_none(image_id=image.id):
        former.exif, former.iptc, former.xmp = detail.exif, detail.iptc, detail.xmp
        await detail.delete()
    await former.save(force_create=True)
    await ImageDetail.create(image_id=image.id, **new.raw)
    changes = _changes(image, new) | {"bytes_at": now}
    image.update_from_dict(changes)
    await image.save(update_fields=[*changes, "updated_at"])
    await retire(image, limits)
    await note(EventKind.UPDATED, image, public_before=image.is_public, public_after=image.is_public)


async def retire(image: Image, limits: VersionLimits, *, replaced_before: datetime.datetime | None = None) -> int:
    """Forget the earlier versions that are too many, or were replaced too long ago; return how many.

    The oldest go first whatever the clock said, because a version without a row of its own has the bytes of the
    nearest row before it. Bytes that the image or a kept row still names stay.
    """
    rows = (
        await ImageVersion.filter(image_id=image.id)
        .order_by("version")
        .only("id", "version", "bytes_version", "replaced_at")
    )
    count = max(0, len(rows) - limits.most)
    if replaced_before is not None:
        count = max([count, *(place for place, row in enumerate(rows, 1) if row.replaced_at < replaced_before)])
    gone, kept = rows[:count], rows[count:]
    if not gone:
        return 0
    await ImageVersion.filter(id__in=[row.id for row in gone]).delete()
    named = {image.bytes_version, *(row.bytes_version for row in kept)}
    for number in sorted({row.bytes_version for row in gone} - named):
        await jobs.promise(jobs.REMOVE_OBJECT, original_key(image.id, number))
    first_kept = kept[0].version if kept else image.bytes_since
    for prefix in _renditions(image.id, gone[0].version, first_kept):
        await jobs.promise(jobs.PURGE_CDN, prefix)
    return count


async def check_unique(image: Image, sha256: str) -> None:
    """Accept bytes that no other image of the same owner has.

    Raises:
        SameBytes: one has them.
    """
    other = await Image.filter(owner_id=image.owner_id, sha256=sha256, id__not=image.id).only("id", "state").first()
    if other is not None:
        where = ", in the trash" if other.state is ImageState.TRASHED else ""
        raise SameBytes(f"Another image of the same owner{where} has exactly these bytes.", other.id)


def _changes(image: Image, new: NewBytes) -> dict[str, Any]:  # Any: what each column holds
    version = max(image.version + 1, new.bytes_version)
    changes = {
        **new.facts,
        "filename": new.filename,
        "filename_key": filename_key(new.filename),
        "version": version,
        "bytes_version": new.bytes_version,
        "bytes_since": version,
    }
    if image.state is ImageState.FAILED:
        changes |= {"state": ImageState.READY, "failure_code": "", "failure_message": ""}
    return changes


def _renditions(image_id: uuid.UUID, first: int, end: int) -> Iterator[str]:
    """Yield where the renditions of the versions from `first` up to `end` are; of many, where all are."""
    for space in ("r", "p"):
        if end - first > MOST_PURGED:
            yield f"{space}/{image_id.hex}"
        else:
            yield from (f"{space}/{image_id.hex}/{version}" for version in range(first, end))
