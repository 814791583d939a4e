from pathlib import Path

import pytest

from assay.core.errors import ProjectError
from assay.workbench.project import Project


def settings(tmp_path: Path, text: str) -> Path:
    (tmp_path / "assay.toml").write_text(text)
    return tmp_path


def test_every_setting_has_a_default(tmp_path: Path) -> None:
    project = Project.at(settings(tmp_path, ""))
    root = tmp_path.resolve()
    assert (project.root, project.name) == (root, "Assay")
    assert project.notebooks == root / "notebooks"
    assert project.published == root / "reports/published"
    assert (project.limits.run, project.limits.cell) == (3600, 1800)


def test_settings_are_read_from_a_folder_below(tmp_path: Path) -> None:
    settings(tmp_path, '[project]\nname = "Mine"\n[paths]\nruns = "work"\n[limits]\ncell = 5\n')
    (tmp_path / "a/b").mkdir(parents=True)
    project = Project.at(tmp_path / "a/b")
    assert (project.name, project.runs, project.limits.cell) == (
        "Mine",
        tmp_path.resolve() / "work",
        5,
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[path]\nruns = 'x'", "unknown key 'path'\n  → did you mean 'paths'?"),
        ("[paths]\nrun = 'x'", "unknown key 'paths.run'\n  → did you mean 'runs'?"),
        ("[paths]\nruns = 3", "paths.runs = 3, expected a valid string"),
        ("[paths]\nruns = '../x'", "paths.runs = '../x', expected a folder inside the project"),
        ("[paths]\nruns = '/x'", "expected a folder inside the project"),
        ("[limits]\ncell = 0", "limits.cell = 0, expected greater than 0"),
        ("[limits", "assay.toml cannot be read"),
        ("paths = 3", "paths = 3, expected"),
    ],
)
def test_a_wrong_setting_names_file_key_and_expectation(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(ProjectError) as caught:
        Project.at(settings(tmp_path, text))
    assert "assay.toml" in str(caught.value)
    assert told in str(caught.value)


def test_paths_are_shown_from_the_project(tmp_path: Path) -> None:
    project = Project.at(settings(tmp_path, ""))
    assert project.relative(project.root / "data/x.csv") == "data/x.csv"
    assert project.relative(project.root.parent / "shared/x.csv") == "../shared/x.csv"


def test_store_audit_and_key_may_lie_outside_the_project(tmp_path: Path) -> None:
    project = Project.at(settings(tmp_path, "[paths]\nstore = '/big/store'\nkey = '~/assay.key'\n"))
    assert project.store == Path("/big/store")
    assert project.audit == project.root / "data/audit.jsonl"
    assert project.key == Path.home() / "assay.key"
    assert project.settings.privacy.k == 10
