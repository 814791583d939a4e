"""Cross-tables of persons: counts by hand, a known association, and nothing small."""

import numpy as np
import polars as pl
import pytest

from assay.analysis.segments.crosstab import cross_tabulate
from assay.core.errors import DataError, ParameterError
from assay.core.result import result_schema
from assay.features.main_values import main_values


@pytest.fixture(scope="module")
def persons() -> pl.DataFrame:
    """600 persons: what they do follows their type in half of the cases; the place does not."""
    rng = np.random.default_rng(3)
    kind = rng.choice(3, 600, p=[0.5, 0.3, 0.2])
    own = rng.random(600) < 0.5
    use = np.where(own, kind, rng.choice(3, 600))
    place = rng.choice(2, 600)
    return pl.DataFrame(
        {
            "person": [f"u{i}" for i in range(600)],
            "user_type": [("free", "plus", "team")[i] for i in kind],
            "operation": [("ask", "draw", "plan")[i] for i in use],
            "ctx_place": [("home", "work")[i] for i in place],
        }
    )


def test_what_goes_together_is_told_and_what_does_not_is_not(persons) -> None:
    result = cross_tabulate(persons, ["user_type", "operation", "ctx_place"])
    use, place, third = result.tables
    assert use.associated
    assert 0.3 < use.strength.low < 0.5 < use.strength.high < 0.7  # half of it: V is about .5
    assert not place.associated
    assert place.strength.low == 0
    assert (third.rows, third.columns) == ("operation", "ctx_place")
    cell = next(c for c in use.cells if (c.row, c.column) == ("free", "ask"))
    mine = persons.filter(user_type="free")
    some = mine.filter(operation="ask").height
    assert cell.persons == some
    assert cell.share.low < cell.share.value == some / mine.height < cell.share.high
    assert sum(c.persons for c in use.cells) == result.persons == 600
    assert result_schema(type(result), kind="crosstab")


def test_rare_values_are_put_together_and_small_cells_withheld(persons) -> None:
    rare = persons.with_columns(
        user_type=pl.when(pl.col("person").is_in([f"u{i}" for i in range(14)]))
        .then(pl.format("odd{}", pl.col("person")))
        .otherwise("user_type")
    )
    result = cross_tabulate(rare, ["user_type", "operation"], smallest_cell=10)
    assert result.merged == (14, 0)
    told = {total.value: total.persons for total in result.totals if total.name == "user_type"}
    assert "(other)" in told
    cells = result.tables[0].cells
    small = [cell for cell in cells if cell.row == "(other)" and cell.persons is not None]
    assert all(cell.persons >= 10 or cell.persons == 0 for cell in small)
    assert result.withheld >= 4
    assert any(cell.persons is None for cell in cells if cell.row != "(other)")


def test_each_person_counts_once_by_what_they_do_most() -> None:
    rows = pl.LazyFrame(
        {
            "user_id": ["a", "a", "a", "b", "b", None, "c"],
            "operation": ["x", "y", "y", "z", "w", "x", None],
            "user_type": ["s", "s", None, "t", "t", "t", None],
        }
    )
    found = main_values(rows, ["operation", "user_type"])
    assert found.rows() == [("a", "y", "s"), ("b", "w", "t"), ("c", "(none)", "(none)")]
    with pytest.raises(ParameterError):
        main_values(rows, ["user_id"])


def test_what_cannot_be_told_is_refused(persons) -> None:
    with pytest.raises(ParameterError, match="two or three"):
        cross_tabulate(persons, ["user_type"])
    with pytest.raises(ParameterError, match="most=1"):
        cross_tabulate(persons, ["user_type", "operation"], most=1)
    with pytest.raises(DataError, match="expected at least k"):
        cross_tabulate(persons.head(5), ["user_type", "operation"])
