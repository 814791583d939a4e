"""Batches as they are listed, shown and steered from the command line."""

import json
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest

from assay.app.cli import main
from assay.workbench.batch.journal import Item, Journal, Options, Standing, journals
from assay.workbench.project import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    (tmp_path / "assay.toml").write_text("")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params").mkdir()
    cells = [
        nbformat.v4.new_code_cell("n: int = 1", id="p", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("print(1 // n)", id="c"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks/10-x.ipynb")
    (tmp_path / "params/x.yaml").write_text("sets: {a: {n: 1}, b: {n: 2}, c: {n: 0}}")
    monkeypatch.chdir(tmp_path)
    return Project.at(tmp_path)


@pytest.fixture
def assay(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs the command line as a shell would: exit code, output, errors."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["assay", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        shown = capsys.readouterr()
        return int(stopped.value.code or 0), shown.out, shown.err

    return call


def batch(project: Project, **statuses: Standing) -> Journal:
    items = [
        Item(number=number, report="x", set_name=name, given={"n": number})
        for number, name in enumerate(statuses, 1)
    ]
    journal = Journal.begin(project, items, Options(as_of="2026-11-01"))
    for item in items:
        journal.note(item.number, statuses[item.set_name])
    return journal


DONE = Standing(status="published", attempts=1, seconds=4.0, version="v")
RUNS = Standing(
    status="running", attempts=2, cell=3, cells=9, begun="2026-11-01T10:00:00.000+00:00"
)
FAILED = Standing(status="failed", attempts=1, seconds=1.0, error="cell 2: no\n  → more rows")


@pytest.mark.usefixtures("project")
def test_before_the_first_batch_each_command_says_so(assay) -> None:
    assert "No batches yet" in assay("batches")[1]
    assert json.loads(assay("batches", "--json")[1]) == []
    for command in ("batch", "retry"):
        code, _, told = assay(command)
        assert (code, "there is no batch yet" in told) == (2, True)
    code, _, told = assay("pause")
    assert (code, "no batch is running" in told) == (2, True)


def test_a_batch_is_shown_while_it_runs_and_told_as_cut_off_when_its_process_is_gone(
    project: Project, assay
) -> None:
    journal = batch(project, a=DONE, b=RUNS, c=Standing(), d=FAILED)
    with journal.owned():
        _, table, _ = assay("batch")
        assert f"Batch {journal.id}: running, 1 of 4 done, 1 failed" in table
        rows = [line.split() for line in table.splitlines()[2:]]
        assert [row[:2] for row in rows] == [["x", "a"], ["x", "b"], ["x", "c"], ["x", "d"]]
        assert "cell 3 of 9" in table
        assert "cell 2: no" in table
        assert "more rows" not in table
        code, _, told = assay("retry")
        assert (code, "is still running" in told) == (2, True)
    _, told, _ = assay("batch", journal.id[:12], "--json")
    account = json.loads(told)
    assert (account["state"], account["done"], account["failed"], account["missing"]) == (
        "interrupted", 1, 1, 2,
    )  # fmt: skip
    assert [row["status"] for row in account["rows"]] == [
        "published",
        "stopped",
        "waiting",
        "failed",
    ]
    assert account["rows"][1]["attempts"] == 2
    code, _, told = assay("stop", journal.id)
    assert code == 2
    assert "has ended (interrupted)" in told
    assert f"assay retry {journal.id}" in told
    code, _, told = assay("batch", "2031")
    assert (code, "there is no batch '2031'" in told) == (2, True)


def test_a_running_batch_is_paused_resumed_and_stopped(project: Project, assay) -> None:
    journal = batch(project, a=DONE, b=Standing())
    over = threading.Event()

    def carry() -> None:
        with journal.owned():
            while journal.wish() != "stop":
                time.sleep(0.02)
            journal.end(stopped=True)
        over.set()

    thread = threading.Thread(target=carry)
    thread.start()
    while journal.condition() != "running":
        time.sleep(0.01)
    assert "what runs goes on to its end" in assay("pause")[1]
    assert journal.condition() == "paused"
    assert "is paused already" in assay("pause")[1]
    assert "goes on." in assay("resume", journal.id)[1]
    assert "is not paused" in assay("resume")[1]
    _, told, _ = assay("stop")
    thread.join()
    assert "is stopped: 1 of 2 done, 0 failed, 1 not run to their end" in told
    assert over.is_set()


def test_a_batch_that_is_being_stopped_goes_on_for_nobody(project: Project, assay) -> None:
    journal = batch(project, a=DONE, b=RUNS)
    with journal.owned():
        journal.ask("stop")
        for command in ("pause", "resume"):
            code, _, told = assay(command)
            assert (code, "is being stopped\n  → `assay retry`" in told) == (2, True)
        assert journal.wish() == "stop"


def test_old_batches_are_swept(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.workbench.batch.journal._KEPT", 2)
    made = [batch(project, a=DONE).id for _ in range(4)]
    assert [journal.id for journal in journals(project)] == made[2:]
    assert made == sorted(made)


def test_what_would_run_is_told_and_nothing_changes(project: Project, assay) -> None:
    (project.params / "x.yaml").write_text("sets: {a: {n: 1}, b: {n: many}}")
    code, told, _ = assay("publish", "--dry-run", "--why", "--set", "a")
    assert code == 0
    assert "runs       x · a: it was never published" in told
    assert told.endswith("1 report of 1 would run.\n")
    found = json.loads(assay("publish", "--dry-run", "--json")[1])
    assert [(each["set"], each["state"]) for each in found] == [("a", "due"), ("b", "failed")]
    public = project.root.with_name(f"{project.root.name}-public")
    assert assay("publish", "--dry-run", "--to", str(public))[0] == 0
    assert not public.exists()
    assert not project.published.exists()
    assert journals(project) == ()
    found = json.loads(assay("publish", "x/b", "--dry-run", "--json")[1])
    assert [each["set"] for each in found] == ["b"]
    code, _, told = assay("publish", "x/bb")
    assert (code, "report 'x' has no set 'bb'\n  → did you mean 'b'?" in told) == (2, True)
    code, _, told = assay("publish", "x/b", "--set", "a")
    assert (code, "choose one way" in told) == (2, True)
    code, _, told = assay("publish", "--set", "bb")
    assert (code, "there is no set 'bb'" in told) == (2, True)
    code, _, told = assay("publish", "--json", "--json-events")
    assert (code, "choose one" in told) == (2, True)


def test_a_batch_is_published_by_workers_with_events_and_retried(project: Project, assay) -> None:
    code, told, _ = assay("publish", "--json-events", "--workers", "2")
    assert code == 1
    events = [json.loads(line) for line in told.splitlines()]
    assert events[0]["event"] == "batch-started"
    assert events[0]["workers"] == 2
    assert events[-1] | {"at": ""} == {
        "event": "batch-ended", "at": "", "batch": events[0]["batch"], "items": 3,
        "totals": {"published": 2, "failed": 1},
    }  # fmt: skip
    ends = {event["set"]: event["event"] for event in events if "seconds" in event}
    assert ends == {"a": "item-published", "b": "item-published", "c": "item-failed"}
    begins = [event["set"] for event in events if event["event"] == "item-started"]
    assert sorted(begins) == ["a", "b", "c"]
    code, told, errors = assay("retry")
    assert code == 4
    assert "ZeroDivisionError" in errors
    rows = json.loads(assay("batches", "--json")[1])
    assert [(row["items"], row["done"], row["failed"]) for row in rows] == [(1, 0, 1), (3, 2, 1)]
    assert rows[0]["retries"] == rows[1]["batch"]
    code, told, _ = assay("publish", "--set", "a")
    assert "Nothing to do" in told
    assert len(journals(project)) == 2
