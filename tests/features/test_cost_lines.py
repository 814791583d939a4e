import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assay.features.cost_lines import COST_COLUMNS, cost_lines, merge_cost_lines
from features.day_tables import lines_by_hand, turns

BY = ("provider", "model", "service_tier")


def test_lines_tell_requests_tokens_and_logged_cost():
    frame = turns()
    found = cost_lines(frame.lazy(), time_zone="Europe/Berlin")
    assert found.columns == ["day", *BY, *COST_COLUMNS]
    hand = lines_by_hand(frame, BY, "Europe/Berlin")
    assert len(found) == len(hand)
    for line in found.to_dicts():
        expected = hand[tuple(line[name] for name in ("day", *BY))]
        expected["requests"] = expected["rows"]
        for name in COST_COLUMNS:
            assert line[name] == pytest.approx(expected[name], rel=1e-12), name


def test_parts_merge():
    frame = turns()
    parts = [cost_lines(part.lazy()) for part in frame.iter_slices(100)]
    assert_frame_equal(merge_cost_lines(*parts), cost_lines(frame.lazy()), rel_tol=1e-12)


def test_totals_are_those_of_the_rows_whatever_lines_are_by():
    frame = turns()
    for by in ((), ("agent_id",)):
        found = cost_lines(frame.lazy(), by=by)
        assert found["cost_usd"].sum() == pytest.approx(frame["cost_usd"].sum(), rel=1e-12)
        assert found["output_tokens"].sum() == frame["output_tokens"].sum()
        assert found.select(pl.col("requests").sum()).item() == frame.height
