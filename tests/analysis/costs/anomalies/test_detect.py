from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.costs.anomalies import spend_anomalies
from assay.analysis.costs.anomalies.watched import cells_of, rows_of
from assay.core.result import record

FIRST = date(2026, 3, 2)
DAYS = 120
WEEK = np.array([1.15, 1.2, 1.2, 1.15, 1.1, 0.6, 0.6])
SIZE = {("a", "m"): 8.0, ("a", "n"): 3.0, ("b", "m"): 4.0, ("b", "n"): 5.0, ("c", "m"): 2.0}


def amounts(seed=0, days=DAYS, sd=0.08):
    rng = np.random.default_rng(seed)
    week = WEEK[np.arange(days) % 7]
    return {key: size * week * np.exp(rng.normal(0, sd, days)) for key, size in SIZE.items()}


def lines(spend, apart=()):
    rows = [
        {
            "day": FIRST + timedelta(days=i),
            "agent_id": agent,
            "user_id": "u",
            "model": model,
            "provider": "p",
            "service_tier": None,
            "apart": False,
            "requests": 10,
            "spent_usd": float(value),
        }
        for (agent, model), values in spend.items()
        for i, value in enumerate(values)
    ]
    rows += [rows[0] | {"apart": True, "requests": 1, "spent_usd": usd} for usd in apart]
    return pl.DataFrame(rows, schema_overrides={"service_tier": pl.String})


def named(odd):
    return tuple(label.value for label in odd.where)


def test_a_quiet_page_has_no_odd_day_and_no_new_level():
    found = spend_anomalies(lines(amounts()), by=("agent_id",))
    assert not found.days
    assert not found.levels
    assert not found.findings
    assert found.series == 10
    assert all(one.low < one.expected < one.high for one in found.spend)


def test_a_doubled_day_is_one_event_at_the_combination_that_made_it():
    spend = amounts()
    usual = spend["a", "m"][61]
    spend["a", "m"][61] *= 2
    found = spend_anomalies(lines(spend), by=("agent_id", "user_id"))
    (odd,) = found.days
    assert named(odd) == ("a", "m")
    assert odd.first == odd.last == (FIRST + timedelta(days=61)).isoformat()
    assert odd.excess == pytest.approx(usual, rel=0.2)
    assert 0.8 <= odd.share <= 1
    assert not found.levels
    assert record(found, kind="anomalies")["days"][0]["where"][0]["column"] == "agent_id"


def test_an_agent_that_doubles_on_all_its_models_is_named_alone_and_neighbouring_days_are_one():
    spend = amounts()
    for model in ("m", "n"):
        spend["b", model][70:72] *= 2.2
    found = spend_anomalies(lines(spend))
    (odd,) = found.days
    assert named(odd) == ("b",)
    assert odd.days == 2
    assert odd.daily == pytest.approx(odd.excess / 2)


def test_two_causes_on_one_day_are_two_events_ranked_by_money():
    spend = amounts()
    spend["a", "m"][50] *= 2
    spend["c", "m"][50] *= 4
    found = spend_anomalies(lines(spend))
    day = (FIRST + timedelta(days=50)).isoformat()
    odd = [one for one in found.days if one.first == day]
    assert [named(one) for one in odd] == [("a", "m"), ("c",)]
    assert odd[0].excess > odd[1].excess > 0


def test_a_new_level_is_told_once_with_its_first_day_and_no_day_of_it():
    spend = amounts()
    usual = float(spend["a", "m"][60:].sum())
    spend["a", "m"][60:] *= 1.7
    found = spend_anomalies(lines(spend))
    (level,) = found.levels
    assert named(level) == ("a", "m")
    first = date.fromisoformat(level.first)
    assert abs((first - FIRST).days - 60) <= 1
    assert level.first_low <= level.first <= level.first_high
    assert level.excess == pytest.approx(0.7 * usual, rel=0.2)
    assert not [odd for odd in found.days if odd.first > level.first]
    assert found.findings[0].state == "new level"


def test_a_model_that_appears_is_a_new_level_from_nothing():
    spend = amounts()
    spend["c", "new"] = np.where(np.arange(DAYS) < 80, 0.0, spend["a", "m"])
    found = spend_anomalies(lines(spend))
    level = found.levels[0]
    assert "new" in named(level)
    assert level.expected == pytest.approx(0, abs=1e-9)


def test_records_set_apart_are_counted_and_in_no_amount():
    found = spend_anomalies(lines(amounts(), apart=(9990.01,)))
    assert (found.apart, found.apart_usd) == (1, 9990.01)
    assert not found.days


def test_what_cannot_be_told_says_so():
    assert spend_anomalies(lines(amounts()).clear()).reason == "no day has a cost"
    short = spend_anomalies(lines(amounts(days=20)))
    assert "20 days with a cost, expected 28 or more" in short.reason
    assert not short.findings


def test_series_that_are_each_other_are_watched_once():
    cells = cells_of(lines(amounts()), ["agent_id", "model", "provider"])
    labels = [row.labels for row in rows_of(cells)]
    assert cells.spend.shape == (5, DAYS)
    # All, three agents, two models, and the pairs; that of c is c, and providers are all the same.
    assert labels[0] == ()
    assert len(labels) == 1 + 3 + 2 + 4
