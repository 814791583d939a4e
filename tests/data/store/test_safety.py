"""Locks, faults of the disk, killed writers, readers meanwhile, and who may read."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from assay.core.errors import DataError, ProjectError
from assay.data.store import Counts, Store, manifest, writer
from data.store.store_cases import bring, frame, held, interaction, record

if TYPE_CHECKING:
    import polars as pl

HOLD = """
import sys, time
from pathlib import Path
from assay.data.store import Store
with Store.at(Path(sys.argv[1])).writing():
    print("held", flush=True)
    time.sleep(60)
"""
FULL = """
import resource, signal, sys
from pathlib import Path
import polars as pl
from assay.core.errors import ProjectError
from assay.data.store import ImportRecord, Store
from datetime import UTC, datetime
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.at(Path(sys.argv[1]))
start = datetime(2026, 1, 1, tzinfo=UTC)
n = 30_000
rows = pl.DataFrame({"interaction_id": [f"n{i * 7919 % 30011}" for i in range(n)]}).with_columns(
    occurred_at=pl.lit(start).dt.cast_time_unit("us"))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    with store.writing() as writer:
        writer.stage("interactions").add(rows)
        writer.commit(ImportRecord(key="k", label="k", format="table", at=start))
except ProjectError as error:
    print(error)
