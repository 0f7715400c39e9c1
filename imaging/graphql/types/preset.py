"""Presets: wishes with a name."""

import datetime
from typing import Annotated, Any

import strawberry

from imaging.delivery import presets as domain
from imaging.graphql.context import Info
from imaging.graphql.errors import camel
from imaging.graphql.ids import IMAGE, PRESET, global_id
from imaging.graphql.publishes import about, field, publishes, shown
from imaging.graphql.scalars import JSON
from imaging.graphql.types.node import Node, identity
from imaging.graphql.types.transform import TransformForm, given, wish
from imaging.graphql.types.user import User
from imaging.render.choices import Fit, Gravity, MetadataPolicy, OutputColorSpace, OutputFormat
from imaging.render.crop import RATIO_STEPS, Crop
from imaging.render.transform import Transform
from imaging.render.trim import Trim
from imaging.render.watermark import Watermark

PresetName = Annotated[
    str | None,
    strawberry.argument(description="Name of a preset; what `transform` gives goes before what the preset says."),
]


@publishes(domain.NamedWish)
class Preset(Node):
    """A transform with a name, for `url`, `srcset` and `picture`. Changing it changes addresses made from then on."""

    id: strawberry.ID = identity(PRESET)
    name: str = about("Its name, as the argument `preset` takes it.")
    normalized: str = about("The transform as it stands in addresses, in its one spelling; `o` for nothing.")
    created_at: datetime.datetime = about("When it was first saved.")
    updated_at: datetime.datetime = about("When it was last saved.")

    @field
    @staticmethod
    def transform(preset: strawberry.Parent[domain.NamedWish]) -> JSON:
        """The transform as it was saved: an object that `savePreset` takes as `transform`."""
        return JSON({camel(name): _spelt(value) for name, value in preset.said.items()})

    @field
    @staticmethod
    async def saved_by(preset: strawberry.Parent[domain.NamedWish], info: Info) -> User:
        """Who saved it last."""
        return shown(await info.context.loaders.users.load(preset.saved_by_id))


def asked(info: Info, transform: TransformForm | None, preset: str | None) -> Transform:
    """Return what is asked for: the preset, if there is one, with the fields of the transform in place of its own.

    Raises:
        InvalidInput: there is no such preset.
        InvalidTransform: no picture can be made from it.
    """
    if preset is None:
        return wish(transform)
    return info.context.services.presets.get(info.context.viewer, preset).wish(given(transform))


def _spelt(value: Any) -> Any:
    """Return a value of a wish as clients write it; `Any`: each field holds something else."""
    if isinstance(value, Fit | Gravity | MetadataPolicy | OutputColorSpace | OutputFormat):
        return value.name
    if isinstance(value, tuple):
        return dict(zip("xy", value, strict=True))
    if isinstance(value, Crop):
        return _crop(value)
    if isinstance(value, Trim):
        return _parts(threshold=value.threshold, color=value.color)
    return _watermark(value) if isinstance(value, Watermark) else value


def _crop(crop: Crop) -> dict[str, Any]:
    box = {"left": crop.left, "top": crop.top, "width": crop.width, "height": crop.height}
    return {"ratio": {name: part / RATIO_STEPS for name, part in box.items()}} if crop.is_ratio else {"pixels": box}


def _watermark(mark: Watermark) -> dict[str, Any]:
    return _parts(
        image=mark.image_id and global_id(IMAGE, mark.image_id),
        text=mark.text,
        color=mark.color,
        position=mark.position.name,
        scale=mark.scale,
        opacity=mark.opacity,
        margin=mark.margin,
        tile=mark.tile,
    )


def _parts(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
