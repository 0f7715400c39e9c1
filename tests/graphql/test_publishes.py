import enum
from dataclasses import dataclass

import pytest
import strawberry
from tortoise import fields
from tortoise.models import Model

from imaging.graphql.publishes import about, enumerates, field, form, publishes, shown, value


class Shelf(Model):
    id = fields.IntField(primary_key=True)
    label = fields.CharField(max_length=10)

    @property
    def sign(self) -> str:
        return f"<{self.label}>"


@dataclass(frozen=True, slots=True)
class Leaf:
    colour: str
    weight_g: float


@publishes(Leaf)
class LeafFace:
    """What falls in autumn,
    written over two lines.

    And a second paragraph.
    """

    colour: str = about("Its colour.")

    @field
    @staticmethod
    def heavy(leaf: strawberry.Parent[Leaf], above_g: float | None = None) -> bool:
        """Whether it falls fast."""
        return leaf.weight_g > (above_g or 1)


@value
class Query:
    """Questions."""

    @field
    def leaf(self) -> LeafFace:
        """A leaf."""
        return shown(Leaf("red", 2.5))


def test_a_face_reads_the_value_by_name_and_computes_the_rest() -> None:
    result = strawberry.Schema(Query).execute_sync("{ leaf { colour heavy more: heavy(aboveG: 3) } }")
    assert result.errors is None
    assert result.data == {"leaf": {"colour": "red", "heavy": True, "more": False}}


def test_clients_read_the_docstring_without_its_line_breaks() -> None:
    sdl = strawberry.Schema(Query).as_str()
    assert '"""\nWhat falls in autumn, written over two lines.\n\nAnd a second paragraph.\n"""\ntype LeafFace' in sdl
    assert '"""Whether it falls fast."""' in sdl


def test_an_argument_that_may_be_left_out_has_no_default_of_null() -> None:
    assert "heavy(aboveG: Float): Boolean!" in strawberry.Schema(Query).as_str()


@pytest.mark.parametrize("source", [Leaf, Shelf])
def test_a_field_that_its_row_lacks_fails_at_import(source: type) -> None:
    with pytest.raises(TypeError, match=r"Face\.colours: (Leaf|Shelf) has no such attribute"):

        @publishes(source)
        class Face:
            """A face."""

            colours: str = about("Misspelt.")


def test_columns_and_properties_of_a_row_are_known() -> None:
    @publishes(Shelf)
    class ShelfFace:
        """A shelf."""

        label: str = about("A column.")
        sign: str = about("A property.")

    assert ShelfFace.__doc__ == "A shelf."


def test_a_face_without_a_docstring_fails_at_import() -> None:
    with pytest.raises(TypeError, match="without a docstring"):

        @publishes(Leaf)
        class Face:
            colour: str = about("Its colour.")


def test_every_value_of_an_enum_is_described_or_it_fails_at_import() -> None:
    class Season(enum.Enum):
        SPRING = 1
        AUTUMN = 2

    with pytest.raises(TypeError, match="Season: describe exactly SPRING, AUTUMN"):
        enumerates(Season, "A season.", SPRING="Green.")


def test_a_form_field_left_out_and_null_are_the_same() -> None:
    @form("WishInput")
    class Wish:
        """A wish."""

        text: str | None = strawberry.field(default=None, description="What.")

    @value
    class Root:
        """Questions."""

        @field
        def echo(self, wish: Wish) -> str:
            """What was wished."""
            return repr(wish.text)

    schema = strawberry.Schema(Root)
    result = schema.execute_sync("{ a: echo(wish: {}) b: echo(wish: {text: null}) }")
    assert result.data == {"a": "None", "b": "None"}
    assert "= null" not in schema.as_str()
