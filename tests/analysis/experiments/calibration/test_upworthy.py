"""Flags in the public archive: measured where it is, skipped with a reason where it is not."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
ARCHIVE = ROOT.parent / "shared" / "data" / "ab" / "upworthy_exploratory_ab.parquet"


@pytest.fixture(scope="module")
def upworthy():
    found = spec_from_file_location("upworthy", ROOT / "benchmarks/calibration/upworthy.py")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_without_the_archive_its_row_says_so(upworthy, tmp_path):
    (row,) = upworthy.rows(tmp_path / "archive.parquet")
    assert row.holds is None
    assert row.note == "skipped: archive.parquet is not here"


@pytest.mark.skipif(not ARCHIVE.exists(), reason=f"{ARCHIVE} is not here")
def test_the_faulty_weeks_are_flagged_and_others_are_not(upworthy):
    inside, after = upworthy.rows(ARCHIVE)
    assert inside.holds
    assert after.holds
    assert min(inside.streams, after.streams) > 1000
