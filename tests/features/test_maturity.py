import datetime as dt

import numpy as np
import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features.arms import Design, summarise_arms
from features.engines import alike

START = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
METRICS = [
    {"name": "spend", "kind": "mean", "value": "spend", "window_days": 7},
    {"name": "visits", "kind": "count", "window_days": 7},
    {"name": "won", "kind": "rate", "value": "won", "window_days": 7},
    {"name": "per visit", "kind": "ratio", "numerator": "spend", "window_days": 7},
    {"name": "peak", "kind": "mean", "value": "spend", "per_unit": "max", "window_days": 7},
    {"name": "all", "kind": "mean", "value": "spend"},
]


def tables(units=80, rows=900, seed=3):
    """Units assigned over twenty days, with rows up to 18 days after, until day 30."""
    rng = np.random.default_rng(seed)
    at = [START + dt.timedelta(hours=6 * i) for i in range(units)]
    assigned = pl.DataFrame(
        {
            "unit_id": range(units),
            "variant": ["A", "B"] * (units // 2),
            "assigned_at": at,
        }
    )
    user = rng.integers(0, units - 5, rows)
    when = [
        at[u] + dt.timedelta(hours=float(h))
        for u, h in zip(user, rng.uniform(-20, 430, rows), strict=True)
    ]
    events = pl.DataFrame(
        {
            "user": user,
            "at": when,
            "spend": rng.gamma(1, 2, rows),
            "won": rng.random(rows) < 0.1,
        }
    )
    return events.filter(pl.col("at") < START + dt.timedelta(days=25)), assigned


def design(**changes):
    fixed = {"arm": "variant", "control": "A", "unit": "user", "time": "at", "metrics": METRICS}
    return Design.of(**(fixed | changes))


def by_hand(events, since, through, days=7):
    """Unit → rows within its window, of units whose window is over; the slow and obvious way."""
    found = {}
    for unit, start in since.items():
        if start + dt.timedelta(days=days) > through:
            continue
        found[unit] = [
            row
            for row in events.iter_rows(named=True)
            if row["user"] == unit and start <= row["at"] < start + dt.timedelta(days=days)
        ]
    return found


def check(found, events, since, arm_of):
    through = events["at"].max()
    hand = by_hand(events, since, through)
    assert 0 < len(hand) < len(since)
    for arm in "AB":
        mine = [rows for unit, rows in hand.items() if arm_of[unit] == arm]
        young = sum(arm_of[unit] == arm for unit in since) - len(mine)
        spend = [sum(row["spend"] for row in rows) for rows in mine]
        samples = {name: by_arm[arm] for name, by_arm in found.samples.items()}
        assert samples["spend"].moments.mean[0] == pytest.approx(np.mean(spend), rel=1e-12)
        assert samples["spend"].moments.variance() == pytest.approx(np.var(spend, ddof=1), rel=1e-9)
        assert samples["visits"].moments.mean[0] == pytest.approx(np.mean([len(r) for r in mine]))
        assert samples["won"].successes == sum(any(row["won"] for row in rows) for rows in mine)
        top, bottom = samples["per visit"].moments.mean
        assert top / bottom == pytest.approx(sum(spend) / sum(len(rows) for rows in mine))
        peaks = [max(row["spend"] for row in rows) for rows in mine if rows]
        assert samples["peak"].moments.mean[0] == pytest.approx(np.mean(peaks), rel=1e-12)
        for name in ("spend", "visits", "won", "per visit"):
            sample = samples[name]
            assert (sample.n, sample.missing, sample.immature) == (len(mine), 0, young), name
        assert samples["all"].immature == 0
    told = {left.what: left.count for left in found.left_out}
    assert told["units in spend"] == len(since) - len(hand)


def test_days_count_from_the_assignment():
    events, assigned = tables()
    found = summarise_arms(events.lazy(), design(), assignments=assigned.lazy())
    since = dict(zip(assigned["unit_id"], assigned["assigned_at"], strict=True))
    check(found, events, since, dict(zip(assigned["unit_id"], assigned["variant"], strict=True)))


def test_days_count_from_the_first_row():
    events, assigned = tables()
    events = events.join(assigned, left_on="user", right_on="unit_id").drop("assigned_at")
    found = summarise_arms(events.lazy(), design())
    first = events.group_by("user").agg(pl.col("at").min(), pl.col("variant").first())
    since = dict(zip(first["user"], first["at"], strict=True))
    check(found, events, since, dict(zip(first["user"], first["variant"], strict=True)))


def test_data_reach_to_the_end_of_the_window_that_was_asked_for():
    events, assigned = tables()
    late = design(window=["2026-04-01", "2026-07-01"])
    found = summarise_arms(events.lazy(), late, assignments=assigned.lazy())
    assert all(sample.immature == 0 for sample in found.samples["spend"].values())
    early = design(window=["2026-04-01", "2026-05-12"])
    found = summarise_arms(events.lazy(), early, assignments=assigned.lazy())
    through = dt.datetime(2026, 5, 13, tzinfo=dt.UTC)
    young = sum(at < through < at + dt.timedelta(days=7) for at in assigned["assigned_at"])
    assert sum(sample.immature for sample in found.samples["spend"].values()) == young


def test_the_same_on_duckdb():
    duckdb = pytest.importorskip("duckdb")
    events, assigned = tables()
    ours = summarise_arms(events.lazy(), design(), assignments=assigned.lazy())
    theirs = summarise_arms(
        duckdb.sql("from events"), design(), assignments=duckdb.sql("from assigned")
    )
    alike(ours, theirs)
    named = events.join(assigned, left_on="user", right_on="unit_id")
    alike(
        summarise_arms(named.lazy(), design()), summarise_arms(duckdb.sql("from named"), design())
    )


def test_windows_need_units_and_times():
    events, assigned = tables()
    named = events.join(assigned, left_on="user", right_on="unit_id")
    with pytest.raises(ParameterError, match="expected units and times"):
        summarise_arms(named.lazy(), design(time=None))
    with pytest.raises(ParameterError, match="expected units and times"):
        summarise_arms(named.lazy(), design(unit=None, metrics=METRICS[:1]))


def adjusted(**changes):
    metric = {"name": "m", "kind": "mean", "value": "spend", "covariate": "before"}
    return design(metrics=[metric | {"covariate_at": "known_at"}], **changes)


@pytest.mark.parametrize("unit", [None, "user"])
def test_covariates_measured_after_exposure_are_refused(unit):
    events, assigned = tables()
    named = events.join(assigned, left_on="user", right_on="unit_id").with_columns(
        before=pl.col("spend") + pl.col("user"), known_at=pl.lit(START - dt.timedelta(days=3))
    )
    summarise_arms(named.lazy(), adjusted(unit=unit))
    late = named.with_columns(
        known_at=pl.when(pl.col("user") == 7)
        .then(pl.lit(START + dt.timedelta(days=60)))
        .otherwise(pl.col("known_at"))
    )
    units = 1 if unit else (named["user"] == 7).sum()
    with pytest.raises(DataError, match=rf"after exposure in {units} of "):
        summarise_arms(late.lazy(), adjusted(unit=unit))


def test_covariates_of_the_assignments_are_held_to_their_time_too():
    events, assigned = tables()
    known = assigned.with_columns(before=pl.col("unit_id") % 5, known_at=pl.col("assigned_at"))
    summarise_arms(events.lazy(), adjusted(), assignments=known.lazy())
    late = known.with_columns(known_at=pl.col("assigned_at") + dt.timedelta(days=1))
    with pytest.raises(DataError, match="after exposure in 80 of 80 units"):
        summarise_arms(events.lazy(), adjusted(), assignments=late.lazy())
    plain = events.join(assigned, left_on="user", right_on="unit_id").with_columns(
        before=pl.col("user"), known_at=pl.lit(START)
    )
    with pytest.raises(ParameterError, match="expected the time of exposure"):
        summarise_arms(plain.lazy(), adjusted(time=None))
