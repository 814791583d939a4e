"""The A/B notebook: its parameters, its prose, and its run with defaults and with its sets."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from assay.present.figures import SCRIPTS_VARIABLE
from assay.workbench.render.quotes import unfounded as invented
from notebooks.planting import NUMBER, of_run, plant
from present.printed_numbers import unfounded, unfounded_among

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "10-ab-test.ipynb"
CONTRACT = [
    "data", "arm", "control", "unit", "assignments", "registration", "experiment", "time",
    "window", "metrics", "design", "item", "split", "alpha", "plan", "exposure", "cluster",
    "strata", "segments", "members", "members_late", "smallest_cell", "shared", "correction", "past", "combine", "seed",
]  # fmt: skip
COMPARISON = {
    "metric", "arm", "control", "n", "n_control", "value", "value_control", "difference", "lift",
    "p_value", "posterior", "method", "verdict", "reason",
}  # fmt: skip


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def parameters(notebook) -> str:
    (cell,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    return cell.source


def test_it_is_a_valid_notebook_without_outputs_whose_cells_have_names(notebook):
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert all(re.fullmatch(r"[a-z][a-z-]+", cell.id) for cell in notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_the_parameters_are_those_of_the_contract_each_with_type_and_help(parameters):
    statements = ast.parse(parameters).body
    assert all(isinstance(statement, ast.AnnAssign) for statement in statements)
    assert [statement.target.id for statement in statements] == CONTRACT
    lines = parameters.splitlines()
    for statement in statements:
        assert re.search(r"  # \w.{10,}$", lines[statement.end_lineno - 1]), statement.target.id


def test_it_begins_with_its_title_and_defines_nothing(notebook):
    assert notebook.cells[0].source.startswith("# ")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            kinds = {type(node) for node in ast.walk(ast.parse(cell.source))}
            assert not kinds & {ast.FunctionDef, ast.ClassDef, ast.Lambda}
            assert len(cell.source.splitlines()) <= 20 or "parameters" in cell.metadata.get(
                "tags", ()
            )


def test_no_number_is_typed_by_hand(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\d", cell.source), cell.id
        elif "parameters" not in cell.metadata.get("tags", ()):
            numbers = [
                node.value
                for node in ast.walk(ast.parse(cell.source))
                if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
            ]
            assert not numbers, cell.id


def test_it_runs_as_it_stands(sample_project):
    run = subprocess.run(
        [
            sys.executable, "-m", "pytest", "--nbval-lax", "-p", "no:cacheprovider", "-q",
            "notebooks/10-ab-test.ipynb",
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
def results(sample_project) -> dict[str, dict]:
    """The result of each parameter set, as `assay run` leaves it."""
    found = {}
    for name in ("greeting-v2", "planner-prompt"):
        out = sample_project / "out" / name
        run = subprocess.run(
            [
                sys.executable, "-c", "from assay.app.cli import main; main()", "run", "ab-test",
                "--params", "params/ab-test.yaml", "--set", name, "--out", out,
            ],
            cwd=sample_project,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
        found[name] = json.loads((out / "result.json").read_text(encoding="utf-8"))
    return found


def test_the_result_has_the_fields_of_the_contract(results):
    for result in results.values():
        assert result["schema"]["kind"] == "ab-test"
        assert set(result["sample_ratio"]) >= {"p_value", "ok"}
        for comparison in result["comparisons"]:
            assert set(comparison) >= COMPARISON
            assert set(comparison["lift"]) >= {"value", "low", "high", "unbounded"}


def test_the_simulated_truth_is_found(results, sample_project):
    truth = json.loads((sample_project / "data/sample/truth.json").read_text(encoding="utf-8"))
    greeting = results["greeting-v2"]
    lift = greeting["comparisons"][0]["lift"]
    assert lift["low"] <= truth["experiments"]["greeting-v2"]["lift"]["solved"] <= lift["high"]
    assert greeting["verdict"] == "ship"
    assert greeting["brief"]["title"].startswith("Ship greeting-v2: task success rises by ")
    planner = results["planner-prompt"]
    assert planner["verdict"] in {"undecided", "keep"}
    assert all(c["lift"]["low"] <= 0 <= c["lift"]["high"] for c in planner["comparisons"][:1])


def test_every_number_on_the_page_comes_from_the_record(results):
    for result in results.values():
        brief = result["brief"]
        card = brief["decision"]
        printed = [brief["title"], brief["subtitle"], card["text"], card["note"]]
        printed += [fact["value"] for fact in card["facts"]]
        for tile in brief["tiles"]:
            printed += [tile["value"], tile["interval"], tile["detail"]]
        assert unfounded_among(printed, result) == {}
        for i, finding in enumerate(result["findings"]):
            assert unfounded(finding["plain"], result, only=i) == [], finding["plain"]


def test_no_page_prints_a_number_of_its_own(results, sample_project):
    for name, result in results.items():
        document, manifest = of_run(sample_project / "out" / name)
        assert invented(document, result, manifest) == ()
        planted = invented(plant(document), result, manifest)
        assert NUMBER in {found.number for found in planted}
