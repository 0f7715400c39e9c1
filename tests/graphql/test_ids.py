import base64
import uuid

import pytest

from imaging.graphql.ids import IMAGE, USER, global_id, parse_id, row_id, row_ids

ROW = uuid.UUID("0190f3a4-1111-7222-8333-444455556666")


def test_an_id_leads_back_to_its_row() -> None:
    assert parse_id(global_id(IMAGE, ROW)) == (IMAGE, ROW)
    assert row_id(IMAGE, global_id(IMAGE, ROW)) == ROW


def test_the_same_row_id_of_another_kind_is_another_id() -> None:
    assert global_id(IMAGE, ROW) != global_id(USER, ROW)
    assert row_id(USER, global_id(IMAGE, ROW)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "not base64!",
        "SW1hZ2U6",
        str(ROW),
        base64.b64encode(b"Image").decode(),
        base64.b64encode(f"Image:{ROW}".encode()).decode(),
        base64.b64encode(f"Image:{ROW.hex.upper()}".encode()).decode(),
        base64.b64encode(f"Image:{{{ROW.hex}}}".encode()).decode(),
        base64.b64encode("Imäge:".encode() + ROW.hex.encode()).decode(),
        global_id(IMAGE, ROW) + "\n",
        global_id(IMAGE, ROW).rstrip("="),
        "ä",
        "\x00",
        "A" * 100_000,
    ],
)
def test_a_text_we_never_gave_out_is_no_id(text: str) -> None:
    assert parse_id(text) is None


def test_ids_that_are_none_fall_out_of_a_list_and_no_list_stays_none() -> None:
    assert row_ids(IMAGE, ["nonsense", global_id(IMAGE, ROW), global_id(USER, ROW)]) == (ROW,)
    assert row_ids(IMAGE, []) == ()
    assert row_ids(IMAGE, None) is None
