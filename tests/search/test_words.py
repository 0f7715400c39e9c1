import pytest

from imaging.search.words import MAX_WORD_LENGTH, Term, composed, count_words, fold, terms, words


def found(text: str) -> list[str]:
    return [word.folded for word in words(composed(text))]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Red boat, red lake!", ["red", "boat", "red", "lake"]),
        ("IMG_2041.final-cut.jpg", ["img", "2041", "final", "cut", "jpg"]),
        ("SunsetBeach", ["sunsetbeach", "sunset", "beach"]),
        ("HDRPhoto", ["hdrphoto", "hdr", "photo"]),
        ("DSC01234", ["dsc01234", "dsc", "01234"]),
        ("Été", ["ete"]),
        ("Straße Ærø Łódź", ["strasse", "aero", "lodz"]),
        ("İstanbul", ["istanbul"]),
        ("東京都", ["東", "京", "都", "東京", "京都"]),
        ("हिन्दी", ["हिन्दी"]),
        ("", []),
        ("?!… 🚤", []),
    ],
)
def test_text_is_cut_into_folded_words(text: str, wanted: list[str]) -> None:
    assert found(text) == wanted


def test_composed_and_decomposed_accents_are_the_same_word() -> None:
    assert found("cafe\u0301") == found("café") == ["cafe"]


def test_decomposed_hangul_is_composed_again() -> None:
    assert found("\u1112\u1161\u11ab\u1100\u116e\u11a8") == ["한", "국", "한국"]


def test_words_know_where_they_stand() -> None:
    text = "An ÉtéBeach."
    assert [text[word.start : word.end] for word in words(text)] == ["An", "ÉtéBeach", "Été", "Beach"]


def test_endless_words_are_cut() -> None:
    assert fold("é" * 1000) == "e" * MAX_WORD_LENGTH


def test_a_query_asks_for_each_word_once_and_for_no_parts() -> None:
    assert terms("Red RED SunsetBeach") == [Term("red"), Term("sunsetbeach")]


def test_a_query_in_a_script_without_spaces_asks_for_its_pairs() -> None:
    assert terms("東京都") == [Term("東京", whole=False), Term("京都", whole=False)]
    assert terms("東") == [Term("東", whole=False)]


def test_people_count_a_run_without_spaces_as_one_word() -> None:
    assert count_words("red 東京タワー") == 2
