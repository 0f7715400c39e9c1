"""The function for the CDN's edge: run in Node, and held to what the server itself would have chosen."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.delivery.edge_function import MAX_BYTES, examples, javascript, negotiated
from tests.npm import NODE
from tests.server import environment, imaging

RUN = """
const requests = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const handler = new Function(process.argv[1] + '; return handler;')();
console.log(JSON.stringify(requests.map((request) => handler({ request }).uri)));
"""
PATHS = sorted({example["uri"] for example in examples() if example["uri"] != example["expected"]})
WORDS = st.sampled_from(["image/avif", "image/webp", "image/jpeg", "image/gif", "image/*", "*/*", "text/html", ""])
WEIGHTS = st.sampled_from(["", ";q=1", ";q=0", ";q=0.5", "; Q = .75", ";q=0.3;x=1", ";q=2", ";x;q=0.9", ";q=", ";q"])
ACCEPTS = st.lists(st.builds(str.__add__, WORDS, WEIGHTS), max_size=6).map(",".join) | st.text(
    st.characters(max_codepoint=255), max_size=30
)


def at_the_edge(*requests: dict[str, Any]) -> list[str]:
    """Return what the function makes of the requests' addresses."""
    ran = subprocess.run(
        [NODE, "-e", RUN, javascript()], input=json.dumps(requests), capture_output=True, text=True, check=True
    )
    answers: list[str] = json.loads(ran.stdout)
    return answers


def request(uri: str, *accepts: str) -> dict[str, Any]:
    """A request as CloudFront hands it to a function."""
    if not accepts:
        return {"uri": uri, "headers": {}}
    values = {"multiValue": [{"value": accept} for accept in accepts]} if len(accepts) > 1 else {}
    return {"uri": uri, "headers": {"accept": {"value": accepts[0], **values}}}


def test_the_function_answers_every_example_as_the_server_does() -> None:
    asked = examples()
    answers = at_the_edge(*(request(example["uri"], example["accept"]) for example in asked))
    assert answers == [example["expected"] for example in asked]


def test_the_examples_come_out_in_every_format() -> None:
    formats = Counter(example["expected"].rpartition(".")[2] for example in examples())
    assert {"avif", "webp", "jpg", "png", "gif"} <= formats.keys()
    assert min(formats[format] for format in ("avif", "webp", "jpg", "png", "gif")) >= 5


@settings(max_examples=2, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), ACCEPTS), min_size=150, max_size=200))
def test_whatever_a_browser_sends_both_choose_alike(asked: list[tuple[str, str]]) -> None:
    assert at_the_edge(*(request(*one) for one in asked)) == [negotiated(*one) for one in asked]


def test_a_header_that_is_absent_or_comes_in_parts_is_read_all_the_same() -> None:
    path = PATHS[0]
    assert at_the_edge(request(path), request(path, "text/html", "image/webp")) == [
        negotiated(path, ""),
        negotiated(path, "text/html,image/webp"),
    ]


def test_cloudfront_takes_it() -> None:
    source = javascript()
    assert len(source.encode()) < MAX_BYTES
    assert not re.search(r"@[A-Z]+@|=>|`[^`]*\$\{|\bclass\b|\brequire\b", source)


def test_the_command_prints_the_function_and_its_examples(tmp_path: Path) -> None:
    env = environment(tmp_path)
    assert imaging("cdn-function", env=env, cwd=tmp_path).stdout == javascript()
    assert json.loads(imaging("cdn-function", "--vectors", env=env, cwd=tmp_path).stdout) == examples()
