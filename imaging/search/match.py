"""Whether a word answers what was asked for: exactly, as its beginning, or with a typo forgiven.

The forgiveness is Meilisearch's: one typo from 5 letters, two from 9; a typo is a letter too many, missing,
wrong, or two neighbours swapped. Words with a digit in them, and scripts without spaces, are taken as written.
Only the last word of a query may be the beginning of a word, since only it may still be being typed; one typo
is forgiven in it.
"""

import enum
from collections.abc import Sequence

from imaging.search.words import Term, fold, spans

ONE_TYPO_LETTERS = 5
TWO_TYPO_LETTERS = 9
# The automaton of a longer word would cost more than anybody's typo is worth.
MOST_TYPO_LETTERS = 32


class Closeness(enum.IntEnum):
    """How well a word answers; the value is what it adds to a hit's rank."""

    EXACT = 40
    PREFIX = 30
    ONE_TYPO = 20
    FAR = 10  # two typos, or a beginning with one


def typos_forgiven(term: Term) -> int:
    """Return how many typos the term may have: 0, 1 or 2."""
    letters = len(term.folded)
    if not term.whole or letters > MOST_TYPO_LETTERS or not term.folded.isalpha():
        return 0
    return (letters >= ONE_TYPO_LETTERS) + (letters >= TWO_TYPO_LETTERS)


def may_be_prefix(terms: Sequence[Term], position: int) -> bool:
    """True for the last term, when its script has words at all."""
    return position == len(terms) - 1 and terms[position].whole


class Matcher:
    """Says of words whether they answer any of the terms; remembers, since the words of a page repeat."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._wanted = [
            (term.folded, frozenset(term.folded), typos_forgiven(term), may_be_prefix(terms, position))
            for position, term in enumerate(terms)
        ]
        self._known: dict[str, bool] = {}
        self._marked: dict[str, list[tuple[int, int]]] = {}

    @property
    def has_terms(self) -> bool:
        """True when anything was asked for."""
        return bool(self._wanted)

    def answers(self, word: str) -> bool:
        """True when the folded word answers one of the terms."""
        known = self._known.get(word)
        if known is None:
            known = self._known[word] = self._answers(word)
        return known

    def marked(self, piece: str) -> list[tuple[int, int]]:
        """Return where in a piece of text the words lie that answer one of the terms."""
        marked = self._marked.get(piece)
        if marked is None:
            lie = spans(piece)
            marked = self._marked[piece] = [(begin, end) for begin, end in lie if self.answers(fold(piece[begin:end]))]
        return marked

    def _answers(self, word: str) -> bool:
        letters = frozenset(word)
        for term, term_letters, typos, prefix in self._wanted:
            if word == term or (prefix and word.startswith(term)):
                return True
            # A typo accounts for one letter at most: the rest need not be compared.
            if typos and len(term_letters - letters) <= typos and _nearly(word, term, typos, prefix=prefix):
                return True
        return False


def typos_between(word: str, term: str, limit: int, *, prefix: bool = False) -> int:
    """Return the typos between a word, or its best beginning, and a term; `limit` + 1 when there are more.

    Counts letters inserted, left out, replaced, and neighbours swapped (optimal string alignment).
    """
    if len(term) - len(word) > limit or (not prefix and len(word) - len(term) > limit):
        return limit + 1
    word = word[: len(term) + limit]
    before: list[int] = []
    row = list(range(len(word) + 1))
    for i, letter in enumerate(term, start=1):
        last, before, row = before, row, [i]
        for j, other in enumerate(word, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == word[j - 2] and term[i - 2] == other:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(limit + 1, min(row) if prefix else row[-1])


def _nearly(word: str, term: str, typos: int, *, prefix: bool) -> bool:
    return typos_between(word, term, typos) <= typos or (prefix and typos_between(word, term, 1, prefix=True) <= 1)
