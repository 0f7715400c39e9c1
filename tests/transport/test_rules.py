import contextlib
import sys
from types import FrameType

import pytest
from graphql import get_introspection_query

from imaging.graphql.transport.documents import Documents, RejectedDocument
from imaging.graphql.transport.limits import DocumentLimits
from tests.transport.doors import schema

LIMITS = DocumentLimits(depth=5, aliases=3, fields=50, root_fields=10)


def errors(text: str, limits: DocumentLimits = LIMITS) -> list[str]:
    with pytest.raises(RejectedDocument) as caught:
        Documents(schema, limits).prepare(text)
    return [error.message for error in caught.value.errors]


def nested(levels: int) -> str:
    return "{ " + "inner { " * (levels - 1) + "hello" + " }" * levels


def chained(links: int, body: str) -> str:
    """Return fragments of which each uses the next one twice: 2**links uses of the last."""
    links_text = " ".join(f"fragment F{i} on Query {{ {body.replace('NEXT', f'F{i + 1}')} }}" for i in range(links))
    return f"{{ ...F0 }} {links_text} fragment F{links} on Query {{ hello }}"


def test_an_operation_may_nest_as_deep_as_is_allowed() -> None:
    assert Documents(schema, LIMITS).prepare(nested(5)) == nested(5)
    assert errors(nested(6)) == ["The operation nests 6 levels deep; 5 are allowed."]


def test_depth_counts_through_fragments_but_not_through_inline_ones() -> None:
    text = "{ ...A } fragment A on Query { inner { ...B } } fragment B on Query { inner { ... { inner { hello } } } }"
    assert errors(text, DocumentLimits(depth=3)) == ["The operation nests 4 levels deep; 3 are allowed."]


def test_aliases_are_counted_each_time_their_fragment_is_used() -> None:
    fragment = "fragment A on Query { x: hello y: hello }"
    assert Documents(schema, LIMITS).prepare(f"{{ inner {{ ...A }} z: hello }} {fragment}")
    found = errors(f"{{ inner {{ ...A inner {{ ...A }} }} }} {fragment}")
    assert found == ["The operation uses 4 aliases, fragments included; 3 are allowed."]


def test_fields_at_the_root_are_limited() -> None:
    found = errors("{" + " hello" * 9 + " ...A } fragment A on Query { hello role }")
    assert found == ["The operation asks for 11 fields at its root; 10 are allowed."]


def test_each_operation_of_a_document_is_measured() -> None:
    assert errors(f"query A {{ hello }} query B {nested(6)}") == ["The operation nests 6 levels deep; 5 are allowed."]


def test_the_introspection_query_passes_however_deep_it_is() -> None:
    text = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    assert Documents(schema, DocumentLimits(depth=3)).prepare(text) == text


def test_introspection_does_not_hide_deep_fields_beside_it() -> None:
    assert errors("{ __schema { types { name } } " + nested(6)[1:]) == [
        "The operation nests 6 levels deep; 5 are allowed."
    ]


def test_circles_in_the_schema_description_cannot_be_followed_for_ever() -> None:
    deep = "{ __schema { types { " + "fields { type { " * 4 + "name" + " } }" * 4 + " } } }"
    assert errors(deep, DocumentLimits()) == ["Maximum introspection depth exceeded"]


def test_introspection_is_refused_when_it_is_off() -> None:
    off = DocumentLimits(introspection=False)
    assert "introspection has been disabled" in errors("{ __schema { types { name } } }", off)[0]
    assert Documents(schema, off).prepare("{ __typename }")


def test_error_messages_name_near_fields_only_when_that_is_on() -> None:
    assert errors("{ paint_ }", DocumentLimits()) == [
        "Cannot query field 'paint_' on type 'Query'. Did you mean 'paint'?"
    ]
    assert errors("{ paint_ }", DocumentLimits(suggestions=False)) == ["Cannot query field 'paint_' on type 'Query'."]


