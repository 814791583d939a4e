from pathlib import Path

import pytest

from assay.core.errors import DataError, ParameterError, ProjectError, nearest
from assay.core.project import project_root, resolve_path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "assay.toml").touch()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").touch()
    (tmp_path / "notebooks" / "explore").mkdir(parents=True)
    return tmp_path


def test_the_project_is_found_upwards(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "notebooks" / "explore")
    assert project_root() == project.resolve()
    assert project_root(project) == project.resolve()


def test_the_environment_names_a_project(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    monkeypatch.setenv("ASSAY_PROJECT", str(project))
    assert project_root() == project.resolve()


def test_outside_a_project_the_remedy_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectError, match=r"no assay\.toml at or above .*\n  → change into"):
        project_root()
    assert resolve_path("data/x.csv") == Path("data/x.csv")


@pytest.mark.parametrize("given", ["data/x.csv", "data/*.csv"])
def test_an_input_means_the_same_in_the_notebooks_folder(
    given: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "notebooks")
    assert resolve_path(given) == project.resolve() / given
    monkeypatch.chdir(project)
    assert resolve_path(given) == Path(given)


def test_a_name_with_brackets_is_a_name_before_it_is_a_pattern(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "data" / "x[1].csv").touch()
    monkeypatch.chdir(project / "notebooks")
    assert resolve_path("data/x[1].csv") == project.resolve() / "data/x[1].csv"


def test_a_home_is_expanded_where_it_is_known(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(project))
    assert resolve_path("~/data/x.csv") == project / "data/x.csv"
    assert resolve_path("~nobody-of-that-name/x.csv") == Path("~nobody-of-that-name/x.csv")


def test_what_exists_nowhere_stays_as_given(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert resolve_path("nowhere/y.csv") == Path("nowhere/y.csv")
    assert resolve_path("*.parquet") == Path("*.parquet")
    assert resolve_path(project / "data") == project / "data"


def test_an_error_states_its_remedy_and_its_exit_code() -> None:
    error = DataError("spend is text", remedy="cast it")
    assert str(error) == "spend is text\n  → cast it"
    assert str(DataError("spend is text")) == "spend is text"
    assert (ParameterError.exit_code, DataError.exit_code) == (2, 3)


def test_the_nearest_name_is_offered_or_all_are_listed() -> None:
    assert nearest("contrl", ["control", "treatment"]) == "did you mean 'control'?"
    assert nearest("zzz", ["b", "a"]) == "known: a, b"
    assert nearest("zzz", []) == "known: none"
