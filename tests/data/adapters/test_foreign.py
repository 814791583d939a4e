"""Exports as other systems, spreadsheets and frames write them, beyond their plain form."""

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assay.core.errors import DataError
from assay.data.adapters import recognise
from assay.data.intake import conform
from assay.data.read import read
from data.adapters.log_files import LogFile, log_file, only, read_all, rows_of, tokens
from data.adapters.test_gateways import REQUEST, SPEND
from data.adapters.test_langfuse import OBSERVATION, as_csv, camel

NESTED: dict[str, Any] = {
    "interaction_id": "a", "occurred_at": "2026-06-01T10:00:00Z",
    "usage": {"prompt": 100, "details": {"cached": 40}, "gen_ai.output": 7}, "user": {"id": "ada"},
}  # fmt: skip
PATHS = """columns:
  input_tokens: {from: usage.prompt, less: [usage.details.cached]}
  cache_read_tokens: usage.details.cached
  output_tokens: usage.gen_ai.output
  user_id: user.id
"""


def with_mapping(folder: Path, text: str) -> Path:
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def values_of(piece: LogFile, **options: Any) -> list[dict[str, Any]]:
    """Rows with the values of their columns' types."""
    (chunk,) = read_all(piece, "table", **options)
    return conform(chunk.found[0]).frame.to_dicts()


def test_a_price_per_token_of_langfuse_is_no_cost(tmp_path: Path) -> None:
    priced = {"total_price": "0.00001", "total_cost": None, "cost_details": {}}
    row = only(read_all(log_file(tmp_path, "a.csv", as_csv(OBSERVATION | priced)), "langfuse"))
    assert row.get("cost_usd") is None


def test_events_of_langfuse_name_milliseconds(tmp_path: Path) -> None:
    times = {"latency_ms": 2000, "time_to_first_token_ms": 500, "end_time": None}
    event = {n: v for n, v in OBSERVATION.items() if n not in {"latency", "time_to_first_token"}}
    piece = log_file(tmp_path, "a.json", json.dumps([camel(event | times)]))
    row = only(read_all(piece, "langfuse"))
    assert (row["latency_s"], row["first_token_s"]) == (2.0, 0.5)


def test_traces_of_langfuse_are_skipped(tmp_path: Path) -> None:
    trace = {"id": "t", "timestamp": "2026-06-01", "bookmarked": False, "public": False}
    piece = log_file(tmp_path, "a.csv", as_csv(trace))
    assert recognise(piece) == "langfuse"
    (chunk,) = read_all(piece, "langfuse")
    assert chunk.skipped == {"trace: its calls are in the export of observations": 1}


@pytest.mark.parametrize(
    "written",
    [
        str(OBSERVATION["usage_details"]),
        json.dumps(OBSERVATION["usage_details"]).replace('"', '""'),
        json.dumps(json.dumps(OBSERVATION["usage_details"])),
    ],
)
def test_objects_that_a_program_quoted_its_own_way(tmp_path: Path, written: str) -> None:
    piece = log_file(tmp_path, "a.csv", as_csv(OBSERVATION | {"usage_details": written}))
    assert tokens(only(read_all(piece, "langfuse"))) == (600, 400, None, 200, 50)


@pytest.mark.parametrize(
    ("adapter", "record", "name"),
    [
        ("langfuse", OBSERVATION, "usage_details"),
        ("langfuse", OBSERVATION | {"total_cost": None}, "cost_details"),
        ("litellm", SPEND, "metadata"),
        ("helicone", REQUEST, "request_properties"),
    ],
)
def test_an_object_that_cannot_be_read_is_told(
    tmp_path: Path, adapter: str, record: dict[str, Any], name: str
) -> None:
    cut = log_file(tmp_path, "a.csv", as_csv(record | {name: '{"input": 600, "outp'}))
    (chunk,) = read_all(cut, adapter)
    assert f"`{name}` of some records is no JSON, so that nothing in it was read" in chunk.warnings
    for nothing in ("", "{}", "null"):
        plain = log_file(tmp_path, "b.csv", as_csv(record | {name: nothing}))
        assert not any("is no JSON" in told for told in read_all(plain, adapter)[0].warnings)


def test_helicone_quotes_properties_twice(tmp_path: Path) -> None:
    twice = json.dumps(REQUEST["request_properties"]).replace('"', '""')
    piece = log_file(tmp_path, "a.csv", as_csv(REQUEST | {"request_properties": twice}))
    row = only(read_all(piece, "helicone"))
    assert (row["session_id"], row["ctx_Plan"]) == ("s1", "gold")


def test_answers_of_helicone_have_costs_and_reasoning(tmp_path: Path) -> None:
    answer = {n: v for n, v in REQUEST.items() if n != "cost"}
    more = {"costUSD": 0.25, "reasoning_tokens": 5}
    page = json.dumps({"data": [answer | more], "error": None})
    row = only(read_all(log_file(tmp_path, "a.json", page), "helicone"))
    assert (row["cost_usd"], row["reasoning_tokens"]) == (0.25, 5)


