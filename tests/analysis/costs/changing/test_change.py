from datetime import date, timedelta
from math import fsum

import numpy as np
import polars as pl
import pytest

from assay.analysis.costs.changing import cost_change, last_change
from assay.analysis.costs.changing.result import PartKey
from assay.core.errors import DataError
from assay.core.result import record
from assay.stats.decomposing import PARTS

FIRST = date(2026, 6, 1)  # a Monday
WEEK = [1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5]
JUNE = (date(2026, 6, 1), date(2026, 6, 28))
JULY = (date(2026, 6, 29), date(2026, 7, 26))


def line(day, agent, model, calls, **more):
    """Calls of 100 tokens in and 10 out at $2 and $10 per million, unless it is said."""
    told = {
        "provider": "openai",
        "service_tier": None,
        "tokens_in": 100,
        "tokens_cached": 0,
        "tokens_out": 10,
        "price_in": 2e-6,
        "price_out": 1e-5,
        "apart": False,
    } | more
    row = {
        "day": FIRST + timedelta(days=day),
        "agent_id": agent,
        "provider": told["provider"],
        "model": model,
        "service_tier": told["service_tier"],
        "logged": False,
        "apart": told["apart"],
        "requests": calls,
        "input_tokens": calls * told["tokens_in"],
        "cache_read_tokens": calls * told["tokens_cached"],
        "cache_write_tokens": 0,
        "output_tokens": calls * told["tokens_out"],
    }
    row |= {
        "input_usd": row["input_tokens"] * told["price_in"],
        "cache_read_usd": row["cache_read_tokens"] * told["price_in"] / 10,
        "cache_write_usd": 0.0,
        "output_usd": row["output_tokens"] * told["price_out"],
        "request_usd": 0.0,
    }
    row["list_usd"] = fsum(value for name, value in row.items() if name.endswith("_usd"))
    row["spent_usd"] = told.get("spent", row["list_usd"])
    if "spent" in told and not told.get("listed"):
        row |= {name: None for name in row if name.endswith("_usd") and name != "spent_usd"}
    return row


SCHEMA = {"service_tier": pl.String, "list_usd": pl.Float64, "spent_usd": pl.Float64}


def frame(rows):
    return pl.DataFrame(rows, schema_overrides=SCHEMA, infer_schema_length=None)


def steady(days=56, agents=("a", "b"), **more):
    return [
        line(day, agent, "m", round(1000 * WEEK[day % 7]), **more)
        for day in range(days)
        for agent in agents
    ]


def parts_of(change):
    return {part.key: part.amount for part in change.parts if abs(part.amount) > 1e-12}


def test_names_of_parts_are_the_kernels():
    assert PartKey.__args__ == PARTS


def test_a_month_with_other_weekdays_differs_by_its_calendar_alone():
    lines = frame(steady(days=61))
    change = cost_change(lines, before=(JUNE[0], date(2026, 6, 30)), after=(
        date(2026, 7, 1), date(2026, 7, 31)))  # fmt: skip
    # June has 22 working days of 30, July 23 of 31: known without any statistics.
    june, july = 22 * 1.2 + 8 * 0.5, 23 * 1.2 + 8 * 0.5
    assert change.seasons == (7,)
    assert change.difference == pytest.approx((july - june) * 2000 * 3e-4)
    assert change.by_calendar == pytest.approx(change.difference, rel=1e-6)
    assert set(parts_of(change)) <= {"days", "calendar", "volume"}
    assert abs(parts_of(change).get("volume", 0)) < 1e-6 * change.difference


def test_planted_causes_are_found_where_they_are():
    rows = steady(days=28)
    for day in range(28, 56):
        calls = round(1000 * WEEK[day % 7])
        rows += [line(day, "a", "m", calls, tokens_out=20), line(day, "b", "m", calls)]
    change = cost_change(frame(rows), before=JUNE, after=JULY)
    assert parts_of(change) == {"output": pytest.approx(change.difference)}
    (agents,) = change.drivers
    assert agents.columns == ("agent_id",)
    assert [(item.names, item.difference) for item in agents.items] == [
        (("a",), pytest.approx(change.difference)),
        (("b",), pytest.approx(0.0)),
    ]
    assert record(change, kind="cost-change")["parts"][0]["key"] == "output"


def test_a_new_model_of_an_agent_is_new_and_takes_no_call_away():
    rows = steady(days=28)
    rows += [
        row | {"model": "n" if row["agent_id"] == "a" else "m"}
        for row in steady(days=56)
        if row["day"] > JUNE[1]
    ]
    change = cost_change(frame(rows), before=JUNE, after=JULY)
    half = change.before.spent / 2
    assert parts_of(change) == {"new": pytest.approx(half), "gone": pytest.approx(-half)}
    assert {item.state for item in change.items.items} == {"new", "gone", "stays"}


def test_spend_without_a_price_records_set_apart_and_unknown_calls_have_places_of_their_own():
    rows = steady()
    rows += [line(3, "a", "x", 5, spent=7.0), line(40, "a", "x", 5, spent=9.5)]
    rows += [line(41, "a", "m", 1, spent=9990.01, apart=True)]
    rows += [line(42, "a", "y", 11, spent=None)]
    change = cost_change(frame(rows), before=JUNE, after=JULY)
    assert parts_of(change) == {"beside": pytest.approx(2.5)}
    assert change.before.beside == 7.0
    assert change.after.apart == 9990.01
    assert change.after.unknown == 11


