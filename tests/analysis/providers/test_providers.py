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
