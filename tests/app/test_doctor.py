"""What the doctor finds, what it calls wrong, and that it changes nothing."""

import fcntl
import json
import socket
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assay.app.cli import app
from assay.app.doctor import machine
from assay.workbench.batch.journal import Item, Journal, Options
from assay.workbench.project import Project


def ask(*, code: int) -> dict[str, dict]:
    done = CliRunner().invoke(app, ["doctor", "--json"], catch_exceptions=False)
    assert done.exit_code == code, done.output
    told = json.loads(done.stdout)
    assert told["well"] == (code == 0)
    return {check["what"]: check for check in told["checks"]}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    CliRunner().invoke(app, ["init", str(tmp_path)], catch_exceptions=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_fresh_project_is_well_and_nothing_is_changed_or_asked_of_the_network(
    project, monkeypatch
):
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    before = sorted(project.rglob("*"))
    found = ask(code=0)
    assert sorted(project.rglob("*")) == before
    assert found["Packages"]["state"] == "ok"
    assert found["Reports"]["found"] == (
        "14: data-quality, ab-test, ab-portfolio, ab-design, calibration, trend, baseline, quality, "
        "cost, cost-roi, segments, cohorts, personalisation, providers"
    )


def test_without_a_project_the_machine_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = ask(code=0)
    assert found["Project"]["state"] == "missing"
    assert found["Fonts"]["state"] == "ok"


def test_programs_that_are_not_there_cost_something_and_are_no_fault(project, monkeypatch):
    monkeypatch.setenv("PATH", str(project))
    found = ask(code=0)
    for what in ("git", "Java", "Browser", "Compiler"):
        assert found[what]["state"] == "missing"
        assert found[what]["cost"]
        assert found[what]["remedy"]


def test_a_key_that_others_can_read_is_wrong(project):
    key = project / "data/privacy.key"
    key.write_text("00")
    key.chmod(0o644)
    found = ask(code=1)["Key"]
    assert (found["state"], found["remedy"]) == ("wrong", "chmod 600 data/privacy.key")
    key.chmod(0o600)
    assert ask(code=0)["Key"]["state"] == "ok"


def test_a_setting_that_is_not_understood_is_wrong(project):
    (project / "assay.toml").write_text("[limits]\nrun = -1\n")
    assert "limits.run = -1" in ask(code=1)["Settings"]["found"]


def test_a_torn_notebook_is_named(project):
    (project / "notebooks/30-torn.ipynb").write_text("{")
    assert "30-torn.ipynb" in ask(code=1)["Reports"]["found"]


def test_packages_that_are_not_as_locked_are_named(project):
    (project / "requirements.lock").write_text(
        "polars==0.1.0 \\\n    --hash=sha256:00\nwindows-only==1 ; sys_platform == 'win32' \\\n"
    )
    found = ask(code=0)["Lock"]
    assert found["state"] == "missing"
    assert "locked ==0.1.0" in found["found"]
    assert "windows-only" not in found["found"]


def test_what_a_dead_process_left_is_told_and_what_a_living_one_does_is_not(project):
    (project / "runs/ab-test").mkdir(parents=True)
    (project / "runs/ab-test/.staging-1-0000-run").mkdir()
    assert "Left behind" not in ask(code=0)
    (project / "runs/ab-test/.staging-999999999-0000-run").mkdir()
    assert "1 unfinished" in ask(code=0)["Left behind"]["found"]


def test_a_lock_that_is_held_is_told(project):
    (project / ".assay").mkdir()
    with (project / ".assay/publish.lock").open("w") as held:
        held.write("process 7")
        held.flush()
        assert "Publishing" not in ask(code=0)
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "process 7" in ask(code=0)["Publishing"]["found"]


def test_a_clone_that_would_commit_outputs_is_wrong_until_it_is_told(project):
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    found = ask(code=1)["Commits"]
    assert found["remedy"] == "assay init --merge ."
    CliRunner().invoke(app, ["init", "--merge", "."], catch_exceptions=False)
    assert ask(code=0)["Commits"]["state"] == "ok"


def test_a_batch_that_was_cut_off_is_told_with_what_does_the_rest(project):
    item = Item(number=0, report="ab-test", set_name="default", given={})
    journal = Journal.begin(Project.at(project), [item], Options(as_of="2026-11-01"))
    found = ask(code=0)["Batch"]
    assert f"{journal.id} was interrupted" in found["found"]
    assert found["remedy"].startswith(f"assay retry {journal.id}")
    journal.end(stopped=False)
    assert "Batch" not in ask(code=0)


@pytest.mark.usefixtures("project")
def test_the_sampler_of_hierarchical_models_is_named_with_its_extra(monkeypatch):
    found = machine.find_spec
    monkeypatch.setattr(
        machine, "find_spec", lambda name: None if name == "nutpie" else found(name)
    )
    told = ask(code=0)["nutpie"]
    assert (told["state"], told["remedy"]) == ("missing", "pip install 'assay[bayes]'")
