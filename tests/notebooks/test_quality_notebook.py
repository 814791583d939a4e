"""The notebook on data quality: its parameters, its prose, and its run with its parameter set."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import nbformat
import pytest

from assay.present.figures import SCRIPTS_VARIABLE
from assay.workbench.render.quotes import unfounded as invented
from notebooks.planting import NUMBER, of_run, plant
from present.quality_numbers import unfounded_among

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "00-data-quality.ipynb"
SCHEMA = json.loads((ROOT / "schemas" / "data-quality.result.json").read_text())


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_a_valid_notebook_without_outputs_whose_cells_have_names(notebook):
    nbformat.validate(notebook)
    assert notebook.cells[0].source.startswith("# ")
    assert all(re.fullmatch(r"[a-z][a-z-]+", cell.id) for cell in notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_every_parameter_has_a_type_and_help(notebook):
    (cell,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    lines = cell.source.splitlines()
    for statement in ast.parse(cell.source).body:
        assert isinstance(statement, ast.AnnAssign)
        assert re.search(r"  # \w.{10,}$", lines[statement.end_lineno - 1]), statement.target.id


def test_it_defines_nothing_and_no_number_is_typed_by_hand(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\d", cell.source), cell.id
            continue
        nodes = list(ast.walk(ast.parse(cell.source)))
        kinds = {type(node) for node in nodes}
        assert not kinds & {ast.FunctionDef, ast.ClassDef, ast.Lambda}
        if "parameters" not in cell.metadata.get("tags", ()):
            values = [node.value for node in nodes if isinstance(node, ast.Constant)]
            assert not [v for v in values if isinstance(v, int | float)], cell.id


def test_it_runs_as_it_stands(sample_project):
    run = subprocess.run(
        [
            sys.executable, "-m", "pytest", "--nbval-lax", "-p", "no:cacheprovider", "-q",
            "notebooks/00-data-quality.ipynb",
        ],
        cwd=sample_project,
        env=os.environ | {SCRIPTS_VARIABLE: "no.js"},  # else each kernel packs them for 2 s
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]


@pytest.fixture(scope="module")
def result(sample_project) -> dict:
    """The result of the parameter set, as `assay run` leaves it."""
    out = sample_project / "out" / "quality"
    run = subprocess.run(
        [
            sys.executable, "-c", "from assay.app.cli import main; main()", "run", "data-quality",
            "--params", "params/data-quality.yaml", "--set", "sample", "--out", out,
        ],
        cwd=sample_project,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return json.loads((out / "result.json").read_text(encoding="utf-8"))


def test_the_sample_is_fit_and_its_price_cut_is_found(result, sample_project):
    jsonschema.validate(result, SCHEMA)
    truth = json.loads((sample_project / "data/sample/truth.json").read_text(encoding="utf-8"))
    cut = truth["events"]["price_change"]
    assert {fit["verdict"] for fit in result["fits"]} == {"fit"}
    (model,) = [
        m
        for m in result["costs"]["models"]
        if m["model"] == cut["model"] and m["tier"] == "standard"
    ]
    (change,) = model["changes"]
    assert change["day"] == cut["first_day"]
    assert change["ratio"] == pytest.approx(cut["ratio"], rel=1e-3)
    assert result["costs"]["dear"]["count"] == 0


def test_every_number_on_the_page_comes_from_the_record(result):
    brief = result["brief"]
    card = brief["decision"]
    printed = [brief["title"], brief["subtitle"], card["text"], card["note"]]
    printed += [fact["value"] for fact in card["facts"]]
    for tile in brief["tiles"]:
        printed += [tile["value"], tile["interval"], tile["detail"]]
    assert unfounded_among(printed, result) == {}


def test_the_page_prints_no_number_of_its_own(result, sample_project):
    document, manifest = of_run(sample_project / "out" / "quality")
    assert invented(document, result, manifest) == ()
    planted = invented(plant(document), result, manifest)
    assert NUMBER in {found.number for found in planted}
