"""Wishes with a name, as every process remembers them."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.delivery.models import Preset
from imaging.delivery.presets import MAX_PRESETS, Presets
from imaging.errors import (
    Conflict,
    Forbidden,
    FormatUnavailable,
    InvalidInput,
    InvalidTransform,
    NotFound,
    TransformTooLong,
    Unauthenticated,
)
from imaging.render.choices import Fit, Gravity, MetadataPolicy, OutputColorSpace, OutputFormat
from imaging.render.crop import Crop
from imaging.render.trim import Trim
from imaging.render.watermark import Watermark
from tests.statements import counted

CARD: dict[str, Any] = {"width": 400, "height": 300, "fit": Fit.COVER}
EVERYTHING: dict[str, Any] = {
    "width": 400,
    "dpr": 2.0,
    "gravity": Gravity.FOCAL_POINT,
    "focal_point": (0.25, 0.75),
    "crop": Crop(1, 2, 3, 4),
    "trim": Trim(20, "#ffffff"),
    "background": "#00000080",
    "format": OutputFormat.WEBP,
    "metadata": MetadataPolicy.NONE,
    "color_space": OutputColorSpace.KEEP,
    "watermark": Watermark(image_id=uuid.UUID(int=7), position=Gravity.NORTH, scale=0.5),
}


async def within(seconds: float, said: Callable[[], Any]) -> Any:
    """Wait until something is true; give it back."""
    for _ in range(int(seconds / 0.02)):
        if answer := said():
            return answer
        await asyncio.sleep(0.02)
    raise AssertionError(f"it is not so after {seconds} seconds")


async def test_what_was_said_comes_back_as_it_was_said(admin: Viewer) -> None:
    presets = Presets(LocalWakeups())
    ratio = {"crop": Crop.of_ratios(0, 0.1, 0.5, 0.9), "watermark": Watermark(text="© Ada", color="#102030")}
    await presets.save(admin, "everything", EVERYTHING)
    await presets.save(admin, "ratio", ratio)
    other = Presets(LocalWakeups())
    await other.refresh()
    assert [preset.said for preset in other.all(admin)] == [EVERYTHING, ratio]
    assert other.get(admin, "everything").saved_by_id == admin.user_id


async def test_a_change_is_seen_at_once_here_and_soon_elsewhere(admin: Viewer) -> None:
    here, elsewhere = Presets(LocalWakeups()), Presets(LocalWakeups())
    await elsewhere.open()
    try:
        await here.save(admin, "card", CARD)
        assert here.get(admin, "card").normalized == "w_400-h_300-fit_cover"
        await within(2.5, lambda: elsewhere.all(admin))
        await here.save(admin, "card", CARD | {"width": 500})
        assert here.get(admin, "card").said["width"] == 500
        await within(2.5, lambda: elsewhere.get(admin, "card").said["width"] == 500)
        await here.delete(admin, "card")
        assert here.all(admin) == []
        await within(2.5, lambda: not elsewhere.all(admin))
    finally:
        await elsewhere.close()


async def test_a_wake_up_makes_it_sooner(admin: Viewer) -> None:
    wakeups = LocalWakeups()
    here, beside = Presets(wakeups), Presets(wakeups)
    await beside.open()
    try:
        await asyncio.sleep(0.05)
        await here.save(admin, "card", CARD)
        assert await within(0.5, lambda: beside.all(admin))
    finally:
        await beside.close()


async def test_reading_one_asks_nobody(admin: Viewer) -> None:
    presets = Presets(LocalWakeups())
    await presets.save(admin, "card", CARD)
    with counted() as seen:
        assert presets.get(ANONYMOUS, "card").wish({"width": 100}).width == 100
    assert seen.statements == []


async def test_looking_for_changes_costs_one_statement(admin: Viewer) -> None:
    presets = Presets(LocalWakeups())
    await presets.save(admin, "card", CARD)
    with counted() as seen:
        await presets.refresh()
    assert len(seen.statements) == 1


@pytest.mark.parametrize(
    ("more", "size"),
    [
        ({}, (400, 300, None)),
        ({"width": 200}, (200, 300, None)),
        ({"aspect_ratio": 2.0}, (400, None, 2.0)),
        ({"height": 100, "aspect_ratio": 2.0}, (None, 100, 2.0)),
    ],
)
async def test_what_is_given_anew_goes_before_what_the_preset_says(
    admin: Viewer, more: dict[str, Any], size: tuple[int | None, int | None, float | None]
) -> None:
    presets = Presets(LocalWakeups())
    await presets.save(admin, "card", CARD | {"blur": 3.0})
    wish = presets.get(admin, "card").wish(more)
    assert (wish.width, wish.height, wish.aspect_ratio) == size
    assert wish.blur == 3.0


async def test_both_sides_go_before_the_ratio_of_a_preset(admin: Viewer) -> None:
    presets = Presets(LocalWakeups())
    await presets.save(admin, "wide", {"aspect_ratio": 2.0})
    assert presets.get(admin, "wide").wish({"width": 30, "height": 40}).aspect_ratio is None
    with pytest.raises(InvalidTransform):
        presets.get(admin, "wide").wish({"width": 30, "height": 40, "aspect_ratio": 1.0})


async def test_only_admins_change_presets_and_everybody_with_a_token_lists_them(
    admin: Viewer, owner: Viewer, onlooker: Viewer
) -> None:
    presets = Presets(LocalWakeups())
    await presets.save(admin, "card", CARD)
    for viewer in (owner, onlooker):
        assert [preset.name for preset in presets.all(viewer)] == ["card"]
        for deed in (lambda: presets.save(viewer, "card", {}), lambda: presets.delete(viewer, "card")):  # noqa: B023
            await _refused(deed, Forbidden)
    assert presets.all(ANONYMOUS) == []
    await _refused(lambda: presets.save(ANONYMOUS, "card", {}), Unauthenticated)
    assert (await Preset.get(name="card")).revision == 1


async def test_who_names_an_unknown_preset_is_told_which_there_are(admin: Viewer) -> None:
    presets = Presets(LocalWakeups())
    await presets.save(admin, "card", CARD)
    with pytest.raises(InvalidInput, match="no preset 'crad'") as told:
        presets.get(admin, "crad")
    assert told.value.field == ["preset"]
    assert told.value.message.endswith("There are card.")
    with pytest.raises(InvalidInput) as told:
        presets.get(ANONYMOUS, "crad")
    assert "card" not in told.value.message


@pytest.mark.parametrize("name", ["", "Card", "1st", "a_b", "a" * 41, "a\n", "ü"])
async def test_a_name_is_small_letters_digits_and_hyphens(admin: Viewer, name: str) -> None:
    with pytest.raises(InvalidInput, match="small letters") as told:
        await Presets(LocalWakeups()).save(admin, name, CARD)
    assert told.value.field == ["name"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"width": 0}, InvalidTransform),
        ({"format": OutputFormat.JPEG_XL}, FormatUnavailable),
        ({"watermark": Watermark(text="д" * 90, color="#12345678", scale=0.33), "width": 1234}, TransformTooLong),
    ],
)
async def test_what_can_never_be_made_is_not_saved(admin: Viewer, said: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await Presets(LocalWakeups()).save(admin, "card", said)
    assert await Preset.all().count() == 0


async def test_a_name_can_be_used_again_after_its_preset_was_deleted(admin: Viewer) -> None:
    presets = Presets(LocalWakeups())
    first = await presets.save(admin, "card", CARD)
    await presets.delete(admin, "card")
    with pytest.raises(NotFound):
        await presets.delete(admin, "card")
    second = await presets.save(admin, "card", {"width": 1})
    assert second.created_at > first.created_at
    assert presets.get(admin, "card").said == {"width": 1}


async def test_presets_are_bounded(admin: Viewer) -> None:
    presets = Presets(LocalWakeups())
    kept = await presets.save(admin, "kept", CARD)
    more = [
        Preset(name=f"n{number}", revision=number, saved_by_id=admin.user_id, created_at=kept.created_at)
        for number in range(2, MAX_PRESETS + 1)
    ]
    for row in more:
        row.updated_at = kept.updated_at
    await Preset.bulk_create(more)
    with pytest.raises(Conflict):
        await presets.save(admin, "another", CARD)
    assert (await presets.save(admin, "kept", {"width": 1})).said == {"width": 1}


async def test_a_preset_of_a_newer_version_is_absent_here_and_harms_nobody(
    admin: Viewer, caplog: pytest.LogCaptureFixture
) -> None:
    presets = Presets(LocalWakeups())
    await presets.save(admin, "card", CARD)
    for name, transform in (("novel", {"hologram": True}), ("odd", {"fit": "SQUEEZE"}), ("gone", {"width": -1})):
        await presets.save(admin, name, CARD)
        revision = (await Preset.all().order_by("-revision").first()).revision + 1  # type: ignore[union-attr]  # just saved
        await Preset.filter(name=name).update(transform=transform, revision=revision)
    await presets.refresh()
    assert [preset.name for preset in presets.all(admin)] == ["card"]
    assert caplog.text.count("cannot be read here") == 3


async def _refused(deed: Callable[[], Awaitable[object]], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await deed()