def test_a_discount_is_told_apart_from_a_price():
    rows = steady(days=28)
    rows += [row | {"spent_usd": 0.8 * row["list_usd"]} for row in steady() if row["day"] > JUNE[1]]
    change = cost_change(frame(rows), before=JUNE, after=JULY)
    assert parts_of(change) == {"paid": pytest.approx(-0.2 * change.before.spent)}


def test_parts_items_and_columns_each_add_up():
    rng = np.random.default_rng(5)
    rows = [
        line(
            day,
            str(rng.choice(["a", "b", "c"])),
            str(rng.choice(["m", "n", "o"])),
            int(rng.integers(1, 900)),
            tokens_cached=int(rng.integers(0, 50)),
            price_in=2e-6 if day < 30 else 3e-6,
        )
        for day in range(56)
        for _ in range(9)
    ]
    change = cost_change(frame(rows), before=JUNE, after=JULY)
    whole = pytest.approx(change.difference, rel=1e-9)
    assert fsum(part.amount for part in change.parts) == whole
    assert fsum(item.difference for item in change.items.items) == whole
    for item in change.items.items:
        added = fsum(part.amount for part in item.parts)
        assert added == pytest.approx(item.difference, abs=1e-9 * item.after)
    for driver in change.drivers:
        assert fsum(item.difference for item in driver.items) == whole


def test_what_is_shown_adds_up_to_the_cent():
    rng = np.random.default_rng(6)
    rows = [
        line(day, f"agent {i}", "m", int(rng.integers(1, 999)), tokens_out=int(rng.integers(1, 9)))
        for day in range(56)
        for i in range(25)
    ]
    change = cost_change(frame(rows), before=JUNE, after=JULY)
    shown = round(change.after.spent, 2) - round(change.before.spent, 2)
    assert round(100 * change.told) == round(100 * shown)
    assert round(100 * sum(part.told for part in change.parts)) == round(100 * shown)
    for listed in (change.items, *change.drivers):
        assert len(listed.items) == 20 < listed.n == 25
        cents = sum(round(100 * item.told) for item in listed.items)
        assert cents + round(100 * listed.rest) == round(100 * shown)


def test_the_interval_of_volume_holds_no_change_in_95_of_100_quiet_pairs():
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(100):
        calls = rng.poisson(1000 * np.exp(rng.normal(0, 0.1, 56)))
        change = cost_change(
            frame([line(day, "a", "m", int(calls[day])) for day in range(56)]),
            before=JUNE,
            after=JULY,
        )
        held += not change.pace.beyond_noise
    # Binomial(100, .95) is below 88 in one of 600 trials.
    assert held >= 88


def test_periods_without_data_or_in_the_wrong_order_are_refused():
    lines = frame(steady())
    with pytest.raises(DataError, match="nothing was spent from 2026-09-01"):
        cost_change(lines, before=JUNE, after=(date(2026, 9, 1), date(2026, 9, 30)))
    with pytest.raises(DataError, match="ends before the other begins"):
        cost_change(lines, before=JULY, after=JUNE)
    with pytest.raises(DataError, match="lines without agent_id"):
        cost_change(lines.drop("agent_id"), before=JUNE, after=JULY)


def test_one_day_against_one_day_has_parts_but_no_interval():
    lines = frame(steady(days=2))
    change = cost_change(lines, before=(FIRST, FIRST), after=(FIRST + timedelta(days=1),) * 2)
    assert change.pace.change is None
    assert "points with a value" in change.pace.reason


def test_the_last_days_are_held_against_those_before_and_persons_name_no_owner():
    rows = [row | {"user_id": "u"} for row in steady(days=61)]
    change = last_change(frame(rows), by=("agent_id", "model", "user_id"))
    assert change is not None
    assert (change.before.first, change.after.last) == ("2026-06-06", "2026-07-31")
    assert change.owner == ("agent_id",)
    assert last_change(frame(steady(days=1))) is None
    assert last_change(frame(steady(days=1)).clear()) is None


def test_where_one_of_the_periods_has_no_known_cost_no_change_is_told():
    lines = frame(steady(days=56))
    unknown = lines.with_columns(spent_usd=pl.lit(None, pl.Float64))
    assert last_change(unknown) is None
    gap = lines["day"].min() + timedelta(days=1)
    assert (
        last_change(
            lines.filter((pl.col("day") < gap) | (pl.col("day") == lines["day"].max())),
            recent_days=7,
            before_days=7,
        )
        is None
    )


def test_without_owners_all_calls_are_of_one():
    rows = steady(days=28)
    rows += [
        row | {"model": "n" if row["agent_id"] == "a" else "m"}
        for row in steady(days=56)
        if row["day"] > JUNE[1]
    ]
    change = cost_change(frame(rows), before=JUNE, after=JULY, owner=())
    # Half of the calls went to a model that is new: the other one's share is a half of what it was.
    half = change.before.spent / 2
    assert parts_of(change) == {"new": pytest.approx(half), "models": pytest.approx(-half)}
    assert change.owner == ()


def test_rows_that_name_no_owner_are_an_owner_too():
    rows = [row | {"agent_id": None if row["agent_id"] == "b" else "a"} for row in steady()]
    change = cost_change(frame(rows), before=JUNE, after=JULY)
    assert parts_of(change) == {}
    assert {item.names[0] for item in change.items.items} == {"", "a"}
