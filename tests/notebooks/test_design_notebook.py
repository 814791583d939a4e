"""The plan's notebook: its parameters, its prose, and its run with defaults and with its set."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from assay.workbench.render.quotes import unfounded
from notebooks.planting import NUMBER, of_run, plant

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "12-ab-design.ipynb"


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_a_valid_notebook_without_outputs_that_defines_nothing(notebook):
    nbformat.validate(notebook)
    assert all(re.fullmatch(r"[a-z][a-z-]+", cell.id) for cell in notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            tree = ast.parse(cell.source)
            assert not any(isinstance(node, ast.FunctionDef) for node in ast.walk(tree))


def test_each_parameter_has_type_and_help(notebook):
    (cell,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    statements, lines = ast.parse(cell.source).body, cell.source.splitlines()
    assert all(isinstance(statement, ast.AnnAssign) for statement in statements)
    for statement in statements:
        assert re.search(r"  # \w.{10,}$", lines[statement.end_lineno - 1]), statement.target.id


@pytest.fixture(scope="module")
def planned(sample_project) -> dict:
    """The result of the sample's set, as `assay run` leaves it."""
    out = sample_project / "out" / "next"
    done = subprocess.run(
        [
            sys.executable, "-c", "from assay.app.cli import main; main()", "run", "ab-design",
            "--set", "next-greeting", "--out", out,
        ],
        cwd=sample_project,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads((out / "result.json").read_text(encoding="utf-8"))


def executed(notebook: nbformat.NotebookNode, **parameters: object) -> tuple[dict, list]:
    """The record that the notebook hands over with these parameters, and all that it shows."""
    shown: list = []
    given: list = []
    world: dict = {"display": lambda *blocks: shown.extend(blocks)}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        exec(compile(cell.source, cell.id, "exec"), world)  # noqa: S102  our own notebook
        if cell.id == "imports":
            world["hand_over"] = lambda answer, **rest: given.append(answer | rest)
        if cell.id == "parameters":
            world |= parameters
    return given[0], shown


def test_the_sample_plan_has_a_length(planned):
    assert (planned["schema"]["kind"], planned["verdict"]) == ("ab-design", "run")
    assert planned["brief"]["title"].startswith("Two arms need ")
    assert planned["brief"]["title"].endswith("a lift of 3.5\u00a0% in task success")
    assert planned["days"] % 7 == 0
    real = planned["operating"][1]
    assert abs(real["claimed"] - real["predicted"]) < 0.03 + 3 * real["claimed_error"]


def test_no_page_prints_a_number_of_its_own(planned, sample_project):
    document, manifest = of_run(sample_project / "out" / "next")
    assert unfounded(document, planned, manifest) == ()
    assert NUMBER in {found.number for found in unfounded(plant(document), planned, manifest)}


def test_the_defaults_tell_a_size(notebook, sample_project, monkeypatch):
    monkeypatch.chdir(sample_project)
    found, shown = executed(notebook)
    assert (found["verdict"], found["days"], found["curve"]) == ("size", None, [])
    assert " rows to see a lift of 4" in found["brief"].title
    assert [b.nav for b in shown if hasattr(b, "nav")] == [
        "How many", "Does it hold", "Can it be trusted",
    ]  # fmt: skip


def test_values_given_by_hand(notebook):
    found, shown = executed(
        notebook,
        data=None,
        metrics=[{"name": "Sign-ups", "kind": "rate", "value": "x"}],
        baselines={"Sign-ups": {"base": 0.1}},
        units_per_day=2_000.0,
        effect=0.1,
    )
    assert (found["source"], found["verdict"], found["days"]) == ("given", "run", 21)
    assert found["brief"].subtitle.endswith("from values that were given by hand.")
    assert [b.nav for b in shown if hasattr(b, "nav")] == [
        "How long", "How many", "Can it be trusted",
    ]  # fmt: skip
