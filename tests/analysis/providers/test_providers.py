"""Agents by providers: cells by hand, nothing small, and changes judged on shared items."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.providers import assess_providers
from assay.core.errors import DataError, ParameterError
from assay.core.result import result_schema
from assay.features.provider_cells import provider_cells, shared_items

START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def rows() -> pl.LazyFrame:
    """Two agents, 300 items each with both providers; for one, the other provider fails more."""
    rng = np.random.default_rng(3)
    found = []
    for agent, worse in (("same", 0.0), ("hurt", 0.3)):
        for item in range(300):
            easy = rng.random() < 0.8
            for provider in ("one", "two"):
                lost = provider == "two" and rng.random() < worse
                found.append(
                    {
                        "agent_id": agent,
                        "provider": provider,
                        "item_id": f"{agent}{item}",
                        "user_id": f"u{item % 40}",
                        "occurred_at": START + timedelta(minutes=item),
                        "succeeded": bool(easy and not lost),
                        "latency_s": float(np.exp(rng.normal(0, 0.2))),
                    }
                )
    found.append(found[0] | {"provider": "rare", "user_id": "u1"})
    found.append(found[0] | {"occurred_at": START + timedelta(days=9), "succeeded": False})
    return pl.LazyFrame(found)


def test_a_change_of_provider_is_judged_on_what_both_tried(rows) -> None:
    result = assess_providers(provider_cells(rows), shared_items(rows))
    changes = {(one.agent, one.other, one.measure): one for one in result.changes}
    same, hurt = changes["same", "two", "success"], changes["hurt", "two", "success"]
    assert same.verdict == "not worse by more than the margin"
    assert same.alike.value == same.ac1.value == 1  # the first attempt counts, not the later one
    assert same.difference.low > -0.03
    assert hurt.verdict == "worse by more than the margin"
    assert hurt.difference.low < -0.24 < hurt.difference.high
    assert hurt.kappa.low < hurt.kappa.value < 1
    assert changes["same", "two", "latency"].verdict == "not worse by more than the margin"
    assert changes["same", "rare", "success"].verdict == "not compared"
    assert result_schema(type(result), kind="providers")


def test_cells_are_their_rows_drawn_to_the_others_and_small_ones_withheld(rows) -> None:
    result = assess_providers(provider_cells(rows), None)
    assert result.withheld == 1
    assert all(one.persons >= 10 for one in result.cells)
    cells = {(one.agent, one.provider): one for one in result.cells if one.measure == "success"}
    frame = rows.collect().filter(agent_id="hurt", provider="two")
    cell = cells["hurt", "two"]
    assert cell.value == pytest.approx(frame["succeeded"].mean())
    assert cell.pooled.low < cell.value < cell.pooled.high
    assert cell.pooled.value >= cell.value  # it is the lowest, and drawn to the others
    assert not result.changes


def test_what_makes_no_sense_is_refused(rows) -> None:
    with pytest.raises(ParameterError, match="margin"):
        assess_providers(provider_cells(rows), None, margins={"success": 0})
    with pytest.raises(DataError, match="agent"):
        provider_cells(rows.drop("agent_id"))


def test_all_attempts_tell_the_mean_of_each_item_and_agreement_stays_that_of_the_first() -> None:
    """Ten tries of each item; the other provider fails one in five more, as planted."""
    rng = np.random.default_rng(5)
    items, tries = 60, 10
    chance = rng.uniform(0.5, 0.9, items)
    rows = pl.LazyFrame(
        [
            {
                "agent_id": "a",
                "provider": provider,
                "item_id": f"i{item}",
                "user_id": None,
                "occurred_at": START + timedelta(days=turn),
                "succeeded": bool(rng.random() < chance[item] - lost),
            }
            for provider, lost in (("one", 0.0), ("two", 0.2))
            for item in range(items)
            for turn in range(tries)
        ],
        schema_overrides={"user_id": pl.String},
    )
    every = shared_items(rows, attempts="all")
    means = (
        rows.group_by("item_id", "provider")
        .agg(pl.col("succeeded").mean())
        .collect()
        .pivot("provider", index="item_id", values="succeeded")
    )
    (told,) = assess_providers(provider_cells(rows), every).changes
    (first,) = assess_providers(provider_cells(rows), shared_items(rows)).changes
    assert told.difference.value == pytest.approx((means["two"] - means["one"]).mean())
    assert told.difference.low < -0.2 < told.difference.high
    assert told.verdict == "worse by more than the margin"
    width = told.difference.high - told.difference.low
    assert width < 0.6 * (first.difference.high - first.difference.low)
    assert (told.alike, told.kappa, told.ac1) == (first.alike, first.kappa, first.ac1)


def test_nothing_is_told_of_items_that_a_few_persons_tried(rows) -> None:
    few = rows.filter(pl.col("user_id").is_in([f"u{at}" for at in range(9)]))
    result = assess_providers(provider_cells(few), shared_items(few), smallest_cell=10)
    told = [one for one in result.changes if one.measure == "success"]
    assert {one.reason for one in told} == {"fewer than 10 persons tried them"}
    assert {(one.items, one.value_base, one.difference, one.p) for one in told} == {(None,) * 4}
    known = assess_providers(provider_cells(few), shared_items(few), smallest_cell=9)
    assert any(one.difference for one in known.changes)
