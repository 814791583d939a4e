"""The notebook on providers over the sample: its cells, its record, every number on its page."""

import json
import os
from pathlib import Path

import jsonschema
import nbformat
import pytest

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
NOTEBOOK = ROOT / "notebooks" / "43-providers.ipynb"
SCHEMA = json.loads((ROOT / "schemas" / "providers.result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def run(sample_project, tmp_path_factory):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, PROJECT_VARIABLE, str(sample_project))
        patch.setitem(os.environ, RUN_VARIABLE, str(folder))
        patch.chdir(sample_project)
        project = Project.at(sample_project)
        form = Form.of(Notebook.read(NOTEBOOK), report="providers")
        values = answers(project, form, sets_of(project, "providers")["sample"]).values
        _, result = ran(notebook, values, folder)
    truth = json.loads((sample_project / "data" / "sample" / "truth.json").read_text())
    return notebook, result, {"parameters": dict(values)}, truth


def test_the_record_keeps_to_its_schema_and_every_printed_number_is_in_it(run):
    notebook, result, manifest, _ = run
    jsonschema.validate(result, SCHEMA)
    found = unfounded(notebook, result, manifest)
    assert [f"{one.place}: {one.number} in {one.excerpt}" for one in found] == []


def test_the_change_that_was_planted_is_judged_on_its_items(run):
    """The evaluation: the variant solves each item with so many times the chance of the control."""
    _, result, _, truth = run
    planted = truth["evaluation"]
    changes = {one["measure"]: one for one in result["found"]["changes"]}
    success = changes["success"]
    assert success["agent"] == "reviewer"
    assert (success["base"], success["other"]) == ("deepseek", "openai")
    assert success["items"] == planted["items"]
    low, high = success["difference"]["low"], success["difference"]["high"]
    assert low < planted["lift"]["succeeded"] * success["value_base"] < high
    assert success["verdict"] == "better"
    assert changes["latency"]["verdict"] == "better"
    assert changes["cost"]["verdict"] == "worse by more than the margin"
    assert result["brief"]["evidence"] == "paired"
    assert result["depends"] == "depends"


def test_a_mix_that_differs_is_not_taken_for_the_provider(run):
    """Summaries, which nearly always succeed, all go to one provider of the researcher."""
    _, result, _, _ = run
    told = {(one["agent"], one["measure"]): one for one in result["associations"]}
    one = told["researcher", "success"]
    assert one["raw"] < -0.2
    assert one["difference"]["low"] < 0 < one["difference"]["high"]
    assert not one["differs"]
    assert "reviewer" not in {agent for agent, _ in told}