"""


def logged(count: int) -> pl.DataFrame:
    return frame([interaction(f"i{n}", n) for n in range(count)])


def test_a_second_writer_is_told_who_writes_and_since_when(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    with store.writing():
        told = pytest.raises(ProjectError, match=rf"process {os.getpid()} since 20\d\d-")
        with told, store.writing():
            pass
        assert held(store) == []


def test_a_killed_writer_holds_nothing(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store.folder)], stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ProjectError, match=f"process {holder.pid} "), store.writing():
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert bring(store, "a", logged(1)) == Counts(new=1)


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    bring(store, "a", logged(3))
    before = held(store)
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(store.folder)], capture_output=True, text=True, check=True
    )
    assert "cannot write" in done.stdout
    assert "the store is as it was" in done.stdout
    assert held(store) == before
    assert bring(store, "k", logged(4)) == Counts(new=1, unchanged=3)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ProjectError, match="cannot write"):
            Store.create(tmp_path / "store")
    finally:
        tmp_path.chmod(0o700)


def test_what_is_not_committed_is_gone(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    bring(store, "a", logged(2))
    names = {path.name for path in store.folder.rglob("*")}
    with store.writing() as writer:
        writer.stage("interactions").add(logged(50))
    with store.writing() as writer:
        writer.stage("interactions").add(logged(50))
        with pytest.raises(DataError, match="imported already"):
            writer.commit(record("a"))
    assert {path.name for path in store.folder.rglob("*")} == names
    assert len(held(store)) == 2


@pytest.mark.parametrize("place", ["remove", "write_manifest", "sync_folders"])
@pytest.mark.parametrize("late", [False, True])
def test_an_interrupt_around_the_commit_loses_nothing(tmp_path, monkeypatch, place, late) -> None:
    store = Store.create(tmp_path / "store")
    bring(store, "a", frame([interaction(f"i{n}", n / 2000) for n in range(30_000)]))
    real = getattr(writer, place)

    def interrupted(*given, **more):
        if late:
            real(*given, **more)
        raise KeyboardInterrupt

    new = frame([interaction("i1", 0.0005, cost_usd=1.0), interaction("j", 1)])
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):  # noqa: PT012
        patch.setattr(writer, place, interrupted)
        with store.writing(grace=timedelta(0)) as writing:
            writing.stage("interactions").add(new)
            writing.commit(record("b"))
            writing.stage("interactions").add(frame([interaction("k", 1)]))
            raise KeyboardInterrupt
    done = "b" in store.manifest().imports
    assert done == (place == "remove" or (place == "write_manifest" and late))
    assert store.scan("interactions").collect().height == 30_000 + done
    with store.writing() as writing:
        assert writing.has("b") == done
    assert store.scan("interactions").collect().height == 30_000 + done


def test_leftovers_of_a_killed_writer_are_swept(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    bring(store, "a", logged(1))
    left = store.folder / "interactions" / "day=2026-05-05" / "x.parquet"
    left.parent.mkdir()
    left.write_bytes(b"half")
    passing = store.folder / ".passing-x"
    passing.mkdir()
    (passing / "y").write_bytes(b"half")
    assert len(held(store)) == 1
    with store.writing():
        assert not left.exists()
        assert not passing.exists()
    assert len(held(store)) == 1


def test_a_reader_that_began_before_a_commit_reads_on(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    bring(store, "a", logged(3))
    early = store.scan("interactions")
    bring(store, "b", frame([interaction("i0", 0, cost_usd=9.0)]))
    assert early.collect()["cost_usd"].null_count() == 3
    assert store.scan("interactions").collect()["cost_usd"].null_count() == 2
    with store.writing(grace=timedelta(0)) as writer:
        writer.stage("interactions").add(logged(4).tail(1))
        writer.commit(record("c"))
    named = {file.path for file in store.manifest().files()}
    found = {str(p.relative_to(store.folder)) for p in store.folder.rglob("*.parquet")}
    assert found == named


def test_files_and_folders_are_for_their_owner_and_say_so_when_not(tmp_path) -> None:
    store = Store.create(tmp_path / "data" / "store")
    bring(store, "a", logged(3))
    for path in [store.folder, *store.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert Store.at(store.folder).warnings == ()
    store.folder.chmod(0o755)
    assert "chmod 700" in Store.at(store.folder).warnings[0]
    store.folder.chmod(0o700)
    (store.folder / "manifest.json").chmod(0o644)
    assert "1 files" in Store.at(store.folder).warnings[0]


def test_a_manifest_of_a_newer_version_or_damaged_is_refused_with_a_remedy(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    path = store.folder / "manifest.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "version": 99}))
    with pytest.raises(ProjectError, match="newer Assay"):
        Store.at(store.folder)
    path.write_text("{")
    with pytest.raises(ProjectError, match="restore the store"):
        Store.at(store.folder)
    path.write_text(json.dumps({"version": 1}))
    with pytest.raises(ProjectError, match="not as a store's manifest"):
        Store.at(store.folder)
    with pytest.raises(ProjectError, match="expected a store"):
        Store.at(tmp_path)


def test_an_older_manifest_is_brought_up_to_date(tmp_path, monkeypatch) -> None:
    store = Store.create(tmp_path / "store")
    bring(store, "a", logged(1))
    monkeypatch.setattr(manifest, "VERSION", 2)
    monkeypatch.setitem(manifest.MIGRATIONS, 1, lambda found: {**found, "version": 2, "ring": "x"})
    assert Store.at(store.folder).ring == "x"
    assert bring(store, "b", logged(2)) == Counts(new=1, unchanged=1)
    assert json.loads((store.folder / "manifest.json").read_text())["version"] == 2


def test_readers_see_one_state_or_the_next_while_it_is_written(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    bring(store, "0", frame([interaction(f"i{n}", n * 5, cost_usd=0.0) for n in range(20)]))
    script = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "from data.store.store_cases import bring, frame, interaction\n"
        "from assay.data.store import Store\n"
        "store = Store.at(Path(sys.argv[1]))\n"
        "for k in range(1, 8):\n"
        "    rows = [interaction(f'i{n}', n * 5, cost_usd=float(k)) for n in range(20)]\n"
        "    bring(store, str(k), frame(rows))\n"
    )
    tests = str(__import__("pathlib").Path(__file__).parents[2])
    with subprocess.Popen([sys.executable, "-c", script, str(store.folder), tests]) as writing:
        seen = set()
        while writing.poll() is None:
            costs = store.scan("interactions").select("cost_usd").collect()["cost_usd"]
            assert len(costs) == 20
            assert costs.n_unique() == 1
            seen.add(costs[0])
            time.sleep(0.01)
        assert writing.returncode == 0
    assert 7.0 in set(store.scan("interactions").collect()["cost_usd"])
