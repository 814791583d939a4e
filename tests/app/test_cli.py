import errno
import json
import sys
from pathlib import Path

import nbformat
import polars as pl
import pytest

from assay.app.cli import main
from assay.app.console import aligned

INTERACTIONS = {
    "interaction_id": ["a", "b", "c", "d"],
    "occurred_at": ["2026-11-01T10:00:00Z"] * 4,
    "input_tokens": [10, 20, -5, 30],
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one plain notebook in two parameter sets."""
    (tmp_path / "assay.toml").write_text('[project]\nname = "Trial"\n')
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "params").mkdir()
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# How much is it?", id="title"),
            nbformat.v4.new_code_cell(
                "amount: int = 1  # how many", id="parameters", metadata={"tags": ["parameters"]}
            ),
            nbformat.v4.new_code_cell("print(10 // amount)", id="answer"),
        ]
    )
    nbformat.write(notebook, tmp_path / "notebooks" / "10-plain.ipynb")
    (tmp_path / "params" / "plain.yaml").write_text(
        "sets:\n  one: {amount: 1}\n  none: {amount: 0}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assay(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Runs the command line as a shell would; its exit code."""
    monkeypatch.setattr(sys, "argv", ["assay", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


@pytest.mark.parametrize("command", ["run", "publish", "list", "check", "sample"])
def test_every_command_explains_itself(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, command, "--help") == 0
    shown = capsys.readouterr().out
    assert "Usage: assay" in shown
    if command in {"run", "publish", "check"}:
        assert "Example:" in shown


def test_the_exit_codes_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "--help") == 0
    assert "Exit codes: 0 done" in capsys.readouterr().out


def test_a_report_that_does_not_exist_is_refused_with_the_nearest_name(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "run", "plian") == 2
    assert "did you mean 'plain'?" in capsys.readouterr().err
    assert not (project / "runs").exists()


def test_a_parameter_that_does_not_exist_starts_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "run", "plain", "-p", "amuont=3") == 2
    assert "did you mean 'amount'?" in capsys.readouterr().err
    assert not (project / "runs").exists()


def test_outside_a_project_the_way_out_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert assay(monkeypatch, "list") == 2
    assert "assay.toml" in capsys.readouterr().err


def test_reports_are_listed_with_their_sets(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "--project", str(project), "list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["report"], row["set"], row["state"]) for row in rows] == [
        ("plain", "one", "unpublished"),
        ("plain", "none", "unpublished"),
    ]
    assert rows[0]["title"] == "How much is it?"


def test_a_report_that_cannot_be_read_is_listed_with_the_reason(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "params" / "plain.yaml").write_text("- amount")
    assert assay(monkeypatch, "list") == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["REPORT", "SET", "STATE", "VERSION", "TITLE"]
    assert "expected lines of name: value" in row
    assert row.split()[:4] == ["plain", "–", "unreadable", "–"]


def test_a_project_without_reports_says_how_to_begin(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "notebooks" / "10-plain.ipynb").unlink()
    assert assay(monkeypatch, "list") == 0
    assert "notebooks/10-my-report.ipynb" in capsys.readouterr().out
    assert assay(monkeypatch, "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []
    assert assay(monkeypatch, "publish") == 0
    assert "No reports yet" in capsys.readouterr().out


def test_a_run_leaves_three_files_and_says_where(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "run", "plain", "--set", "one", "--out", "out", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["folder"] == "out"
    assert {path.name for path in (project / "out").iterdir()} == set(said["files"])


def test_publishing_goes_on_after_a_failure_and_then_does_only_what_is_missing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "publish") == 1
    shown = capsys.readouterr()
    assert "published  plain · one" in shown.out
    assert "ZeroDivisionError" in shown.err
    assert (project / "reports/published/index.html").is_file()
    assert list((project / "reports/published/plain/one").glob("*/report.pdf"))
    assert not list((project / "reports/published/plain/none").glob("*/report.pdf"))

    (project / "params" / "plain.yaml").write_text("sets:\n  one: {amount: 1}\n")
    assert assay(monkeypatch, "publish") == 0
    shown = capsys.readouterr()
    assert "Nothing to do: 1 report is current." in shown.out
    assert shown.out.rstrip().endswith("index.html")


def test_a_single_report_that_fails_answers_with_its_own_exit_code(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "params" / "plain.yaml").write_text("amount: many")
    assert assay(monkeypatch, "publish") == 2
    (project / "params" / "plain.yaml").write_text("sets: {a: {amount: many}, b: {amount: more}}")
    assert assay(monkeypatch, "publish", "--json") == 1
    told = json.loads(capsys.readouterr().out.split("index.html\n")[-1])
    assert [row["state"] for row in told["reports"]] == ["failed", "failed"]


def test_an_unknown_renderer_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert assay(monkeypatch, "publish", "--renderer", "quatro") == 2
    assert "did you mean 'quarto'?" in capsys.readouterr().err
    assert not (project / "reports").exists()


def test_a_file_is_held_against_a_table(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pl.DataFrame(INTERACTIONS).write_csv(project / "log.csv")
    arguments = ("check", "log.csv", "--as", "interactions", "--max-rejected", "0.5")
    assert assay(monkeypatch, *arguments) == 0
    shown = capsys.readouterr().out
    assert "valid     3" in shown
    assert "row 3" in shown
    assert "Usable as interactions." in shown
    assert assay(monkeypatch, *arguments, "--json") == 0
    assert json.loads(capsys.readouterr().out)["rejected"] == 1


def test_a_file_with_too_many_rejected_rows_is_not_usable(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pl.DataFrame(INTERACTIONS).write_csv(project / "log.csv")
    assert assay(monkeypatch, "check", "log.csv", "--as", "interactions") == 3
    assert "Not usable" in capsys.readouterr().out
    assert assay(monkeypatch, "check", "nowhere.csv", "--as", "interactions") == 3
    assert "nowhere.csv" in capsys.readouterr().err
    assert assay(monkeypatch, "check", "log.csv", "--as", "interaction") == 2
    assert "did you mean 'interactions'?" in capsys.readouterr().err


def test_the_first_report_is_three_commands(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# What is in the store?", id="title"),
            nbformat.v4.new_code_cell(
                "from assay.params import Input\ndata: Input = 'store'",
                id="parameters",
                metadata={"tags": ["parameters"]},
            ),
            nbformat.v4.new_code_cell(
                "from assay.data.sources import scan\nscan(data).collect().height", id="answer"
            ),
        ]
    )
    (project / "notebooks" / "10-plain.ipynb").unlink()
    nbformat.write(own, project / "notebooks" / "10-own.ipynb")
    assert assay(monkeypatch, "publish") == 3
    shown = capsys.readouterr().out
    assert "waiting    own: the store has no rows of interactions" in shown
    assert "assay import SOURCE" in shown
    pl.DataFrame(INTERACTIONS).head(2).write_csv(project / "log.csv")
    assert assay(monkeypatch, "import", "log.csv") == 0
    assert "Next: assay publish" in capsys.readouterr().out
    assert assay(monkeypatch, "publish") == 0
    assert "published  own" in capsys.readouterr().out
    assert assay(monkeypatch, "publish") == 0
    assert "Nothing to do: 1 report is current." in capsys.readouterr().out


def test_columns_stand_below_each_other() -> None:
    assert aligned([("a", "b"), ("long", "c")]) == ["a     b", "long  c"]


def test_a_file_of_somebody_else_is_named_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(prog_name: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", f"{prog_name}/writer.lock")

    monkeypatch.setattr("assay.app.cli.app", refused)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert "no permission for assay/writer.lock" in capsys.readouterr().err