def test_the_master_key_of_litellm_is_nobody(tmp_path: Path) -> None:
    nobody = SPEND | {"end_user": "", "user": "default_user_id"}
    piece = log_file(tmp_path, "a.csv", as_csv(nobody))
    assert only(read_all(piece, "litellm")).get("user_id") is None


@pytest.mark.parametrize(
    ("page", "read"),
    [
        ({"data": [], "meta": {"page": 1}}, 0),
        ({"data": [SPEND], "total": 1, "page": 1, "page_size": 50, "total_pages": 1}, 1),
        ({"records": [SPEND, SPEND]}, 2),
        ({"id": 1, "model": "m", "items": [{}], "usage": 3, "status": "ok"}, 1),
    ],
)
def test_pages_of_an_api_are_their_records(tmp_path: Path, page: Any, read: int) -> None:
    piece = log_file(tmp_path, "a.json", json.dumps(page))
    assert sum(chunk.read for chunk in read_all(piece, "litellm")) == read


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", "interaction_id,occurred_at\n"), ("a.json", "[]"), ("a.jsonl", "\n")],
)
def test_what_holds_no_records_is_read_and_told(tmp_path: Path, name: str, text: str) -> None:
    piece = log_file(tmp_path, name, text)
    (chunk,) = read_all(piece, recognise(piece))
    assert (chunk.read, chunk.warnings) == (0, ("log holds no records",))


def test_parquet_without_rows_is_read_and_told(tmp_path: Path) -> None:
    pl.DataFrame(schema={"x": pl.String}).write_parquet(tmp_path / "a.parquet")
    piece = LogFile(tmp_path / "a.parquet", "Parquet")
    (chunk,) = read_all(piece, recognise(piece))
    assert (chunk.read, chunk.warnings) == (0, ("log holds no records",))


@pytest.mark.parametrize(
    ("name", "text", "message", "remedy"),
    [
        ("a.jsonl", "<html>\n<p>\n", "can be read: the first is no JSON", "one JSON object"),
        ("a.csv", "PK\x03\x04\0\0\n", "is no text", "save it as CSV"),
        ("a.csv", "Usage in June\n\na,b\n1,2\n", "the first has 2 fields", "stands above"),
        ("a.json", '[{"startTime": 1, "spend": 1, "models": {}, "users": {}}]', "daily", "false"),
        ("a.csv", "span_id,start_timestamp,span_name,attributes\n1,2,3,4\n", "Logfire", "mapping"),
        ("a.json", '{"batches": [{}]}', "Tempo", "resourceSpans"),
        ("a.json", '{"data": [{"traceID": "a", "spans": []}]}', "Jaeger", "collector"),
        ("a.jsonl", '{"context": {}, "start_time": 1, "attributes": {}}', "not OTLP", "collector"),
    ],
)
def test_what_no_format_reads_is_told_with_what_helps(
    tmp_path: Path, name: str, text: str, message: str, remedy: str
) -> None:
    with pytest.raises(DataError) as error:
        recognise(log_file(tmp_path, name, text))
    assert message in error.value.message
    assert remedy in str(error.value.remedy)


@pytest.mark.parametrize(
    "name", ["ai.usage.cachedInputTokens", "gen_ai.usage.details.cached_tokens"]
)
def test_spans_of_frameworks_by_their_own_names(tmp_path: Path, name: str) -> None:
    counts = {"gen_ai.usage.input_tokens": 100, name: 40}
    told: list[dict[str, Any]] = [
        {"key": key, "value": {"intValue": str(n)}} for key, n in counts.items()
    ]
    told.append({"key": "ai.telemetry.metadata.userId", "value": {"stringValue": "ada"}})
    span = {"traceId": "a1" * 16, "spanId": "b2" * 8, "startTimeUnixNano": "1780308000000000000"}
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [span | {"attributes": told}]}]}]}
    row = only(read_all(log_file(tmp_path, "a.jsonl", json.dumps(document)), "otel"))
    assert (row["input_tokens"], row["cache_read_tokens"], row["user_id"]) == (60, 40, "ada")


