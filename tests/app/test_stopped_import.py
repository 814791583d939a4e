"""Imports that meet another one, are killed, or are interrupted."""

import signal
from datetime import UTC, datetime
from typing import Any

import polars as pl

from app.exports import LITELLM, as_lines, spend
from app.trial import Trial, kill_when

LONG = 120_000


def short_log(trial: Trial) -> None:
    """One row that is there before."""
    row = {"interaction_id": "i-0", "occurred_at": "2026-06-01T10:00:00Z", "input_tokens": LONG}
    trial.write("short.jsonl", as_lines([row]))
    trial.done("import", "short.jsonl")


def long_log(trial: Trial, rows: int = LONG) -> str:
    """A file that takes about a second, in several pieces of memory; its name."""
    numbers = pl.int_range(rows, eager=True)
    pl.DataFrame({"n": numbers}).select(
        interaction_id="l-" + pl.col("n").cast(pl.String),
        occurred_at=pl.lit(datetime(2026, 1, 1, tzinfo=UTC)) + pl.duration(minutes=pl.col("n")),
        user_id="user " + (pl.col("n") % 500).cast(pl.String),
        input_tokens="n",
    ).write_parquet(trial.root / "long.parquet")
    trial.write("assay.toml", "[import]\nchunk_rows = 5_000\n")
    return "long.parquet"


def new(report: dict[str, Any]) -> int:
    """Rows that were not there before; no other were in the source."""
    counts = report["tables"]["interactions"]
    assert sum(counts.values()) == counts["new"] == report["read"]
    return int(counts["new"])


def each_once(trial: Trial, rows: int = LONG) -> bool:
    """Whether the store holds every row of the long log once."""
    held = trial.store.scan("interactions").select("input_tokens").collect()
    return held["input_tokens"].sort().equals(pl.int_range(rows, eager=True, dtype=pl.Int64))


def locked(trial: Trial) -> bool:
    lock = trial.root / "data/store/writer.lock"
    return lock.exists() and bool(lock.read_text())


def on_the_way(trial: Trial) -> bool:
    """Whether rows that are not part of the store yet are in files."""
    return any((trial.root / "data/store").glob(".passing-*/*"))


def merging(trial: Trial) -> bool:
    """Whether files lie where they are to stay, and nothing names them yet."""
    folder = trial.root / "data/store"
    found = {str(path.relative_to(folder)) for path in folder.glob("interactions/*/*.parquet")}
    manifest = trial.store.manifest()
    return bool(found - manifest.paths() - {file.path for file in manifest.retired})


def test_a_second_import_at_the_same_time_is_told_who_holds_the_store(trial: Trial) -> None:
    name = long_log(trial)
    LITELLM.put(trial, map(spend, range(3)))
    first = trial.start("import", name)
    while not locked(trial):
        assert first.poll() is None, first.stderr.read()
    said = trial.refused("import", "log.jsonl")
    assert said.code == 2
    assert f"another import holds {trial.root / 'data/store'} (process {first.pid} " in said.err
    assert "try again" in said.err
    out, err = first.communicate(timeout=60)
    assert (first.returncode, err) == (0, "")
    assert f"{LONG:,} records in " in out
    assert each_once(trial)
    assert new(trial.json("import", "log.jsonl")) == 3


def test_an_import_that_is_killed_is_simply_done_again(trial: Trial) -> None:
    name = long_log(trial)
    short_log(trial)
    before = trial.rows()
    for moment in (locked, on_the_way, merging):
        (trial.root / "data/store/writer.lock").write_text("")
        running = trial.start("import", name)
        assert kill_when(running, lambda moment=moment: moment(trial), signal.SIGKILL)
        running.communicate()
        assert trial.rows().equals(before)
        assert trial.json("store", "show")["tables"]["interactions"]["rows"] == 1
    assert new(trial.json("import", name)) == LONG
    assert each_once(trial, LONG + 1)
    assert trial.json("import", name)["read"] == 0
    assert not on_the_way(trial)
    assert not merging(trial)
    assert trial.json("audit", "verify")["whole"]


def test_an_interrupted_import_leaves_the_store_as_it_was(trial: Trial) -> None:
    name = long_log(trial)
    short_log(trial)
    running = trial.start("import", name)
    assert kill_when(running, lambda: on_the_way(trial), signal.SIGINT)
    out, err = running.communicate()
    assert running.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert not out
    assert trial.rows()["input_tokens"].to_list() == [LONG]
    assert not on_the_way(trial)
    assert new(trial.json("import", name)) == LONG
