"""Faces: how a row, a value or an input is shown to clients, described by its own docstring.

A face names its fields once more on purpose (a contract is chosen, not derived) and reads them from
the row by attribute; there is no mapping code. What clients read as description is the docstring.
"""

import dataclasses
import enum
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, cast, dataclass_transform

import strawberry
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.utils.str_converters import to_camel_case
from tortoise.models import Model

T = TypeVar("T")
E = TypeVar("E", bound=type[enum.Enum])
P = ParamSpec("P")
R = TypeVar("R")


def publishes(source: type, *, name: str | None = None) -> Callable[[type[T]], type[T]]:
    """Turn a class into the face of `source`: fields without a resolver are read from it by name.

    Raises:
        TypeError: a field is published that `source` does not have; told at import.
    """

    def decorate(cls: type[T]) -> type[T]:
        made: Any = cls  # Strawberry's attributes are unknown to the type checker
        made.is_type_of = classmethod(lambda _, value, __: isinstance(value, source))
        made = strawberry.type(made, name=name, description=_told(cls))
        _compare(made, source)
        return cls

    return decorate


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, dataclasses.field))
def value(cls: type[T]) -> type[T]:
    """Turn a class into an output type that holds its own fields."""
    return strawberry.type(cls, description=_told(cls))


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field, dataclasses.field))
def form(name: str, *, one_of: bool = False) -> Callable[[type[T]], type[T]]:
    """Turn a class into an input type of this name; null and a field left out are the same unless it says UNSET.

    Of a form that is `one_of`, clients give exactly one field.
    """

    def decorate(cls: type[T]) -> type[T]:
        made: Any = strawberry.input(cls, name=name, description=_told(cls), one_of=one_of)
        for given in made.__strawberry_definition__.fields:
            if given.default_value is None:
                given.default_value = strawberry.UNSET
        made.__strawberry_definition__.from_input = _reader(made.__strawberry_definition__)
        return cls

    return decorate


def field(resolver: Callable[P, R]) -> Callable[P, R]:
    """Turn a function into a field that is computed; its docstring describes it to clients."""
    made: Callable[P, R] = _quiet(strawberry.field(resolver, description=_told(resolver)))
    return made


def subscription(resolver: Callable[P, R]) -> Callable[P, R]:
    """Turn an async generator into a field that is subscribed to; its docstring describes it to clients."""
    made: Callable[P, R] = _quiet(strawberry.subscription(resolver, description=_told(resolver)))
    return made


def shown(thing: object, *, as_: type[T] | None = None) -> T:  # noqa: ARG001 tells T, which is mostly known anyway
    """Return a row or value where its face is expected: faces are laid over things, and read them by name."""
    return cast(T, thing)  # never true, and never relied upon: nobody but Strawberry reads what resolvers return


def about(description: str) -> Any:
    """Describe a field that is read from the row by its name.

    `Any`, because a dataclass field stands where its value will be.
    """
    return strawberry.field(description=description)


def enumerates(kind: E, description: str, *, name: str | None = None, **values: str) -> E:
    """Publish an enum of the domain, each of its values described.

    Raises:
        TypeError: a value is not described, or a description has no value; told at import.
    """
    if set(values) != set(kind.__members__):
        raise TypeError(f"{kind.__name__}: describe exactly {', '.join(kind.__members__)}")
    face: Any = strawberry.enum(kind, name=name, description=description)
    for value_ in face.__strawberry_definition__.values:
        value_.description = values[value_.name]
    return kind


def _reader(definition: StrawberryObjectDefinition) -> Callable[[type, Mapping[str, Any], InputContext], Any]:
    """Return what makes the form of what was given, looking at nothing else; `Any`: whatever the fields hold."""

    @functools.cache  # at the first request: a field's type may be declared after the form
    def known() -> dict[str, tuple[str, Any]]:
        fields = [(field, field.resolve_type(type_definition=definition)) for field in definition.fields]
        return {
            field.graphql_name or to_camel_case(field.python_name): (field.python_name, kind) for field, kind in fields
        }

    def read(cls: type, given: Mapping[str, Any], context: InputContext) -> Any:
        fields = known()
        values = {}
        for name, value in given.items():
            python_name, kind = fields[name]
            values[python_name] = context.convert(value, kind, name)
        return cls(**values)

    return read


def _quiet(made: Any) -> Any:
    """Keep the contract free of `= null`, which says nothing; `Any`: a field stands where a function stood."""
    for argument in made.arguments:
        if argument.default is None:
            argument.default = strawberry.UNSET
    return made


def _told(thing: Any) -> str:
    """Return the docstring as running text: line breaks only between paragraphs."""
    text = inspect.cleandoc(thing.__doc__ or "")
    if not text:
        raise TypeError(f"{thing!r} is published without a docstring")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _compare(face: Any, source: type) -> None:
    known = _attributes(source)
    for published in face.__strawberry_definition__.fields:
        if published.base_resolver is None and published.python_name not in known:
            raise TypeError(f"{face.__name__}.{published.python_name}: {source.__name__} has no such attribute")


def _attributes(source: type) -> set[str]:
    if issubclass(source, Model):
        return set(source._meta.fields_map) | set(dir(source))
    return set(dir(source)) | set(getattr(source, "__dataclass_fields__", ()))
