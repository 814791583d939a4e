"""Imports killed at random moments: no row lost, none doubled, the store readable after each kill.

Long: `pytest tests/soak --kills=100`. Another import: `--killed='COMMAND {source} {store}'`, where
`{project}` is a folder with the settings and the key of that store.
"""

from __future__ import annotations

import os
import random
import shlex
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from assay.data.store import Store
from assay.privacy import create_ring

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 20_000
DAYS = 6
FILES = 3
SEED = 20260101
START = datetime(2026, 1, 1, tzinfo=UTC)
SCRIPT = Path(__file__).with_name("importing.py")
ASSAY = "from assay.app.cli import main; main()"
PYTHON = shlex.quote(sys.executable)
COMMANDS = {
    "a script, a commit for each file": f"{PYTHON} {shlex.quote(str(SCRIPT))} {{source}} {{store}}",
    "assay import": f"{PYTHON} -c {shlex.quote(ASSAY)} --project {{project}} import {{source}}",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    given = metafunc.config.getoption("--killed", default="")
    commands = {"given": given} if given else COMMANDS
    metafunc.parametrize("command", list(commands.values()), ids=list(commands))


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--kills", default=3))


def exported(folder: Path, round_: int) -> pl.DataFrame:
    """One round's files, which overlap each other and those before; and the rows that must remain.

    Each file repeats a third of the one before with a newer version, and moves some to another day.
    """
    folder.mkdir()
    frames = []
    for number in range(FILES):
        first = (round_ * FILES + number) * (ROWS * 2 // 3)
        ids = pl.int_range(first, first + ROWS, eager=True)
        version = round_ * FILES + number
        at = pl.lit(START) + pl.duration(
            seconds=(pl.col("n") * 7919 + version * 3600) % (DAYS * 86_400)
        )
        frame = pl.DataFrame({"n": ids}).select(
            ("i-" + pl.col("n").cast(pl.String)).alias("interaction_id"),
            at.dt.cast_time_unit("us").alias("occurred_at"),
            pl.lit(START + timedelta(days=30, hours=version)).alias("updated_at"),
            (pl.col("n") % 10).cast(pl.Float64).alias("cost_usd"),
            pl.lit(version, pl.Int64).alias("input_tokens"),
        )
        frame.write_parquet(folder / f"{version:05}.parquet")
        frames.append(frame)
    return pl.concat(frames)


def newest(*frames: pl.DataFrame) -> pl.DataFrame:
    """What a store must hold of these rows, by key: of each the newest version."""
    whole = pl.concat(frames)
    return whole.sort("updated_at").unique("interaction_id", keep="last").sort("interaction_id")


def held(store: Store, columns: list[str]) -> pl.DataFrame:
    return store.scan("interactions").select(columns).collect().sort("interaction_id")


def between(found: pl.DataFrame, before: pl.DataFrame, files: list[pl.DataFrame]) -> bool:
    """Whether the rows are those before, or those after some of the commits, in their order."""
    return any(
        found.equals(newest(before, *files[:done])) if done else found.equals(before)
        for done in range(len(files) + 1)
    )


def test_no_kill_loses_or_doubles_a_row(tmp_path, kills, command) -> None:
    chance = random.Random(SEED)  # noqa: S311  moments, no secrets
    project, folder = tmp_path / "project", tmp_path / "store"
    project.mkdir()
    (project / "assay.toml").write_text(f'[paths]\nstore = "{folder}"\n')
    create_ring(project / "data" / "privacy.key")
    before = exported(tmp_path / "first", 0).clear()
    Store.create(folder)
    (tmp_path / "first").rename(tmp_path / "r0")
    usual, landed, done = 0.4, 0, 0
    for round_ in _rounds(tmp_path):
        files = [pl.read_parquet(path) for path in sorted(round_.glob("*.parquet"))]
        line = command.format(
            source=shlex.quote(str(round_)),
            store=shlex.quote(str(folder)),
            project=shlex.quote(str(project)),
        )
        while done < kills:
            took = kill_after(line, chance.uniform(0, 1.2 * usual), folder)
            done += 1
            landed += took is None
            store = Store.at(folder)
            found = held(store, before.columns)
            assert between(found, before, files), f"kill {done}: the store is neither old nor new"
            for file in store.manifest().files():
                assert pl.read_parquet(folder / file.path).height == file.rows
            if took is not None:
                usual = 0.5 * usual + 0.5 * took
                break
        finished = subprocess.run(shlex.split(line), capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr
        before = newest(before, *files)
        assert held(Store.at(folder), before.columns).equals(before)
        if done >= kills:
            break
    assert landed >= kills // 3
    named = {file.path for file in Store.at(folder).manifest().files()}
    retired = {file.path for file in Store.at(folder).manifest().retired}
    left = {str(path.relative_to(folder)) for path in folder.rglob("*.parquet")}
    assert left == named | retired
    assert not list(folder.glob(".passing-*"))


def _rounds(folder: Path) -> Iterator[Path]:
    round_ = 0
    while True:
        path = folder / f"r{round_}"
        if not path.exists():
            exported(path, round_)
        yield path
        round_ += 1


def kill_after(line: str, seconds: float, store: Path) -> float | None:
    """Kills an import so long after it took the store's lock.

    None where it was still running then, else how long it held the lock.
    """
    told, held_by = store.with_name("output"), store / "writer.lock"
    before = held_by.read_text()
    with told.open("w") as output:
        running = subprocess.Popen(
            shlex.split(line), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        while running.poll() is None and held_by.read_text() in {before, ""}:
            time.sleep(0.005)
        began = time.monotonic()
        try:
            running.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            return None
    assert running.returncode == 0, told.read_text()
    return time.monotonic() - began
