"""Real data that none of us wrote, read as it is."""

from pathlib import Path

import polars as pl

from assay.data.check import check_file
from assay.data.read import read, scan

AIDER = """
columns:
  interaction_id: event_id
  occurred_at: timestamp
  model: main_model
  input_tokens: prompt_tokens
  output_tokens: completion_tokens
  cost_usd: cost
  ctx_event: event
"""


def test_the_log_of_a_coding_agent_is_mapped(shared_data: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "aider.yaml"
    mapping.write_text(AIDER, encoding="utf-8")
    path = shared_data / "llm" / "aider" / "aider_events.csv"
    checked = read(path, table="interactions", mapping=mapping)
    messages = checked.valid.filter(pl.col("ctx_event") == "message_send").collect()
    # shared/data/NOTES.md: 35,402 events, 5,522 messages; one logs $9,990.01, the others $192.69
    assert checked.source.rows + len(checked.rejected) == 35_402
    assert len(messages) == 5_522
    costs = messages["cost_usd"].drop_nulls().sort()
    assert round(costs[-1], 2) == 9_990.01
    assert round(costs[:-1].sum(), 2) == 192.69


def test_a_csv_has_the_types_of_its_parquet(shared_data: Path, tmp_path: Path) -> None:
    emails = pl.read_parquet(shared_data / "ab" / "hillstrom_email.parquet")
    emails.write_csv(tmp_path / "emails.csv")
    assert scan(tmp_path / "emails.csv").collect().equals(emails)


def test_a_log_without_our_columns_is_refused_not_misread(shared_data: Path) -> None:
    report = check_file(shared_data / "llm" / "llmperf" / "llmperf_requests.csv", "interactions")
    assert report.refused
    assert report.missing_required == ("interaction_id", "occurred_at")
    assert report.rows == 2_845