def test_a_fragment_that_uses_itself_is_reported_not_followed() -> None:
    text = "{ ...A } fragment A on Query { inner { ...B } } fragment B on Query { inner { ...A } }"
    assert any("Cannot spread fragment" in message for message in errors(text, DocumentLimits()))


def test_unknown_fragments_are_reported() -> None:
    assert errors("{ ...Nowhere }") == ["Unknown fragment 'Nowhere'."]


def test_tokens_and_characters_are_limited() -> None:
    assert "more than 10 tokens" in errors("{" + " hello" * 10 + "}", DocumentLimits(tokens=10))[0]
    assert errors("{ hello }" + " " * 20, DocumentLimits(characters=20)) == [
        "The document has 29 characters; 20 are allowed."
    ]


# The dearest document below makes 1.2 million; one whose cost doubles with each link would make billions.
MOST_CALLS = 1_500_000

ADVERSARIES = {
    "chain of fragments": chained(300, "...NEXT ...NEXT"),
    "chain of fields": chained(200, "inner { ...NEXT } inner { ...NEXT }"),
    "chain of aliases": chained(200, "a: inner { ...NEXT } b: inner { ...NEXT }"),
    "a long line of fragments": chained(700, "...NEXT"),
    "every fragment uses every later one": "{ ...F0 } "
    + " ".join(
        f"fragment F{i} on Query {{ hello {' '.join(f'...F{j}' for j in range(i + 1, 60))} }}" for i in range(60)
    ),
    "one field, many times": "{" + " hello" * 4_900 + "}",
    "one field with a body, many times": "{ inner { " + "inner { hello } " * 450 + "} }",
    "one field with another argument each time": "{ inner { "
    + " ".join(f'hello(name: "{i}")' for i in range(800))
    + "} }",
    "many unknown fields": "{ inner { " + " ".join(f"{'h' * 50}{i}" for i in range(900)) + " } }",
    "many directives": "{ hello" + " @skip(if: true)" * 700 + " }",
    "many variables": "query(" + " ".join(f"$v{i}: Int" for i in range(900)) + ") { hello }",
    "many operations": " ".join(f"query Q{i} {{ ...A }}" for i in range(500)) + " fragment A on Query { hello role }",
    "only commas": "," * 1_000_000 + "{ hello }",
    "only comments": "{ hello }" + "#\n" * 500_000,
    "a name of a megabyte": "{" + "a" * 1_000_000 + "}",
    "brackets without end": "{ hello(name: " + "[" * 4_900,
    "selections without end": "{ inner " * 2_400,
}


@pytest.mark.parametrize("text", ADVERSARIES.values(), ids=ADVERSARIES.keys())
def test_no_document_holds_the_server_up(text: str) -> None:
    assert calls_to_prepare(text) < MOST_CALLS


def test_a_document_as_people_write_them_takes_a_small_part_of_that() -> None:
    assert 100 < calls_to_prepare("{ inner { " + "hello " * 20 + "} }") < MOST_CALLS / 50


def calls_to_prepare(text: str) -> int:
    """Count what Python does, which says the same on a busy machine as on an idle one."""
    documents, calls = Documents(schema, DocumentLimits()), 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        with contextlib.suppress(RejectedDocument):
            documents.prepare(text)
    finally:
        sys.setprofile(None)
    return calls


def test_twice_as_many_links_take_about_twice_as_long() -> None:
    short, long = (chained(links, "inner { ...NEXT } inner { ...NEXT }") for links in (80, 160))
    assert calls_to_prepare(long) < 3 * calls_to_prepare(short)


def test_a_valid_document_is_prepared_once() -> None:
    documents = Documents(schema, DocumentLimits())
    assert documents.prepare("{ hello }").document is documents.prepare("{ hello }").document


def test_what_is_remembered_is_bounded() -> None:
    documents = Documents(schema, DocumentLimits())
    first = documents.prepare("{ hello }").document
    for number in range(300):
        documents.prepare(f"query Q{number} {{ hello }}")
    assert documents.prepare("{ hello }").document is not first
