"""The epoch of each unit stands beside its arm, and the analysis compares within epochs."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from assay.analysis.experiments import ab_test
from assay.assignment import SLOTS, Allocation, Epoch
from assay.core.errors import DataError
from assay.features.arms import Design, summarise_arms
from assay.features.epochs import with_epochs

UNITS = [f"user-{number}" for number in range(6000)]
EVEN = Epoch(split={"control": 0.5, "new": 0.5}, slots=((0, SLOTS // 2),))
TILTED = Epoch(split={"control": 0.1, "new": 0.9}, slots=((SLOTS // 2, SLOTS),))
TWO = Allocation(experiment="e", layer="l", epochs=(EVEN, TILTED))


def units(allocation: Allocation) -> pl.DataFrame:
    """Later units convert more often in both arms; the arm itself changes nothing."""
    epochs = allocation.epochs_of(UNITS)
    chance = np.where(epochs == 1, 0.6, 0.2)
    return pl.DataFrame({
        "user_id": UNITS,
        "variant": allocation.arms_of(UNITS),
        "converted": np.random.default_rng(1).random(len(UNITS)) < chance,
    })  # fmt: skip


def test_drift_between_epochs_is_no_effect():
    frame = with_epochs(units(TWO).lazy(), TWO, unit="user_id")
    told = {
        "arm": "variant",
        "control": "control",
        "metrics": [{"name": "CR", "kind": "rate", "value": "converted"}],
        "split": {"control": 0.3, "new": 0.7},
    }
    plain = ab_test(summarise_arms(frame, Design.of(**told))).comparisons[0]
    within = ab_test(summarise_arms(frame, Design.of(**told, strata=["epoch"]))).comparisons[0]
    assert plain.difference.low > 0.05
    assert within.difference.low < 0 < within.difference.high
    assert within.n == plain.n


def test_every_row_of_a_unit_gets_its_epoch():
    frame = units(TWO)
    found = with_epochs(pl.concat([frame, frame]), TWO, unit="user_id").collect()
    assert len(found) == 2 * len(frame)
    assert found["epoch"].to_list()[: len(frame)] == TWO.epochs_of(UNITS).tolist()


def test_where_time_decides_the_first_assignment_does():
    day = datetime(2026, 1, 1, tzinfo=UTC)
    early = Epoch(split={"a": 1.0}, slots=((0, SLOTS),), since=day)
    late = Epoch(split={"a": 1.0}, slots=((0, SLOTS),), since=day.replace(month=2))
    timed = Allocation(experiment="e", layer="l", epochs=(early, late), by_time=True)
    rows = pl.DataFrame(
        {
            "unit_id": ["u", "u", "v"],
            "assigned_at": [day.replace(month=3), day, day.replace(month=2)],
        }
    )
    for frame in (rows, rows.with_columns(pl.col("assigned_at").dt.replace_time_zone(None))):
        assert with_epochs(frame, timed, unit="x").collect()["epoch"].to_list() == [0, 0, 1]


def test_units_that_the_experiment_never_took_in_are_refused():
    half = Allocation(experiment="e", layer="l", epochs=(EVEN,))
    with pytest.raises(DataError, match="outside of the experiment’s traffic"):
        with_epochs(units(TWO), half, unit="user_id")
    with pytest.raises(DataError, match="no column 'unit_id'"):
        with_epochs(units(TWO), half, unit="nobody")
