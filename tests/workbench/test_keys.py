import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assay.core.errors import DataError, ParameterError
from assay.core.provenance import SourceState
from assay.workbench.catalogue import find_report
from assay.workbench.closure import closure_of
from assay.workbench.digests import Digests
from assay.workbench.notebook import Notebook
from assay.workbench.plan import Plan, plan

PARAMETERS = 'from assay.params import Input\ndata: Input = "data/*.csv"\nn: int = 1'


def planned(workshop, **given: object) -> Plan:
    project = workshop.project
    return plan(
        project, find_report(project, "x"), given, digests=Digests(project.state / "digests.json")
    )


@pytest.fixture
def house(workshop):
    """A notebook that reaches modules in every way there is."""
    workshop.write("data/a.csv", "1")
    workshop.write("data/b.csv", "2")
    workshop.write("top.py", "import importlib\nimportlib.import_module('named')\nimport polars")
    workshop.write("named.py", "")
    workshop.write("src/pack/__init__.py", "")
    workshop.write("src/pack/query.sql", "select 1")
    workshop.write("src/pack/inner/__init__.py", "from . import left\nfrom ..far import thing")
    workshop.write("src/pack/inner/left.py", "def f():\n    from pack import late\n")
    workshop.write("src/pack/late.py", "import top")
    workshop.write("src/pack/far.py", "")
    workshop.write("src/pack/unused.py", "")
    workshop.write("notebooks/beside.py", "")
    workshop.write("rough.py", "def broken(:\nimport named\n")
    workshop.notebook(
        "x",
        "%matplotlib inline\nimport pack.inner\nfrom beside import *",
        "import rough, os.path",
        parameters=PARAMETERS,
    )
    return workshop


def test_the_closure_follows_every_static_import(house) -> None:
    closure = closure_of(Notebook.read(house.root / "notebooks/10-x.ipynb"), house.project)
    ours = [name for name in closure.files if not name.startswith("assay/")]
    assert ours == [
        "named.py",
        "notebooks/beside.py",
        "rough.py",
        "src/pack/__init__.py",
        "src/pack/far.py",
        "src/pack/inner/__init__.py",
        "src/pack/inner/left.py",
        "src/pack/late.py",
        "src/pack/query.sql",
        "top.py",
    ]
    assert "assay/params.py" in closure.files
    assert {"polars", "os"} <= set(closure.packages)


Change = Callable[[Path], object]


def append(path: str, text: str = "\n# more") -> Change:
    def change(root: Path) -> None:
        with (root / path).open("a") as file:
            file.write(text)

    return change


def edit_notebook(edit: Callable[[dict], object]) -> Change:
    def change(root: Path) -> None:
        path = root / "notebooks/10-x.ipynb"
        document = json.loads(path.read_text())
        edit(document)
        path.write_text(json.dumps(document))

    return change


@pytest.mark.parametrize(
    "change",
    [
        append("src/pack/far.py"),
        append("src/pack/query.sql"),
        append("named.py"),
        append("data/b.csv", "x"),
        append("requirements.lock"),
        lambda root: (root / "data/c.csv").write_text("3"),
        lambda root: (root / "data/b.csv").rename(root / "data/z.csv"),
        edit_notebook(lambda nb: nb["cells"][2].update(source="1")),
        edit_notebook(lambda nb: nb["cells"][0].update(source="# Other")),
        edit_notebook(lambda nb: nb["cells"][2]["metadata"].update(tags=["remove-cell"])),
    ],
    ids=lambda _change: "",
)
def test_a_change_of_anything_that_counts_changes_the_key(house, change: Change) -> None:
    before = planned(house).key
    assert planned(house).key == before
    change(house.root)
    assert planned(house).key != before


@pytest.mark.parametrize(
    "change",
    [
        append("src/pack/unused.py"),
        lambda root: (root / "data/c.txt").write_text("3"),
        edit_notebook(
            lambda nb: nb["cells"][2].update(execution_count=3, outputs=[{"x": 1}], id="a")
        ),
        edit_notebook(
            lambda nb: nb["metadata"].update(widgets={}, language_info={"name": "python"})
        ),
    ],
    ids=lambda _change: "",
)
def test_what_does_not_count_leaves_the_key(house, change: Change) -> None:
    before = planned(house).key
    change(house.root)
    assert planned(house).key == before


def test_a_parameter_changes_the_key_and_its_default_does_not(house) -> None:
    assert planned(house, n=1).key == planned(house).key
    assert planned(house, n=2).key != planned(house).key


def test_inputs_are_described_without_a_path_of_this_machine(house) -> None:
    (found,) = planned(house).ingredients.inputs
    assert (found.name, found.path, found.bytes, found.files) == ("data", "data/*.csv", 2, 2)
    (outside := house.root.parent / "outside.csv").write_text("1")
    (found,) = planned(house, data=str(outside)).ingredients.inputs
    assert found.path == "../outside.csv"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("data/aa.csv", "data = 'data/aa.csv' matches no file\n  → did you mean 'a.csv'?"),
        ("data/*.parquet", "matches no file\n  → in data: a.csv, b.csv"),
        ("nowhere/a.csv", "there is no folder nowhere"),
    ],
)
def test_a_missing_input_stops_before_a_kernel_starts(house, path: str, told: str) -> None:
    with pytest.raises(DataError) as caught:
        planned(house, data=path)
    assert told in str(caught.value)


