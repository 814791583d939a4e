"""Tables by mapping, public ones to their last row; and formats told by what is in them."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.data.adapters import ADAPTERS, Chunk, recognise
from assay.data.intake import conform
from assay.schema import schema_of
from data.adapters.log_files import LogFile, log_file, read_all, rows_of

MAPPINGS = Path(__file__).parents[3] / "params" / "mappings"
ROWS = "interaction_id,occurred_at,model\na,2026-06-01,m\nb,2026-06-02,m\n"


def valid_rows(chunk: Chunk) -> pl.DataFrame:
    (found,) = chunk.found
    schema = schema_of(found.table)
    frame = conform(found).frame
    absent = {
        n: pl.lit(None, c.dtype) for n, c in schema.columns().items() if n not in frame.columns
    }
    return schema.filter(frame.with_columns(**absent)).result


@pytest.mark.parametrize(
    ("name", "mapping", "read", "kept"),
    [
        ("aider/aider_events.csv", "aider", 35_402, 5_522),
        ("azure/AzureLLMInferenceTrace_code.csv", "azure", 8_819, 8_819),
        ("azure/AzureLLMInferenceTrace_conv.csv", "azure", 19_366, 19_366),
        ("mooncake/conversation_trace.jsonl.gz", "mooncake", 12_031, 12_031),
        ("mooncake/conversation_prefix_reuse.csv", "mooncake_reuse", 12_031, 12_031),
        ("llmperf/llmperf_requests.csv", "llmperf", 2_845, 2_845),
        ("taubench/gpt4o_airline_runs.csv", "taubench", 200, 200),
        ("alpaca_eval/judgements.csv.gz", "alpaca_eval", 24_141, 24_141),
        ("alpaca_eval/judgements.csv.gz", "alpaca_eval_scores", 24_141, 24_141),
    ],
)
def test_public_logs_are_explained_to_the_last_row(
    shared_data: Path, name: str, mapping: str, read: int, kept: int
) -> None:
    kind = "CSV" if ".csv" in name else "JSON lines"
    piece = LogFile(shared_data / "llm" / name, kind, name)
    (chunk,) = read_all(piece, "table", mapping=MAPPINGS / f"{mapping}.yaml")
    assert chunk.read == read
    assert not chunk.broken
    assert sum(chunk.skipped.values()) == read - kept
    assert len(valid_rows(chunk)) == kept


def known(shared_data: Path, name: str, mapping: str) -> pl.DataFrame:
    kind = "CSV" if ".csv" in name else "JSON lines"
    piece = LogFile(shared_data / "llm" / name, kind, name)
    (chunk,) = read_all(piece, "table", mapping=MAPPINGS / f"{mapping}.yaml")
    return valid_rows(chunk)


def test_public_logs_give_their_known_answers(shared_data: Path) -> None:
    # shared/data/NOTES.md, "Known answers"
    aider = known(shared_data, "aider/aider_events.csv", "aider")["cost_usd"].sort()
    assert (round(aider[-1], 2), round(aider[:-1].sum(), 2)) == (9_990.01, 192.69)
    mooncake = known(shared_data, "mooncake/conversation_prefix_reuse.csv", "mooncake_reuse")
    cached, fresh = mooncake["cache_read_tokens"].sum(), mooncake["input_tokens"].sum()
    assert (round((cached + fresh) / 1e6, 1), round(cached / (cached + fresh), 3)) == (144.8, 0.374)
    llmperf = known(shared_data, "llmperf/llmperf_requests.csv", "llmperf")
    failed = llmperf.filter(~pl.col("succeeded"))
    assert len(failed) == 539
    assert failed.filter(provider="lepton", error_type="429").height == 390
    assert failed.filter(provider="bedrock", error_type="-100").height == 146


def test_numbers_of_rows_go_on_from_chunk_to_chunk(tmp_path: Path) -> None:
    lines = "".join(f"{n},2026-06-01\n" for n in range(1000))
    mapping = tmp_path / "m.yaml"
    mapping.write_text("columns: {interaction_id: {row: log}, occurred_at: day, ctx_n: n}")
    piece = log_file(tmp_path, "a.csv", "n,day\n" + lines)
    chunks = read_all(piece, "table", chunk_rows=64, mapping=mapping)
    assert len(chunks) == 16
    rows = rows_of(chunks)
    assert [row["row"] for row in rows] == list(range(1, 1001))
    assert rows[999]["interaction_id"] == "log-1000"
    assert chunks[-1].done == 1.0


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_columns_of_ours_need_no_mapping(tmp_path: Path, name: str) -> None:
    piece = log_file(tmp_path, name, ROWS)
    frame = pl.read_csv(piece.path) if name == "a.csv" else pl.read_csv(ROWS.encode())
    if name == "a.jsonl":
        frame.write_ndjson(piece.path)
    elif name == "a.parquet":
        frame.write_parquet(piece.path)
    assert recognise(piece) == "table"
    assert [row["interaction_id"] for row in rows_of(read_all(piece, "table"))] == ["a", "b"]


@pytest.mark.parametrize(
    "content",
    [
        ROWS.encode("utf-16"),
        ROWS.encode("utf-16-le"),
        b"\xef\xbb\xbf" + ROWS.encode(),
        ROWS.replace("\n", "\r\n").encode(),
        ROWS.replace("\n", "\r").encode(),
        ROWS.replace("\n", "\n\r\n", 2).encode(),
        ROWS.replace(",", ";").encode(),
        ROWS.replace(",", "\t").encode(),
    ],
)
def test_csv_as_other_programs_write_it(tmp_path: Path, content: bytes) -> None:
    rows = rows_of(read_all(log_file(tmp_path, "a.csv", content), "table"))
    assert [(row["interaction_id"], row["model"]) for row in rows] == [("a", "m"), ("b", "m")]


def test_a_quotation_mark_left_open_costs_one_record(tmp_path: Path) -> None:
    text = ROWS + 'c,2026-06-03,"open\nd,2026-06-04,m\ne,2026-06-05\n'
    (chunk,) = read_all(log_file(tmp_path, "a.csv", text), "table")
    assert [row["interaction_id"] for row in rows_of([chunk])] == ["a", "b", "d"]
    assert [(b.row, b.reason) for b in chunk.broken] == [
        (3, "opens a quotation mark that is not closed"),
        (5, "has 2 fields, the header has 3"),
    ]


def test_text_that_is_no_utf_8_is_read_and_told(tmp_path: Path) -> None:
    text = ROWS.replace("a,", "Zoë,").encode("latin-1")
    (chunk,) = read_all(log_file(tmp_path, "a.csv", text), "table")
    assert rows_of([chunk])[0]["interaction_id"] == "Zoë"
    assert "Windows-1252" in chunk.warnings[0]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "x,y\n1,2\n", "none that we know: it has the columns x, y"),
        ("a.csv", "", "is empty, expected a header"),
        ("a.csv", "x,x\n1,2\n", "names the column 'x' twice"),
        ("a.jsonl", '[{"a": 1}, {"b"', "is no JSON after"),
    ],
)
def test_what_is_no_format_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        recognise(log_file(tmp_path, name, text))
    assert message in error.value.message


def test_a_column_that_is_not_there_offers_the_nearest(tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text("columns: {model: modl}")
    with pytest.raises(DataError) as error:
        read_all(log_file(tmp_path, "a.csv", ROWS), "table", mapping=mapping)
    assert error.value.remedy == "did you mean 'model'?"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("columns: {model: {join: [a], from: b}}", "expected either"),
        ("columns: {model: {from: a, add: 1}}", "model is no number"),
        ("columns: {occurred_at: {from: a, since: 2026-01-01}}", "`since` needs the `unit`"),
        ("columns: {model: {join: [a], scale: 2.0}}", "only `from` has scale"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str, message: str) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(text)
    with pytest.raises(ParameterError, match=message):
        read_all(log_file(tmp_path, "a.csv", ROWS), "table", mapping=mapping)


def test_habits_are_stated() -> None:
    told: dict[str, Any] = {name: adapter.habit for name, adapter in ADAPTERS.items()}
    assert sorted(told) == [
        "asv", "helicone", "hyperfine", "langfuse", "litellm", "locust", "otel",
        "pytest-benchmark", "table",
    ]  # fmt: skip
    assert all("token" in habit for habit in told.values())
