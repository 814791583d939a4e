import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assay.core.errors import (
    DataError,
    NotebookError,
    NothingYetError,
    ParameterError,
    ProjectError,
    RenderError,
)
from assay.core.provenance import SourceState
from assay.workbench.layout import VERSION_FILES
from assay.workbench.lock import publishing
from assay.workbench.project import Project
from assay.workbench.publish import Press, publish

if TYPE_CHECKING:
    from assay.workbench.publish import Progress

FILES = sorted(VERSION_FILES)


def states(outcomes) -> list[tuple[str, str, str]]:
    return [(outcome.report, outcome.set_name, outcome.state) for outcome in outcomes]


def status(workshop, report: str, set_name: str = "default") -> dict[str, str] | None:
    file = workshop.root / "reports/published" / report / set_name / "status.json"
    return json.loads(file.read_text()) if file.exists() else None


def test_a_version_keeps_what_its_run_left_beside_the_result(workshop) -> None:
    write = "import os\nopen(os.environ['ASSAY_RUN_DIR'] + '/model.json', 'w').write('m')"
    workshop.notebook("x", write)
    workshop.publish()
    (version,) = workshop.versions("x")
    assert (version / "model.json").read_text() == "m"
    manifest = json.loads((version / "manifest.json").read_text())
    assert manifest["beside"] == {"model.json": sha256(b"m").hexdigest()}


def test_sets_are_published_once_and_again_only_when_something_changed(workshop) -> None:
    workshop.notebook("x", "import mine\nprint(n)", parameters="n: int = 1")
    workshop.write("mine.py", "")
    workshop.write("params/x.yaml", "base: {n: 2}\nsets: {a: {}, b: {n: 3}}")
    steps: list[Progress] = []
    outcomes = workshop.publish(progress=steps.append)
    assert states(outcomes) == [("x", "a", "published"), ("x", "b", "published")]
    assert [(step.set_name, step.stage, step.cell) for step in steps if step.set_name == "a"] == [
        ("a", "running", 1), ("a", "running", 2), ("a", "running", 3), ("a", "running", 4),
        ("a", "rendering", 0), ("a", "published", 0),
    ]  # fmt: skip
    (version,) = workshop.versions("x", "a")
    assert version.name == outcomes[0].version
    assert names(version) == FILES
    assert f'url={version.name}/index.html"' in (version.parent / "latest.html").read_text()
    assert workshop.litter() == []
    assert not list((workshop.root / "runs").rglob("*.ipynb"))

    workshop.pages.clear()
    before = (workshop.root / "reports/published/index.html").stat().st_mtime_ns
    assert {outcome.state for outcome in workshop.publish()} == {"current"}
    assert workshop.pages == []
    assert (workshop.root / "reports/published/index.html").stat().st_mtime_ns == before

    workshop.write("params/x.yaml", "base: {n: 2}\nsets: {a: {}, b: {n: 4}}")
    assert states(workshop.publish()) == [("x", "a", "current"), ("x", "b", "published")]
    workshop.write("mine.py", "#")
    assert states(workshop.publish("x")) == [("x", "a", "published"), ("x", "b", "published")]


