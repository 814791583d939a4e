import json
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from assay.core.errors import DataError, NotebookError, ParameterError, ProjectError
from assay.workbench.catalogue import find_report
from assay.workbench.plan import given_parameters
from assay.workbench.runs import run_report


def test_a_run_leaves_its_three_files_and_nothing_else(workshop, tmp_path: Path) -> None:
    workshop.notebook("x", "print(n)", parameters="n: int = 1")
    out = tmp_path / "deep/out"
    outcome = run_report(workshop.project, "x", {"n": 2}, out)
    assert names(out) == ["manifest.json", "notebook.ipynb", "result.json"]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest == outcome.manifest
    assert (manifest["parameters"], manifest["version"]) == ({"n": 2}, None)
    assert manifest["command"] == "assay run x -p n=2"
    assert list((workshop.root / "runs/x").iterdir()) == []


def test_without_a_folder_the_run_is_kept_with_the_others(workshop) -> None:
    workshop.notebook("x", "1")
    first = run_report(workshop.project, "x", {}).folder
    second = run_report(workshop.project, "x", {}).folder
    assert [first, second] == sorted((workshop.root / "runs/x").iterdir())
    assert names(second) == ["manifest.json", "notebook.ipynb", "result.json"]


def test_two_runs_that_end_at_the_same_moment_are_both_kept(
    workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.notebook("x", "1")
    first = run_report(workshop.project, "x", {}).folder
    names = iter([first.name, "2099-01-01T000000Z-00000000"])
    monkeypatch.setattr("assay.workbench.runs.free_id", lambda *_: next(names))
    second = run_report(workshop.project, "x", {}).folder
    assert second.name == "2099-01-01T000000Z-00000000"
    assert (first / "result.json").is_file()


def test_other_files_in_the_folder_stay_and_a_failure_changes_nothing(
    workshop, tmp_path: Path
) -> None:
    workshop.notebook("x", "assert n < 2", parameters="n: int = 1")
    (tmp_path / "mine.txt").write_text("mine")
    run_report(workshop.project, "x", {}, tmp_path)
    before = (tmp_path / "manifest.json").read_bytes()
    with pytest.raises(NotebookError, match="AssertionError"):
        run_report(workshop.project, "x", {"n": 2}, tmp_path)
    assert (tmp_path / "manifest.json").read_bytes() == before
    assert (tmp_path / "mine.txt").read_text() == "mine"
    run_report(workshop.project, "x", {"n": 0}, tmp_path)
    assert json.loads((tmp_path / "manifest.json").read_text())["parameters"] == {"n": 0}


BESIDE = "import os\nif n: open(os.environ['ASSAY_RUN_DIR'] + '/model.json', 'w').write('m')"


def test_what_a_run_leaves_beside_its_result_goes_with_it(workshop, tmp_path: Path) -> None:
    workshop.notebook("x", BESIDE, parameters="n: int = 1")
    manifest = run_report(workshop.project, "x", {}, tmp_path).manifest
    assert (tmp_path / "model.json").read_text() == "m"
    assert manifest["beside"] == {"model.json": sha256(b"m").hexdigest()}
    manifest = run_report(workshop.project, "x", {"n": 0}, tmp_path).manifest
    assert not (tmp_path / "model.json").exists()
    assert "beside" not in manifest


def test_a_file_in_the_folders_place_is_refused_before_anything_runs(
    workshop, tmp_path: Path
) -> None:
    workshop.notebook("x", "1")
    (tmp_path / "out").write_text("")
    with pytest.raises(ProjectError, match="is a file, expected a folder"):
        run_report(workshop.project, "x", {}, tmp_path / "out")


def test_assays_error_keeps_its_class_and_words(workshop) -> None:
    workshop.notebook(
        "x",
        "from assay.core.errors import DataError\nraise DataError('no rows', remedy='get some')",
    )
    with pytest.raises(DataError) as caught:
        run_report(workshop.project, "x", {})
    assert str(caught.value) == "no rows\n  → get some"


def test_data_that_change_under_a_run_stop_it(workshop) -> None:
    workshop.write("d.csv", "1")
    workshop.notebook(
        "x",
        "open(data, 'a').write('2')",
        parameters="from assay.params import Input\ndata: Input = 'd.csv'",
    )
    with pytest.raises(DataError, match=r"data = d.csv changed while the report was running"):
        run_report(workshop.project, "x", {})


def test_only_the_newest_failed_runs_are_kept(workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.workbench.runs._FAILED_RUNS_KEPT", 1)
    workshop.notebook("x", "1 / 0")
    for _ in range(2):
        with pytest.raises(NotebookError) as caught:
            run_report(workshop.project, "x", {})
    (kept,) = (workshop.root / "runs/x").iterdir()
    assert kept.name in str(caught.value)


def test_the_manifest_knows_the_revision_and_whether_it_was_clean(workshop) -> None:
    workshop.notebook("x", "1")
    workshop.write(".gitignore", "runs/\n.assay/\n")
    assert run_report(workshop.project, "x", {}).manifest["git"] is None
    git = ["git", "-C", str(workshop.root), "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *command], check=True)
    told = run_report(workshop.project, "x", {}).manifest["git"]
    assert (len(told["revision"]), told["clean"]) == (40, True)
    workshop.write("new.py", "")
    assert not run_report(workshop.project, "x", {}).manifest["git"]["clean"]


@pytest.fixture
def asked(workshop):
    workshop.notebook(
        "x", parameters="from assay.params import Input\ndata: Input = ''\nn: int = 1\nt: str = ''"
    )
    workshop.write("params/x.yaml", "base: {t: base}\nsets: {a: {n: 2}, b: {n: 3}}")

    def ask(**options):
        return given_parameters(workshop.project, find_report(workshop.project, "x"), **options)

    return ask


def test_assignments_win_over_the_set_and_the_set_over_defaults(asked, workshop) -> None:
    assert asked() == {}
    assert asked(set_name="b", assignments=["t=007"]) == {"t": "007", "n": 3}
    flat = workshop.write("flat.yaml", "n: 5")
    assert asked(file=flat) == {"n": 5}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"set_name": "c"}, "report 'x' has no set 'c'"),
        (
            {"file": Path("params/x.yaml")},
            "x.yaml has several sets: a, b\n  → choose one with --set",
        ),
        ({"file": Path("none.yaml")}, "there is no parameters file none.yaml"),
    ],
)
def test_a_set_that_cannot_be_meant_is_refused(
    asked, workshop, monkeypatch: pytest.MonkeyPatch, options, told: str
) -> None:
    monkeypatch.chdir(workshop.root)
    with pytest.raises(ParameterError) as caught:
        asked(**options)
    assert told in str(caught.value)


def test_an_input_is_found_from_where_one_stands(
    asked, workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.write("elsewhere/d.csv", "")
    monkeypatch.chdir(workshop.root / "elsewhere")
    assert asked(assignments=["data=d.csv"]) == {"data": "elsewhere/d.csv"}
    assert asked(assignments=["data=*.csv"]) == {"data": "elsewhere/*.csv"}
    assert asked(assignments=["data=../params/x.yaml"]) == {"data": "params/x.yaml"}
    # What the project has under that name is meant.
    workshop.write("d.csv", "")
    assert asked(assignments=["data=d.csv"]) == {"data": "d.csv"}
    for kept in ("none.csv", "s3://bucket/x", str(workshop.root / "d.csv")):
        assert asked(assignments=[f"data={kept}"]) == {"data": kept}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
