import random
from dataclasses import replace
from pathlib import Path

import pytest

from imaging.adapters.tantivy_index import TantivyIndex
from imaging.ports import SearchDocument, SearchFilter, SearchQuery
from imaging.search.match import Matcher, typos_between, typos_forgiven
from imaging.search.words import Term, terms


@pytest.mark.parametrize(
    ("word", "typos"),
    [("boat", 0), ("beach", 1), ("mountain", 1), ("lighthouse", 2), ("dsc01234", 0), ("a" * 33, 0)],
)
def test_longer_words_may_have_more_typos(word: str, typos: int) -> None:
    assert typos_forgiven(Term(word)) == typos


def test_scripts_without_spaces_are_taken_as_written() -> None:
    assert typos_forgiven(Term("東京タワー東京タワー", whole=False)) == 0


@pytest.mark.parametrize(
    ("word", "term", "typos"),
    [
        ("beach", "beach", 0),
        ("beach", "baech", 1),
        ("beach", "each", 1),
        ("beach", "beachy", 1),
        ("beach", "peach", 1),
        ("beach", "peacy", 2),
        ("beach", "boats", 3),
        ("ca", "abc", 3),
    ],
)
def test_typos_are_letters_missing_added_replaced_or_swapped(word: str, term: str, typos: int) -> None:
    assert typos_between(word, term, 2) == typos


def test_a_beginning_is_compared_with_its_best_length() -> None:
    assert typos_between("mountains", "moutn", 1, prefix=True) == 1
    assert typos_between("mountains", "lake", 1, prefix=True) == 2


def test_only_the_last_term_may_be_a_beginning() -> None:
    matcher = Matcher(terms("sun bea"))
    assert matcher.answers("beach")
    assert not matcher.answers("sunset")


async def test_what_is_marked_is_what_is_found(tmp_path: Path) -> None:
    """The index forgives by automaton, the highlights by arithmetic: they must agree on every word."""
    chance = random.Random(5)
    vocabulary = sorted({_word(chance) for _ in range(600)})
    index = TantivyIndex(tmp_path)
    await index.open()
    sample = SearchDocument(id="", owner_id="", public=True, state="READY", filename="")
    await index.apply([replace(sample, id=word, title=word) for word in vocabulary], [])
    for term in (_misspelt(chance.choice(vocabulary), chance) for _ in range(150)):
        for query in (term, f"{term} {term[:2]}"):
            page = await index.search(SearchQuery(query, SearchFilter(), limit=1000))
            asked = terms(query)
            wanted = [word for word in vocabulary if all(_alone(asked, at).answers(word) for at in range(len(asked)))]
            assert sorted(hit.id for hit in page.hits) == wanted, query
            assert all("<mark>" in hit.highlights["title"] for hit in page.hits)
    await index.close()


def _alone(asked: list[Term], at: int) -> Matcher:
    """A matcher for one term that still knows whether it is the last."""
    return Matcher([asked[at]] if at == len(asked) - 1 else [asked[at], Term("\0")])


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("abcde") for _ in range(chance.randint(2, 12)))


def _misspelt(word: str, chance: random.Random) -> str:
    letters = list(word)
    for _ in range(chance.randint(0, 3)):
        at = chance.randrange(len(letters) + 1)
        letters[at : at + chance.randint(0, 1)] = chance.choice(["", "a", "x"])
    chance.shuffle(letters[:1])
    return "".join(letters) or "a"