def test_a_page_is_rendered_from_the_run_and_its_past(workshop) -> None:
    result = {"schema": {"kind": "t", "version": 1}, "units": {}, "findings": [], "brief": None,
              "sources": [{"name": "data", "path": "d.csv", "rows": 3, "first": "2026-01-01",
                           "last": "2026-02-01", "left_out": []},
                          {"name": "prices", "path": "list", "rows": 1, "first": None,
                           "last": "2026-03-05T10:00:00", "left_out": []}]}  # fmt: skip
    workshop.write("d.csv", "1")
    workshop.notebook(
        "x",
        f"import json, os\nopen(os.environ['ASSAY_RUN_DIR'] + '/result.json', 'w').write({json.dumps(result)!r})",
        parameters="from assay.params import Input\ndata: Input = 'd.csv'\nseed: int = 5",
    )
    workshop.publish(renderer="embedded")
    for _ in range(2):
        workshop.publish(force=True)
    first, second, third = workshop.pages
    oldest, old, new = workshop.versions("x")
    assert [page.version for page in workshop.pages] == [oldest.name, old.name, new.name]
    assert [len(page.history) for page in (first, second, third)] == [0, 1, 2]
    assert third.history[-1] == third.result == result
    assert third.as_of == "2026-03-05"
    manifest = json.loads((new / "manifest.json").read_text())
    assert (manifest["report"], manifest["set"], manifest["version"]) == ("x", "default", new.name)
    assert manifest["parent"] == old.name
    assert json.loads((oldest / "manifest.json").read_text())["renderer"] == "fake (embedded)"
    data, prices = manifest["inputs"]
    assert (prices["name"], prices["path"], prices["sha256"]) == ("prices", "list", None)
    assert (data["name"], data["path"], data["bytes"], data["rows"], data["last"]) == (
        "data", "d.csv", 1, 3, "2026-02-01",
    )  # fmt: skip
    assert len(data["sha256"]) == 64
    assert (manifest["seed"], manifest["cells"]) == (5, 2)
    assert {"kernel", "cells", "render"} <= set(manifest["timings"])
    assert manifest["packages"]["papermill"]
    assert manifest["command"] == "assay run x"
    assert str(workshop.root) not in (new / "manifest.json").read_text()


def test_a_batch_goes_on_after_a_failure_and_later_does_only_what_is_missing(workshop) -> None:
    workshop.notebook("bad", "1 / 0", number=1)
    workshop.notebook("good", "1", number=2)
    bad, good = workshop.publish()
    assert (bad.state, good.state) == ("failed", "published")
    assert type(bad.error) is NotebookError
    assert "1-bad.ipynb, cell 2 (About bad): ZeroDivisionError: division by zero" in str(bad.error)
    assert workshop.versions("bad") == []
    (kept,) = (workshop.root / "runs/bad").iterdir()
    assert f"runs/bad/{kept.name}/notebook.ipynb" in str(bad.error)
    assert names(kept) == ["error.json", "kernel.log", "notebook.ipynb"]
    assert json.loads((kept / "error.json").read_text())["name"] == "ZeroDivisionError"
    assert states(workshop.publish()) == [
        ("bad", "default", "failed"),
        ("good", "default", "current"),
    ]
    workshop.notebook("bad", "1 / 1", number=1)
    assert states(workshop.publish()) == [
        ("bad", "default", "published"),
        ("good", "default", "current"),
    ]


def test_a_failure_leaves_the_old_version_up_and_says_so_until_it_is_mended(workshop) -> None:
    workshop.notebook("x", "1")
    workshop.publish()
    (version,) = workshop.versions("x")
    latest = (version.parent / "latest.html").read_text()
    workshop.notebook("x", "import os; os.kill(os.getpid(), 9)")
    (outcome,) = workshop.publish()
    assert "killed (SIGKILL)" in str(outcome.error)
    assert workshop.versions("x") == [version]
    assert (version.parent / "latest.html").read_text() == latest
    assert "killed" in status(workshop, "x")["cause"]
    (card,) = workshop.cards
    assert (card.state, card.version, card.number) == ("failed", version.name, 1)
    assert "killed" in card.failure
    # Back to what was published: nothing to run, and the failure is history.
    workshop.notebook("x", "1")
    (outcome,) = workshop.publish()
    assert (outcome.state, outcome.version) == ("current", version.name)
    assert status(workshop, "x") is None
    assert [card.state for card in workshop.cards] == ["current"]


def test_a_forced_run_that_failed_is_tried_again(workshop) -> None:
    workshop.notebook("x", "import os, pathlib\nassert not pathlib.Path('down').exists()")
    workshop.publish()
    workshop.write("down", "")
    assert states(workshop.publish(force=True)) == [("x", "default", "failed")]
    assert states(workshop.publish()) == [("x", "default", "failed")]
    (workshop.root / "down").unlink()
    assert states(workshop.publish()) == [("x", "default", "published")]


