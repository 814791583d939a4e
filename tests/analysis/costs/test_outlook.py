"""Budgets and scenarios on spending with known truth, and everything that may be odd about them."""

import re
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.costs.outlook import outlook_findings, spend_outlook
from assay.analysis.costs.outlook.ahead import foreseen
from assay.analysis.costs.outlook.daily import Daily, calendar_of, daily_of
from assay.analysis.costs.outlook.periods import bounds, past_periods, period_of
from assay.core.budgets import THRESHOLDS, Budget, Plans, Scenario
from assay.core.errors import DataError, ParameterError
from assay.core.result import record

FIRST = date(2026, 6, 1)
THROUGH = date(2026, 11, 15)
DAYS = (THROUGH - FIRST).days + 1


def lines_of(usd, *, agent="ada", model="big", provider="lab", first=FIRST) -> pl.DataFrame:
    usd = np.asarray(usd, dtype=float)
    return pl.DataFrame(
        {
            "day": [first + timedelta(days=k) for k in range(usd.size)],
            "provider": provider,
            "model": model,
            "service_tier": "standard",
            "agent_id": agent,
            "apart": False,
            "requests": 100,
            "input_tokens": (usd * 1e6).round().astype(int),
            "output_tokens": 0,
            "spent_usd": usd,
        }
    )


def budget(name="B", usd=300.0, **said) -> Budget:
    said = {"per": "month", "owner": "", "scope": (), "first": None, "last": None} | said
    return Budget(
        name=name,
        usd=usd,
        amount=usd,
        currency="USD",
        thresholds=THRESHOLDS,
        place="budgets.yaml:3",
        **said,
    )


def scenario(**said) -> Scenario:
    said = {"first": None, "scope": (), "traffic": 1.0, "replace": (), "prices": ()} | said
    return Scenario(name="S", place="budgets.yaml:9", **said)


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    """Ten dollars a day of ada with the big model, five of bob with the small one, ± 10 %."""
    rng = np.random.default_rng(11)
    ada, bob = (mean * np.exp(0.1 * rng.normal(size=DAYS)) for mean in (10, 5))
    return pl.concat([lines_of(ada), lines_of(bob, agent="bob", model="small")])


def only(lines: pl.DataFrame, one: Budget, **options):
    return spend_outlook(lines, plans=Plans(budgets=(one,)), **options).budgets[0]


@pytest.mark.parametrize(
    ("factor", "state"),
    [(0.4, "exceeded"), (0.8, "likely over"), (1.023, "at risk"), (1.5, "on track")],
)
def test_a_budget_stands_as_far_as_the_month_will_cost(lines, factor, state) -> None:
    """Truth: what the first half cost, about 234, and fifteen dollars for each of 15 days."""
    found = only(lines, budget(usd=450 * factor))
    assert found.state == state
    assert (found.first, found.last, found.days_left) == ("2026-11-01", "2026-11-30", 15)
    assert found.spent == pytest.approx(225, rel=0.05)
    assert found.total.usd.value == pytest.approx(450, rel=0.04)
    assert found.total.usd.low < found.total.low_80 < found.total.high_80 < found.total.usd.high
    assert found.total.held.tested > 10
    assert found.total.held.share_80 is not None
    assert len(found.fan) == 30
    assert [one.known for one in found.fan] == [True] * 15 + [False] * 15
    assert found.fan[14].usd == pytest.approx(found.spent)
    assert found.fan[-1].usd == pytest.approx(found.total.usd.value)


def test_thresholds_are_crossed_when_they_were_or_are_expected_to_be(lines) -> None:
    found = only(lines, budget(usd=300))
    three, nine, whole = found.crossings
    assert (three.crossed, three.day) == (True, "2026-11-15")
    assert not nine.crossed
    assert date(2026, 11, 17) <= date.fromisoformat(nine.day) <= date(2026, 11, 19)
    assert date(2026, 11, 19) <= date.fromisoformat(whole.day) <= date(2026, 11, 21)
    assert whole.first <= whole.day <= whole.last
    assert whole.probability > 0.99
    never = only(lines, budget(usd=10_000)).crossings[-1]
    assert (never.day, never.first, never.last) == (None, None, None)
    assert never.probability < 0.01


def test_past_months_stand_beside_the_budget(lines) -> None:
    found = only(lines, budget(usd=450))
    assert [one.first for one in found.past] == [f"2026-{m:02}-01" for m in range(6, 11)]
    assert all(one.whole for one in found.past)
    assert found.past[0].spent == pytest.approx(450, rel=0.04)
    assert found.past[0].share == pytest.approx(found.past[0].spent / 450)


