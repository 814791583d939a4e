"""Bad input to the pages on users: refused by name with what to do, or told to be too little."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import nbformat
import polars as pl
import pytest

from analysis.cohorts.test_cohorts import planted as users_of
from analysis.personalisation.test_personalisation import planted as raters
from assay.core.errors import AssayError, DataError
from assay.workbench.handoff import RUN_VARIABLE
from notebooks.test_cost_sample import ran

ROOT = Path(__file__).parents[2]
ROWS = raters().with_columns(template_id=pl.lit("t"), tool=pl.lit("none"), cost_usd=pl.lit(0.1))
SPARE = users_of(users=200, days=90)
BEGIN = ROWS["occurred_at"].min()


def told(number, rows, folder, **given):
    """The record of a page about these rows."""
    rows.write_parquet(folder / "rows.parquet")
    name = {41: "cohorts", 42: "personalisation"}[number]
    notebook = nbformat.read(ROOT / "notebooks" / f"{number}-{name}.ipynb", as_version=4)
    path = str(folder / "rows.parquet")
    values = {"data": path} if number == 41 else {"interactions": path, "configurations": None}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, RUN_VARIABLE, str(folder))
        return ran(notebook, values | given, folder)[1]


NOBODY = pl.lit(None, pl.String)


@pytest.mark.parametrize("number", [41, 42])
@pytest.mark.parametrize(
    ("spoilt", "said", "remedy"),
    [
        (lambda rows: rows.drop("user_id"), "no column 'user_id'", "did you mean 'user_type'?"),
        (lambda rows: rows.drop("occurred_at"), "no column 'occurred_at'", "known:"),
        (lambda rows: rows.drop("user_type"), "no column 'user_type'", "known:"),
        (lambda rows: rows.head(0), "has columns but no rows", "check the export or query"),
        (
            lambda rows: rows.with_columns(user_id=NOBODY),
            "no row names a user and a time, of ",
            "fill 'user_id'",
        ),
        (
            lambda rows: rows.with_columns(pl.col("occurred_at").cast(pl.String)),
            "time column 'occurred_at' holds String",
            "store it as a date or timestamp",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(number, spoilt, said, remedy, tmp_path):
    rows = spoilt(SPARE if number == 41 else ROWS)
    with pytest.raises(DataError) as raised:
        told(number, rows, tmp_path)
    assert said in raised.value.message
    assert remedy in raised.value.remedy or remedy == "known:"
    assert raised.value.remedy
    assert raised.value.exit_code == 3


def test_one_day_is_no_whole_one(tmp_path):
    with pytest.raises(AssayError, match="no row is from") as raised:
        told(41, SPARE.with_columns(occurred_at=pl.lit(BEGIN)), tmp_path)
    assert "rows of more than one day" in raised.value.remedy


def test_a_week_that_is_not_over_is_none(tmp_path):
    rows = SPARE.filter(pl.col("occurred_at") < SPARE["occurred_at"].min() + timedelta(days=5))
    with pytest.raises(DataError, match="no week is over: the data cover 2026-01-05 to") as raised:
        told(41, rows, tmp_path)
    assert "count by day" in raised.value.remedy
    assert told(41, rows, tmp_path, every="day")["every"] == "day"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (SPARE.filter(pl.col("user_id") == SPARE["user_id"].mode()[0]), "1 users came back"),
        (
            SPARE.filter(pl.col("occurred_at") < SPARE["occurred_at"].min() + timedelta(days=15)),
            "the data cover 14 days, fewer than the 28 that are to be foretold",
        ),
    ],
)
def test_too_few_users_or_days_are_told_to_be_so(rows, said, tmp_path):
    result = told(41, rows, tmp_path)
    assert result["returns"]["expected"] is None
    assert said in result["returns"]["reason"]
    assert result["brief"]["decision"]["title"] == "Wait for more data"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROWS.filter(pl.col("user_id") == "u0"), "fewer than 10 users gave a rating: 1"),
        (
            ROWS.filter(pl.col("occurred_at") < BEGIN + timedelta(days=7)),
            "users with ratings in 1 weeks, expected 5 users and 3 weeks at least",
        ),
        (ROWS.with_columns(rating=pl.lit(0.5)), "all ratings are the same"),
        (ROWS.with_columns(rating=pl.lit(None, pl.Float64)), "no user gave a rating"),
        (ROWS.with_columns(rating=pl.lit(float("nan"))), "or no number"),
        (ROWS.drop("rating"), "no user gave a rating"),
    ],
)
def test_ratings_that_say_nothing_make_a_page_that_says_so(rows, said, tmp_path):
    result = told(42, rows, tmp_path)
    assert said in result["trend_reason"]
    assert result["brief"]["state"] == "not enough data"
    assert result["brief"]["decision"]["note"].startswith("Ask for ratings")


def test_costs_that_are_no_numbers_leave_the_uses(tmp_path):
    result = told(41, SPARE.with_columns(cost_usd=pl.lit(float("nan"))), tmp_path)
    assert result["returns"]["worth"] is None
    assert [one["what"] for one in result["left_out"] if one["what"] == "costs"] == ["costs"]
    assert result["returns"]["expected"]["value"] > 0


def test_the_command_exits_with_the_reason(sample_project):
    """As a user would run it: the message and its remedy on the terminal, and no success."""
    rows = sample_project / "data" / "spoilt.parquet"
    ROWS.with_columns(pl.col("rating") * 100).write_parquet(rows)
    command = [
        *(sys.executable, "-c", "import sys; from assay.app.cli import main; sys.exit(main())"),
        *("run", "personalisation", "-p", f"interactions={rows}", "-p", "configurations=null"),
    ]
    done = subprocess.run(command, cwd=sample_project, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "ratings are below 0 or above 1" in done.stderr
    assert "store it on a scale from 0 to 1" in done.stderr