@pytest.mark.parametrize(
    ("break_it", "kind", "told"),
    [
        (lambda w: w.write("notebooks/10-x.ipynb", '{"cells": ['), NotebookError, "not a notebook"),
        (lambda w: w.write("params/x.yaml", "dta: 3"), ParameterError, "did you mean 'data'"),
        (lambda w: w.write("params/x.yaml", "n: many"), ParameterError, "expected a whole number"),
        (
            lambda w: w.write("params/x.yaml", "- n"),
            ParameterError,
            "expected lines of name: value",
        ),
        (lambda w: w.write("params/x.yaml", "data: none.csv"), DataError, "matches no file"),
    ],
    ids=["corrupt", "unknown", "type", "file", "input"],
)
def test_what_is_wrong_before_a_kernel_starts_fails_that_report_only(
    workshop, break_it, kind: type, told: str
) -> None:
    workshop.notebook(
        "x", "1", parameters="from assay.params import Input\nn: int = 1\ndata: Input | None = None"
    )
    break_it(workshop)
    (outcome,) = workshop.publish()
    assert type(outcome.error) is kind
    assert told in str(outcome.error)
    assert told in status(workshop, "x")["cause"]
    assert workshop.versions("x") == []
    assert not (workshop.root / "runs").exists()


def test_a_page_that_cannot_be_rendered_is_not_published(
    workshop, render_error: RenderError
) -> None:
    workshop.notebook("x", "1")
    workshop.broken = render_error
    (outcome,) = workshop.publish()
    assert outcome.error is render_error
    assert workshop.versions("x") == []
    assert workshop.litter() == []
    (kept,) = (workshop.root / "runs/x").iterdir()
    assert json.loads((kept / "error.json").read_text())["value"] == str(render_error)


def test_a_renderer_that_breaks_down_fails_its_report_only(workshop) -> None:
    workshop.notebook("x", "1", number=1)
    workshop.notebook("y", "1 / 0", number=2)
    workshop.broken = ZeroDivisionError("no pages")
    x, y = workshop.publish()
    assert type(x.error) is RenderError
    assert "could not be made: ZeroDivisionError: no pages" in str(x.error)
    assert type(y.error) is NotebookError
    assert [card.report for card in workshop.cards] == ["x", "y"]
    assert workshop.litter() == []
    (kept,) = (workshop.root / "runs/x").iterdir()
    assert "in render" in json.loads((kept / "error.json").read_text())["traceback"]


def test_a_stray_file_among_the_sets_is_no_set(workshop) -> None:
    workshop.notebook("x", "1")
    workshop.write("params/x.yaml", "- n")
    workshop.write("reports/published/x/.DS_Store", "")
    workshop.write("reports/published/x/notes.txt", "")
    (workshop.root / "reports/published/x/old").mkdir()
    assert states(workshop.publish()) == [("x", "old", "failed")]


def test_a_full_disk_loses_nothing(workshop) -> None:
    workshop.notebook("x", "1")
    workshop.publish()
    (version,) = workshop.versions("x")
    workshop.broken = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    (outcome,) = workshop.publish(force=True)
    assert "No space left on device" in str(outcome.error)
    assert "→ free some space" in str(outcome.error)
    assert workshop.versions("x") == [version]
    assert workshop.litter() == []


def test_only_complete_folders_are_versions(workshop) -> None:
    workshop.notebook("x", "1")
    workshop.publish()
    (version,) = workshop.versions("x")
    (version / "report.pdf").unlink()
    assert states(workshop.publish()) == [("x", "default", "published")]
    assert workshop.pages[-1].history == ()


