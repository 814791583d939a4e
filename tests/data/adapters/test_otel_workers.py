"""One process or several, one span or many at once: the answer is the same."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from assay.data.adapters import ADAPTERS, Chunk, Options, stream
from assay.data.adapters.lines import TOO_LONG
from assay.data.adapters.otel import alike, documents, workers
from assay.data.adapters.otel.alike import Alike
from assay.data.adapters.otel.blocks import parse
from assay.data.adapters.otel.packing import Same, pack, spread, unpack
from assay.data.adapters.otel.tally import Wishes
from assay.data.adapters.otel.workers import STOPPED
from data.adapters.log_files import log_file, read_all, rows_of

START = 1_780_308_000_000_000_000
SHAPES: tuple[dict[str, Any], ...] = (
    {
        "gen_ai.operation.name": {"stringValue": "chat"},
        "gen_ai.request.model": {"stringValue": "gpt-5"},
        "gen_ai.response.model": {"stringValue": "gpt-5-2026"},
        "gen_ai.usage.input_tokens": {"intValue": "900"},
        "gen_ai.usage.cache_read.input_tokens": {"intValue": "40"},
        "gen_ai.usage.output_tokens": {"intValue": "70"},
        "gen_ai.response.time_to_first_chunk": {"doubleValue": 0.25},
        "user.id": {"stringValue": "jane"},
    },
    {
        "gen_ai.operation.name": {"stringValue": "execute_tool"},
        "gen_ai.tool.name": {"stringValue": "search"},
    },
    {
        "gen_ai.operation.name": {"stringValue": "invoke_agent"},
        "gen_ai.agent.name": {"stringValue": "planner"},
        "gen_ai.usage.input_tokens": {"intValue": "9000"},
        "traceloop.association.properties.team": {"stringValue": "red"},
        "assay.item_id": {"stringValue": "q7"},
    },
    {
        "openinference.span.kind": {"stringValue": "LLM"},
        "llm.token_count.prompt": {"intValue": 12},
        "llm.token_count.total": {"intValue": 20},
        "llm.token_count.prompt_details.cache_write": {"intValue": "3"},
        "metadata": {"stringValue": '{"plan": "free"}'},
    },
    {"http.method": {"stringValue": "GET"}},
)
ODD_VALUES: tuple[Any, ...] = (
    *(None, {}, "bare", 7, [1], {"stringValue": None}, {"stringValue": 5}, {"stringValue": ""}),
    *({"stringValue": "a\nb"}, {"stringValue": "\x01"}, {"stringValue": "\ud83d"}),
    *({"intValue": "x"}, {"intValue": "9" * 30}, {"intValue": 2**63}, {"intValue": -5}, {"x": 1}),
    *({"doubleValue": "NaN"}, {"doubleValue": 7}, {"boolValue": True}, {"int_value": 3}),
    {"arrayValue": {"values": [{"stringValue": "a"}]}},
)
ODD_FIELDS: tuple[Any, ...] = (
    *(None, 0, "", "x", [], {}, -5, "0" * 32, "AbC", "QUJD=", "9" * 25, True, "\u00fc"),
    *({"code": 2, "message": "no"}, {"code": True}, {"code": 2.0}, {"code": "STATUS_CODE_ERROR"}),
    [{"name": "exception", "attributes": [{"key": "exception.type", "value": {}}]}],
)


def span(rng: random.Random, number: int, odd: float) -> dict[str, Any]:
    told = rng.choice(SHAPES)
    made = {
        "traceId": f"{number // 4:032x}",
        "spanId": f"{number:016x}",
        "parentSpanId": f"{number // 4 * 4:016x}" if number % 4 else "",
        "name": "step",
        "startTimeUnixNano": str(START + number),
        "endTimeUnixNano": str(START + number + rng.randrange(10**9)),
        "attributes": [
            {"key": key, "value": rng.choice(ODD_VALUES) if rng.random() < odd else value}
            for key, value in told.items()
        ],
        "status": {"code": 1} if rng.random() < 0.9 else {},
    }
    if rng.random() < odd:
        made[rng.choice([*made, "events", "trace_id"])] = rng.choice(ODD_FIELDS)
    if rng.random() < odd:
        made.pop(rng.choice(list(made)))
    return made


def lines(seed: int, count: int, *, odd: float) -> list[bytes]:
    """Documents of a few spans each, of several resources, with some lines that are spoilt."""
    rng = random.Random(seed)  # noqa: S311  for a test
    resources = (
        None,
        {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
        {"attributes": [{"key": "deployment.environment", "value": {"stringValue": "prod"}}]},
    )
    found = []
    for number in range(count):
        spans = [span(rng, number * 20 + i, odd) for i in range(rng.choice([1, 3, 20]))]
        scope = {"resource": rng.choice(resources), "scopeSpans": [{"spans": spans}]}
        line = json.dumps({"resourceSpans": [scope]}).encode()
        if number % 97 == 5:
            line = (line[: len(line) // 2], b"[1]", b"\xff\xfe", b"")[number % 4]
        found.append(line + b"\n")
    return found


def same(one: list[Chunk], other: list[Chunk]) -> None:
    for table in ("interactions", "calls", "scores"):
        assert rows_of(one, table) == rows_of(other, table)
    for name in ("read", "broken", "skipped", "warnings", "done"):
        if name != "done":
            assert [getattr(c, name) for c in one] == [getattr(c, name) for c in other], name
    assert [f.frame.schema for c in one for f in c.found] == [
        f.frame.schema for c in other for f in c.found
    ]


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks so small that a small file has many, and processes from the second on."""
    monkeypatch.setattr(stream, "BLOCK", 1 << 15)
    monkeypatch.setattr(workers, "_ALONE", 1)


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("a.jsonl", bytes),
        ("a.jsonl.gz", lambda content: gzip.compress(content, 1)),
        ("a.jsonl.zst", zstandard.compress),
    ],
)
def test_one_and_several_processes(
    tmp_path: Path, name: str, packed: Callable[[bytes], bytes]
) -> None:
    piece = log_file(tmp_path, name, packed(b"".join(lines(1, 500, odd=0.01))))
    one, several = (read_all(piece, "otel", workers=w, chunk_rows=1000) for w in (1, 3))
    same(one, several)
    assert len(several) > 2
    assert sum(len(c.broken) for c in one) > 3
    assert not any(STOPPED in c.warnings for c in several)


