"""Damaged files by the hundred, through a running server. `python -m tests.mutations` sends as many as you like."""

import random
import subprocess
import sys

import pytest

from tests import pictures
from tests.mutants import mutant
from tests.mutations import mutate, originals


@pytest.mark.full
def test_two_hundred_damaged_files_make_the_server_fail_hang_or_keep_nothing() -> None:
    report = mutate(files=200, seconds=None, seed=7, folder=None)
    assert report.problems == []
    assert report.files == 200
    assert report.uploads["CREATED"] > 20, report
    assert report.uploads["CORRUPT"] + report.uploads["TRUNCATED"] > 20, report
    assert report.renditions["200"] > 20, report


def test_the_same_seed_damages_the_same_way() -> None:
    whole = originals(None)
    first, second = ([mutant(whole, random.Random(f"3/{n}")) for n in range(30)] for _ in range(2))
    assert first == second
    assert len(set(first)) == 30


@pytest.mark.parametrize("original", originals(None), ids=lambda data: repr(bytes(data[:8])))
def test_every_format_is_damaged_in_many_ways(original: bytes) -> None:
    damaged = {mutant([original, pictures.png()], random.Random(seed)) for seed in range(100)}
    assert len(damaged - {original}) > 90


def test_the_command_tells_how_it_is_used() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.mutations", "--help"], capture_output=True, text=True, check=True
    )
    assert "--seconds" in told.stdout
    assert "--seed" in told.stdout