def test_an_interrupt_leaves_no_partial_version_and_is_caught_up(workshop) -> None:
    workshop.notebook("x", "1")
    workshop.broken = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        workshop.publish()
    assert workshop.versions("x") == []
    assert workshop.litter() == []
    workshop.broken = None
    assert states(workshop.publish()) == [("x", "default", "published")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_kills_the_kernel_and_keeps_the_notebook(
    workshop, lives_on, number: signal.Signals
) -> None:
    child = workshop.root / "child.txt"
    workshop.notebook(
        "x",
        f"import subprocess, time\nopen({str(child)!r}, 'w').write(str(subprocess.Popen(['sleep', '60']).pid))",
        "time.sleep(60)",
    )
    process, told = start(workshop)
    assert told == "running 3"
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert errors.strip().splitlines()[-1].startswith("KeyboardInterrupt")
    assert errors.count("Traceback") == 1
    assert not lives_on(int(child.read_text()))
    (kept,) = (workshop.root / "runs/x").iterdir()
    assert json.loads((kept / "error.json").read_text())["name"] == "Interrupted"
    assert workshop.litter() == []


def test_after_a_hard_kill_the_next_publish_cleans_up_and_catches_up(workshop) -> None:
    workshop.notebook("x", "import time\ntime.sleep(60)")
    process, _ = start(workshop)
    process.kill()
    process.communicate()
    assert len(workshop.litter()) == 1
    workshop.notebook("x", "1")
    assert states(workshop.publish()) == [("x", "default", "published")]
    assert workshop.litter() == []


def start(workshop) -> tuple[subprocess.Popen[str], str]:
    """A publish in a process of its own; comes back when the last cell has begun."""
    script = (
        "import sys; from pathlib import Path\n"
        "from assay.workbench.project import Project\nfrom assay.workbench.publish import publish\n"
        "tell = lambda step: print(step.stage, step.cell, flush=True)\n"
        "publish(Project.at(Path(sys.argv[1])), progress=tell)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, workshop.root],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    cells = len(json.loads((workshop.root / "notebooks/10-x.ipynb").read_text())["cells"])
    line = ""
    while line != f"running {cells}":
        line = process.stdout.readline().strip()
        assert line, process.communicate()[1]
    time.sleep(0.3)
    return process, line


def test_two_publishers_do_not_meet(workshop) -> None:
    workshop.notebook("x", "1")
    with (
        publishing(workshop.project),
        pytest.raises(
            ProjectError, match=rf"by another process \(process {os.getpid()}\)\n  → wait"
        ),
    ):
        workshop.publish()
    assert states(workshop.publish()) == [("x", "default", "published")]


def test_an_unknown_report_is_refused_before_anything_runs(workshop) -> None:
    workshop.notebook("x", "1")
    with pytest.raises(ProjectError, match="there is no report 'y'"):
        workshop.publish("x", "y")
    assert not (workshop.root / "reports").exists()


def test_an_index_that_was_not_written_is_written_later(workshop) -> None:
    workshop.notebook("x", "1")
    workshop.publish()
    (workshop.root / "reports/published/index.html").unlink()
    workshop.cards = ()
    assert states(workshop.publish()) == [("x", "default", "current")]
    assert [card.report for card in workshop.cards] == ["x"]
    (workshop.root / ".assay/index.json").write_text("{")
    workshop.cards = ()
    workshop.publish()
    assert [card.report for card in workshop.cards] == ["x"]
    # A report that is taken out of the project changes nothing on the shelf, but on the index.
    workshop.notebook("y", "1")
    (workshop.root / "notebooks/10-x.ipynb").unlink()
    workshop.publish()
    assert [(card.report, card.state) for card in workshop.cards] == [
        ("y", "current"),
        ("x", "retired"),
    ]


def test_nothing_to_do_costs_no_heavy_import(workshop) -> None:
    workshop.notebook("x", "1", parameters="from assay.params import Metric\nm: list[Metric] = []")
    workshop.publish()
    script = (
        "import sys; from pathlib import Path\n"
        "from assay.workbench.project import Project\nfrom assay.workbench.publish import publish\n"
        "print([o.state for o in publish(Project.at(Path(sys.argv[1])))], list(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, workshop.root], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("['current']")
    for heavy in (
        "papermill",
        "nbformat",
        "nbclient",
        "jupyter_client",
        "polars",
        "altair",
        "jinja2",
    ):
        assert f"'{heavy}'" not in done.stdout


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_reads_the_results_of_others_is_published_after_them_and_then_current(
    workshop,
) -> None:
    cell = "from assay.params import Input\nsource: Input = 'experiments:all'"
    workshop.notebook("a-late", "1", parameters=cell, number=1)
    workshop.notebook("b", "1", number=2)
    project = Project.at(
        workshop.root,
        fingerprint=lambda written: (
            SourceState(label=written, sha256=str(len(workshop.versions("b"))))
            if written == "experiments:all"
            else written
        ),
    )
    press = Press(render=workshop.render, write_index=workshop.write_index)
    first = publish(project, (), press=press)
    assert [outcome.report for outcome in first] == ["b", "a-late"]
    assert [outcome.state for outcome in publish(project, (), press=press)] == ["current"] * 2


def test_a_page_may_lead_to_every_set_that_is_published_beside_it(workshop) -> None:
    workshop.notebook("x", "1", number=1)
    workshop.notebook("y", "1", parameters="n: int = 1", number=2)
    workshop.notebook("z", "1", number=3)
    workshop.write("params/y.yaml", "sets: {one: {n: 2}, two: {n: 3}}")
    workshop.write("params/z.yaml", "sets: [not, so]")
    workshop.publish("x")
    assert workshop.pages[-1].beside == {"x/default", "y/one", "y/two"}


def test_the_calibration_waits_for_its_simulations(workshop) -> None:
    cell = (
        "from assay.params import Input\n"
        "table: Input = 'benchmarks/results/calibration/latest.json'"
    )
    workshop.notebook("x", "1", parameters=cell)
    (waiting,) = workshop.publish()
    assert waiting.state == "waiting"
    assert "make calibration" in str(waiting.error)


def test_a_report_whose_rows_are_still_to_be_made_waits_and_is_no_failure(workshop) -> None:
    cell = "from assay.params import Input\ndata: Input = 'data/sample/rows.csv'"
    workshop.notebook("x", "1", parameters=cell, number=1)
    workshop.notebook("y", "1", number=2)
    waiting, done = workshop.publish()
    assert (waiting.state, done.state) == ("waiting", "published")
    assert type(waiting.error) is NothingYetError
    assert "assay sample" in str(waiting.error)
    assert status(workshop, "x") is None
    workshop.write("data/sample/other.csv", "1")  # built, but without what is asked for
    failed, _ = workshop.publish()
    assert (failed.state, type(failed.error)) == ("failed", DataError)
    workshop.write("data/sample/rows.csv", "1")
    assert workshop.publish()[0].state == "published"
    shutil.rmtree(workshop.root / "data/sample")
    (again,) = workshop.publish("x")
    assert (again.state, type(again.error)) == ("failed", NothingYetError)
    assert len(workshop.versions("x")) == 1


def test_only_the_sets_that_are_asked_for_are_published(workshop) -> None:
    workshop.notebook("x", "print(n)", parameters="n: int = 1")
    workshop.write("params/x.yaml", "sets: {a: {}, b: {n: 3}}")
    outcomes = workshop.publish("x", sets={"x": ["b", "c"]})
    assert states(outcomes) == [("x", "b", "published"), ("x", "c", "failed")]
    assert "has no set 'c'" in str(outcomes[1].error)
    assert workshop.versions("x", "a") == []
    assert not (workshop.root / "reports/published/x/c").exists()


def test_who_may_no_longer_publish_puts_nothing_up_and_blames_no_report(workshop) -> None:
    workshop.notebook("x", "print(1)")

    asked = []

    def refuse(*version: str) -> None:
        asked.append(version)
        raise InterruptedError

    press = Press(render=workshop.render, write_index=workshop.write_index, guard=refuse)
    with pytest.raises(InterruptedError):
        publish(workshop.project, press=press)
    ((report, set_name, version),) = asked
    assert (report, set_name, version[:2]) == ("x", "default", "20")
    assert workshop.versions("x") == []
    assert status(workshop, "x") is None
    assert workshop.litter() == []
