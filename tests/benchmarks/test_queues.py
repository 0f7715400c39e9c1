"""What the comparison of job queues tells."""

import json
from pathlib import Path

from benchmarks.queue_sides import OURS, SAQ, Note, Queue, Side
from benchmarks.queues import Found, markdown, report


def found() -> list[Found]:
    ours = Found(
        Side(OURS, "python", "ours"), [15.0, 13.2, 14.0], 0, "done, begun once", [9.0, 7.5, 8.0], 50, 0, 0, True
    )
    theirs = Found(Side(SAQ, "python", "theirs", 15), [None, 16.0], 1, "cut off, begun once")
    return [ours, theirs]


def test_a_table_has_a_column_for_each_side() -> None:
    table = markdown(found()).splitlines()
    assert table[0] == "|  | imaging | saq, told 15 s |"
    assert "| from kill -9 to being begun again, s | 13.2, 14.0, 15.0 | 16.0, never |" in table
    assert "| 1,000 jobs that do nothing, s | 8.0 |  |" in table
    assert "| Redis flushed: new jobs are done | yes |  |" in table
    assert "saq 0.26" in table[-1]


def test_what_is_written_is_json_and_names_the_versions() -> None:
    told = json.loads(json.dumps(report(found())))
    assert told["versions"].keys() == {"saq", "streaq"}
    assert [side["side"] for side in told["sides"]] == ["imaging", "saq, told 15 s"]
    assert told["sides"][1]["rerun_s"] == [None, 16.0]


def test_a_log_tells_what_happened_to_each_nap_and_how_often(tmp_path: Path) -> None:
    queue = Queue(found()[0].side, "q", tmp_path, {})
    assert queue.notes("begun") == []
    queue.log.write_text("begun -3 7 1.5\nbegun 1 7 2.0\nended 1 7 2.5\nbegun 1 8 3.0\n")
    assert queue.times("begun") == {1: 2}
    assert queue.times("begun", -5) == {-3: 1, 1: 2}
    assert queue.notes("ended") == [Note("ended", 1, 7, 2.5)]
