import itertools
import math
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assay.core.errors import DataError, ParameterError
from assay.features.series import SERIES_COLUMNS, series
from assay.params import Metric
from features.day_tables import turns

ROWS = Metric(name="rows", kind="count")
RATE = Metric(name="solved", kind="rate", value="succeeded", missing="exclude")
COST = Metric(name="cost", kind="mean", value="cost_usd", missing="exclude")
LATENCY = Metric(name="latency", kind="mean", value="latency_s", missing="exclude")
SPENT = Metric(name="spent", kind="count", value="cost_usd", missing="exclude")
PER_TOKEN = Metric(
    name="r", kind="ratio", numerator="cost_usd", denominator="output_tokens", missing="exclude"
)


def local_start(moment, every, zone):
    """The start of the period of a moment, by Python's own calendar."""
    local = moment.astimezone(ZoneInfo(zone))
    day = local.date()
    if every == "hour":
        return (
            moment
            - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        ).astimezone(UTC)
    if every == "week":
        day -= timedelta(days=day.weekday())
    if every == "month":
        day = day.replace(day=1)
    return datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize(
    ("every", "hours"), [("hour", 90), ("day", 900), ("week", 2000), ("month", 30_000)]
)
def test_rows_are_in_the_period_that_the_calendar_says(every, hours, zone):
    frame = turns(400, hours=hours)
    found = series(frame.lazy(), ROWS, every=every, time_zone=zone)
    counted = {}
    for moment in frame["occurred_at"]:
        start = local_start(moment, every, zone)
        counted[start] = counted.get(start, 0) + 1
    assert found.columns == list(SERIES_COLUMNS)
    assert {row["start"]: row["n"] for row in found.to_dicts() if row["n"]} == counted
    ends = found["start"].to_list()
    lengths = [(b - a).total_seconds() / 3600 for a, b in itertools.pairwise(ends)]
    assert found["hours"].to_list()[:-1] == lengths  # no period between two is left out
    assert found.filter(pl.col("n") == 0)["value"].null_count() == (found["n"] == 0).sum()


def test_a_day_on_which_clocks_change_has_its_own_length():
    frame = pl.DataFrame(
        {"occurred_at": [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC)]}
    )
    found = series(frame.lazy(), ROWS, time_zone="Europe/Berlin")
    odd = {row["label"]: row["hours"] for row in found.to_dicts() if row["hours"] != 24}
    assert odd == {"2026-03-29": 23.0, "2026-10-25": 25.0}


def test_hours_that_clocks_skip_or_show_twice():
    at = [datetime(2026, 10, 24, 23, 30, tzinfo=UTC) + timedelta(hours=i) for i in range(4)]
    autumn = series(
        pl.DataFrame({"occurred_at": at}).lazy(), ROWS, every="hour", time_zone="Europe/Berlin"
    )
    assert autumn["label"].to_list() == [
        "2026-10-25T01:00+02:00", "2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00", "2026-10-25T03:00+01:00",
    ]  # fmt: skip
    assert autumn["n"].to_list() == [1, 1, 1, 1]
    at = [datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]
    spring = series(
        pl.DataFrame({"occurred_at": at}).lazy(), ROWS, every="hour", time_zone="Europe/Berlin"
    )
    assert spring["label"].to_list() == ["2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"]


def test_clocks_that_change_by_half_an_hour_cut_an_hour():
    at = [datetime(2026, 4, 4, 14, 15, tzinfo=UTC) + timedelta(minutes=30 * i) for i in range(4)]
    found = series(
        pl.DataFrame({"occurred_at": at}).lazy(),
        ROWS,
        every="hour",
        time_zone="Australia/Lord_Howe",
    )
    assert found.select("label", "hours", "n").rows() == [
        ("2026-04-05T01:00+11:00", 1.0, 2), ("2026-04-05T01:30+10:30", 0.5, 1), ("2026-04-05T02:00+10:30", 1.0, 1),
    ]  # fmt: skip


