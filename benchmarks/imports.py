"""How fast logs come into the store, and in how much memory, beside bare reads of the same files.

python benchmarks/imports.py [--rows 10000000] [--spans 300000]
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results"
MAPPING = """\
table: interactions
columns:
  latency_s: {from: latency_ms, scale: 0.001}
"""
PERSONS_PER_ROW = 0.02
WANTED = {"import": (1_000_000, 2_000), "otel": (60_000, 2_000)}


def interactions(path: Path, rows: int) -> None:
    """A log of 180 days: users by e-mail address, 5 % failures with messages, one mapped column."""
    import numpy as np
    import polars as pl

    step = min(rows, 1_000_000)
    names = {
        "agent_id": ["support", "planner", "coder"],
        "provider": ["openai", "anthropic"],
        "model": ["gpt-5", "claude-sonnet-5", "o4"],
        "operation": ["chat", "execute_tool"],
    }
    parts = path.with_suffix(".parts")
    parts.mkdir(parents=True, exist_ok=True)
    for i in range(rows // step):
        rng = np.random.default_rng(i)
        span = 180 * 86_400_000_000 * step // rows
        at = np.sort(rng.integers(0, span, step)) + i * span
        latency = rng.lognormal(0, 0.5, step)
        succeeded = rng.random(step) < 0.95
        number = np.arange(i * step, (i + 1) * step)
        person = rng.integers(0, int(rows * PERSONS_PER_ROW), step)
        frame = pl.DataFrame(
            {
                "interaction_id": pl.Series(number).cast(pl.String),
                "session_id": pl.Series(number // 7).cast(pl.String),
                "user_id": pl.Series(person).cast(pl.String),
                "occurred_at": np.datetime64("2026-01-01", "us") + at.astype("timedelta64[us]"),
                **{
                    name: np.array(values)[rng.integers(0, len(values), step)]
                    for name, values in names.items()
                },
                "input_tokens": rng.integers(1, 5000, step),
                "cache_read_tokens": rng.integers(0, 2000, step),
                "output_tokens": rng.integers(1, 800, step),
                "cost_usd": rng.lognormal(-5, 1, step),
                "latency_ms": latency * 1000,
                "first_token_s": latency * 0.3,
                "succeeded": succeeded,
            }
        ).with_columns(
            pl.format("i-{}", "interaction_id").alias("interaction_id"),
            pl.format("s-{}", "session_id").alias("session_id"),
            pl.format("user{}@example.org", "user_id").alias("user_id"),
            pl.col("occurred_at").dt.replace_time_zone("UTC"),
            pl.when(~pl.col("succeeded")).then(pl.lit("timeout")).alias("error_type"),
            pl.when(~pl.col("succeeded"))
            .then(pl.lit("Request timed out after 30 s for Jane Roe"))
            .alias("error_message"),
        )
        frame.write_parquet(parts / f"{i:05}.parquet")
    files = sorted(parts.glob("*.parquet"))
    pl.scan_parquet(files).sink_parquet(path, row_group_size=250_000)
    shutil.rmtree(parts)


def spans(path: Path, count: int) -> None:
    """OTLP JSON lines, 100 spans each, with the attributes that instrumentations write."""

    def span(i: int) -> dict:
        start = 1_767_225_600_000_000_000 + i * 1_000_000
        values = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-5",
            "gen_ai.response.model": "gpt-5-2026-03-01",
            "gen_ai.usage.input_tokens": 900 + i % 700,
            "gen_ai.usage.output_tokens": 100 + i % 300,
            "gen_ai.usage.cache_read.input_tokens": i % 600,
            "gen_ai.conversation.id": f"conv-{i // 8:08x}",
            "gen_ai.agent.name": "support",
            "gen_ai.response.time_to_first_chunk": 0.2 + i % 10 / 20,
            "server.address": "api.example.org",
            "gen_ai.response.finish_reasons": ["stop"],
        }
        return {
            "traceId": f"{i // 4:032x}",
            "spanId": f"{i:016x}",
            "parentSpanId": "" if i % 4 == 0 else f"{i // 4 * 4:016x}",
            "name": "chat gpt-5",
            "kind": 3,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + 1_500_000_000),
            "attributes": [{"key": k, "value": _value(v)} for k, v in values.items()],
            "status": {},
        }

    with path.open("w") as out:
        for first in range(0, count, 100):
            body = [span(i) for i in range(first, min(first + 100, count))]
            scope = {"scope": {"name": "bench"}, "spans": body}
            out.write(json.dumps({"resourceSpans": [{"scopeSpans": [scope]}]}) + "\n")


def _value(value: object) -> dict:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(v) for v in value]}}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


PROBES = {
    "polars": "import polars as pl; n = pl.scan_parquet(F).select(pl.all().count(), pl.len()"
    ".alias('rows')).collect(engine='streaming')['rows'][0]",
    "duckdb": "import duckdb; n = duckdb.sql(f\"select count(columns(*)) from '{F}'\").fetchall()",
    "lines": "import polars as pl; n = pl.scan_ndjson(F).collect(engine='streaming').height",
    "orjson": "import orjson; n = sum(len(orjson.loads(line)['resourceSpans'][0]['scopeSpans'][0]"
    "['spans']) for line in open(F, 'rb'))",
}


def probe(name: str, file: Path) -> dict:
    code = f"F = {str(file)!r}\n{PROBES[name]}"
    return timed([sys.executable, "-W", "ignore", "-c", code])


def timed(command: list[str], **options) -> dict:
    """Seconds, CPU seconds and peak memory of a process with its children."""
    watch = (
        "import json,resource,subprocess,sys,time\n"
        "t=time.perf_counter()\n"
        "d=subprocess.run(sys.argv[1:],stdout=subprocess.PIPE,stderr=subprocess.PIPE,text=True)\n"
        "w=time.perf_counter()-t\n"
        "u=resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(json.dumps({'wall':w,'cpu':u.ru_utime+u.ru_stime,"
        "'peak':u.ru_maxrss/2**10,'code':d.returncode,'out':d.stdout,'err':d.stderr}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", watch, *command],
        capture_output=True, text=True, check=True, **options,
    )  # fmt: skip
    found = json.loads(done.stdout)
    if found["code"]:
        raise SystemExit(f"{' '.join(command[:4])} failed:\n{found['err']}")
    return found


def show(name: str, found: dict, rows: int) -> None:
    speed = rows / found["wall"]
    print(f"  {name:44}  {found['wall']:7.2f} s  {found['peak']:6.0f} MB  {speed:12,.0f}/s")


def tell_inside(found: dict, rows: int) -> None:
    """What the command itself tells: without the start of Python and its packages."""
    seconds = found["inside"]
    print(f"  {'  of it the import':44}  {seconds:7.2f} s  {'':9}  {rows / seconds:12,.0f}/s")


def imported(project: Path, *arguments: str) -> dict:
    assay = Path(sys.executable).with_name("assay")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}
    found = timed([str(assay), "import", *arguments, "--json"], cwd=project, env=clean)
    return found | {"inside": json.loads(found["out"])["seconds"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--spans", type=int, default=300_000)
    chosen = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    table = RESULTS / f"interactions-{chosen.rows}.parquet"
    otlp = RESULTS / f"spans-{chosen.spans}.jsonl"
    for path, make, size in ((table, interactions, chosen.rows), (otlp, spans, chosen.spans)):
        if not path.exists():
            make(path, size)
    found = {}
    with tempfile.TemporaryDirectory(dir=RESULTS) as folder:
        project = Path(folder)
        (project / "assay.toml").write_text("")
        (project / "map.yaml").write_text(MAPPING)
        given = (str(table), "--mapping", "map.yaml")
        print(f"\n{chosen.rows:,} interactions from Parquet ({table.stat().st_size / 1e6:,.0f} MB)")
        for name, words in (("polars", "bare read by Polars"), ("duckdb", "bare read by DuckDB")):
            found[name] = probe(name, table)
            show(words, found[name], chosen.rows)
        found["import"] = imported(project, *given)
        show("map, pseudonymise, check and store", found["import"], chosen.rows)
        tell_inside(found["import"], chosen.rows)
        found["again"] = imported(project, *given)
        show("the same again: nothing new", found["again"], chosen.rows)
        shutil.rmtree(project / "data")
        print(
            f"\n{chosen.spans:,} spans from OTLP JSON lines ({otlp.stat().st_size / 1e6:,.0f} MB)"
        )
        for name, words in (("lines", "bare read by Polars"), ("orjson", "bare parsing by orjson")):
            found[name] = probe(name, otlp)
            show(words, found[name], chosen.spans)
        found["otel"] = imported(project, str(otlp))
        show("map, pseudonymise, check and store", found["otel"], chosen.spans)
        tell_inside(found["otel"], chosen.spans)
    for name, (speed, peak) in WANTED.items():
        rows = chosen.rows if name == "import" else chosen.spans
        got, memory = rows / found[name]["inside"], found[name]["peak"]
        verdict = "reached" if got >= speed and memory <= peak else "missed"
        print(
            f"  {name}: {got:,.0f}/s at {memory:,.0f} MB; {speed:,}/s within {peak:,} MB {verdict}"
        )
    again = found["again"]["wall"]
    print(f"  again: {again:.1f} s; 3 s {'reached' if again <= 3 else 'missed'}")
    body = {
        "rows": chosen.rows,
        "spans": chosen.spans,
        "machine": {"python": platform.python_version(), "cores": os.cpu_count()},
        "polars": version("polars"),
        "found": {n: {k: f[k] for k in ("wall", "cpu", "peak")} for n, f in found.items()},
    }
    out = RESULTS / f"imports-{chosen.rows}.json"
    out.write_text(json.dumps(body, indent=1) + "\n")
    print(f"\nkept in {out.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