def test_a_month_without_a_call_is_not_called_cheap(lines) -> None:
    gone = lines.filter(pl.col("day").dt.month() != 8)
    found = only(gone, budget())
    august = next(one for one in found.past if one.first == "2026-08-01")
    assert (august.spent, august.whole) == (0.0, None)
    silent = only(lines.filter(pl.col("day").dt.day() != 7), budget())
    assert "1 day of the period hold no call" in silent.notes[0]


def test_an_owner_nobody_calls_has_no_data_and_the_nearest_is_named(lines) -> None:
    found = only(lines, budget(scope=(("agent_id", ("adda",)),)))
    assert (found.state, found.total, found.probability) == ("no data", None, None)
    assert "no call has agent_id 'adda'" in found.reason
    assert "ada" in found.reason
    both = only(lines, budget(usd=900, scope=(("agent_id", ("ada", "nobody")),)))
    assert both.state == "on track"
    assert "nobody" in both.reason


def test_a_column_that_the_data_lack_stops(lines) -> None:
    with pytest.raises(ParameterError, match=r"'agent', which the data lack"):
        only(lines, budget(scope=(("agent", ("ada",)),)))


def test_a_budget_of_one_agent_counts_its_calls_alone(lines) -> None:
    found = only(lines, budget(scope=(("agent_id", ("bob",)),)))
    assert found.spent == pytest.approx(75, rel=0.05)
    assert found.whom == "agent_id bob"
    assert found.calls == 1500


def test_budgets_beyond_the_data_wait_or_are_told_for_their_first_period(lines) -> None:
    december = only(lines, budget(usd=500, first=date(2026, 12, 1)))
    assert (december.first, december.spent, december.days_left) == ("2026-12-01", 0.0, 31)
    assert december.total.usd.value == pytest.approx(465, rel=0.05)
    assert "begins on 2026-12-01" in december.reason
    far = only(lines, budget(first=date(2028, 1, 1)))
    assert (far.state, far.probability) == ("not begun", None)


def test_budgets_that_ended_are_told_for_their_last_period(lines) -> None:
    over = only(lines, budget(usd=300, last=date(2026, 8, 31)))
    assert (over.first, over.days_left, over.state) == ("2026-08-01", 0, "exceeded")
    kept = only(lines, budget(usd=900, last=date(2026, 8, 31)))
    assert (kept.state, kept.reason) == ("on track", "it has ended")
    before = only(lines, budget(last=date(2025, 1, 31)))
    assert before.state == "no data"
    assert "hold no call from 2025-01-01 to 2025-01-31" in before.reason


def test_a_budget_holds_in_proportion_on_a_part_of_its_period(lines) -> None:
    found = only(lines, budget(usd=300, first=date(2026, 11, 11)))
    assert found.budget == pytest.approx(200)
    assert found.spent == pytest.approx(75, rel=0.06)


def test_too_few_days_say_nothing_but_what_is_exceeded_is(lines) -> None:
    few = lines.filter(pl.col("day") > THROUGH - timedelta(days=10))
    found = only(few, budget(usd=1000))
    assert (found.state, found.total, found.probability) == ("not enough data", None, None)
    assert "10 values, expected 14" in found.reason
    assert only(few, budget(usd=100)).state == "exceeded"
    whole = spend_outlook(few)
    assert whole.refused
    assert not whole.totals
    assert outlook_findings(whole)[-1].state == "not enough data"


def test_nothing_spent_is_on_track(lines) -> None:
    found = only(lines.with_columns(spent_usd=pl.lit(0.0)), budget())
    assert (found.state, found.probability, found.spent) == ("on track", 0.0, 0.0)
    assert any("constant" in note for note in found.notes)


def test_credits_can_take_spending_back(lines) -> None:
    credited = pl.concat([lines, lines_of([-200.0], first=date(2026, 11, 10))])
    found = only(credited, budget(usd=450))
    assert any("fall below a threshold" in note for note in found.notes)
    assert found.spent == pytest.approx(225 - 200, abs=10)


def test_calls_of_unknown_cost_and_those_set_apart_are_not_in_it(lines) -> None:
    odd = pl.concat(
        [
            lines,
            lines_of([9990.0], first=THROUGH).with_columns(apart=True),
            lines_of([0.0], first=THROUGH).with_columns(spent_usd=pl.lit(None, pl.Float64)),
        ]
    )
    found = only(odd, budget())
    assert found.spent == pytest.approx(225, rel=0.05)
    assert found.unknown == 100