def test_days_that_begin_late_or_never_were():
    at = [datetime(2018, 11, 3, 12, tzinfo=UTC), datetime(2018, 11, 5, 12, tzinfo=UTC)]
    brazil = series(pl.DataFrame({"occurred_at": at}).lazy(), ROWS, time_zone="America/Sao_Paulo")
    assert brazil["hours"].to_list() == [24.0, 23.0, 24.0]
    at = [datetime(2011, 12, 29, 12, tzinfo=UTC), datetime(2011, 12, 31, 12, tzinfo=UTC)]
    samoa = series(pl.DataFrame({"occurred_at": at}).lazy(), ROWS, time_zone="Pacific/Apia")
    assert "2011-12-30" not in samoa["label"].to_list()
    assert (samoa["hours"] == 24).all()


def by_hand(rows, metric, unit):
    """Value and standard error of the rows of one period, from lists."""
    groups = {}
    for i, row in enumerate(rows):
        groups.setdefault(row[unit] if unit else i, []).append(row)
    if metric is PER_TOKEN:
        both = [
            [
                (r["cost_usd"], r["output_tokens"])
                for r in g
                if r["cost_usd"] is not None and r["output_tokens"] is not None
            ]
            for g in groups.values()
        ]
        y = np.array([math.fsum(a for a, _ in g) for g in both if g])
        d = np.array([math.fsum(b for _, b in g) for g in both if g])
        ratio = y.sum() / d.sum()
        error = np.std(y - ratio * d, ddof=1) / math.sqrt(len(y)) / d.mean() if len(y) > 1 else None
        return len(y), ratio, error
    given = [
        [row[metric.value] for row in g if row[metric.value] is not None] for g in groups.values()
    ]
    reduce = max if metric.kind == "rate" else math.fsum
    x = np.array([float(reduce(g)) for g in given if g])
    if metric.kind == "count":
        return len(x), x.sum(), math.sqrt((x**2).sum())
    return len(x), x.mean(), (np.std(x, ddof=1) / math.sqrt(len(x)) if len(x) > 1 else None)


@pytest.mark.parametrize("unit", [None, "user_id"])
@pytest.mark.parametrize("metric", [RATE, COST, SPENT, PER_TOKEN], ids=lambda m: m.name)
def test_value_and_error_are_those_of_the_periods_units(metric, unit):
    frame = turns()
    found = series(frame.lazy(), metric, by=("agent_id",), unit=unit)
    for point in found.to_dicts():
        mine = [
            row for row in frame.to_dicts()
            if row["agent_id"] == point["agent_id"]
            and point["start"] <= row["occurred_at"] < point["start"] + timedelta(hours=point["hours"])
        ]  # fmt: skip
        n, value, error = by_hand(mine, metric, unit)
        assert point["n"] == n
        assert point["value"] == pytest.approx(value, rel=1e-11)
        assert point["standard_error"] == (
            error if error is None else pytest.approx(error, rel=1e-9)
        )


def test_quantiles_are_within_one_percent():
    frame = turns()
    found = series(frame.lazy(), LATENCY, quantile=0.9)
    for point in found.to_dicts():
        day = frame.filter(pl.col("occurred_at").dt.date() == point["start"].date())["latency_s"]
        assert (point["n"], point["missing"]) == (day.count(), day.null_count())
        exact = np.quantile(day.drop_nulls().to_numpy(), 0.9, method="median_unbiased")
        assert point["value"] == pytest.approx(float(exact), rel=0.0100001)


def test_every_group_has_every_period_and_gaps_say_so():
    frame = turns(40, hours=2000).with_columns(
        model=pl.when(pl.int_range(40) % 9 > 0).then("model")
    )
    found = series(frame.lazy(), COST, by=("model",))
    lengths = found.group_by("model").len()["len"].unique().to_list()
    assert len(lengths) == 1
    assert found["model"].null_count() == lengths[0]
    gaps = found.filter(pl.col("n") == 0)
    assert len(gaps) > 0
    assert gaps["value"].null_count() == gaps["standard_error"].null_count() == len(gaps)