@pytest.mark.parametrize("odd", [0.0, 0.001, 0.05])
@pytest.mark.parametrize("seed", range(3))
def test_spans_together_are_as_one_by_one(
    seed: int, odd: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes = (Wishes(), Wishes("beside"), Wishes("inside", agent_totals=True))[seed]
    content = lines(seed, 120, odd=odd)
    monkeypatch.setattr(alike, "_FEWEST", 1)
    together = told_of(parse(content, wishes))
    monkeypatch.setattr(Alike, "takes", lambda *_: False)
    assert together == told_of(parse(content, wishes))


def test_usual_spans_are_all_read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "_FEWEST", 1)
    content = lines(7, 90, odd=0.0)
    expected = parse(content, Wishes())
    for module in (alike, documents):
        monkeypatch.delattr(module, "add_span")
    assert parse(content, Wishes()) == expected


def told_of(parsed: Any) -> tuple[Any, ...]:
    """With its types: 1, 1.0 and True are not the same."""
    read, *tables, context, broken, skipped, warnings = parsed
    columns = [[unpack(column) for column in table] for table in tables]
    return read, repr(columns), list(context.items()), broken, skipped, warnings


@given(
    st.lists(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3), min_size=1
    )
    | st.lists(st.none() | st.text("a\n\x01\ud83d", max_size=2), min_size=1)
    | st.lists(st.integers(), min_size=1)
    | st.lists(st.floats(), min_size=1)
)
def test_packing_loses_nothing(values: list[Any]) -> None:
    assert repr(unpack(pack(values, len(values)))) == repr(values)
    assert unpack(pack(Same(values[0]), 3)) == spread(Same(values[0]), 3)


