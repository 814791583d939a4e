"""What `assay params` prints, as a person and as a program read it."""

import json

CELL = """
start: date = "yesterday"
k: SmallestCell = 10  # fewest persons
need: str
n = 3  # how often
"""
SETS = "sets: {one: {need: x, start: last_full_month.to}, two: {need: x, matrix: {n: [1, 2]}}}"


def notebook(trial, cell: str = CELL) -> None:
    cells = [
        {
            "cell_type": "code", "execution_count": None, "id": "p", "outputs": [],
            "metadata": {"tags": ["parameters"]}, "source": cell,
        }
    ]  # fmt: skip
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (trial.root / "notebooks").mkdir(exist_ok=True)
    trial.write("notebooks/10-x.ipynb", json.dumps(document))


def test_the_form_is_told_in_plain_words(trial) -> None:
    notebook(trial)
    trial.write("params/x.yaml", SETS)
    (trial.root / "assay.toml").write_text("[privacy]\nk = 25\n")
    assert trial.done("params", "x").splitlines() == [
        'start: date = "yesterday"',
        "    takes a date such as 2026-11-01, or words such as yesterday",
        "k: SmallestCell = 25  ([privacy] k)",
        "    fewest persons",
        "    takes a whole number, at least 1",
        "need: str  (required)",
        "    takes text",
        "n: int | float = 3",
        "    how often",
        "    takes a whole number or a number",
        "",
        "Sets are in params/x.yaml: assay params x --sets shows them.",
    ]


def test_a_program_reads_the_same(trial) -> None:
    notebook(trial)
    told = trial.json("params", "x")
    assert told["report"] == "x"
    start, k, need, n = told["parameters"]
    assert (need["required"], need["default"], n["default"]) == (True, None, 3)
    assert k["setting"] == {"section": "privacy", "key": "k", "set": False, "value": None}
    assert start["takes"].endswith("words such as yesterday")
    assert "sets" not in told


def test_sets_have_the_values_of_a_run_and_what_was_written(trial) -> None:
    notebook(trial)
    trial.write("params/x.yaml", SETS)
    found = trial.json("params", "x", "--sets", "--as-of", "2026-11-21")
    assert found["as_of"] == "2026-11-21"
    assert [(one["name"], one["values"]["start"], one["values"]["n"]) for one in found["sets"]] == [
        ("one", "2026-10-31", 3),
        ("two--1", "2026-11-20", 1),
        ("two--2", "2026-11-20", 2),
    ]
    assert found["sets"][0]["written"] == {"start": "last_full_month.to"}
    lines = trial.done("params", "x", "--set", "one", "--as-of", "2026-11-21").splitlines()
    assert lines[:5] == [
        "# as of 2026-11-21",
        "",
        "one:",
        '  # start is written "last_full_month.to"',
        "  start: '2026-10-31'",
    ]


def test_mistakes_in_a_set_are_told_and_the_others_shown(trial) -> None:
    notebook(trial)
    trial.write("params/x.yaml", "sets: {good: {need: x}, bad: {need: 3, k: env:NOT_SET}}")
    said = trial.run("params", "x", "--sets")
    assert said.code == 2
    assert "need: x" in said.out
    assert "parameter need is 3, expected text" in said.err
    assert "the environment has no NOT_SET" in said.err
    said = trial.run("params", "x", "--set", "god")
    assert said.code == 2
    assert "did you mean 'good'" in said.err
    assert trial.run("params", "x", "--sets", "--as-of", "soon").code == 2


def test_the_sets_of_all_reports_are_checked_at_once(trial) -> None:
    notebook(trial)
    trial.write("notebooks/20-y.ipynb", (trial.root / "notebooks/10-x.ipynb").read_text())
    trial.write("params/x.yaml", SETS)
    trial.write("params/y.yaml", "sets: {good: {need: x}}")
    assert "\n# y\n\ngood:\n" in trial.done("params", "--sets")
    found = trial.json("params", "--sets")["reports"]
    assert [(each["report"], len(each["sets"])) for each in found] == [("x", 3), ("y", 1)]
    trial.write("params/x.yaml", "sets: {a: {extends: b}}")
    trial.write("params/y.yaml", "sets: {bad: {need: 3}}")
    said = trial.run("params", "--sets")
    assert said.code == 2
    assert "x: x.yaml, set a: extends 'b'" in said.err
    assert "y · bad: parameter need is 3, expected text" in said.err
    assert "--set is of one report" in trial.run("params", "--set", "good").err


def test_all_reports_and_their_schemas(trial) -> None:
    notebook(trial)
    trial.write("params/x.yaml", SETS)
    assert trial.json("params") == [{"report": "x", "parameters": 4, "sets": 3, "error": None}]
    assert trial.done("params").splitlines()[1].split() == ["x", "4", "3"]
    assert trial.done("params", "--write-schemas") == "schemas/params/x.json\n"
    written = json.loads((trial.root / "schemas/params/x.json").read_text())
    assert written == json.loads(trial.done("params", "x", "--schema"))
    assert written["$defs"]["values"]["properties"]["n"]["description"].startswith("how often")
    trial.write("params/x.yaml", "sets: {a: {extends: b}}")
    assert "extends 'b'" in trial.json("params")[0]["error"]
