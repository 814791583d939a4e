"""`assay cohort foretell`: one row for every user, what is expected, the same each time."""

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.analysis.cohorts import foretell, foretold_users
from assay.app.cli import main
from assay.app.foretelling import foretell_users
from assay.core.errors import DataError, ParameterError
from assay.core.project import PROJECT_VARIABLE
from assay.features.activity import user_activity

ROOT = Path(__file__).parents[2]
BEGIN = datetime(2026, 1, 5, 12, tzinfo=UTC)
COLUMNS = [
    "entity",
    "group",
    "alive",
    "away",
    "expected",
    "low",
    "high",
    "spend",
    "as_of",
    "days",
]


def uses(users=240, days=120, *, dear=False):
    """Users who come at rates of their own and stop one day; `dear`: frequent ones spend more."""
    rng = np.random.default_rng(11)
    rows = []
    for user in range(users):
        rate, first = rng.gamma(2.0, 0.06), int(rng.integers(0, 40))
        gone = first + int(rng.exponential(80))
        worth = rng.gamma(4.0, 0.5) * ((10 * rate) ** 3 if dear else 1)
        for day in range(first, days):
            if day == first or (day < gone and rng.uniform() < rate):
                cost = worth * rng.gamma(6.0, 1 / 6)
                rows.append((f"u{user:03}", BEGIN + timedelta(days=day), cost, f"g{user % 2}"))
    return pl.DataFrame(
        rows, schema=["user_id", "occurred_at", "cost_usd", "user_type"], orient="row"
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "params").mkdir()
    (folder / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "41-cohorts.ipynb", folder / "notebooks")
    (folder / "assay.toml").write_text("")
    uses().write_parquet(folder / "rows.parquet")
    (folder / "params" / "cohorts.yaml").write_text(
        "sets:\n  own: {data: rows.parquet, days: 21, alpha: 0.2}\n  odd: {charm: 3}\n"
        "  bare: {data: rows.parquet, by: null, spend: paid, end: '2026-04-10'}\n"
    )
    return folder


@pytest.fixture(autouse=True)
def _here(place, monkeypatch):
    monkeypatch.setenv(PROJECT_VARIABLE, str(place))
    monkeypatch.chdir(place)


def test_everybody_is_written_once_and_the_same_each_time(place, capsys):
    foretell_users(place / "a.parquet", as_json=True)
    told = json.loads(capsys.readouterr().out)
    foretell_users(place / "b.parquet")
    found = pl.read_parquet(place / "a.parquet")
    assert (place / "a.parquet").read_bytes() == (place / "b.parquet").read_bytes()
    assert found.columns == COLUMNS
    assert found["entity"].n_unique() == found.height == told["users"] == 240
    assert found["days"].unique().to_list() == [21]
    assert found["as_of"].unique().to_list()[0].isoformat() == told["as_of"]
    assert told["tested"] == 21
    assert told["level"] == pytest.approx(0.8)
    assert 0.6 < told["held"] <= 1


def test_the_numbers_are_those_of_the_report(place):
    """The set's alpha, days and groups count; the spend is that of a day times the days."""
    foretell_users(place / "a.parquet")
    given = user_activity(uses().lazy(), by="user_type")
    expected = foretold_users(given, 21, seed=1, level=0.8).sort("user")
    found = pl.read_parquet(place / "a.parquet")
    for name in ("alive", "away", "expected"):
        assert found[name].to_numpy() == pytest.approx(expected[name].to_numpy(), abs=1e-6)
    assert found.select("low", "high", "group").equals(expected.select("low", "high", "group"))
    # Who came back is expected to spend a day between their own mean and that of all.
    spent = uses().group_by("user_id").agg(pl.col("cost_usd").mean()).sort("user_id")
    each = (found["spend"] / found["expected"]).to_numpy()
    own = spent["cost_usd"].to_numpy()
    known = found["expected"].to_numpy() > 0.01
    assert np.corrcoef(each[known], own[known])[0, 1] > 0.8
    assert each[known].std() < own[known].std()
    assert each[known].mean() == pytest.approx(2.0, rel=0.15)  # 4 × .5, as it was drawn


def test_spend_that_goes_with_how_often_is_not_told(place, capsys):
    given = user_activity(uses(dear=True).lazy())
    found, told = foretell(given, 21, seed=1)
    assert found["spend"].null_count() == found.height
    assert "spend otherwise" in told.spend_reason
    foretell_users(place / "c.csv", set_name="bare")
    assert "no spend is told: no use after a user's first day has a cost" in capsys.readouterr().err
    bare = pl.read_csv(place / "c.csv")
    assert bare["as_of"].unique().to_list() == ["2026-04-10"]
    assert bare["days"].unique().to_list() == [28]


def test_a_day_and_days_that_are_typed_count(place):
    foretell_users(place / "a.csv", as_of="2026-03-31", days=7)
    found = pl.read_csv(place / "a.csv")
    assert found["as_of"].unique().to_list() == ["2026-03-31"]
    assert found["days"].unique().to_list() == [7]


def test_a_day_after_the_data_is_warned_of(place, capsys):
    foretell_users(place / "a.csv", as_of="2026-06-30")
    assert "no use is later than 2026-05-04: as of 2026-06-30" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "kind", "says"),
    [
        ({"as_of": "soon"}, ParameterError, "--as-of 'soon', expected a day"),
        ({"set_name": "owm"}, ParameterError, "params/cohorts.yaml has no set 'owm'"),
        ({"set_name": "odd"}, ParameterError, "has no parameter 'charm'"),
        ({"data": "x.csv"}, ParameterError, "holds the data"),
        ({"data": "nowhere.parquet"}, DataError, "no file nowhere.parquet"),
        ({"data": "none.parquet"}, DataError, "no column 'user_id'"),
        ({"as_of": "2020-01-01"}, DataError, "no row is from 2020-01-01 or before"),
        ({"as_of": "2026-01-06"}, DataError, "came back"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(place, given, kind, says):
    pl.DataFrame({"x": [1]}).write_parquet(place / "none.parquet")
    with pytest.raises(kind, match=says):
        foretell_users(place / "x.csv", **given)
    assert not (place / "x.csv").exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--out", "cli.csv", "--days", "14"], 0, "240 users as of 2026-05-03, 14 days ahead"),
        (["--out", "cli.csv", "--days", "0"], 2, "Error"),
        (["--out", "cli.txt"], 2, "ends in .parquet or .csv"),
        (["--out", "cli.csv", "--data", "nowhere.parquet"], 3, "no file nowhere.parquet"),
        ([], 2, "Missing option '--out'"),
    ],
)
def test_the_command_line(place, monkeypatch, capsys, words, code, says):
    monkeypatch.setattr(sys, "argv", ["assay", "cohort", "foretell", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert (ended.value.code or 0) == code
    assert says in said.out + said.err
    (place / "cli.csv").unlink(missing_ok=True)
