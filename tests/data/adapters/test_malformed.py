"""2,000 malformed documents per format: each is found, told as broken or skipped, or refused."""

import gzip
import json
from contextlib import suppress
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.core.errors import AssayError
from assay.data.adapters import ADAPTERS, recognise
from assay.data.adapters.otel.names import ATTRIBUTES
from assay.data.intake import conform
from data.adapters.log_files import LogFile, log_file, read_all
from data.adapters.malformed import (
    Make,
    anything,
    chosen,
    fields,
    lines,
    mostly,
    one_of,
    seeded,
    several,
    spoilt_text,
    tables,
    text,
    whole_files,
    written,
)

PER_FILE = 10
FILES = 200
many = settings(
    max_examples=FILES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
numbers = count()

LANGFUSE = [
    "id", "trace_id", "start_time", "end_time", "type", "level", "status_message", "version",
    "provided_model_name", "usage_details", "cost_details", "total_cost", "latency",
    "time_to_first_token", "prompt_name", "user_id", "session_id", "tags", "metadata",
]  # fmt: skip
SCORES = [
    "id",
    "trace_id",
    "observation_id",
    "name",
    "value",
    "data_type",
    "string_value",
    "timestamp",
]
LITELLM = [
    "request_id", "spend", "startTime", "endTime", "prompt_tokens", "completion_tokens", "metadata",
    "total_tokens", "completionStartTime", "model", "user", "end_user", "status", "cache_hit",
    "request_tags", "call_type", "request_duration_ms",
]  # fmt: skip
HELICONE = [
    "response_id", "request_created_at", "response_status", "response_created_at", "model",
    "request_properties", "prompt_tokens", "completion_tokens", "latency", "cost",
]  # fmt: skip
TABLE = [
    "interaction_id", "occurred_at", "ctx_team", "input_tokens", "succeeded", "latency_s", "model",
]  # fmt: skip

anywhere = one_of(chosen([name for names in ATTRIBUTES.values() for name in names]), text(5))
value = one_of(
    anything,
    fields({"stringValue": anything}),
    fields({"intValue": anything}),
    fields({"arrayValue": fields({"values": anything})}),
    fields({"kvlistValue": anything}),
)


def listed(make: Make, most: int) -> Make:
    return mostly(several(mostly(make), 1, most))


def within(name: str, make: Make) -> Make:
    return fields({name: listed(make, 2)})


pairs = listed(fields({"key": anywhere, "value": value}), 8)
events = listed(
    fields(
        {
            "name": chosen(["exception", "gen_ai.evaluation.result", "first token"]),
            "timeUnixNano": anything,
            "attributes": pairs,
        }
    ),
    2,
)
log = fields(
    {"eventName": chosen(["gen_ai.evaluation.result", "x"]), "attributes": pairs},
    optional={"traceId": anything, "spanId": anything, "timeUnixNano": anything},
)
span = fields(
    {"attributes": pairs},
    optional={
        "traceId": anything,
        "spanId": anything,
        "parentSpanId": anything,
        "startTimeUnixNano": one_of(anything, chosen(["1780308000000000000"])),
        "endTimeUnixNano": one_of(anything, chosen(["1780308001000000000"])),
        "status": mostly(fields({"code": anything, "message": anything})),
        "events": events,
    },
)
resource = mostly(fields({"attributes": pairs}))
traces = fields({"resource": resource, "scopeSpans": listed(within("spans", span), 2)})
otlp = mostly(
    one_of(
        fields({"resourceSpans": listed(traces, 2)}),
        within("resourceLogs", within("scopeLogs", within("logRecords", log))),
    )
)


def record(names: list[str]) -> Make:
    needed = dict.fromkeys(names[:3], anything)
    return mostly(fields(needed, optional=dict.fromkeys(names[3:], anything)))


def hold(piece: LogFile, adapter: str) -> None:
    """Reading closes its account, or is refused with an error of ours; so is what follows."""
    with suppress(AssayError):
        for chunk in read_all(piece, adapter, workers=1):
            for found in chunk.found:
                rows = conform(found)
                assert len(rows.frame) == len(found.frame)
                for name in rows.typed:
                    lost = rows.frame[name].is_null() & rows.frame[f"given {name}"].is_not_null()
                    assert set(found.frame.filter(lost)["row"]) <= set(rows.frame["row"])
    with suppress(AssayError):
        assert recognise(piece) in ADAPTERS


def file_of(folder: Path, content: bytes, suffix: str) -> LogFile:
    return log_file(folder, f"{next(numbers)}.{suffix}", content)


@many
@given(content=seeded(whole_files(lines(otlp, PER_FILE))))
def test_otel(tmp_path: Path, content: bytes) -> None:
    hold(file_of(tmp_path, content, "jsonl"), "otel")


@pytest.mark.parametrize(
    ("adapter", "names"),
    [
        ("langfuse", LANGFUSE),
        ("langfuse", SCORES),
        ("litellm", LITELLM),
        ("helicone", HELICONE),
        ("table", TABLE),
    ],
)
@settings(many, max_examples=FILES // 2)
@given(data=st.data())
def test_lines_and_tables(
    tmp_path: Path, adapter: str, names: list[str], data: st.DataObject
) -> None:
    in_lines = seeded(whole_files(lines(record(names), PER_FILE)))
    hold(file_of(tmp_path, data.draw(in_lines), "jsonl"), adapter)
    in_tables = seeded(whole_files(tables(names, PER_FILE)))
    hold(file_of(tmp_path, data.draw(in_tables), "csv"), adapter)


@settings(many, max_examples=150)
@given(
    content=seeded(spoilt_text(written(several(record(LITELLM), 0, 5)))),
    adapter=st.sampled_from(sorted(ADAPTERS)),
)
def test_one_document(tmp_path: Path, content: bytes, adapter: str) -> None:
    hold(file_of(tmp_path, content, "json"), adapter)


@settings(many, max_examples=40)
@given(cut=st.integers(0, 200), adapter=st.sampled_from(sorted(ADAPTERS)))
def test_a_packed_file_that_breaks_off(tmp_path: Path, cut: int, adapter: str) -> None:
    whole = b"".join(json.dumps({"id": n, "spend": 1}).encode() + b"\n" for n in range(50))
    packed = gzip.compress(whole, mtime=0)
    piece = file_of(tmp_path, packed[: max(len(packed) - 1 - cut, 3)], "jsonl.gz")
    with pytest.raises(AssayError):
        read_all(piece, adapter)


@settings(many, max_examples=40)
@given(at=st.integers(0, 10_000), filling=st.binary(min_size=1, max_size=30))
def test_parquet_with_other_bytes_in_it(tmp_path: Path, at: int, filling: bytes) -> None:
    path = tmp_path / f"{next(numbers)}.parquet"
    frame = pl.DataFrame({"interaction_id": ["a", "b"], "occurred_at": ["2026-06-01", "x"]})
    frame.write_parquet(path)
    content = bytearray(path.read_bytes())
    place = at % len(content)
    content[place : place + len(filling)] = filling
    path.write_bytes(content)
    hold(LogFile(path, "Parquet"), "table")
