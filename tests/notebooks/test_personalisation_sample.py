"""The notebook on personalisation over the sample: its record, its page, and what was planted."""

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
NOTEBOOK = ROOT / "notebooks" / "42-personalisation.ipynb"
SCHEMA = json.loads((ROOT / "schemas" / "personalisation.result.json").read_text(encoding="utf-8"))
SAMPLE = "data/sample"


@pytest.fixture(scope="module")
def run(sample_project, tmp_path_factory):
    """Runs the notebook with the sample's set, and with what is given beside it."""

    def start(**given):
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        folder = tmp_path_factory.mktemp("run")
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(os.environ, PROJECT_VARIABLE, str(sample_project))
            patch.setitem(os.environ, RUN_VARIABLE, str(folder))
            patch.chdir(sample_project)
            project = Project.at(sample_project)
            form = Form.of(Notebook.read(NOTEBOOK), report="personalisation")
            chosen = sets_of(project, "personalisation")["sample"] | given
            values = answers(project, form, chosen).values
            _, result = ran(notebook, values, folder)
        jsonschema.validate(result, SCHEMA)
        found = unfounded(notebook, result, {"parameters": dict(values)})
        assert [f"{one.place}: {one.number} in {one.excerpt}" for one in found] == []
        return result

    return start


@pytest.fixture(scope="module")
def ratings(run):
    return run()


@pytest.fixture(scope="module")
def truth(sample_project):
    return json.loads((sample_project / SAMPLE / "truth.json").read_text(encoding="utf-8"))


def test_the_record_says_of_which_days_and_where(ratings, truth):
    assert ratings["last"] == truth["days"]["last"]
    assert ratings["first"] <= truth["days"]["first"]  # the Monday of that week
    assert ratings["time_zone"] == "UTC"
    assert [one["name"] for one in ratings["sources"]] == ["interactions", "configurations"]


def test_no_trend_is_told_where_none_was_planted(ratings, truth):
    """Nothing that was planted moves what users think as weeks go by, of any kind of them."""
    assert truth["experiments"]["planner-prompt"]["lift"]["rating"] == 0
    trend = ratings["trend"]
    assert trend["verdict"] == "stable"
    sizes = {one["name"]: one["expected"]["value"] for one in trend["classes"]}
    assert sizes["improving"] + sizes["declining"] < 0.01 * trend["counted"]
    assert trend["lines"] > 0.5 * trend["counted"]  # what each user's own line would have claimed
    assert {one["kind"] for one in trend["kinds"]} == {
        *("business", "employee", "free", "learner", "plus")
    }
    assert not any(one["differs"] for one in trend["kinds"])
    assert sum(one["users"] for one in trend["kinds"]) == trend["users"]
    assert ratings["adapting"]["verdict"] in {"undecided", "too little to matter"}
    assert not ratings["brief"]["needs_decision"]


def test_satisfaction_of_sessions_and_scores_is_what_the_page_tells(run, ratings):
    sessions = run(satisfaction="session", sessions=f"{SAMPLE}/sessions.parquet")
    assert sessions["measure"] == "satisfaction"
    assert sessions["trend"]["verdict"] == "stable"
    assert sessions["sources"][-1]["name"] == "sessions"
    scores = run(satisfaction="score", scores=f"{SAMPLE}/scores.parquet", score="clarity")
    assert scores["measure"] == "clarity"
    assert scores["sources"][-1]["name"] == "scores"
    several = {one["trend"]["ratings"] for one in (ratings, sessions, scores)}
    assert len(several) == 3


def test_weeks_are_those_of_the_zone(run):
    far = run(time_zone="Pacific/Auckland", configurations=None)
    assert far["time_zone"] == "Pacific/Auckland"
    assert "Pacific/Auckland" in far["brief"]["subtitle"]
    assert far["adapting_reason"] == "no table of configurations is given"
