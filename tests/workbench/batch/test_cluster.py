"""A batch on a real scheduler with two workers, one of which is killed."""

import subprocess
import sys
import time

import pytest

from assay.core.errors import ProjectError

pytest.importorskip("distributed", reason="a cluster needs the extra `cluster`")

SCHEDULER = """
import asyncio, sys
from distributed import Scheduler
async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False, dashboard_address=None) as scheduler:
        print(scheduler.address, flush=True)
        await scheduler.finished()
asyncio.run(main())
"""
WORKER = """
import asyncio, sys
from distributed import Worker
async def main():
    async with Worker(sys.argv[1], nthreads=1, dashboard=False, dashboard_address=None, host="127.0.0.1") as worker:
        print(worker.address, flush=True)
        await worker.finished()
asyncio.run(main())
"""


def started(script: str, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return process, process.stdout.readline().strip()


@pytest.fixture
def dask(shop):  # noqa: ARG001  its modules are the workers', too
    """A scheduler and two workers, which find what this process finds."""
    scheduler, address = started(SCHEDULER)
    workers = [started(WORKER, address)[0] for _ in range(2)]
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.communicate()


@pytest.mark.filterwarnings("ignore")
def test_a_worker_killed_in_mid_run_loses_nothing(shop, dask, until, left_over) -> None:
    address, workers = dask
    kill = (
        "import os, pathlib, psutil, time\n"
        "seen = pathlib.Path('seen')\n"
        "if not seen.exists():\n"
        "    seen.write_text('')\n"
        "    psutil.Process().parent().parent().kill()\n"
        "    time.sleep(60)"
    )
    shop.sets(a="1", kills=kill, b="2", c="3", bad="1 / 0")
    outcomes = shop.publish(workers=None, cluster=address)
    assert {outcome.set_name: outcome.state for outcome in outcomes} == {
        "a": "published", "kills": "published", "b": "published", "c": "published",
        "bad": "failed",
    }  # fmt: skip
    assert [worker.poll() for worker in workers].count(-9) == 1
    assert shop.standings()["kills"] == ("published", 2)
    for name in ("a", "kills", "b", "c"):
        assert len(shop.workshop.versions("x", name)) == 1
    until(lambda: left_over() == [], 20)


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_nobody_answers_at_is_told(shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.workbench.batch.cluster._PATIENCE", 0.5)
    shop.sets(a="1")
    begun = time.monotonic()
    with pytest.raises(ProjectError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        shop.publish(workers=None, cluster="tcp://127.0.0.1:9")
    assert time.monotonic() - begun < 20


def test_without_dask_the_extra_is_named(shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    shop.sets(a="1")
    with pytest.raises(ProjectError, match=r"pip install 'assay\[cluster\]'"):
        shop.publish(workers=None, cluster="tcp://127.0.0.1:8786")
