"""A new project and a new report: what is written, what is refused, and that nothing is lost."""

import json
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from assay.app.cli import app
from assay.core.errors import ParameterError, ProjectError
from assay.core.settings import read_settings
from assay.workbench.catalogue import reports
from assay.workbench.parameters import Form
from assay.workbench.plan import meaning_in
from assay.workbench.project import Project
from assay.workbench.sets import sets_of
from assay.workbench.stripped import has_outputs

ROOT = Path(__file__).parents[2]
STARTER = ROOT / "src/assay/app/starter"


def call(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(kind: type[Exception], *arguments: str) -> str:
    with pytest.raises(kind) as error:
        CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)
    return str(error.value)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "our reports"
    call("init", str(root))
    monkeypatch.chdir(root)
    return root


def test_a_project_has_its_settings_folders_and_reports(project):
    assert read_settings(project).project.name == "our reports"
    names = [report.name for report in reports(Project.at(project))]
    experiments = ("ab-test", "ab-portfolio", "ab-design", "calibration")
    assert names == [
        "data-quality",
        *experiments,
        "trend",
        "baseline",
        "quality",
        "cost",
        "cost-roi",
        "segments",
        "cohorts",
        "personalisation",
        "providers",
    ]
    for folder in ("notebooks/explore", "params/local", "reports/theme", "tests"):
        assert (project / folder).is_dir()
    ignored = (project / ".gitignore").read_text().splitlines()
    assert {"data/store/", "data/privacy.key", "params/local/", "reports/published/"} <= set(
        ignored
    )
    assert "our reports" in (project / "README.md").read_text()


def test_every_report_of_ours_comes_with_a_new_project():
    for folder, kind in (("notebooks", "*.ipynb"), ("params", "*.yaml")):
        ours = {path.name for path in (ROOT / folder).glob(kind)}
        theirs = {path.name for path in (STARTER / folder).glob(kind)}
        assert ours == theirs, f"link what is new from {STARTER.relative_to(ROOT)}/{folder}"
    for path in STARTER.rglob("*"):
        assert path.exists(), f"{path} leads nowhere"


def test_a_folder_with_files_is_refused_and_merging_replaces_none(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / ".gitignore").write_text("*.secret\nruns/\n")
    assert "not empty: it holds .gitignore, README.md" in refused(
        ProjectError, "init", str(tmp_path)
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gitignore", "README.md"]
    told = json.loads(call("init", str(tmp_path), "--merge", "--json"))
    assert (tmp_path / "README.md").read_text() == "mine"
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert lines[0] == "*.secret"
    assert lines.count("runs/") == 1
    assert "data/privacy.key" in lines
    assert told["kept"] == ["README.md"]
    again = json.loads(call("init", str(tmp_path), "--merge", "--json"))
    assert again["made"] == []


def test_a_project_is_not_made_twice(project):
    assert "is a project already" in refused(ProjectError, "init", str(project))


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    assert "is a file" in refused(ProjectError, "init", str(tmp_path / "file"))


@pytest.mark.parametrize(("template", "count"), [("averages", 2), ("blank", 2), ("ab-test", 3)])
def test_a_new_report_is_numbered_titled_explained_and_has_fitting_sets(project, template, count):
    call("new", "refusals", "--title", "How often?", "--from", template)
    found = reports(Project.at(project))[-1]
    assert found.path.name == "50-refusals.ipynb"
    assert found.notebook().title == "How often?"
    nbformat.validate(nbformat.read(found.path, as_version=4))
    assert not has_outputs(found.path.read_bytes())
    form = Form.of(found.notebook(), report="refusals")
    assert [declared.name for declared in form.declared if not declared.help] == []
    sets = sets_of(Project.at(project), "refusals")
    assert len(sets) == count
    for values in sets.values():
        form.resolve(values, meaning_in(Project.at(project), form))
    assert (project / "tests/test_refusals.py").is_file()


def test_the_test_of_a_new_report_stands_beside_those_of_other_notebooks(project):
    (project / "tests/notebooks").mkdir()
    told = json.loads(call("new", "refusals", "--json"))
    assert told["files"][-1] == "tests/notebooks/test_refusals.py"


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (["Big Name"], ParameterError, "for example 'big-name'"),
        (["../up"], ParameterError, "cannot be the name"),
        (["metrics"], ParameterError, "params/metrics is something else"),
        (["ab-test"], ProjectError, "10-ab-test.ipynb"),
        (["mine", "--from", "averags"], ParameterError, "did you mean 'averages'?"),
        (["mine", "--title", "two\nlines"], ParameterError, "one line"),
    ],
)
def test_what_is_taken_or_cannot_be_is_refused(project, arguments, kind, said):
    before = sorted(project.rglob("*"))
    assert said in refused(kind, "new", *arguments)
    assert sorted(project.rglob("*")) == before


def test_no_file_is_replaced(project):
    (project / "params/mine.yaml").write_text("sets: {}")
    assert "params/mine.yaml is there already" in refused(ProjectError, "new", "mine")
    assert not list((project / "notebooks").glob("*mine*"))
