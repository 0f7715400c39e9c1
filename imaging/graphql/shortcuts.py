"""Shortcuts for lists, where the same fields are read of row after row; no answer changes by them."""

import functools
from collections.abc import Callable, Iterator
from operator import attrgetter
from types import CoroutineType
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema
from strawberry.schema.name_converter import NameConverter
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

_DEFINITION = "strawberry-definition"

_camel = functools.cache(to_camel_case)


class Names(NameConverter):
    """Spells each name once; Strawberry asks for the names of arguments and inputs whenever a field is read."""

    def apply_naming_config(self, name: str) -> str:
        """Return a Python name as clients spell it."""
        return _camel(name) if self.auto_camel_case else name


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Waits for coroutines and for nothing else.

    A row of Tortoise can be awaited too, so that every image of a list would be waited for, and run as a task.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # Any: passed on as they are
        super().__init__(*arguments, **options)
        self.is_awaitable = _is_coroutine  # type: ignore[assignment]  # no TypeGuard: not all that can be awaited


def shorten(schema: GraphQLSchema) -> None:
    """Let fields that need neither arguments nor context be read from their row without a detour."""
    for published, definition in _fields(schema):
        if definition.is_basic_field:
            published.resolve = _attribute(definition.python_name)
        elif (resolver := _of_row_alone(definition)) is not None:
            published.resolve = resolver


def _fields(schema: GraphQLSchema) -> Iterator[tuple[GraphQLField, StrawberryField]]:
    for kind in schema.type_map.values():
        for published in kind.fields.values() if isinstance(kind, GraphQLObjectType) else ():
            definition = published.extensions.get(_DEFINITION)
            if isinstance(definition, StrawberryField):
                yield published, definition


def _attribute(name: str) -> Callable[..., object]:
    read = attrgetter(name)
    return lambda row, _info: read(row)


def _of_row_alone(field: StrawberryField) -> Callable[..., object] | None:
    resolver = field.base_resolver
    if resolver is None or field.is_async or field.extensions or field.arguments:
        return None
    if resolver.parent_parameter is None or resolver.self_parameter or resolver.info_parameter:
        return None
    wrapped: Any = resolver.wrapped_func  # a function, bare or still in its staticmethod
    compute = getattr(wrapped, "__func__", wrapped)
    return lambda row, _info: compute(row)


def _is_coroutine(value: object) -> bool:
    return type(value) is CoroutineType
