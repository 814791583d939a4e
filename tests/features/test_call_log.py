from datetime import UTC, datetime

import polars as pl
import pytest

from assay.core.errors import DataError
from assay.features.call_log import call_log
from assay.features.implausible import usual_costs
from assay.features.spending import spend_lines, spent

DAY = datetime(2026, 6, 1, tzinfo=UTC)


def rows(**columns):
    size = len(next(iter(columns.values())))
    return pl.LazyFrame({"occurred_at": [DAY] * size, "input_tokens": [10_000] * size} | columns)


def test_a_cost_that_is_no_number_is_not_known():
    found = call_log(rows(cost_usd=[1.0, float("nan"), None])).collect()
    assert found["cost_usd"].to_list() == [1.0, None, None]


@pytest.mark.parametrize("given", [{"model": ["m", "m"]}, {"cost_usd": [None, None]}])
def test_a_log_without_costs_has_lines_of_unknown_cost(given):
    log = call_log(rows(**given))
    lines = spent(spend_lines(log, usual=usual_costs(log, None)), None)
    assert lines["requests"].sum() == 2
    assert lines["spent_usd"].to_list() == [None]
    assert not lines["apart"].any()


def test_costs_as_text_are_refused_with_what_helps():
    with pytest.raises(DataError, match="'cost_usd' is String, expected numbers") as told:
        call_log(rows(cost_usd=["$0.50"]))
    assert "--mapping" in (told.value.remedy or "")