def test_a_folder_counts_with_all_its_files_and_an_address_by_its_text(house) -> None:
    house.write("data/deep/c.csv", "3")
    (found,) = planned(house, data="data").ingredients.inputs
    assert (found.files, found.bytes) == (3, 3)
    (found,) = planned(house, data="s3://bucket/x.parquet").ingredients.inputs
    assert (found.path, found.files) == ("s3://bucket/x.parquet", 0)
    assert planned(house, data="s3://a").key != planned(house, data="s3://b").key


def test_a_pattern_may_span_folders(house) -> None:
    house.write("days/1/a.csv", "1")
    house.write("days/2/a.csv", "2")
    before = planned(house, data="days/*/a.csv")
    (found,) = before.ingredients.inputs
    assert (found.path, found.files) == ("days/*/a.csv", 2)
    (house.root / "days/2").rename(house.root / "days/3")
    assert planned(house, data="days/*/a.csv").key != before.key


def test_a_project_may_lie_in_a_folder_of_any_name(house) -> None:
    house.root = house.root.rename(house.root.with_name("a [1] *ü"))
    (found,) = planned(house).ingredients.inputs
    assert (found.path, found.files) == ("data/*.csv", 2)


def test_every_path_of_a_list_or_table_of_inputs_counts(house) -> None:
    house.notebook(
        "x",
        parameters="from assay.params import Input\ndata: dict[str, list[Input]] = {}\nmore: Input | None = None",
    )
    given = {"data": {"a": ["data/a.csv", "data/b.csv"]}, "more": "data/b.csv"}
    inputs = planned(house, **given).ingredients.inputs
    assert [(found.name, found.path) for found in inputs] == [
        ("data", "data/a.csv"), ("data", "data/b.csv"), ("more", "data/b.csv"),
    ]  # fmt: skip


def test_without_a_lock_file_the_installed_packages_count(house) -> None:
    before = planned(house).ingredients.lock
    (house.root / "requirements.lock").unlink()
    without = planned(house).ingredients.lock
    assert without != before
    assert planned(house).ingredients.lock == without


def test_a_source_that_is_no_file_counts_by_its_state(house) -> None:
    states = {"logs": SourceState(label="postgresql://db/logs?table=t", sha256="1" * 64)}
    project = replace(house.project, fingerprint=lambda source: states.get(source, source))

    def described(data: str) -> Plan:
        return plan(
            project, find_report(project, "x"), {"data": data}, digests=Digests(project.state / "d")
        )

    before = described("logs")
    (found,) = before.ingredients.inputs
    assert (found.path, found.files, found.bytes) == ("postgresql://db/logs?table=t", 0, 0)
    assert described("logs").key == before.key
    states["logs"] = replace(states["logs"], sha256="2" * 64)
    assert described("logs").key != before.key
    states["named"] = "data/a.csv"
    (found,) = described("named").ingredients.inputs
    assert (found.path, found.files) == ("data/a.csv", 1)


@pytest.mark.parametrize("name", ["data", "note"])
def test_no_password_gets_into_a_manifest(house, name: str) -> None:
    house.notebook("x", parameters=f"{PARAMETERS}\nnote: str = ''")
    with pytest.raises(ParameterError) as caught:
        planned(house, **{name: "postgresql://me:hunter2@db/logs?table=t"})
    assert "hunter2" not in str(caught.value)
    (found,) = planned(house, data="other://me@db/logs?token=${TOKEN}").ingredients.inputs
    assert found.path == "other://db/logs"


def test_settings_stand_in_for_defaults_of_parameters_that_say_so(
    workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.notebook(
        "x",
        parameters="from assay.params import SmallestCell, Threshold, WholeThreshold\n"
        "k: int = 7\nsmallest: SmallestCell = 10\nmax_missing: Threshold = 0.5\n"
        "stale_days: WholeThreshold = 9",
    )
    without = planned(workshop)
    assert without.values == {"k": 7, "smallest": 10, "max_missing": 0.5, "stale_days": 9}
    assert without.given == {}
    settings = workshop.root / "assay.toml"
    settings.write_text(
        settings.read_text() + "[privacy]\nk = 25\n[thresholds]\nmax_missing = 0.1\n"
    )
    within = planned(workshop)
    assert within.values == {"k": 7, "smallest": 25, "max_missing": 0.1, "stale_days": 9}
    assert within.given == {"smallest": 25, "max_missing": 0.1}
    assert within.key != without.key
    assert planned(workshop, max_missing=0.3).values["max_missing"] == 0.3
    monkeypatch.setenv("ASSAY_THRESHOLDS__STALE_DAYS", "2")
    assert planned(workshop).values["stale_days"] == 2


def test_the_commands_of_assay_are_no_part_of_a_run(house) -> None:
    house.notebook("y", "%load_ext assay\nimport assay\nfrom assay.core import errors")
    closure = closure_of(Notebook.read(house.root / "notebooks/10-y.ipynb"), house.project)
    assert "assay/core/errors.py" in closure.files
    assert not [name for name in closure.files if name.startswith("assay/app/")]
