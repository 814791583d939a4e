"""Rows for the report on quality: whatever is rejected is counted, and nothing is refused for it."""

from datetime import UTC, datetime

import polars as pl
import pytest

from assay.analysis.quality import assess
from assay.core.errors import DataError
from assay.data.quality import quality_of
from assay.features.profile import Scope, profile_rows

AIDER = """
table: interactions
columns:
  interaction_id: event_id
  occurred_at: timestamp
  session_id: derived_session_id
  user_id: user_id
  operation: event
  model: main_model
  input_tokens: prompt_tokens
  output_tokens: completion_tokens
  cost_usd: cost
"""


def frame(**columns):
    n = 20
    base = {
        "interaction_id": [f"i{i}" for i in range(n)],
        "occurred_at": [datetime(2026, 6, 1 + i, tzinfo=UTC) for i in range(n)],
        "latency_s": [1.0] * n,
    }
    return pl.DataFrame(base | columns)


def test_negative_latency_and_doubled_keys_are_counted_by_rule(tmp_path):
    ids = [f"i{i}" for i in range(18)] + ["i0", "i1"]
    seconds = [-1.0] * 9 + [1.0] * 11
    frame(interaction_id=ids, latency_s=seconds).write_parquet(tmp_path / "rows.parquet")
    held = quality_of(tmp_path / "rows.parquet")
    assert held.rejected == 11
    assert held.source.rows == 9
    by_rule = {one.told: (one.count, one.repeated) for one in held.rejections}
    assert by_rule == {
        "latency_s is below 0": (9, False),
        "interaction_id appears more than once": (4, True),
    }
    assert held.count().rejected == 11


def test_a_file_without_any_valid_row_is_refused(tmp_path):
    frame(latency_s=[-1.0] * 20).write_parquet(tmp_path / "rows.parquet")
    with pytest.raises(DataError, match="none of the 20 rows"):
        quality_of(tmp_path / "rows.parquet")


def test_a_file_without_a_required_column_is_refused(tmp_path):
    frame().drop("occurred_at").write_parquet(tmp_path / "rows.parquet")
    with pytest.raises(DataError, match="occurred_at"):
        quality_of(tmp_path / "rows.parquet")


@pytest.fixture(scope="module")
def aider(shared_data, tmp_path_factory):
    mapping = tmp_path_factory.mktemp("aider") / "aider.yaml"
    mapping.write_text(AIDER)
    held = quality_of(shared_data / "llm" / "aider" / "aider_events.csv", mapping=mapping)
    return held, profile_rows(held.rows, Scope(labels=("model",), mix=("model",), k=10))


def test_the_message_of_9990_dollars_is_found_and_few_others_with_it(aider):
    held, profile = aider
    assert held.source.rows == 35_402
    assert 1 <= profile.costs.dear <= 3
    assert profile.costs.dear_cost > 9_990.0
    assert profile.costs.cost - profile.costs.dear_cost < 193.0


def test_costs_led_by_one_row_are_not_fit(aider):
    held, profile = aider
    result = assess(profile, rejections=held.rejections, rejected=held.rejected)
    (costs,) = [fit for fit in result.fits if fit.analysis == "costs"]
    assert costs.verdict == "not fit"
    assert any("implausible cost" in reason for reason in costs.reasons)
