import datetime
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from imaging.graphql.masking import Masking
from imaging.graphql.scalars import JSON, SCALARS, URL, Color, Long, Upload


@strawberry.type
class Query:
    @strawberry.field
    def time(self, value: datetime.datetime) -> datetime.datetime:
        return value

    @strawberry.field
    def long(self, value: Long) -> Long:
        return value

    @strawberry.field
    def color(self, value: Color) -> Color:
        return value

    @strawberry.field
    def json(self, value: JSON) -> JSON:
        return value

    @strawberry.field
    def url(self, value: URL) -> URL:
        return value

    @strawberry.field
    def file(self, value: Upload) -> str:
        return type(value).__name__


schema = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS), extensions=[Masking])
TYPES = {"time": "DateTime", "long": "Long", "color": "Color", "json": "JSON", "url": "URL", "file": "Upload"}


def ask(field: str, value: Any) -> Any:
    query = f"query ($value: {TYPES[field]}!) {{ {field}(value: $value) }}"
    return schema.execute_sync(query, variable_values={"value": value})


def answer(field: str, value: Any) -> Any:
    result = ask(field, value)
    assert result.errors is None
    return result.data[field]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("2026-05-17T09:30:00Z", "2026-05-17T09:30:00.000Z"),
        ("2026-05-17T11:30:00.123456+02:00", "2026-05-17T09:30:00.123Z"),
        ("2026-05-16T23:30:00-10:00", "2026-05-17T09:30:00.000Z"),
    ],
)
def test_times_are_told_as_utc_with_milliseconds(given: str, told: str) -> None:
    assert answer("time", given) == told


@pytest.mark.parametrize(
    "given",
    [
        "2026-05-17",
        "2026-05-17T09:30:00",
        "yesterday",
        "",
        1,
        True,
        "9999-12-31T23:59:59-10:00",
        "2026-13-01T00:00:00Z",
    ],
)
def test_a_time_without_offset_or_sense_is_refused_in_our_words(given: Any) -> None:
    result = ask("time", given)
    assert "DateTime is an ISO 8601 text with its offset" in result.errors[0].message
    assert result.errors[0].extensions["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("given", [0, -1, 2**31, 2**53 - 1, 1e15])
def test_long_numbers_are_exact(given: float) -> None:
    assert answer("long", given) == given


@pytest.mark.parametrize("given", [2**53, -(2**53), 1.5, "1", True])
def test_numbers_that_javascript_cannot_hold_are_refused(given: Any) -> None:
    assert "Long is a whole number" in ask("long", given).errors[0].message


@pytest.mark.parametrize(
    ("given", "told"),
    [("#FFF", "#ffffff"), ("#fff8", "#ffffff88"), ("#A0b1C2", "#a0b1c2"), ("#a0b1c280", "#a0b1c280")],
)
def test_colours_are_told_in_one_spelling(given: str, told: str) -> None:
    assert answer("color", given) == told


@pytest.mark.parametrize("given", ["red", "#12345", "#gggggg", "", "fff", "#fff\n", 5])
def test_what_is_no_colour_is_refused(given: Any) -> None:
    assert "Color is #rgb" in ask("color", given).errors[0].message


@pytest.mark.parametrize("given", [{"a": [1, None, {"b": True}]}, [], "text", 1.5, False])
def test_json_passes_as_it_is(given: Any) -> None:
    assert answer("json", given) == given


def test_json_can_be_written_in_the_document() -> None:
    result = schema.execute_sync('{ json(value: {a: [1, null, "x"], b: {c: 2.5}}) }')
    assert result.data == {"json": {"a": [1, None, "x"], "b": {"c": 2.5}}}


@pytest.mark.parametrize("given", ["javascript:alert(1)", "/relative", "", 1])
def test_what_is_no_absolute_address_is_refused(given: Any) -> None:
    assert "URL is an absolute address" in ask("url", given).errors[0].message


def test_an_address_passes() -> None:
    assert answer("url", "https://pictures.test/r/1") == "https://pictures.test/r/1"


@pytest.mark.parametrize("given", ["text", 1, [], {}, True])
def test_a_file_can_only_be_sent_as_a_part(given: Any) -> None:
    assert "GraphQL multipart request" in ask("file", given).errors[0].message


def test_a_file_arrives_as_what_the_transport_made_of_it() -> None:
    class SpoolFile:
        pass

    assert answer("file", SpoolFile()) == "SpoolFile"
