"""Batches with real workers and kernels: nothing is lost, nothing is done twice."""

import importlib
import json
import signal
import threading

import pytest

from assay.core.errors import NotebookError, ProjectError
from assay.workbench.batch.journal import find_journal, journals
from assay.workbench.publish import Press

KILL_ONCE = (
    "import os, pathlib\n"
    "seen = pathlib.Path('seen')\n"
    "if not seen.exists():\n"
    "    seen.write_text('')\n"
    "    os.kill(os.getppid(), 9)\n"
    "    import time; time.sleep(60)"
)
KILL_ALWAYS = "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(60)"
SLEEP = "import time\ntime.sleep(120)"


KILL_ONCE_IT_IS_UP = """
import os
from pathlib import Path
from assay.workbench.batch import version

def die(*_, **__):
    os.kill(os.getpid(), 9)

def guard(report, name, id):
    if name == "late" and not Path("died").exists():
        Path("died").write_text(id)
        version.settled = die
"""


def states(outcomes) -> dict[str, str]:
    return {outcome.set_name: outcome.state for outcome in outcomes}


def test_a_lost_worker_costs_one_attempt_of_its_own_item_only(shop, left_over) -> None:
    shop.sets(well="1", once=KILL_ONCE, always=KILL_ALWAYS, bad="1 / 0")
    steps = []
    outcomes = shop.publish(progress=steps.append)
    assert states(outcomes) == {
        "well": "published", "once": "published", "always": "failed", "bad": "failed",
    }  # fmt: skip
    assert shop.standings() == {
        "well": ("published", 1), "once": ("published", 2), "always": ("failed", 3),
        "bad": ("failed", 1),
    }  # fmt: skip
    always = outcomes[2]
    assert type(always.error) is NotebookError
    assert "the worker that ran it was killed (SIGKILL)" in str(always.error)
    assert "3 attempts" in str(always.error)
    assert always.seconds > 1
    assert "ZeroDivisionError" in str(outcomes[3].error)
    again = [step.set_name for step in steps if step.stage == "retried"]
    assert sorted(again) == ["always", "always", "once"]
    # What killed workers left is swept with the next run of the report, as it is below.
    assert all("runs" in path.parts for path in shop.workshop.litter())
    assert left_over() == []
    assert shop.journal.condition() == "ended"
    known = json.loads((shop.workshop.root / ".assay/durations.json").read_text())
    assert set(known["x"]) == {"well", "once"}

    # What is done is not done again: only what failed runs, and by now it can.
    shop.workshop.write("params/x.yaml", "sets: {well: {code: '1'}, always: {code: '1'}}")
    before = shop.workshop.versions("x", "well")
    assert states(shop.publish()) == {"well": "current", "always": "published"}
    assert shop.workshop.versions("x", "well") == before
    assert shop.workshop.litter() == []


def test_what_a_worker_put_up_before_it_was_lost_is_not_put_up_again(
    shop, tmp_path, monkeypatch, left_over
) -> None:
    (tmp_path / "modules/late_death.py").write_text(KILL_ONCE_IT_IS_UP)
    monkeypatch.chdir(shop.workshop.root)
    guard = importlib.import_module("late_death").guard
    shop.press = Press(render=shop.press.render, write_index=shop.press.write_index, guard=guard)
    shop.sets(well="1", late="1")
    outcomes = shop.publish(force=True)
    died = (shop.workshop.root / "died").read_text()
    assert states(outcomes) == {"well": "published", "late": "published"}
    assert [outcome.version for outcome in outcomes if outcome.set_name == "late"] == [died]
    assert [path.name for path in shop.workshop.versions("x", "late")] == [died]
    latest = shop.workshop.root / "reports/published/x/late/latest.html"
    assert f"{died}/index.html" in latest.read_text()
    assert shop.standings() == {"well": ("published", 1), "late": ("published", 1)}
    assert left_over() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["SIGINT", "SIGKILL"])
