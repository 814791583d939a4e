"""The notebook on cohorts over the sample: its cells, its record, and every number on its page."""

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
NOTEBOOK = ROOT / "notebooks" / "41-cohorts.ipynb"
SCHEMA = json.loads((ROOT / "schemas" / "cohorts.result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def run(sample_project, tmp_path_factory):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, PROJECT_VARIABLE, str(sample_project))
        patch.setitem(os.environ, RUN_VARIABLE, str(folder))
        patch.chdir(sample_project)
        project = Project.at(sample_project)
        form = Form.of(Notebook.read(NOTEBOOK), report="cohorts")
        values = answers(project, form, sets_of(project, "cohorts")["sample"]).values
        _, result = ran(notebook, values, folder)
    return notebook, result, {"parameters": dict(values)}


def test_the_record_keeps_to_its_schema_and_every_printed_number_is_in_it(run):
    notebook, result, manifest = run
    jsonschema.validate(result, SCHEMA)
    found = unfounded(notebook, result, manifest)
    assert [f"{one.place}: {one.number} in {one.excerpt}" for one in found] == []


def test_those_who_work_and_learn_with_it_stay_longer(run):
    """As the sample's users are made: nearly half of the customers come on a single day."""
    _, result, _ = run
    told = {one["name"]: one for one in result["lapses"]["parted"] if one["kind"] == "group"}
    for name in ("learner", "employee"):
        assert told[name]["differs"]
        assert told[name]["seen"] < told[name]["expected"]
    assert told["free"]["seen"] > told["free"]["expected"]
    assert result["brief"]["needs_decision"]
    assert [one["name"] for one in result["sources"]] == ["data"]
