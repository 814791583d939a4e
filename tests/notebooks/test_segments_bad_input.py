"""The notebook on segments over data that are poor or wrong: a page, or an error that says why."""

from pathlib import Path

import nbformat
import polars as pl
import pytest

from analysis.segments.test_report import FEATURES, planted
from assay.core.errors import DataError
from assay.core.project import PROJECT_VARIABLE
from assay.workbench.handoff import RUN_VARIABLE
from notebooks.test_cost_sample import ran

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "40-segments.ipynb"
ROWS = planted(users=60, days=28, few=2)
NOBODY = pl.lit(None, pl.Float64)
ONE = ROWS.filter(pl.col("user_id") == "u003")
SAME = pl.concat([ONE.with_columns(user_id=pl.lit(f"s{at:03}")) for at in range(60)])
INFINITE = pl.when(pl.col("user_id") == "u003").then(float("inf")).otherwise(pl.col("cost_usd"))


@pytest.fixture
def answer(tmp_path, monkeypatch):
    monkeypatch.setenv(PROJECT_VARIABLE, str(tmp_path))
    monkeypatch.setenv(RUN_VARIABLE, str(tmp_path / "run"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "assay.toml").write_text("")

    def of(rows):
        rows.write_parquet(tmp_path / "rows.parquet")
        values = {
            "data": "rows.parquet",
            "sessions": None,
            "configurations": None,
            "rules": None,
            "movement": False,
            "days": 28,
            "features": FEATURES,
        }
        return ran(nbformat.read(NOTEBOOK, as_version=4), values, tmp_path / "run")[1]

    return of


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (ONE, "of 1 entity enough is known, expected 50 or more"),
        (ROWS.with_columns(cost_usd=INFINITE), "cost per interaction is infinite for 1 of 60"),
        (ROWS.with_columns(cost_usd=NOBODY, input_tokens=NOBODY), "known of 0% of the entities"),
        (SAME, "no feature tells these entities apart.*the same for all entities"),
    ],
)
def test_what_gives_no_segments_is_told_with_a_remedy(answer, rows, says):
    with pytest.raises(DataError, match=says) as told:
        answer(rows)
    assert told.value.remedy


def test_a_constant_feature_is_left_out_and_entities_that_are_all_the_same_are_one_segment(answer):
    found = answer(pl.concat([ROWS, SAME]).with_columns(input_tokens=7))
    assert "tokens" in [one["name"] for one in found["left_out"]]
    lump = max(found["profiles"]["profiles"], key=lambda one: one["n"])
    assert lump["n"] >= 60
