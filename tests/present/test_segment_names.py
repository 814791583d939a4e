"""Segments are called so that a reader knows what a bare 0 or 1 is a value of."""

import numpy as np
import polars as pl

from analysis.experiments.cases import run
from assay.core.result import record
from assay.present.blocks import Section, Table
from assay.present.experiments import segment_blocks, tell
from assay.present.figures import Figure
from assay.present.prose.experiments import checks as prose


def told(column, values, *, gains=(0.0, 0.0), n=4_000):
    """Two arms whose outcome is raised by one gain for each value of the column."""
    rng = np.random.default_rng(5)
    place, arm = rng.integers(0, 2, n), rng.integers(0, 2, n)
    frame = pl.DataFrame(
        {
            "arm": np.where(arm, "new", "old"),
            "x": rng.normal(5, 1, n) + arm * np.take(gains, place),
            column: [values[i] for i in place],
        }
    )
    metric = {"name": "Score", "kind": "mean", "value": "x"}
    result = run(frame, arm="arm", control="old", metrics=[metric], segments=[column])
    return tell(record(result, kind="ab-test"))


def words(answer):
    said = []
    for block in segment_blocks(answer):
        match block:
            case Section():
                said += [block.heading, block.lead]
            case Table():
                said += [block.caption, *map(str, block.rows)]
            case Figure():
                said += [block.caption, block.alt]
    return said


def test_a_value_of_a_binary_column_stands_beside_its_name():
    said = words(told("newbies", (0, 1), gains=(0.5, 0.0)))
    assert said[0].startswith("The effect on score differs for newbies = 0 and newbies = 1")
    assert "within two values of newbies" in said[1]
    assert not [text for text in said if "newbies 0" in text or "newbieses" in text]


def test_no_effect_and_every_effect_name_values_too():
    none = words(told("newbies", (0, 1)))[0]
    assert none == "No value of newbies by itself shows a change of score"
    every = words(told("newbies", (True, False), gains=(0.5, 0.5)))[0]
    assert every == "Score rises for every value of newbies"


def test_a_name_that_says_something_stays_as_it_is():
    said = words(told("user_type", ("free", "paid"), gains=(0.5, 0.0)))
    assert said[0].startswith("The effect on score differs for user types free and paid")
    assert "within two user types" in said[1]


def test_sizes_are_checked_within_values_of_a_plural_column():
    names = [check.name for check in prose.checks(told("newbies", (0, 1)))]
    assert "Sizes within each value of newbies" in names