def test_first_and_last_periods_are_complete_only_where_the_data_are_known_to_cover_them():
    frame = turns()
    free = series(frame.lazy(), ROWS)
    assert free["complete"].to_list() == [False, *[True] * (len(free) - 2), False]
    asked = {"start": date(2026, 3, 26), "end": date(2026, 3, 30), "time_zone": "Europe/Berlin"}
    held = series(frame.lazy(), ROWS, **asked)
    assert held["complete"].all()
    assert held["label"].to_list() == [f"2026-03-{d}" for d in range(26, 31)]
    assert held["n"][0] == 0
    inside = frame["occurred_at"].dt.convert_time_zone("Europe/Berlin").dt.date() <= date(
        2026, 3, 30
    )
    assert held["n"].sum() == inside.sum()
    weeks = series(frame.lazy(), ROWS, every="week", **asked)
    assert weeks["complete"].to_list() == [False, False]


def test_days_stay_days_and_are_complete():
    frame = pl.DataFrame({"day": [date(2026, 3, 1), date(2026, 3, 4)], "x": [1.0, 2.0]})
    found = series(frame.lazy(), ROWS, time="day", time_zone="America/New_York")
    assert found["label"].to_list() == [f"2026-03-0{d}" for d in range(1, 5)]
    assert found["complete"].all()


def test_the_same_on_duckdb():
    frame = turns()
    asked = {"by": ("model",), "time_zone": "Europe/Berlin", "every": "hour"}
    with duckdb.connect() as engine:
        for metric, more in (
            (RATE, {}),
            (PER_TOKEN, {"unit": "user_id"}),
            (LATENCY, {"quantile": 0.5}),
        ):
            ours = series(frame.lazy(), metric, **asked, **more)
            assert_frame_equal(
                ours, series(engine.from_arrow(frame), metric, **asked, **more), rel_tol=1e-9
            )


def test_no_rows_have_no_series_unless_days_are_asked_for():
    none = turns().head(0)
    assert len(series(none.lazy(), ROWS)) == 0
    asked = series(none.lazy(), ROWS, start=date(2026, 3, 1), end=date(2026, 3, 2))
    assert asked.select("label", "n", "value").rows() == [
        ("2026-03-01", 0, None),
        ("2026-03-02", 0, None),
    ]


