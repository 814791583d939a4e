"""Withdrawing, pruning, pinning, exporting and copying, as typed."""

import io
import json
import sys
from pathlib import Path

import nbformat
import pytest

from assay.app.cli import main
from workbench.shelved import put_up

DAYS = ("2026-10-01", "2026-10-02", "2026-11-03")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three versions of one report and set, and one of another."""
    (tmp_path / "assay.toml").write_text("")
    (tmp_path / "notebooks").mkdir()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# X", id="x")])
    for day in DAYS:
        version = put_up(tmp_path, day, report="costs", set_name="all")
        nbformat.write(notebook, version.folder / "notebook.ipynb")
    put_up(tmp_path, DAYS[0], report="other")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assay(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["assay", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def standing(project: Path) -> list[str]:
    found = (project / "reports/published/costs/all").glob("*/report.pdf")
    return sorted(path.parent.name[:10] for path in found)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["costs@latest"], list(DAYS[:2])),
        (["costs@2026-10-01"], list(DAYS[1:])),
        (["costs/all"], []),
        (["costs", "--set", "all"], []),
        (["2026-10-02"], [DAYS[0], DAYS[2]]),
        (["costs@latest", "--set", "all"], list(DAYS[:2])),
    ],
)
def test_one_version_or_all_of_a_set_are_withdrawn(
    project: Path, monkeypatch, capsys, words: list[str], left: list[str]
) -> None:
    assert assay(monkeypatch, "unpublish", *words, "--yes", "--reason", "wrong", "--json") == 0
    assert standing(project) == left
    told = json.loads(capsys.readouterr().out)
    assert len(told["withdrawn"]) == 3 - len(left)
    index = (project / "reports/published/index.html").read_text()
    assert ("costs/all/2026" in index) is bool(left)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cots"], "did you mean 'costs'?"),
        (["costs/al"], "did you mean 'all'?"),
        (["costs@2026-12"], "no version '2026-12'"),
        (["costs@latest"], "nobody to ask"),
        (["../other"], "no published report '..'"),
    ],
)
def test_what_is_unknown_or_unconfirmed_withdraws_nothing(
    project: Path, monkeypatch, capsys, words: list[str], said: str
) -> None:
    extra = [] if words == ["costs@latest"] else ["--yes"]
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert assay(monkeypatch, "unpublish", *words, *extra) == 2
    assert said in capsys.readouterr().err
    assert standing(project) == list(DAYS)


def test_old_versions_go_by_the_settings_and_pinned_ones_stay(
    project: Path, monkeypatch, capsys
) -> None:
    assert assay(monkeypatch, "prune") == 0
    assert "Every version is kept" in capsys.readouterr().out
    (project / "assay.toml").write_text("[publishing]\nkeep = 1\n")
    assert assay(monkeypatch, "pin", "costs@2026-10-01", "--note", "board") == 0
    assert assay(monkeypatch, "prune", "--dry-run") == 0
    assert "would go  costs/all@2026-10-02T060000Z-0000abcd" in capsys.readouterr().out
    assert standing(project) == list(DAYS)
    assert assay(monkeypatch, "prune") == 0
    assert standing(project) == [DAYS[0], DAYS[2]]
    assert assay(monkeypatch, "unpin", "costs@2026-10-01") == 0
    assert assay(monkeypatch, "prune", "--json") == 0
    assert standing(project) == [DAYS[2]]
    page = (project / "reports/published/costs/all/versions.html").read_text()
    assert page.count("no longer kept") == 2


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("wanted", ["slides", "docx"])
def test_slides_and_word_say_what_they_need(monkeypatch, capsys, wanted: str) -> None:
    monkeypatch.setattr("assay.workbench.render.rendering.find_quarto", lambda: None)
    assert assay(monkeypatch, "export", "costs", "--format", wanted) == 5
    assert "made by Quarto, which was not found" in capsys.readouterr().err


def test_a_version_is_exported_and_the_site_copied(project: Path, monkeypatch, capsys) -> None:
    assert assay(monkeypatch, "export", "costs", "--format", "pdf", "--out", "new.pdf") == 0
    assert (project / "new.pdf").read_text() == f"report.pdf of {DAYS[2]}"
    assert assay(monkeypatch, "export", "costs@previous", "--format", "md", "--json") == 0
    (file,) = json.loads(capsys.readouterr().out.partition("\n")[2])["files"]
    assert (project / file).read_text().startswith("# Found on 2026-10-02")
    assert assay(monkeypatch, "export", "csots", "--format", "md") == 2
    assert "did you mean 'costs'?" in capsys.readouterr().err
    to = project.with_name(f"{project.name}-public")
    assert assay(monkeypatch, "publish", "--to", str(to)) == 0
    assert "new or changed" in capsys.readouterr().out
    assert (to / "costs/all/latest.html").exists()
    (to / ".assay-site.json").unlink()
    assert assay(monkeypatch, "publish", "--to", str(to)) == 2
    assert "holds something else" in capsys.readouterr().err
