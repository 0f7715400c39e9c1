"""Example pictures: what each is asked for in GraphQL, and the wish and the plan that come of it."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from graphql import GraphQLInputObjectType, Undefined, parse_value, value_from_ast
from strawberry.types.arguments import convert_argument

from docs.guide.sources import LOGO_ID, ORIGINALS, Original
from imaging.graphql.ids import IMAGE, global_id
from imaging.graphql.schema import schema
from imaging.graphql.types.transform import TransformForm, wish
from imaging.render.choices import OutputFormat
from imaging.render.plan import Plan, plan
from imaging.render.transform import Transform

PICTURES = Path(__file__).parents[1] / "operations"
WIDTH = 280
VARIABLES = {"logo": global_id(IMAGE, LOGO_ID)}

_USUAL = OutputFormat.WEBP


@dataclass(frozen=True)
class Shot:
    """A picture on the page: its file's name without ending, where it starts from, what is asked, what stands below."""

    name: str
    original: str
    asked: str
    caption: str

    @property
    def start(self) -> Original:
        """The picture it starts from."""
        return ORIGINALS[self.original]

    @property
    def plan(self) -> Plan:
        """How it is rendered: in the format asked for, else in WebP, which AUTO gives to nearly everybody."""
        wished = wish_of(self.asked)
        format = _USUAL if wished.format is OutputFormat.AUTO else wished.format
        return plan(wished, self.start.source, format=format)

    @property
    def path(self) -> Path:
        """The file it lies in."""
        return PICTURES / f"{self.name}.{self.plan.format.value}"


@dataclass(frozen=True)
class Entry:
    """Some fields of TransformInput, explained; `asked` is the example in words, else that of the last picture."""

    fields: tuple[str, ...]
    says: str
    shots: tuple[Shot, ...] = ()
    asked: str = ""
    columns: int = 3

    @property
    def example(self) -> str:
        """What is asked in the snippet."""
        return self.asked or self.shots[-1].asked


@dataclass(frozen=True)
class Chapter:
    """Entries that belong together."""

    title: str
    says: str
    entries: tuple[Entry, ...]


@cache
def wish_of(asked: str) -> Transform:
    """Return the wish that a TransformInput, written in GraphQL, comes to; `$logo` is the badge.

    Raises:
        InvalidTransform: no picture can be made from it.
        ValueError: the API would not accept it.
    """
    face = schema._schema.type_map["TransformInput"]  # no public name for it
    assert isinstance(face, GraphQLInputObjectType)
    value = value_from_ast(parse_value(asked), face, VARIABLES)
    if value is Undefined:
        raise ValueError(f"this is no TransformInput: {asked}")
    form = convert_argument(value, TransformForm, schema.schema_converter.scalar_registry, schema.config)
    assert isinstance(form, TransformForm)
    made = wish(form)
    mark = made.watermark
    return replace(made, watermark=replace(mark, version=1)) if mark and mark.image_id else made


def original(name: str, caption: str = "the original") -> Shot:
    """Return a picture as it is, only smaller."""
    return Shot(name, name, f"{{width: {WIDTH}}}", caption)
