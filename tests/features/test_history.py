"""History against Python sets and rows counted by hand, on Polars and on DuckDB."""

from datetime import UTC, datetime, timedelta

import duckdb
import narwhals as nw
import numpy as np
import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features import history
from assay.features.history import Layout, summarise_history, unit_values
from assay.params import Metric, Window, Winsorise

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
RATE = Metric(name="done", kind="rate", value="done")
RATIO = Metric(name="share", kind="ratio", numerator="done", denominator="tries")
METRICS = (RATE, RATIO)


def events(days: int = 60, users: int = 80, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    n = 12 * days
    user = rng.integers(0, users, n)
    day, hour = rng.integers(0, days, n), rng.integers(0, 24, n)
    return pl.DataFrame(
        {
            "user": [f"u{u:03d}" for u in user],
            "at": [
                START + timedelta(hours=24 * int(d) + int(h))
                for d, h in zip(day, hour, strict=True)
            ],
            "done": rng.random(n) < 0.1 + 0.5 * (user % 7 == 0),
            "tries": rng.integers(1, 4, n),
        }
    )


def days_of(frame: pl.DataFrame) -> list[tuple[str, int]]:
    return [(u, (t - START).days) for u, t in frame.select("user", "at").iter_rows()]


LAYOUT = Layout(metrics=METRICS, unit="user", time="at")


def test_units_of_windows_are_those_of_sets():
    frame = events(days=25, users=40)
    found = summarise_history(frame.lazy(), LAYOUT)
    seen = days_of(frame)
    first, last = min(d for _, d in seen), max(d for _, d in seen)
    for length in (1, 3, 7, 20, found.days):
        expected = [
            len({u for u, d in seen if s <= d < s + length})
            for s in range(first, last - length + 2)
        ]
        assert found.accrual.met(length).tolist() == expected
    with pytest.raises(DataError, match="window of"):
        found.accrual.met(found.days + 1)
    with pytest.raises(DataError, match="window of 0"):
        found.accrual.met(0)


def test_pace_is_that_of_new_units_at_the_end():
    frame = events(days=25, users=200)
    found = summarise_history(frame.lazy(), LAYOUT)
    debut: dict[str, int] = {}
    for user, day in sorted(days_of(frame), key=lambda pair: pair[1]):
        debut.setdefault(user, day)
    last = max(d for _, d in days_of(frame))
    new = sum(last - 6 <= day <= last for day in debut.values())
    assert found.accrual.pace() == pytest.approx(new / 7)


def test_weekdays_are_mean_units_of_a_day():
    frame = events(days=21, users=40)
    found = summarise_history(frame.lazy(), LAYOUT).accrual.weekdays()
    seen = days_of(frame)
    for weekday in range(7):
        sizes = [len({u for u, d in seen if d == day}) for day in range(weekday, 21, 7)]
        assert found[weekday] == pytest.approx(np.mean(sizes))


def test_each_stretch_has_the_values_of_its_own_last_days():
    frame = events()
    found = summarise_history(frame.lazy(), LAYOUT)
    last = frame["at"].max().replace(hour=0)
    assert [s.days for s in found.stretches] == [7, 14, 21, 28, 42, 56]
    for stretch in found.stretches:
        mine = frame.filter(pl.col("at") >= last - timedelta(days=stretch.days - 1))
        units = mine.group_by("user").agg(pl.col("done").sum(), pl.col("tries").sum())
        assert stretch.units == len(units)
        assert stretch.samples["share"].moments.mean == pytest.approx(
            (units["done"].mean(), units["tries"].mean())
        )
        assert stretch.samples["share"].moments.covariance(0, 1) == pytest.approx(
            np.cov(units["done"], units["tries"])[0, 1]
        )
        assert stretch.samples["done"].successes == int((units["done"] > 0).sum())


def test_what_was_known_before_is_a_correlation_of_two_periods():
    frame = events()
    found = summarise_history(frame.lazy(), LAYOUT).foreknown["done"]
    assert (found.days, found.before) == (28, 28)
    last = frame["at"].max().replace(hour=0)
    middle, start = last - timedelta(days=27), last - timedelta(days=55)
    now = frame.filter(pl.col("at") >= middle).group_by("user").agg(pl.col("done").any())
    then = frame.filter((pl.col("at") < middle) & (pl.col("at") >= start))
    then = then.group_by("user").agg(pl.col("done").any().alias("before"))
    both = now.join(then, on="user", how="left")
    y, x = both["done"].cast(float).to_numpy(), both["before"].cast(float)
    filled = x.fill_null(x.mean()).to_numpy()
    assert found.share == pytest.approx(x.is_not_null().mean())
    assert found.rho_squared == pytest.approx(np.corrcoef(y, filled)[0, 1] ** 2)


def test_values_of_units_are_those_of_the_last_days():
    frame = events()
    found = unit_values(frame.lazy(), LAYOUT, days=14)
    last = frame["at"].max().replace(hour=0)
    mine = frame.filter(pl.col("at") >= last - timedelta(days=13)).group_by("user")
    units = mine.agg(pl.col("done").sum(), pl.col("tries").sum()).sort("user")
    assert found["share"][0].tolist() == units["done"].to_list()
    assert found["share"][1].tolist() == units["tries"].to_list()


def test_winsorised_values_are_cut_in_every_number():
    metric = Metric(
        name="tries",
        kind="mean",
        value="tries",
        winsorise=Winsorise(upper=0.9),
    )
    frame = events()
    layout = Layout(metrics=(metric,), unit="user", time="at")
    last = frame["at"].max().replace(hour=0)
    mine = frame.filter(pl.col("at") >= last - timedelta(days=13)).group_by("user")
    sums = mine.agg(pl.col("tries").sum()).sort("user")["tries"].to_numpy().astype(float)
    cut = np.minimum(sums, np.quantile(sums, 0.9))
    assert cut.max() < sums.max()
    stretch = summarise_history(frame.lazy(), layout).stretches[1]
    assert stretch.samples["tries"].moments.mean[0] == pytest.approx(cut.mean())
    assert stretch.samples["tries"].moments.variance() == pytest.approx(cut.var(ddof=1))
    assert unit_values(frame.lazy(), layout, days=14)["tries"][0] == pytest.approx(cut)


def test_items_tried_several_times_have_their_pass_rate():
    metric = Metric(name="pass", kind="pass@k", value="done", k=2)
    layout = Layout(metrics=(metric,), unit="user", time="at")
    stretch = summarise_history(events().lazy(), layout).stretches[-1]
    values = unit_values(events().lazy(), layout, days=56)["pass"][0]
    assert 0 < values.mean() < 1
    assert stretch.samples["pass"].moments.mean[0] == pytest.approx(values.mean())


def test_of_many_units_a_regular_sample_is_fetched(monkeypatch):
    monkeypatch.setattr(history, "MOST_UNITS", 30)
    frame = events()
    every = unit_values(frame.lazy(), LAYOUT, days=56)["share"][1]
    assert len(every) == 27  # every third of 80 units in the order of their names, from the first
    again = unit_values(frame.lazy(), LAYOUT, days=56)["share"][1]
    assert every.tolist() == again.tolist()


def test_other_engines_say_the_same():
    frame = events()
    here = summarise_history(frame.lazy(), LAYOUT)
    there = summarise_history(duckdb.sql("select * from frame"), LAYOUT)
    assert (there.first, there.last, there.rows) == (here.first, here.last, here.rows)
    assert (there.accrual.fresh == here.accrual.fresh).all()
    assert there.foreknown["share"].rho_squared == pytest.approx(
        here.foreknown["share"].rho_squared
    )
    for one, other in zip(here.stretches, there.stretches, strict=True):
        assert one.units == other.units
        assert one.samples["share"].moments.mean == pytest.approx(
            other.samples["share"].moments.mean
        )


def test_a_window_cuts_the_history():
    frame = events()
    window = Window.model_validate({"from": "2026-03-09", "to": "2026-03-29"})
    found = summarise_history(
        frame.lazy(), Layout(metrics=METRICS, unit="user", time="at", window=window)
    )
    assert (str(found.first), str(found.last), found.days) == ("2026-03-09", "2026-03-29", 21)


def test_rows_without_a_time_have_no_length():
    frame = events().drop("at")
    found = summarise_history(frame.lazy(), Layout(metrics=METRICS, unit="user"))
    assert (found.days, found.accrual, found.first) == (None, None, None)
    assert found.stretches[0].units == 80
    assert found.foreknown == {}


def test_rows_that_are_units():
    rows = events().with_row_index()
    found = summarise_history(rows.lazy(), Layout(metrics=METRICS, time="at"))
    assert found.stretches[-1].samples["done"].n <= len(rows)
    assert found.accrual.met(found.days)[0] == len(rows)
    with pytest.raises(ParameterError, match="over the rows of a unit"):
        summarise_history(rows.lazy(), Layout(metrics=(Metric(name="n", kind="count"),), time="at"))


def test_rows_of_nobody_are_told():
    frame = events().with_columns(
        pl.when(pl.int_range(pl.len()) < 36).then(None).otherwise(pl.col("user")).alias("user")
    )
    (left,) = summarise_history(frame.lazy(), LAYOUT).left_out
    assert (left.what, left.count) == ("rows without a unit", 36)
    assert left.share == pytest.approx(36 / len(frame))


def test_what_cannot_be_read_is_refused():
    with pytest.raises(DataError, match="no column 'usr'"):
        summarise_history(events().lazy(), Layout(metrics=METRICS, unit="usr"))
    with pytest.raises(DataError, match="no rows are left"):
        summarise_history(events().filter(pl.lit(value=False)).lazy(), LAYOUT)
    with pytest.raises(ParameterError, match="without time"):
        Layout(metrics=METRICS, window=Window.model_validate({"from": "2026-03-09"}))
    with pytest.raises(ParameterError, match="metrics is empty"):
        Layout(metrics=())


def test_frames_of_narwhals_are_taken_as_they_are():
    frame = events()
    assert summarise_history(nw.from_native(frame.lazy()), LAYOUT).rows == len(frame)
