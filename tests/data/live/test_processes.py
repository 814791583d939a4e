"""Real applications: they end, fork, are killed, or lose the process that writes for them."""

import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

Run = Callable[..., subprocess.Popen[str]]
Kept = Callable[[str], pl.DataFrame]


def ended(application: subprocess.Popen[str]) -> list[str]:
    """The lines that it printed; it must end well, and complain of nothing."""
    out, err = application.communicate(timeout=60)
    assert (application.returncode, err) == (0, "")
    return out.splitlines()


def test_nothing_heavy_is_loaded_where_events_are_recorded(run_script: Run) -> None:
    script = """
import sys, assay
assert not any(name.startswith("assay.") for name in sys.modules)
with assay.session(user_id="u"):
    assay.record(model="m")
print([name for name in ("polars", "dataframely", "pydantic", "assay.schema") if name in sys.modules])
assay.configure(seconds=5)
assay.flush()
print([name for name in ("polars", "dataframely", "pydantic", "assay.schema") if name in sys.modules])
"""
    assert ended(run_script(script)) == ["[]", "[]"]


def test_what_waits_at_the_end_is_written(run_script: Run, kept: Kept) -> None:
    script = """
import assay, sys
for number in range(50):
    assay.record(input_tokens=number)
sys.exit()
"""
    ended(run_script(script))
    assert sorted(kept("interactions")["input_tokens"]) == list(range(50))


def test_without_a_project_an_application_ends_well(tmp_path: Path, run_script: Run) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    application = run_script(
        "import assay, time; assay.record(model='m'); t = time.time(); print(assay.flush())",
        ASSAY_PROJECT=str(elsewhere),
    )
    out, err = application.communicate(timeout=60)
    assert (application.returncode, out) == (0, "0\n")
    assert "assay.toml" in err
    assert "1 recorded events could not be written" in err
    assert "Traceback" not in err


KILLED = """
import time, assay
assay.configure(events=50, seconds=0.05)
name = NAME
number = 0
while True:
    for _ in range(20):
        assay.record(interaction_id=f"{name:02x}{number:030x}", user_id=f"u{number % 7}")
        number += 1
    if number % 100 == 0:
        assay.flush()
    print(assay.live_state().acknowledged, flush=True)
    time.sleep(0.002)
"""


def test_what_was_acknowledged_survives_kills(run_script: Run, kept: Kept) -> None:
    chance = random.Random(11)  # noqa: S311  moments to kill at
    applications = [run_script(KILLED.replace("NAME", str(name))) for name in range(5)]
    acknowledged = []
    for application in applications:
        assert application.stdout is not None
        while not int(application.stdout.readline() or 1):
            pass
    for application in applications:
        time.sleep(chance.uniform(0, 0.3))
        application.send_signal(signal.SIGKILL)
        out, err = application.communicate(timeout=20)
        assert err == ""
        acknowledged.append(max(int(line) for line in out.splitlines()[:-1]))
    rows = kept("interactions")["interaction_id"]
    assert rows.n_unique() == len(rows)
    there = set(rows)
    for name, count in enumerate(acknowledged):
        assert count > 0
        lost = [n for n in range(count) if f"{name:02x}{n:030x}" not in there]
        assert lost == []


def test_the_process_that_writes_may_be_killed(run_script: Run, kept: Kept) -> None:
    script = """
import assay, logging, os, signal
logging.disable()
from assay.data.live.api import _RECORDER as recorder
assay.record(input_tokens=1)
print(assay.flush())
os.kill(recorder._sender._clerk._process.pid, signal.SIGKILL)
assay.record(input_tokens=2)
print(assay.flush(), assay.live_state().waiting)
print(assay.flush(), assay.live_state().waiting)
"""
    assert ended(run_script(script)) == ["1", "0 1", "1 0"]
    assert sorted(kept("interactions")["input_tokens"]) == [1, 2]


def test_a_fork_writes_its_own_events_and_none_twice(run_script: Run, kept: Kept) -> None:
    script = """
import assay, os
assay.record(input_tokens=1)
assay.flush()
assay.record(input_tokens=2)
with assay.session(session_id="00ff") as session:
    child = os.fork()
    if child == 0:
        assert assay.live_state().recorded == 0
        assay.record(input_tokens=3)
        raise SystemExit
    os.waitpid(child, 0)
assay.record(input_tokens=4)
"""
    ended(run_script(script))
    assert sorted(kept("interactions")["input_tokens"]) == [1, 2, 3, 4]
    assert kept("sessions")["outcome"].to_list() == ["completed"]


def test_children_of_multiprocessing_write_what_waits_at_their_end(
    run_script: Run, kept: Kept, project: Path
) -> None:
    (project / "application.py").write_text("""
import multiprocessing, assay

def work(number):
    assay.record(input_tokens=number)

if __name__ == "__main__":
    assay.record(input_tokens=0)
    children = [
        multiprocessing.get_context(way).Process(target=work, args=(number,))
        for number, way in enumerate(("fork", "spawn"), 1)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
""")
    ended(run_script("import runpy; runpy.run_path('application.py', run_name='__main__')"))
    assert sorted(kept("interactions")["input_tokens"]) == [0, 1, 2]


def test_the_process_that_writes_ends_with_the_application(run_script: Run) -> None:
    script = """
import assay, time
from assay.data.live.api import _RECORDER as recorder
assay.record()
assay.flush()
print(recorder._sender._clerk._process.pid, flush=True)
time.sleep(60)
"""
    application = run_script(script)
    assert application.stdout is not None
    writer = Path("/proc") / application.stdout.readline().strip()
    application.kill()
    application.communicate()
    end = time.monotonic() + 10
    while writer.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not writer.exists() or "zombie" in (writer / "status").read_text()
