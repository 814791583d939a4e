"""Each kind of saving: found where it is planted, for what it is worth, and not elsewhere."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from analysis.costs.opportunities.planted import (
    DAYS,
    MONTH,
    START,
    book,
    calls,
    ledger,
    price,
)
from assay.analysis.costs.opportunities.elsewhere import elsewhere
from assay.analysis.costs.opportunities.joint import taken_in_turn
from assay.analysis.costs.opportunities.lengths import shorter
from assay.analysis.costs.opportunities.money import MOST_AGENTS, Ledger, Sized
from assay.analysis.costs.opportunities.repeats import duplicates, failures, retries
from assay.analysis.costs.opportunities.result import Opportunity
from assay.analysis.costs.opportunities.shares import shared_caching
from assay.analysis.costs.opportunities.timing import batches, idle


@pytest.fixture(scope="module")
def nothing() -> Ledger:
    return ledger(calls())


def by_agent(found: tuple[Sized, ...]) -> dict[str, Opportunity]:
    return {one.opportunity.whom: one.opportunity for one in found}


def states(found: tuple[Sized, ...]) -> set[str]:
    return {one.opportunity.state for one in found}


def agent(name: str) -> pl.Expr:
    return pl.col("agent_id") == name


def every(n: int) -> pl.Expr:
    return pl.int_range(pl.len()) % n == 0


def test_where_nothing_is_planted_nothing_is_found(nothing: Ledger) -> None:
    found = (
        *failures(nothing),
        *retries(nothing),
        *duplicates(nothing),
        *batches(nothing),
        *idle(nothing),
        *shared_caching(nothing),
    )
    assert states(found) <= {"no evidence", "not enough data"}
    assert {one.opportunity.kind for one in found} == {"duplicates", "caching"}


def test_failing_calls_are_held_against_the_best_agents() -> None:
    """One agent fails in a quarter of calls, the others in one of fifty."""
    failing = (agent("one") & every(4)) | every(50)
    rows = calls().with_columns(error_type=pl.when(failing).then(pl.lit("overloaded")))
    found = by_agent(failures(ledger(rows)))
    one = found["one"]
    assert (one.state, one.evidence) == ("try", "association")
    share = one.saving.value / one.spend
    assert share == pytest.approx(0.25 + 0.75 * 0.02 - 0.02, abs=0.02)
    assert found["two"].state == "no evidence"


def test_answers_that_are_asked_for_again_are_waste_where_they_had_no_error() -> None:
    rows = calls()
    mine = rows.filter(agent("two")).gather_every(5)
    again = mine.with_columns(
        retry_of="interaction_id",
        interaction_id=pl.format("again-{}", "interaction_id"),
        occurred_at=pl.col("occurred_at") + timedelta(seconds=20),
    )
    found = by_agent(retries(ledger(pl.concat([rows, again], how="diagonal"))))
    assert found["two"].state == "try"
    assert found["two"].saving.value / found["two"].spend == pytest.approx(1 / 6, abs=0.02)
    failed = rows.with_columns(
        error_type=pl.when(pl.col("interaction_id").is_in(mine["interaction_id"].implode())).then(
            pl.lit("timeout")
        )
    )
    found = by_agent(retries(ledger(pl.concat([failed, again], how="diagonal"))))
    assert found["two"].state == "no evidence"


def test_duplicates_are_those_beyond_chance() -> None:
    rows = calls()
    doubled = rows.filter(agent("three")).gather_every(10)
    again = doubled.with_columns(
        interaction_id=pl.format("again-{}", "interaction_id"),
        occurred_at=pl.col("occurred_at") + timedelta(minutes=3),
    )
    both = ledger(pl.concat([rows, again]))
    found = by_agent(duplicates(both))
    worth = (doubled["input_tokens"] + 0.1 * doubled["cache_read_tokens"]).sum() / 1e6
    worth += doubled["output_tokens"].sum() * 5 / 1e6
    assert found["three"].state == "try"
    assert found["three"].saving.value == pytest.approx(worth * MONTH, rel=0.03)
    assert found["four"].state == "no evidence"


def test_prompts_that_all_have_one_length_are_no_duplicates() -> None:
    """Two lengths only: in busy minutes equal prompts follow each other all the time."""
    rows = calls(per_day=60, users=3).with_columns(
        user_id=pl.format("u{}", pl.int_range(pl.len()) // 40),
        occurred_at=pl.lit(START)
        + pl.duration(seconds=(pl.int_range(pl.len()) * (DAYS * 1440 // 60 // 56))),
        input_tokens=1000 + 500 * (pl.int_range(pl.len()).hash() % 2),
        cache_read_tokens=pl.lit(0),
    )
    busy = rows.with_columns(
        occurred_at=pl.lit(START)
        + pl.duration(
            days=pl.int_range(pl.len()) % DAYS, seconds=(pl.int_range(pl.len()) // DAYS) * 30
        )
    )
    found = duplicates(ledger(busy))
    assert found
    assert "try" not in states(found)


def test_patient_calls_are_advised_as_batches_for_what_the_factor_says() -> None:
    rows = calls().with_columns(
        operation=pl.when(agent("four")).then(pl.lit("evaluation")).otherwise("operation"),
        service_tier=pl.when(agent("four") & every(3)).then(pl.lit("batch")),
    )
    (one,) = batches(ledger(rows))
    assert one.opportunity.state == "advised"
    assert one.opportunity.saving.value == pytest.approx(0.5 * one.opportunity.spend)
    (declared,) = batches(ledger(calls()), agents=["five"])
    assert (declared.opportunity.whom, declared.opportunity.state) == ("five", "advised")


def test_slow_answers_and_calls_of_nobody_are_only_to_be_tried() -> None:
    slow = calls().with_columns(latency_s=pl.when(agent("one")).then(90.0).otherwise("latency_s"))
    alone = slow.with_columns(user_id=pl.when(~agent("two")).then("user_id"))
    keys = {one.opportunity.key: one.opportunity.state for one in batches(ledger(alone))}
    assert keys == {"batch/one/slow": "try", "batch/two/alone": "try"}


def test_models_without_a_price_as_a_batch_have_no_saving() -> None:
    prices = book(price("a", "m") | {"batch_factor": None})
    (one,) = batches(ledger(calls(), prices), operations=[], agents=["one"])
    assert (one.opportunity.state, one.opportunity.saving.value) == ("no evidence", 0)


def test_calls_like_a_clocks_are_found_and_those_of_people_not() -> None:
    beat = calls(per_day=96).with_columns(
        agent_id=pl.lit("watcher"),
        user_id=pl.lit(None, pl.String),
        interaction_id=pl.format("beat-{}", "interaction_id"),
        occurred_at=pl.lit(START) + pl.duration(minutes=15 * pl.int_range(pl.len())),
        succeeded=pl.lit(None, pl.Boolean),
    )
    both = ledger(pl.concat([calls(), beat]))
    (one,) = idle(both)
    assert one.opportunity.key == "idle/watcher/regular"
    assert one.opportunity.saving.value == pytest.approx(one.opportunity.spend)


def test_an_agent_that_nobody_rates_or_closes_is_asked_about() -> None:
    rows = calls().with_columns(succeeded=pl.when(~agent("six")).then("succeeded"))
    (one,) = idle(ledger(rows))
    assert (one.opportunity.key, one.opportunity.state) == ("idle/six/unused", "try")


def test_an_agent_that_reads_less_from_the_cache_has_something_to_gain() -> None:
    rows = calls().with_columns(
        input_tokens=pl.when(agent("one"))
        .then(pl.col("input_tokens") + pl.col("cache_read_tokens"))
        .otherwise("input_tokens"),
        cache_read_tokens=pl.when(agent("one")).then(0).otherwise("cache_read_tokens"),
    )
    found = by_agent(shared_caching(ledger(rows)))
    mine = rows.filter(agent("one"))
    by_hand = 0.5 * mine["input_tokens"].sum() * 0.9 / 1e6 * MONTH
    assert found["one"].state == "try"
    assert found["one"].saving.value == pytest.approx(by_hand, rel=0.03)
    assert found["two"].state == "no evidence"


@pytest.mark.parametrize(
    ("gain", "state", "said"),
    [(0.0, "try", "no better success"), (0.25, "no evidence", "has better success")],
)
def test_long_answers_are_cut_only_where_they_are_no_better(
    gain: float, state: str, said: str
) -> None:
    rng = np.random.default_rng(4)
    rows = calls(per_day=400, users=4000)
    rows = rows.with_columns(agent_id=pl.lit("one")).with_columns(
        succeeded=pl.Series(rng.random(len(rows)))
        < 0.5
        - 0.04 * (gain == 0) * (pl.col("output_tokens") > 350)
        + gain * (pl.col("output_tokens") > 350)
    )
    (one,) = shorter(ledger(rows), "outputs")
    assert one.opportunity.state == state
    assert said in one.opportunity.reason
    longest = rows.filter(pl.col("output_tokens") > rows["output_tokens"].quantile(2 / 3))
    by_hand = (longest["output_tokens"] - rows["output_tokens"].median()).sum() * 5 / 1e6
    assert one.opportunity.saving.value == pytest.approx(by_hand * MONTH, rel=0.01)


def test_the_same_model_is_looked_for_at_other_providers_and_tiers() -> None:
    prices = book(
        price("a", "m"),
        price("b", "vendor/m", scale=0.8),
        price("c", "m", scale=1.2),
        price("a", "m", tier="flex", scale=0.5),
        price("d", "m-large", scale=0.1),
    )
    found = {
        one.opportunity.kind: one.opportunity for one in elsewhere(ledger(calls(), prices), prices)
    }
    assert set(found) == {"provider", "tier"}
    assert found["provider"].saving.value == pytest.approx(0.2 * found["provider"].spend)
    assert "from b" in found["provider"].what
    assert found["tier"].saving.value == pytest.approx(0.5 * found["tier"].spend)


def test_another_tier_of_whose_price_is_assumed_is_no_other_provider() -> None:
    prices = book(price("a", "m"), price("a", "m", tier="flex", scale=0.5))
    rows = calls().with_columns(provider=pl.lit(None, pl.String))
    (one,) = elsewhere(ledger(rows, prices), prices)
    assert (one.opportunity.kind, one.opportunity.what) == (
        "tier",
        "use tier flex of the same model",
    )


def test_dearer_elsewhere_is_no_saving() -> None:
    prices = book(price("a", "m"), price("c", "m", scale=1.2))
    (one,) = elsewhere(ledger(calls(), prices), prices)
    assert one.opportunity.state == "no evidence"
    assert one.opportunity.saving.high < 0


def test_what_is_left_shrinks_by_what_was_taken_before() -> None:
    """A fifth off by another provider, then half by another tier: 1 − .5 · .8 = .6 in all."""
    prices = book(
        price("a", "m"), price("b", "m", scale=0.8), price("a", "m", tier="flex", scale=0.5)
    )
    entries = ledger(calls(), prices)
    found, together = taken_in_turn(entries, elsewhere(entries, prices), ())
    first, second = found
    assert (first.kind, first.left, first.overlaps) == ("tier", None, ())
    assert second.overlaps == (first.key,)
    assert second.left.value == pytest.approx(0.5 * second.saving.value, rel=1e-6)
    assert together.value == pytest.approx(0.6 * first.spend, rel=1e-6)


def test_savings_found_elsewhere_are_taken_in_turn_too() -> None:
    prices = book(price("a", "m"), price("a", "m", tier="flex", scale=0.5))
    entries = ledger(calls(), prices)
    (own,) = elsewhere(entries, prices)
    other = own.opportunity.__class__(
        **{
            name: getattr(own.opportunity, name)
            for name in own.opportunity.__dataclass_fields__
            if name not in {"key", "kind"}
        },
        key="model/cheaper",
        kind="model",
    )
    found, together = taken_in_turn(entries, (own,), (other,))
    assert [one.left is None for one in found] == [True, False]
    assert together.value == pytest.approx(0.75 * own.opportunity.spend, rel=1e-6)


def test_of_very_many_agents_the_dearest_are_looked_at_one_by_one():
    rows = calls(per_day=20)
    number = pl.int_range(pl.len())
    dear = pl.when(number % 5 == 0).then(pl.lit("dear")).otherwise(pl.format("a{}", number % 300))
    found = ledger(rows.with_columns(agent_id=dear)).agents()
    assert len(found) == MOST_AGENTS
    assert "dear" in dict(found)
    assert [name for name, _ in found] == sorted(name for name, _ in found)
