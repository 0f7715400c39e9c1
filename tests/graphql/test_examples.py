"""What docs/examples ask is what the schema answers; tests/browser runs them."""

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

ROOT = Path(__file__).resolve().parents[2]
OPERATION = re.compile(r"`((?:mutation|query|fragment)\b[^`]*)`")


def operations(path: Path) -> list[str]:
    """Each operation in a script, with the fragments that it uses."""
    found = OPERATION.findall(path.read_text(encoding="utf-8"))
    fragments = [text for text in found if text.startswith("fragment")]
    wanted = [text for text in found if text not in fragments]
    return [text + "".join(part for part in fragments if f"...{part.split()[1]}" in text) for text in wanted]


@pytest.mark.parametrize("name", ["upload.js", "uppy.ts"])
def test_the_examples_ask_what_the_schema_answers(name: str) -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    asked = operations(ROOT / "docs" / "examples" / name)
    assert len(asked) >= 3
    assert [error.message for text in asked for error in validate(schema, parse(text))] == []