@pytest.mark.usefixtures("_small")
def test_a_process_that_is_killed_is_told_of_and_nothing_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = log_file(tmp_path, "a.jsonl", b"".join(lines(2, 400, odd=0.0)))
    started = started_by(monkeypatch)
    chunks: list[Chunk] = []
    for chunk in ADAPTERS["otel"].read(piece, Options(workers=2, chunk_rows=300)):
        for process in started:
            process.kill()
        chunks.append(chunk)
    assert len(started) == 2
    assert all(process.returncode is not None for process in started)
    assert any(STOPPED in chunk.warnings for chunk in chunks)
    one = read_all(piece, "otel", workers=1, chunk_rows=300)
    assert rows_of(chunks) == rows_of(one)
    assert [c.broken for c in chunks] == [c.broken for c in one]


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(("program", "told"), [("no-such-program", 0), ("false", 1)])
def test_where_no_process_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, told: int
) -> None:
    piece = log_file(tmp_path, "a.jsonl", b"".join(lines(3, 60, odd=0.0)))
    one = read_all(piece, "otel", workers=1)
    monkeypatch.setattr(sys, "executable", program)
    several = read_all(piece, "otel", workers=2)
    assert rows_of(one) == rows_of(several)
    assert any(STOPPED in chunk.warnings for chunk in several) == told


@pytest.mark.usefixtures("_small")
def test_a_line_that_is_too_long_is_so_in_every_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LONGEST_LINE", 1 << 16)
    content = lines(4, 120, odd=0.0)
    content[100] = b'{"resourceSpans": "' + b"x" * (1 << 18) + b'"}\n'
    piece = log_file(tmp_path, "a.jsonl", b"".join(content))
    one, several = (read_all(piece, "otel", workers=w) for w in (1, 2))
    same(one, several)
    assert [b.reason for c in one for b in c.broken].count(TOO_LONG) == 1


@pytest.mark.usefixtures("_small")
def test_a_reader_that_stops_early_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = log_file(tmp_path, "a.jsonl", b"".join(lines(2, 400, odd=0.0)))
    started = started_by(monkeypatch)
    reading = ADAPTERS["otel"].read(piece, Options(workers=2, chunk_rows=300))
    next(reading)
    next(reading)
    assert [process.poll() for process in started] == [None, None]
    reading.close()  # type: ignore[attr-defined]
    assert all(process.returncode is not None for process in started)


def started_by(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    started: list[subprocess.Popen[bytes]] = []
    start = workers._started

    def kept(wishes: Wishes) -> subprocess.Popen[bytes]:
        started.append(start(wishes))
        return started[-1]

    monkeypatch.setattr(workers, "_started", kept)
    return started


SCRIPT = """
import sys, time
from pathlib import Path
from assay.data.adapters import ADAPTERS, Options, stream
from assay.data.adapters.otel import alike, documents, workers
from assay.data.intake.ahead import ahead
from data.adapters.log_files import LogFile

stream.BLOCK, workers._ALONE = 1 << 15, 1
start = workers._started
def told(wishes):
    process = start(wishes)
    print(process.pid, flush=True)
    return process
workers._started = told
piece = LogFile(Path(sys.argv[1]))
for chunk in ahead(ADAPTERS["otel"].read(piece, Options(workers=2, chunk_rows=300))):
    time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_end_by_force_leaves_no_process(tmp_path: Path, how: signal.Signals) -> None:
    """Out of a script without a main guard, as a notebook is."""
    path = log_file(tmp_path, "a.jsonl", b"".join(lines(2, 400, odd=0.0))).path
    (tmp_path / "script.py").write_text(SCRIPT)
    tests = Path(__file__).parents[2]
    script = subprocess.Popen(
        [sys.executable, tmp_path / "script.py", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={k: v for k, v in os.environ.items() if not k.startswith("COV")}  # tracing may hang
        | {"PYTHONPATH": str(tests)},
        start_new_session=True,
    )
    assert script.stdout is not None
    with script.stdout:
        pids = [int(script.stdout.readline()) for _ in range(2)]
        assert all(map(alive, pids))
        os.killpg(script.pid, how) if how == signal.SIGINT else script.kill()
        script.wait(10)
    until = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(map(alive, pids))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_that_parses_starts_without_frames() -> None:
    program = (
        "import sys, assay.data.adapters.otel.workers\n"
        "raise SystemExit(bool({'polars', 'numpy', 'pydantic'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