def test_records_of_logfire_by_their_mapping(tmp_path: Path) -> None:
    mapping = Path(__file__).parents[3] / "params" / "mappings" / "logfire.yaml"
    told = {
        "gen_ai.system": "openai", "gen_ai.usage.input_tokens": 100, "operation.cost": 0.5,
        "gen_ai.usage.details.cache_read_tokens": 40, "gen_ai.usage.output_tokens": 7,
    }  # fmt: skip
    record = {
        "trace_id": "t", "span_id": "s", "start_timestamp": "2026-06-01T10:00:00Z", "duration": 2.5,
        "is_exception": False, "exception_type": "", "exception_message": "", "service_name": "app",
        "deployment_environment": "prod", "attributes": told,
    }  # fmt: skip
    (row,) = values_of(log_file(tmp_path, "a.csv", as_csv(record)), mapping=mapping)
    assert (row["interaction_id"], row["cost_usd"], row["latency_s"]) == ("t/s", 0.5, 2.5)
    assert (row["input_tokens"], row["cache_read_tokens"], row["output_tokens"]) == (60, 40, 7)
    assert row["succeeded"] is True


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_name_in_a_mapping_may_be_a_path(tmp_path: Path, form: str) -> None:
    piece = log_file(tmp_path, f"a.{form}", as_csv(NESTED) if form == "csv" else json.dumps(NESTED))
    if form == "parquet":
        pl.DataFrame([NESTED]).write_parquet(piece.path)
    mapping = with_mapping(tmp_path, PATHS)
    (row,) = values_of(piece, mapping=mapping)
    assert (row["input_tokens"], row["cache_read_tokens"], row["output_tokens"]) == (60, 40, 7)
    assert row["user_id"] == "ada"
    (same,) = read(piece.path, table="interactions", mapping=mapping).valid.collect().to_dicts()
    assert (same["input_tokens"], same["output_tokens"], same["user_id"]) == (60, 7, "ada")


@pytest.mark.parametrize(
    ("decimal", "cost", "count", "expected"),
    [
        (",", "0,5", "1.234", (0.5, 1234)),
        (",", "1.234,5", "1 234", (1234.5, 1234)),
        (",", "1,5e-3", "7", (0.0015, 7)),
        (".", "$1,234.5", "1,234", (1234.5, 1234)),
        (".", ".5", "12,345,678", (0.5, 12_345_678)),
        (",", "1.5", "12.34", (None, None)),
        (".", "0,5", "1,23", (None, None)),
    ],
)
def test_numbers_as_people_write_them(
    tmp_path: Path, decimal: str, cost: str, count: str, expected: tuple[Any, Any]
) -> None:
    text = f"interaction_id;occurred_at;cost_usd;input_tokens\na;2026-06-01;{cost};{count}\n"
    mapping = with_mapping(tmp_path, f'decimal: "{decimal}"')
    (row,) = values_of(log_file(tmp_path, "a.csv", text), mapping=mapping)
    assert (row["cost_usd"], row["input_tokens"]) == expected
    assert (row["given cost_usd"], row["given input_tokens"]) == (cost, count)


@pytest.mark.parametrize(("cached", "left"), [("40", 60), ("", 100), ("many", None)])
def test_what_is_taken_off_is_a_number_or_nothing(
    tmp_path: Path, cached: str, left: int | None
) -> None:
    text = f"interaction_id,occurred_at,p,c\na,2026-06-01,100,{cached}\n"
    mapping = with_mapping(tmp_path, "columns: {input_tokens: {from: p, less: [c]}}")
    (row,) = values_of(log_file(tmp_path, "a.csv", text), mapping=mapping)
    assert row["input_tokens"] == left


def test_a_spreadsheet_may_say_its_separator_first(tmp_path: Path) -> None:
    piece = log_file(tmp_path, "a.csv", "sep=;\r\ninteraction_id;occurred_at\r\na;2026-06-01\r\n")
    assert recognise(piece) == "table"
    assert [row["interaction_id"] for row in rows_of(read_all(piece, "table"))] == ["a"]


@pytest.mark.parametrize(
    "text",
    ["2026-06-01 10:00:00 UTC", "2026-06-01 12:00:00 +0200", "2026-06-01 10:00:00 +0000 UTC"],
)
def test_zones_by_name_and_after_a_blank(tmp_path: Path, text: str) -> None:
    piece = log_file(tmp_path, "a.csv", f"interaction_id,occurred_at\na,{text}\n")
    assert values_of(piece)[0]["occurred_at"] == datetime(2026, 6, 1, 10, tzinfo=UTC)


def test_types_of_parquet_that_no_text_has(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "interaction_id": [b"a", b"\xff"],
            "occurred_at": [datetime(2026, 6, 1, 10, tzinfo=UTC)] * 2,
            "latency_s": [timedelta(milliseconds=2500), None],
            "cost_usd": [time(1), time(2)],
            "input_tokens": [{"x": [b"y"]}, None],
        }
    )
    frame.write_parquet(tmp_path / "a.parquet")
    first, second = values_of(LogFile(tmp_path / "a.parquet", "Parquet"))
    assert (first["interaction_id"], second["interaction_id"]) == ("a", "ff")
    assert (first["latency_s"], first["cost_usd"], first["input_tokens"]) == (2.5, None, None)
    assert first["given input_tokens"] is not None
