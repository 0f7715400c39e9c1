"""How an image lies in the tantivy index: fields, the document made of an image, and back.

Words are cut and folded by `search.words`; tantivy only sees them separated by spaces, so that index, query and
highlights agree. Raise `LAYOUT` whenever what is written changes: indexes of another layout are built anew.
"""

import datetime
import json
from collections.abc import Callable

import tantivy

from imaging.ports import SearchDocument
from imaging.search.words import composed, words

LAYOUT = 2
WORDS_TOKENIZER = "words"
# A field matched earlier in this list ranks higher.
TEXT_FIELDS: dict[str, Callable[[SearchDocument], str]] = {
    "title": lambda document: document.title,
    "tags": lambda document: ", ".join(document.tags),
    "alt_text": lambda document: document.alt_text,
    "description": lambda document: document.description,
    "filename": lambda document: document.filename,
    "metadata": lambda document: document.metadata_text,
}
# The words of all of them, for questions that need not know where.
ANYWHERE = "anywhere"
# Id and fingerprint in one term, so that the dictionary of terms is a list of what is indexed.
PRINT = "print"
EXACT_FIELDS = ("id", "owner", "state", "visibility", "format", "tag", "camera", "filename_key")
FACET_FIELDS = {"tags": "tag", "format": "format", "camera": "camera", "year": "year", "owner": "owner"}
NUMBER_FIELDS = ("size_bytes", "width", "height", "pixels", "created_at", "updated_at", "taken_at", "year", "recency")
LONGEST_TEXT = 20_000
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


def build_schema() -> tantivy.Schema:
    """Return the fields of this layout."""
    builder = tantivy.SchemaBuilder()
    for name in (*TEXT_FIELDS, ANYWHERE):
        builder.add_text_field(name, tokenizer_name=WORDS_TOKENIZER, index_option="basic")
    for name in EXACT_FIELDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=name != "id", stored=name == "id")
    builder.add_text_field(PRINT, tokenizer_name="raw", index_option="basic")
    for name in NUMBER_FIELDS:
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in ("public", "animated"):
        builder.add_boolean_field(name, indexed=True, fast=True)
    builder.add_bytes_field("texts", stored=True)
    return builder.build()


def register_tokenizers(index: tantivy.Index) -> None:
    """Teach the index our way with words; needed at every opening, or writing fails."""
    analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(WORDS_TOKENIZER, analyzer)


def to_tantivy(document: SearchDocument) -> tantivy.Document:
    """Return the document as tantivy takes it."""
    written = tantivy.Document()
    texts = {name: composed(read(document)[:LONGEST_TEXT]) for name, read in TEXT_FIELDS.items()}
    found = {name: {word.folded for word in words(text)} for name, text in texts.items()}
    for name, folded in (*found.items(), (ANYWHERE, set().union(*found.values()))):
        written.add_text(name, " ".join(folded))
    for name, value in _exact_values(document):
        if value:
            written.add_text(name, value)
    for name, number in _numbers(document).items():
        if number is not None:
            written.add_integer(name, number)
    written.add_text(PRINT, f"{document.id}:{document.fingerprint}")
    written.add_boolean("public", document.public)
    written.add_boolean("animated", document.animated)
    written.add_bytes("texts", json.dumps({name: text for name, text in texts.items() if text}).encode())
    return written


def texts_of(found: tantivy.Document) -> dict[str, str]:
    """Return the texts that were indexed, by field, for highlighting."""
    texts: dict[str, str] = json.loads(bytes(found["texts"][0]))
    return texts


def filename_key(filename: str) -> str:
    """Return what file names are sorted by: without regard to case."""
    return composed(filename.casefold())


def to_microseconds(moment: datetime.datetime) -> int:
    """Return a time as the index holds it."""
    return (moment - _EPOCH) // _MICROSECOND


def _exact_values(document: SearchDocument) -> list[tuple[str, str]]:
    return [
        ("id", document.id),
        ("owner", document.owner_id),
        ("state", document.state),
        ("visibility", document.visibility),
        ("format", document.format),
        ("camera", document.camera),
        ("filename_key", filename_key(document.filename)),
        *(("tag", tag) for tag in dict.fromkeys(document.tag_keys)),
    ]


def _numbers(document: SearchDocument) -> dict[str, int | None]:
    taken = document.taken_at
    return {
        "size_bytes": document.size_bytes,
        "width": document.width,
        "height": document.height,
        "pixels": document.width * document.height,
        "created_at": to_microseconds(document.created_at),
        "updated_at": to_microseconds(document.updated_at),
        "taken_at": None if taken is None else to_microseconds(taken),
        "year": None if taken is None else taken.year,
        "recency": recency(document.created_at),
    }


RECENCY_BASE = 2**18


def recency(created_at: datetime.datetime) -> int:
    """Return the day of creation on a scale whose logarithm hardly moves.

    tantivy multiplies a score by log2(2 + recency). Twenty years change that by 0.2 %, less than one step of rank,
    and one day by three times the precision of its floats: enough that among equals the newest are kept.
    """
    return RECENCY_BASE + max(0, (created_at - _EPOCH).days)