def test_a_publisher_that_ends_takes_workers_and_kernels_with_it(
    shop, until, left_over, number: signal.Signals
) -> None:
    shop.sets(well="1", slow=SLEEP, later="2")
    process = shop.begin()
    try:
        until(lambda: find_and(shop, lambda now: now["well"][0] == "published"))
        until(lambda: find_and(shop, lambda now: now["slow"][0] == "running"))
        process.send_signal(number)
        process.communicate(timeout=30)
    finally:
        process.kill()
    until(lambda: left_over() == [], 20)
    gone = number == signal.SIGKILL
    assert shop.journal.condition() == ("interrupted" if gone else "stopped")
    assert shop.workshop.versions("x", "slow") == []
    if not gone:
        assert shop.standings()["slow"] == ("stopped", 1)
        causes = [
            json.loads(file.read_text()) for file in shop.workshop.root.glob("runs/x/*/error.json")
        ]
        assert "Interrupted" in {cause["name"] for cause in causes}
    before = shop.workshop.versions("x", "well")
    shop.sets(well="1", slow="1", later="2")  # a retry takes the values of then, not these
    journal = shop.journal
    plan = json.loads((journal.folder / "batch.json").read_text())
    next(item for item in plan["items"] if item["set_name"] == "slow")["given"]["code"] = "3"
    (journal.folder / "batch.json").write_text(json.dumps(plan))
    assert set(states(shop.retry()).values()) <= {"published", "current"}
    manifest = shop.workshop.versions("x", "slow")[0] / "manifest.json"
    assert json.loads(manifest.read_text())["parameters"] == {"code": "3"}
    assert shop.workshop.versions("x", "well") == before
    assert shop.journal.plan()["after"] == journal.id
    assert shop.workshop.litter() == []
    with pytest.raises(ProjectError, match="no batch 'nowhere'"):
        find_journal(shop.workshop.project, "nowhere")


def find_and(shop, true) -> bool:
    try:
        return true(shop.standings())
    except ProjectError:
        return False


def test_a_batch_is_paused_goes_on_and_is_stopped_from_outside(shop, until, left_over) -> None:
    hold = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.05)"
    shop.sets(first=hold, second="2", third=SLEEP)
    told = []
    thread = threading.Thread(target=lambda: told.append(shop.publish(workers=2)))
    thread.start()
    until(lambda: find_and(shop, lambda now: now["first"][0] == "running"))
    journal = shop.journal
    journal.ask("pause")
    assert journal.condition() == "paused"
    with pytest.raises(ProjectError, match="is still running"):
        shop.retry()
    (shop.workshop.root / "go").write_text("")
    until(lambda: shop.standings()["first"][0] == "published")
    until(lambda: shop.standings()["second"][0] == "published")
    threading.Event().wait(0.6)
    assert shop.standings()["third"] == ("waiting", 0)
    journal.ask("run")
    until(lambda: shop.standings()["third"][0] == "running")
    journal.ask("stop")
    thread.join(30)
    assert states(told[0]) == {"first": "published", "second": "published", "third": "stopped"}
    assert shop.standings()["third"] == ("stopped", 1)
    assert journal.condition() == "stopped"
    assert left_over() == []
    assert [found.id for found in journals(shop.workshop.project)] == [journal.id]


def test_after_the_first_failure_nothing_new_begins_where_that_is_asked(shop) -> None:
    shop.sets(bad="1 / 0", never="1")
    outcomes = shop.publish(workers=1, fail_fast=True)
    assert states(outcomes) == {"bad": "failed", "never": "stopped"}
    assert shop.standings()["never"] == ("waiting", 0)
    assert shop.journal.condition() == "ended"


def test_a_stop_ends_what_one_worker_runs_and_not_who_listens_to_signals(shop) -> None:
    shop.sets(a="import time; time.sleep(60)", b="1")
    rung = []
    before = signal.signal(signal.SIGTERM, lambda *_: rung.append(1))
    try:
        told = shop.publish(
            workers=1, progress=lambda step: step.cell == 3 and shop.journal.ask("stop")
        )
    finally:
        signal.signal(signal.SIGTERM, before)
    assert [outcome.state for outcome in told] == ["stopped", "stopped"]
    assert not rung
    assert shop.standings() == {"a": ("stopped", 1), "b": ("waiting", 0)}
    assert shop.journal.condition() == "stopped"