def test_a_day_that_is_not_over_is_forecast_and_counts_at_least_as_it_is(lines) -> None:
    part = lines_of([700.0], first=THROUGH + timedelta(days=1)).with_columns(requests=20)
    both = pl.concat([lines, part])
    assert calendar_of(both).through == THROUGH
    found = only(both, budget(usd=800))
    assert found.total.usd.low >= 900
    assert found.probability == 1
    outlook = spend_outlook(both)
    assert outlook.incomplete_usd == 700
    assert "not complete" in outlook.notes[-1]
    assert spend_outlook(both, through=date(2026, 11, 16)).through == "2026-11-16"


def test_parts_add_up_to_the_whole_at_every_length(lines) -> None:
    outlook = spend_outlook(lines, by=["agent_id", "model"])
    seven, thirty = outlook.totals[:2]
    for column in outlook.parts:
        assert sum(one.week.value for one in column.parts) == pytest.approx(seven.usd.value)
        assert sum(one.month.value for one in column.parts) == pytest.approx(thirty.usd.value)
        assert next(one.name for one in column.parts) in {"ada", "big"}
        assert column.apart < 0.05
    days28 = sum(one.usd.value for one in outlook.weeks)
    assert days28 == pytest.approx(28 * 15, rel=0.05)
    assert len(outlook.days) == 30


def test_many_values_are_told_by_the_dearest_and_the_rest_together(lines) -> None:
    rng = np.random.default_rng(12)
    many = [
        lines_of(k + rng.random(60), agent=f"agent-{k:02}", first=THROUGH - timedelta(days=59))
        for k in range(1, 16)
    ]
    new = lines_of([3.0] * 5, agent="new", first=THROUGH - timedelta(days=4))
    parts = spend_outlook(pl.concat([*many, new]), by=["agent_id"]).parts[0]
    assert parts.values == 16
    assert len(parts.parts) == 12
    assert parts.parts[-1].name == "all others"
    few = spend_outlook(pl.concat([lines, new]), by=["agent_id"]).parts[0]
    assert {one.name: one.own for one in few.parts} == {"ada": True, "bob": True, "new": False}


PRICES = pl.DataFrame(
    {
        "provider": ["lab", "other"],
        "model": ["tiny", "mini"],
        "aliases": [[], []],
        "tier": ["standard"] * 2,
        "currency": ["USD"] * 2,
        "valid_from": [date(2026, 1, 1)] * 2,
        "input_per_mtok": [0.25, 0.5],
        "cache_read_per_mtok": [None, None],
        "cache_write_per_mtok": [None, None],
        "output_per_mtok": [1.0, 1.0],
        "batch_factor": [None, None],
        "per_request": [None, None],
        "source": ["test"] * 2,
    },
    schema_overrides={
        "aliases": pl.List(pl.String),
        "cache_read_per_mtok": pl.Float64,
        "cache_write_per_mtok": pl.Float64,
        "batch_factor": pl.Float64,
        "per_request": pl.Float64,
    },
)


@pytest.mark.parametrize(
    ("said", "factor"),
    [
        ({"traffic": 1.2}, 1.2),
        ({"traffic": 1.2, "scope": (("agent_id", ("bob",)),)}, 1 + 0.2 / 3),
        ({"prices": (("big", 0.7),)}, 1 - 0.3 * 2 / 3),
        ({"prices": (("*", 0.7),)}, 0.7),
        ({"prices": (("big", 1.0), ("*", 0.7))}, 1 - 0.3 / 3),
        # ada's tokens cost a dollar a million: at the price of tiny a quarter of ten dollars
        ({"replace": (("big", ("", "tiny")),)}, (2.5 + 5) / 15),
        ({"replace": (("big", ("", "mini")),)}, (5 + 5) / 15),
        ({"replace": (("big", ("lab", "tiny")),), "prices": (("tiny", 2.0),)}, (5 + 5) / 15),
    ],
)
def test_a_scenario_prices_the_mix_anew(lines, said, factor) -> None:
    plans = Plans(budgets=(budget(usd=460),), scenarios=(scenario(**said),))
    found = spend_outlook(lines, plans=plans, prices=PRICES)
    told = found.scenarios[0]
    assert told.left_out == ""
    assert told.factor.value == pytest.approx(factor, rel=0.02)
    assert told.usd.value == pytest.approx(factor * told.base.value, rel=0.02)
    assert told.difference.value == pytest.approx(told.usd.value - told.base.value, abs=1e-6)
    assert told.difference.low <= told.difference.value <= told.difference.high
    assert told.assumed
    one = found.budgets[0].scenarios[0]
    rest = found.budgets[0].total.usd.value - found.budgets[0].spent
    assert one.usd.value == pytest.approx(found.budgets[0].spent + factor * rest, rel=0.02)
    assert (one.probability > found.budgets[0].probability) == (factor > 1)


