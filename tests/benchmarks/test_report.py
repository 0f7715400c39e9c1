"""What the benchmarks tell: the ratios that others read, the table, the place where the last results are kept."""

import json
from pathlib import Path

import pytest

from benchmarks import raw
from benchmarks.client import Load
from benchmarks.contestants import IMAGING, IPX, PROGRAM, RAW, Measured
from benchmarks.jobs import FORMATS, Photos, diverse
from benchmarks.pictures import photograph
from benchmarks.report import DIVERSE, IN_PROCESS, RenderRow, markdown, report, rows_of, summary
from benchmarks.table import keep
from imaging.render.choices import OutputFormat
from imaging.render.codecs import save
from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import plan
from imaging.render.transform import Transform

USUAL = Photos("JPEG", 2040, 1360, (Path("a.jpg"), Path("b.jpg")))
CAMERA = Photos("progressive JPEG", 6000, 4000, (Path("c.jpg"),))


def took(images_per_s: float, count: int = 40) -> Measured:
    return Measured(Load((1 / images_per_s,) * count, count / images_per_s), cpu_s=count * 0.02, peak_mib=90)


def some_rows() -> list[RenderRow]:
    rows = []
    for format in FORMATS:
        rows += rows_of(IN_PROCESS, USUAL, format, {IMAGING: took(50), RAW: took(40)})
        rows += rows_of(DIVERSE, USUAL, format, {IMAGING: took(80), RAW: took(100), IPX: took(40), PROGRAM: took(20)})
        rows += rows_of(DIVERSE, CAMERA, format, {IMAGING: took(8), RAW: took(10)})
    return rows


def test_ratios_are_given_for_each_format_in_process_and_over_http() -> None:
    found = json.loads(json.dumps(report(some_rows(), {"ipx": "3"}, {"thumbor": "no wheel"})))
    assert found["ratios"]["in_process"] == {"JPEG": 0.8, "WEBP": 0.8, "AVIF": 0.8, "PNG": 0.8}
    assert found["ratios"]["over_http"] == {"JPEG": 0.8, "WEBP": 0.8, "AVIF": 0.8, "PNG": 0.8}
    assert found["ratios"]["over_http_large"]["AVIF"] == 0.8
    assert found["absent"] == {"thumbor": "no wheel"}


def test_there_is_a_row_for_each_source_format_and_contestant() -> None:
    rows = report(some_rows(), {}, {})["rows"]
    of_ipx = [row for row in rows if row["contestant"] == IPX]
    assert {row["format"] for row in of_ipx} == {"JPEG", "WEBP", "AVIF", "PNG"}
    assert of_ipx[0] | {"ratio": 2.0, "met": True, "source": "2.8 MP JPEG", "images": 40} == of_ipx[0]
    assert of_ipx[0]["cpu_s_per_image"] == pytest.approx(0.02)
    assert (of_ipx[0]["p95_ms"], of_ipx[0]["peak_mib"]) == (pytest.approx(25), 90)


def test_a_ratio_over_several_sources_is_their_geometric_mean() -> None:
    other = Photos("PNG", 1600, 1200, ())
    rows = rows_of(DIVERSE, other, OutputFormat.JPEG, {IMAGING: took(40), RAW: took(100)})
    rows += rows_of(DIVERSE, USUAL, OutputFormat.JPEG, {IMAGING: took(90), RAW: took(100)})
    assert report(rows, {}, {})["ratios"]["over_http"] == {"JPEG": 0.6}


def test_the_aim_depends_on_what_is_rendered() -> None:
    def aim(photos: Photos, format: OutputFormat) -> str:
        return rows_of(DIVERSE, photos, format, {IMAGING: took(1), RAW: took(1)})[1].aim

    assert aim(USUAL, OutputFormat.JPEG) == "≥ 0.75"
    assert aim(USUAL, OutputFormat.AVIF) == "≥ 0.90"
    assert aim(CAMERA, OutputFormat.JPEG) == "≥ 0.90"


def test_the_table_has_a_line_for_each_row_and_says_which_aims_are_missed() -> None:
    rows = some_rows()
    lines = markdown(rows).splitlines()
    assert len(lines) == len(rows) + 2
    assert "| 2.8 MP JPEG | JPEG | ipx | 40 | 20 | 25 | 90 | 2.00 | ≥ 1.00 | yes |" in markdown(rows)
    assert "| 24 MP progressive JPEG | JPEG | libvips | 10 | 20 | 100 | 90 | 0.80 | ≥ 0.90 | no |" in markdown(rows)


def test_the_summary_names_who_is_absent_and_why() -> None:
    told = summary(report(some_rows(), {"ipx": "3.1.1"}, {"thumbor": "pip failed"}))
    assert "ipx 3.1.1" in told
    assert "**Absent:** thumbor: pip failed" in told


def test_the_percentile_is_over_all_rounds() -> None:
    rounds = Load((0.1,) * 19, 1.0) + Load((0.2,), 1.0)
    assert (rounds.count, rounds.per_second) == (20, 10)
    assert 100 < rounds.p95_ms <= 200


def test_diverse_jobs_never_ask_for_the_same_twice() -> None:
    jobs = list(diverse(USUAL, OutputFormat.WEBP))
    assert len(set(jobs)) == len(jobs) > 2_000
    assert [job.width for job in jobs[:3]] == [512, 512, 513]


def test_a_suite_replaces_its_own_table_in_the_readme_and_no_other(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Benchmarks\n\n## The last results\n")
    for name, table in (("render", "one"), ("memory", "two"), ("render", "three")):
        keep(name, table, readme)
    text = "# Benchmarks\n\n## The last results\n\n### render\n\nthree\n\n### memory\n\ntwo\n"
    assert readme.read_text() == text


@pytest.mark.parametrize("format", FORMATS)
def test_libvips_is_given_our_own_settings(format: OutputFormat, tmp_path: Path) -> None:
    image = photograph(96, 64).copy_memory()
    target = tmp_path / f"ours.{format.value}"
    save(image, plan(Transform(), Source(ImageFormat.JPEG, 96, 64), format=format), target)
    assert raw.encoded(image, format) == target.read_bytes()
