"""Observations and scores of Langfuse, in each of its files and under both of its names."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assay.data.adapters import recognise
from data.adapters.log_files import LogFile, log_file, only, read_all, rows_of, tokens

OBSERVATION: dict[str, Any] = {
    "id": "o1", "trace_id": "t1", "type": "GENERATION", "parent_observation_id": "o0",
    "start_time": "2026-06-01 10:00:00.500000", "end_time": "2026-06-01 10:00:02.500000",
    "name": "answer", "level": "DEFAULT", "status_message": None, "version": "3",
    "provided_model_name": "gpt-4o", "total_cost": 0.25, "latency": 2.0, "time_to_first_token": 0.5,
    "usage_details": {"input": 600, "input_cached_tokens": 400, "output": 150,
                      "output_reasoning_tokens": 50, "total": 1200},
    "cost_details": {"input": 0.2, "output": 0.05}, "prompt_name": "greeting", "prompt_version": 2,
    "user_id": "ada", "session_id": "s1", "trace_name": "booking", "tags": ["a", "b"],
    "release": "r7", "environment": "prod", "metadata": {"plan": "gold"},
}  # fmt: skip
SCORE = {
    "id": "sc1", "timestamp": "2026-06-01 11:00:00.000000", "trace_id": "t1", "observation_id": "o1",
    "session_id": None, "name": "relevance", "value": 0.8, "source": "EVAL", "comment": "fine",
    "data_type": "NUMERIC", "string_value": None,
}  # fmt: skip


def as_csv(*records: dict[str, Any]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(records[0]), extrasaction="ignore")
    writer.writeheader()
    for record in records:
        texts = {
            name: json.dumps(one) if isinstance(one, dict | list) else one
            for name, one in record.items()
        }
        writer.writerow(texts)
    return out.getvalue()


def camel(record: dict[str, Any]) -> dict[str, Any]:
    def name_of(snake: str) -> str:
        head, *rest = snake.split("_")
        return head + "".join(word.capitalize() for word in rest)

    return {name_of(name): one for name, one in record.items()}


def write(folder: Path, form: str, *records: dict[str, Any]) -> LogFile:
    if form == "parquet":
        path = folder / "a.parquet"
        pl.DataFrame(records, infer_schema_length=None).write_parquet(path)
        return LogFile(path, "Parquet")
    texts = {
        "csv": as_csv(*records),
        "jsonl": "\n".join(map(json.dumps, records)),
        "json": json.dumps(records),
    }
    return log_file(folder, f"a.{form}", texts[form])


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "parquet"])
@pytest.mark.parametrize("spelling", [dict, camel])
def test_an_observation(tmp_path: Path, form: str, spelling: Any) -> None:
    piece = write(tmp_path, form, spelling(OBSERVATION))
    assert recognise(piece) == "langfuse"
    row = only(read_all(piece, "langfuse"))
    assert row["occurred_at"] == datetime(2026, 6, 1, 10, 0, 0, 500_000, tzinfo=UTC)
    assert tokens(row) == (600, 400, None, 200, 50)
    expected = {
        "interaction_id": "o1", "trace_id": "t1", "parent_id": "o0", "session_id": "s1",
        "user_id": "ada", "template_id": "greeting", "template_version": "2", "model": "gpt-4o",
        "workflow_id": "booking", "agent_version": "3", "operation": "chat", "cost_usd": 0.25,
        "latency_s": 2.0, "first_token_s": 0.5, "succeeded": True, "ctx_tags": "a;b",
        "ctx_plan": "gold", "ctx_environment": "prod",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_a_map_of_parquet_is_usage(tmp_path: Path) -> None:
    pairs = [{"key": "input", "value": 600}, {"key": "output", "value": 7}]
    frame = pl.DataFrame([OBSERVATION | {"usage_details": pairs}])
    frame.write_parquet(tmp_path / "a.parquet")
    row = only(read_all(LogFile(tmp_path / "a.parquet", "Parquet"), "langfuse"))
    assert tokens(row) == (600, None, None, 7, None)


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"input": 600, "input_cached_tokens": 400, "output": 9}, (600, 400, None, 9, None)),
        (
            {"input": 1000, "input_cached_tokens": 400, "output": 9, "total": 1009},
            (600, 400, None, 9, None),
        ),
        (
            {"input": 600, "input_cached_tokens": 400, "output": 9, "total": 1009},
            (600, 400, None, 9, None),
        ),
        (
            {
                "input": 5,
                "cache_read_input_tokens": 90,
                "cache_creation_input_tokens": 30,
                "output": 9,
            },
            (5, 90, 30, 9, None),
        ),
        ({"input": 5, "output": 9, "reasoning_tokens": 4}, (5, None, None, 9, 4)),
        ({"input": 5, "input_audio_tokens": 2, "output": 9, "total": 16}, (7, None, None, 9, None)),
        ({}, (None, None, None, None, None)),
    ],
)
def test_buckets_become_disjoint_counts(
    tmp_path: Path, details: dict[str, int], expected: tuple[Any, ...]
) -> None:
    piece = write(tmp_path, "jsonl", OBSERVATION | {"usage_details": details})
    assert tokens(only(read_all(piece, "langfuse"))) == expected


def test_buckets_of_an_hours_cache_are_part_of_what_is_written(tmp_path: Path) -> None:
    kept = {"input_cache_creation_5m": 30, "input_cache_creation_1h": 50}
    details = {"input": 5, "output": 9, **kept}
    piece = write(tmp_path, "jsonl", OBSERVATION | {"usage_details": details})
    row = only(read_all(piece, "langfuse"))
    assert tokens(row) == (5, None, 80, 9, None)
    assert row["cache_write_1h_tokens"] == 50


@pytest.mark.parametrize(
    ("latency", "unit", "seconds", "warning"),
    [
        (2.0, None, 2.0, "latency is in seconds"),
        (2000, None, 2.0, "latency is in milliseconds"),
        (2000, "ms", 2.0, None),
        (2000, "s", 2000.0, "as you said, but"),
        (2.0, "ms", 0.002, "as you said, but"),
    ],
)
def test_the_unit_of_latency(
    tmp_path: Path, latency: float, unit: Any, seconds: float, warning: str | None
) -> None:
    piece = write(tmp_path, "jsonl", OBSERVATION | {"latency": latency})
    (chunk,) = read_all(piece, "langfuse", latency_unit=unit)
    assert only([chunk])["latency_s"] == pytest.approx(seconds)
    assert any(warning in told for told in chunk.warnings) if warning else not chunk.warnings


def test_what_is_no_call_is_skipped_and_errors_are_told(tmp_path: Path) -> None:
    failed = OBSERVATION | {"id": "o2", "level": "ERROR", "status_message": "rate limit"}
    tool = OBSERVATION | {"id": "o3", "type": "TOOL", "name": "search"}
    plain = OBSERVATION | {"id": "o4", "type": "SPAN"}
    trace = {"id": "t1", "timestamp": "2026-06-01", "name": "booking"}
    (chunk,) = read_all(write(tmp_path, "jsonl", failed, tool, plain, trace), "langfuse")
    first, second = rows_of([chunk])
    assert (first["succeeded"], first["error_message"]) == (False, "rate limit")
    assert (second["operation"], second["tool"]) == ("execute_tool", "search")
    call = only([chunk], "calls")
    assert (call["call_id"], call["interaction_id"]) == ("o3", "o0")
    assert sum(chunk.skipped.values()) == 2


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_scores(tmp_path: Path, form: str) -> None:
    records = [
        SCORE,
        SCORE | {"id": "sc2", "data_type": "BOOLEAN", "value": 1.0, "source": "ANNOTATION"},
        SCORE | {"id": "sc3", "observation_id": None},
        SCORE | {"id": "sc4", "data_type": "CATEGORICAL", "value": None, "string_value": "good"},
        SCORE | {"id": "sc5", "data_type": "TEXT", "value": None, "string_value": "long words"},
    ]
    piece = write(tmp_path, form, *records)
    assert recognise(piece) == "langfuse"
    (chunk,) = read_all(piece, "langfuse")
    first, second, third = rows_of([chunk], "scores")
    assert (first["interaction_id"], first["value"], first["source"]) == ("o1", 0.8, "model")
    assert first["judged_at"] == datetime(2026, 6, 1, 11, tzinfo=UTC)
    assert (second["scale_low"], second["scale_high"], second["source"]) == (0.0, 1.0, "human")
    assert (third["interaction_id"], third["session_id"]) == (None, "t1")
    assert chunk.skipped == {"score whose value is a text": 2}


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_calls_without_the_fields_of_model_and_usage_are_told(tmp_path: Path, form: str) -> None:
    core = ("id", "trace_id", "type", "parent_observation_id", "start_time", "end_time", "level")
    bare = {name: OBSERVATION[name] for name in core}
    piece = write(tmp_path, form, camel(bare))
    assert recognise(piece) == "langfuse"
    (told,) = [
        warning
        for chunk in read_all(piece, "langfuse")
        for warning in chunk.warnings
        if "fields=core" in warning
    ]
    assert told.startswith("the export lacks models, tokens and costs of calls")
    with_usage = bare | {"usage_details": None}
    told = " ".join(read_all(write(tmp_path, form, camel(with_usage)), "langfuse")[0].warnings)
    assert "lacks models of calls" in told
    for whole in (bare | {"type": "CHAIN"}, with_usage | {"model": None}):
        (chunk,) = read_all(write(tmp_path, form, camel(whole)), "langfuse")
        assert not [warning for warning in chunk.warnings if "lacks" in warning]
