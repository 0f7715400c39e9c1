"""Text cut into words, the same way for what is indexed, what is asked and what is highlighted.

Words are letters and digits; everything else, `_`, `-` and `.` too, only separates them. Case and accents
are folded (`Été` is `ete`). A word such as `SunsetBeach`, `DSC01234` or `35mm` is found whole and by its
parts. Scripts written without spaces are cut into single characters and pairs, so that any substring is found.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

MAX_WORD_LENGTH = 64
_MARKS = "".join(
    chr(point)
    for span in (range(0x300, 0x2100), range(0xA600, 0xAC00), range(0xFE20, 0xFE30))
    for point in span
    if unicodedata.category(chr(point)).startswith("M")
)
# Kana, CJK ideographs, Hangul, Thai, Lao, Myanmar, Khmer.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_PIECE = re.compile(rf"[{_UNSPACED}]+|(?:(?![{_UNSPACED}])[^\W_{_MARKS}])(?:(?![{_UNSPACED}])(?:[^\W_]|[{_MARKS}]))*")
_UNSPACED_RUN = re.compile(rf"[{_UNSPACED}]")
# Digits; an acronym before a capitalised word; a word with its capitals; in that order of trial.
_CAPITALS = "A-ZÀ-ÖØ-Þ"
_PART = re.compile(rf"\d+|[{_CAPITALS}]+(?=[{_CAPITALS}][a-zß-öø-ÿ])|[{_CAPITALS}]*[^{_CAPITALS}\d]+|[{_CAPITALS}]+")
_ASCII_PIECE = re.compile("[A-Za-z0-9]+")
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]")
_UNDECOMPOSED = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


class Word(NamedTuple):
    """A word of a text: `folded` is what is compared, `start` and `end` are where it stands."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Term:
    """A word somebody asked for; `whole` is false for a piece of a script without spaces, which must match exactly."""

    folded: str
    whole: bool = True


def composed(text: str) -> str:
    """Return the text with accents composed (NFC): the form that `words` expects, positions count in."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@functools.lru_cache(maxsize=16_384)
def fold(word: str) -> str:
    """Return the word as it is compared: compatibility forms, case and accents gone, at most 64 characters."""
    if word.isascii():
        return word.lower()[:MAX_WORD_LENGTH]
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", word.casefold()))
    return unicodedata.normalize("NFC", plain.casefold().translate(_UNDECOMPOSED))[:MAX_WORD_LENGTH]


def words(text: str) -> Iterator[Word]:
    """Yield every word of a composed text by which it can be found, parts and pairs included."""
    for piece, start in pieces(text):
        for begin, end in spans(piece):
            folded = fold(piece[begin:end])
            if folded:
                yield Word(folded, start + begin, start + end)


def pieces(text: str) -> Iterator[tuple[str, int]]:
    """Yield the words of a composed text as a person would count them, and where each starts."""
    pattern = _ASCII_PIECE if text.isascii() else _PIECE
    for match in pattern.finditer(text):
        yield match.group(), match.start()


def spans(piece: str) -> list[tuple[int, int]]:
    """Return where in a piece its words lie: the whole and its parts, or single characters and pairs."""
    if is_unspaced(piece):
        return _grams(len(piece))
    if piece.islower() and piece.isalpha():
        return [(0, len(piece))]
    parts = [(match.start(), match.end()) for match in _PART.finditer(piece)]
    return [(0, len(piece)), *parts] if len(parts) > 1 else [(0, len(piece))]


def terms(text: str) -> list[Term]:
    """Return what a query asks for, in order, each term once."""
    found: dict[Term, None] = {}
    for piece, _ in pieces(composed(text)):
        spaced = not is_unspaced(piece)
        cut = [piece] if spaced else [piece[begin:end] for begin, end in _pairs(len(piece))]
        found.update((Term(folded, spaced), None) for folded in map(fold, cut) if folded)
    return list(found)


def count_words(text: str) -> int:
    """Return how many words a query has, as a person would count them."""
    return sum(1 for _ in pieces(composed(text)))


def is_unspaced(piece: str) -> bool:
    """True for a run of a script that is written without spaces between words."""
    return piece[0] >= "\u0e00" and _UNSPACED_RUN.match(piece) is not None


def _grams(length: int) -> list[tuple[int, int]]:
    return [(at, at + 1) for at in range(length)] + [(at, at + 2) for at in range(length - 1)]


def _pairs(length: int) -> list[tuple[int, int]]:
    return [(at, at + 2) for at in range(length - 1)] or [(0, length)]
