"""The notebook on segments over the sample: kinds that were planted, and every number on its page.

The simulator draws customers and learners, who talk to one agent each, and employees, who work with
several agents, on longer texts, on weekdays (`data.simulate.people`, `visits`); nobody changes kind.
"""

import json
import os
from itertools import combinations
from pathlib import Path

import jsonschema
import nbformat
import polars as pl
import pytest

from assay.analysis.segments.model import model_from, place
from assay.analysis.segments.report import standing
from assay.core.project import PROJECT_VARIABLE
from assay.workbench.handoff import RUN_VARIABLE
from assay.workbench.notebook import Notebook
from assay.workbench.parameters import Form
from assay.workbench.plan import answers
from assay.workbench.project import Project
from assay.workbench.render.quotes import unfounded
from assay.workbench.sets import sets_of
from notebooks.test_cost_sample import ran

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "40-segments.ipynb"
SCHEMA = json.loads((ROOT / "schemas" / "segments.result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def run(sample_project, tmp_path_factory):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, PROJECT_VARIABLE, str(sample_project))
        patch.setitem(os.environ, RUN_VARIABLE, str(folder))
        patch.chdir(sample_project)
        project = Project.at(sample_project)
        form = Form.of(Notebook.read(NOTEBOOK), report="segments")
        values = answers(project, form, sets_of(project, "segments")["sample"]).values
        names, result = ran(notebook, values, folder)
    return notebook, names, result, {"parameters": dict(values)}


def test_the_record_keeps_to_its_schema_and_every_printed_number_is_in_it(run):
    notebook, _, result, manifest = run
    jsonschema.validate(result, SCHEMA)
    found = unfounded(notebook, result, manifest)
    assert [f"{one.place}: {one.number} in {one.excerpt}" for one in found] == []


def test_employees_are_told_from_customers_and_learners(run, sample_project):
    _, names, result, _ = run
    assert result["tested"]["verdict"] == "clear"
    assert [one["n"] is not None for one in result["profiles"]["profiles"]] == [True, True]
    kinds = (
        pl.read_parquet(sample_project / "data/sample/interactions.parquet")
        .filter(pl.col("user_id").is_not_null())
        .group_by("user_id")
        .agg(employee=(pl.col("user_type") == "employee").any())
    )
    told = [one for one in standing(names["formed"]) if one.segment]
    held = pl.DataFrame(
        [(one.entity, one.segment) for one in told], schema=["user_id", "segment"], orient="row"
    ).join(kinds, on="user_id")
    assert held.height == result["entities"]
    shares = held.group_by("segment").agg(pl.col("employee").mean(), pl.len())
    assert sorted(round(share, 2) for share in shares["employee"]) == [0.0, 1.0]
    assert sorted(shares["len"]) == sorted(one["n"] for one in result["profiles"]["profiles"])


def test_the_model_that_goes_with_it_puts_everybody_where_the_page_has_them(run):
    _, names, result, _ = run
    model = model_from(names["model"]["model.json"])
    table, drift = place(model, names["now"])
    told = {one.entity: one.segment or None for one in standing(names["formed"])}
    found = dict(table[["entity", "segment"]].rows())
    assert found.keys() == told.keys()
    assert sum(found[one] == told[one] for one in told) / len(told) >= 0.995
    assert not drift.unlike
    assert drift.entities == result["entities"]


def test_what_sets_employees_apart_is_what_was_made_so(run):
    _, _, result, _ = run
    effects = {
        (one["ident"], trait["feature"]): trait
        for one in result["profiles"]["profiles"]
        for trait in one["traits"]
    }
    (larger, smaller) = (one["ident"] for one in result["profiles"]["profiles"])
    for feature, up in (("tokens", True), ("template_mix", True), ("weekends", False)):
        trait = effects[smaller, feature]
        assert trait["kind"] != "a cut only"
        assert (trait["effect"]["value"] > 0) is up
        assert trait["effect"]["value"] == pytest.approx(
            -effects[larger, feature]["effect"]["value"]
        )
    assert result["flows"]["verdict"] == "no more than errors of assignment"


def test_a_rule_parts_people_where_its_cut_lies_beyond_what_is_usual(run):
    _, _, result, _ = run
    rules = {one["name"]: one for one in result["rules"]["segments"]}
    struggling = rules["struggling"]
    assert struggling["conditions"][0]["typical"] < 0.333 < struggling["conditions"][0]["high"]
    assert 0.1 < struggling["share"]["value"] < 0.4
    assert struggling["members"]
    assert struggling["others"] > struggling["members"]


def test_no_two_numbers_of_users_differ_by_few(run):
    """As an attack would begin: the numbers of the sample lie far from each other."""
    _, _, result, _ = run
    counts = {result["entities"], result["few"], result["entities"] + result["few"]}
    counts |= {one["n"] for one in result["profiles"]["profiles"]}
    counts |= {one["n"] for one in result["flows"]["stayed"]} | {result["flows"]["entities"]}
    counts |= {result["rules"]["entities"], result["uses"]["crossed"]["persons"]}
    assert all(abs(a - b) >= result["smallest_cell"] for a, b in combinations(counts - {None}, 2))
