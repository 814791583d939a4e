"""The notebook on costs over the sample: what was planted shows, totals are those of the log."""

import ast
import json
import os
import re
from pathlib import Path

import jsonschema
import nbformat
import polars as pl
import pytest

from assay.core.project import PROJECT_VARIABLE
from assay.present.figures import Figure
from assay.workbench.handoff import RUN_VARIABLE
from assay.workbench.notebook import Notebook
from assay.workbench.parameters import Form
from assay.workbench.plan import answers
from assay.workbench.project import Project
from assay.workbench.render.quotes import unfounded
from assay.workbench.sets import sets_of

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "30-cost.ipynb"
SCHEMA = json.loads((ROOT / "schemas" / "cost.result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def ran(notebook, values, folder):
    """The cells in one namespace, as a kernel would run them; what they show is their output."""
    shown: list[object] = []
    names: dict[str, object] = {"display": lambda *blocks: shown.extend(blocks)}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        shown.clear()
        tree = ast.parse(cell.source)
        last = tree.body[-1]
        ended = isinstance(last, ast.Expr) and "display" not in ast.unparse(last)
        body = tree.body[:-1] if ended else tree.body
        exec(compile(ast.Module(body, []), cell.id, "exec"), names)  # noqa: S102  our own cells
        if ended:
            value = compile(ast.Expression(last.value), cell.id, "eval")
            shown.append(eval(value, names))  # noqa: S307  our own cells
        if cell.id == "parameters":
            names |= values
        cell.outputs = [
            nbformat.v4.new_output("display_data", data=told(one))
            for one in shown
            if one is not None
        ]
    return names, json.loads((folder / "result.json").read_text(encoding="utf-8"))


def told(block):
    if isinstance(block, Figure):  # its words, without the drawing
        return {"text/markdown": f"{block.caption}\n\n{block.alt}"}
    return block._repr_mimebundle_()


@pytest.fixture(scope="module")
def run(notebook, sample_project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    variables = {PROJECT_VARIABLE: str(sample_project), RUN_VARIABLE: str(folder)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setitem(os.environ, name, value)
        patch.chdir(sample_project)
        project = Project.at(sample_project)
        form = Form.of(Notebook.read(NOTEBOOK), report="cost")
        values = answers(project, form, sets_of(project, "cost")["sample"]).values
        names, result = ran(notebook, values, folder)
    return notebook, names, result, {"parameters": dict(values)}


def test_every_parameter_has_a_type_and_help_and_nothing_is_typed_by_hand(notebook):
    nbformat.validate(notebook)
    assert all(re.fullmatch(r"[a-z][a-z-]+", cell.id) for cell in notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\d", cell.source), cell.id
            continue
        tree = ast.parse(cell.source)
        assert not {type(node) for node in ast.walk(tree)} & {
            *(ast.FunctionDef, ast.ClassDef, ast.Lambda)
        }
        if "parameters" in cell.metadata.get("tags", ()):
            lines = cell.source.splitlines()
            for statement in tree.body:
                assert isinstance(statement, ast.AnnAssign)
                assert re.search(r"  # \w.{10,}$", lines[statement.end_lineno - 1])


def test_totals_are_the_sum_of_the_log(run, sample_project):
    _, _, result, _ = run
    log = pl.read_parquet(sample_project / "data/sample/interactions.parquet")
    whole = result["spending"]["whole"]
    assert whole["usd"] == pytest.approx(log["cost_usd"].sum(), rel=1e-9)
    assert whole["requests"] == log.height
    days = result["spending"]["days"]
    assert sum(one["usd"] for one in days) == pytest.approx(whole["usd"], rel=1e-9)
    assert result["breakdown"]["usd"] == pytest.approx(whole["usd"], rel=1e-9)
    for split in result["breakdown"]["splits"]:
        assert sum(one["usd"] for one in split["groups"]) == pytest.approx(whole["usd"], rel=1e-9)
    before, after = result["change"]["before"], result["change"]["after"]
    parts = sum(one["amount"] for one in result["change"]["parts"])
    assert parts == pytest.approx(after["spent"] - before["spent"], abs=1e-9)


def test_the_planted_price_cut_is_the_price_part_of_its_month(run, sample_project):
    _, names, _, _ = run
    truth = json.loads((sample_project / "data/sample/truth.json").read_text(encoding="utf-8"))
    cut = truth["events"]["price_change"]
    lines = names["lines"].filter(pl.col("day") <= pl.date(2026, 9, 28))
    change = names["last_change"](lines, recent_days=28, before_days=28, by=["agent_id"])
    assert change.after.first == cut["first_day"]
    (price,) = (one.amount for one in change.parts if one.key == "price")
    models = next(one for one in change.drivers if one.columns == ("model",))
    own = {
        item.names[0]: sum(part.amount for part in item.parts if part.key == "price")
        for item in models.items
    }
    assert own[cut["model"]] == pytest.approx(price, rel=1e-9)
    (item,) = (one for one in models.items if one.names[0] == cut["model"])
    # What it cost in either period at one price list, averaged: the cut is a fifth of that.
    at_old_prices = (item.before + item.after / cut["ratio"]) / 2
    assert price == pytest.approx((cut["ratio"] - 1) * at_old_prices, rel=0.02)


def test_the_record_keeps_to_its_schema_and_every_printed_number_is_in_it(run):
    notebook, _, result, manifest = run
    jsonschema.validate(result, SCHEMA)
    found = unfounded(notebook, result, manifest)
    assert [f"{one.place}: {one.number} in {one.excerpt}" for one in found] == []


def test_the_head_leads_with_the_budget_in_danger_and_what_to_do(run):
    _, _, result, _ = run
    brief = result["brief"]
    budgets = [one for one in result["findings"] if one["key"].startswith("outlook/budget/")]
    assert budgets[0]["state"] == "likely over"
    assert brief["title"] == budgets[0]["title"]
    assert brief["state"] == "over budget"
    assert len(brief["tiles"]) == 4
    assert [one["name"] for one in result["sources"]] == ["data", "prices", "expenses", "sessions"]
