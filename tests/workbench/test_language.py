"""The language of a run: its notebook's, or else the project's; another one is another run."""

import json

from assay.workbench.catalogue import find_report
from assay.workbench.digests import Digests
from assay.workbench.language import language_of
from assay.workbench.notebook import Notebook
from assay.workbench.plan import plan

FRONT = {"cell_type": "raw", "metadata": {}, "source": "---\nlang: fr-CA\n---"}


def key(workshop) -> str:
    project = workshop.project
    digests = Digests(project.state / "digests.json")
    return plan(project, find_report(project, "x"), {}, digests=digests).key


def test_front_matter_wins_over_the_project(workshop) -> None:
    file = workshop.notebook("x", "1")
    assert language_of(Notebook.read(file), workshop.project) == "en"
    workshop.write("assay.toml", '[report]\nlang = "de"\n')
    assert language_of(Notebook.read(file), workshop.project) == "de"
    found = json.loads(file.read_text(encoding="utf-8"))
    for source, lang in ((FRONT["source"], "fr-CA"), ("---\nlang: [\n---", "de"), ("text", "de")):
        cells = [{**FRONT, "source": source}, *found["cells"]]
        file.write_text(json.dumps({**found, "cells": cells}), encoding="utf-8")
        assert language_of(Notebook.read(file), workshop.project) == lang


def test_another_language_of_the_project_is_another_run(workshop) -> None:
    workshop.notebook("x", "1")
    english = key(workshop)
    workshop.write("assay.toml", '[report]\nlang = "de"\n')
    german = key(workshop)
    workshop.write("assay.toml", '[report]\nlang = "en"\n')
    assert english == key(workshop) != german