def test_a_scenario_changes_the_days_from_its_first_on(lines) -> None:
    later = scenario(traffic=2.0, first=THROUGH + timedelta(days=16))
    told = spend_outlook(lines, plans=Plans(scenarios=(later,))).scenarios[0]
    assert told.usd.value == pytest.approx(1.5 * told.base.value, rel=0.01)
    never = scenario(traffic=2.0, first=date(2027, 6, 1))
    assert (
        "after the 30 days"
        in spend_outlook(lines, plans=Plans(scenarios=(never,))).scenarios[0].left_out
    )


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"replace": (("bigg", ("", "tiny")),)}, "model 'bigg'.*big"),
        ({"replace": (("big", ("", "none")),)}, "no price of this model on 2026-11-15: none"),
        ({"prices": (("huge", 0.5),)}, "model 'huge'"),
        ({"traffic": 2.0, "scope": (("agent_id", ("eve",)),)}, "no call has agent_id 'eve'"),
    ],
)
def test_a_scenario_that_cannot_be_told_says_why(lines, said, named) -> None:
    plans = Plans(budgets=(budget(),), scenarios=(scenario(**said),))
    found = spend_outlook(lines, plans=plans, prices=PRICES)
    assert re.search(named, found.scenarios[0].left_out)
    assert found.scenarios[0].usd is None
    assert found.budgets[0].scenarios[0].probability is None


def test_without_prices_no_other_model_is_priced(lines) -> None:
    plans = Plans(scenarios=(scenario(replace=(("big", ("", "tiny")),)),))
    assert "no prices" in spend_outlook(lines, plans=plans).scenarios[0].left_out


def test_findings_are_led_by_what_is_exceeded_and_make_a_record(lines) -> None:
    budgets = (budget("fine", 900), budget("over", 100), budget("tight", 430))
    outlook = spend_outlook(lines, plans=Plans(budgets=budgets), by=["model"])
    findings = outlook_findings(outlook)
    assert [one.key for one in findings] == [
        "outlook/budget/over",
        "outlook/budget/tight",
        "outlook/budget/fine",
        "outlook/all",
    ]
    assert [one.needs_decision for one in findings] == [True, True, False, False]
    assert findings[0].size.low > 0
    told = record(outlook, kind="cost")
    assert told["budgets"][0]["name"] == "fine"


@pytest.mark.parametrize(
    ("per", "first", "last"),
    [
        ("day", date(2026, 11, 22), date(2026, 11, 22)),
        ("week", date(2026, 11, 16), date(2026, 11, 22)),
        ("month", date(2026, 11, 1), date(2026, 11, 30)),
        ("quarter", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_periods_of_the_calendar(per, first, last) -> None:
    assert bounds(date(2026, 11, 22), per) == (first, last)


def test_periods_are_cut_where_the_budget_is() -> None:
    one = budget(first=date(2026, 2, 15), last=date(2026, 4, 10))
    assert period_of(one, date(2026, 2, 20)).share == 0.5
    assert period_of(one, date(2026, 1, 20)) is None
    past = past_periods(one, date(2026, 1, 1), date(2026, 12, 31))
    assert [(p.first.isoformat(), p.days) for p in past] == [
        ("2026-02-15", 14),
        ("2026-03-01", 31),
        ("2026-04-01", 10),
    ]


def test_days_need_a_call_that_has_one(lines) -> None:
    with pytest.raises(DataError, match="no call has a day"):
        calendar_of(lines.clear())
    with pytest.raises(DataError, match="after the last complete day"):
        calendar_of(lines, date(2026, 1, 1))
    later = daily_of(lines, calendar_of(lines, date(2026, 12, 1)))
    assert later.usd[-16:].sum() == 0


def test_calls_of_unknown_cost_are_not_foreseen_to_cost_nothing():
    calls = np.full(60, 5)
    daily = Daily(
        first=date(2026, 6, 1), usd=np.zeros(60), calls=calls, unknown=calls, since=0, later=0.0
    )
    found = foreseen(daily, 7)
    assert found.found is None
    assert found.refused == "no call has a known cost"
    free = replace(daily, unknown=np.zeros(60, dtype=int))
    assert foreseen(free, 7).found is not None