@pytest.mark.parametrize(
    ("metric", "asked", "error", "told"),
    [
        (RATE, {"by": ("n",)}, ParameterError, "names what a line holds"),
        (RATE, {"quantile": 0.5}, ParameterError, "quantiles are of a mean's value"),
        (LATENCY, {"quantile": 1.5}, ParameterError, "quantile=1.5"),
        (LATENCY, {"quantile": 0.5, "unit": "user_id"}, ParameterError, "per 'user_id'"),
        (RATE, {"unit": "session_id"}, DataError, "no unit in column 'session_id'"),
        (RATE, {"time": "model"}, DataError, "expected dates or times"),
        (RATE, {"time_zone": "Nowhere"}, ParameterError, "'Nowhere' is unknown"),
        (COST.model_copy(update={"missing": "refuse"}), {}, DataError, "'cost_usd' has no value in"),
        (LATENCY.model_copy(update={"missing": "refuse"}), {"quantile": 0.5}, DataError, "has no value in"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told(metric, asked, error, told):
    with pytest.raises(error, match=told):
        series(turns(50).lazy(), metric, **asked)


def test_rows_without_a_time_are_not_dropped_in_silence():
    frame = turns(50).with_columns(occurred_at=pl.when(pl.int_range(50) > 3).then("occurred_at"))
    with pytest.raises(DataError, match="4 rows have no time"):
        series(frame.lazy(), ROWS)


def test_a_quantiles_error_is_the_spread_of_simulated_quantiles():
    """Days of lognormal rows: the deviation of their quantiles is what the days say of it."""
    rng = np.random.default_rng(9)
    days, rows = 400, 1000
    at = np.repeat(np.arange(days), rows)
    frame = pl.DataFrame({"day": at, "x": rng.lognormal(0, 0.6, days * rows)}).with_columns(
        day=pl.lit(date(2020, 1, 1)) + pl.duration(days=pl.col("day"))
    )
    for q in (0.5, 0.9):
        metric = Metric(name="x", kind="mean", value="x")
        found = series(frame.lazy(), metric, time="day", quantile=q)
        spread = float(found["value"].std())
        told = math.sqrt(float((found["standard_error"] ** 2).mean()))
        # The deviation of 400 days is known within 1 ÷ √800, thrice that is a tenth.
        assert told == pytest.approx(spread, rel=0.1)


def test_a_ratios_error_counts_users_and_not_their_rows():
    """Users differ in their ratio: errors by users are right, errors by rows far too small."""
    rng = np.random.default_rng(10)
    days, users, each = 400, 40, 10
    day = np.repeat(np.arange(days), users * each)
    user = np.tile(np.repeat(np.arange(users), each), days)
    share = rng.lognormal(0, 0.5, days * users).repeat(each)
    tokens = rng.integers(50, 150, day.size)
    frame = pl.DataFrame(
        {"day": day, "user_id": user, "tokens": tokens, "cost": tokens * share}
    ).with_columns(day=pl.lit(date(2020, 1, 1)) + pl.duration(days=pl.col("day")))
    metric = Metric(name="r", kind="ratio", numerator="cost", denominator="tokens")
    by_user = series(frame.lazy(), metric, time="day", unit="user_id")
    by_row = series(frame.lazy(), metric, time="day")
    spread = float(by_user["value"].std())
    told, naive = (
        math.sqrt(float((found["standard_error"] ** 2).mean())) for found in (by_user, by_row)
    )
    assert told == pytest.approx(spread, rel=0.12)
    assert naive < 0.5 * spread
    assert by_user["value"].to_list() == pytest.approx(by_row["value"].to_list(), rel=1e-12)


def test_weeks_begin_on_monday_and_the_new_year_is_in_the_week_that_holds_its_thursday():
    days = [date(2026, 12, 27), date(2026, 12, 28), date(2027, 1, 3), date(2027, 1, 4)]
    found = series(pl.DataFrame({"day": days}).lazy(), ROWS, time="day", every="week")
    assert found.select("label", "n", "hours").rows() == [
        ("2026-W52", 1, 168.0), ("2026-W53", 2, 168.0), ("2027-W01", 1, 168.0)
    ]  # fmt: skip
    assert [start.weekday() for start in found["start"]] == [0, 0, 0]


def test_rows_of_the_same_moment_all_count():
    moment = datetime(2026, 3, 5, 12, tzinfo=UTC)
    frame = pl.DataFrame({"occurred_at": [moment] * 5, "x": [1.0, 2.0, 3.0, 4.0, 5.0]})
    total = Metric(name="x", kind="count", value="x")
    mean = Metric(name="x", kind="mean", value="x")
    assert series(frame.lazy(), ROWS)["value"].to_list() == [5]
    assert series(frame.lazy(), total)["value"].to_list() == [15]
    point = series(frame.lazy(), mean).row(0, named=True)
    assert (point["n"], point["value"]) == (5, 3.0)
    assert point["standard_error"] == pytest.approx(math.sqrt(2.5 / 5))


@pytest.mark.parametrize(
    ("first", "hours"), [(date(2026, 3, 28), [24, 23, 24]), (date(2026, 10, 24), [24, 25, 24])]
)
def test_the_days_on_which_clocks_change_hold_the_rows_of_their_hours(first, hours):
    """Every hour of three days of Berlin has one row."""
    zone = "Europe/Berlin"
    start = datetime.combine(first, datetime.min.time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    at = [start + timedelta(hours=i, minutes=30) for i in range(sum(hours))]
    frame = pl.DataFrame({"occurred_at": at})
    by_day = series(frame.lazy(), ROWS, time_zone=zone)
    by_hour = series(frame.lazy(), ROWS, time_zone=zone, every="hour")
    assert by_day["n"].to_list() == by_day["hours"].to_list() == hours
    assert by_hour["n"].to_list() == [1] * sum(hours)
    assert by_hour["label"].n_unique() == sum(hours)


def test_an_unknown_length_of_period_is_told():
    with pytest.raises(ParameterError, match="every='minute', expected hour or day or week"):
        series(turns(50).lazy(), ROWS, every="minute")
