"""Schemas of parameters files: what they take, what they refuse, and that they are current."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from assay.app.parameters import SCHEMAS
from assay.core.errors import ParameterError
from assay.workbench.catalogue import reports
from assay.workbench.parameters import Form
from assay.workbench.plan import metrics_for
from assay.workbench.project import Project
from assay.workbench.schemas import schema_of
from assay.workbench.values import read_yaml

ROOT = Path(__file__).parents[2]
PROJECT = Project.at(ROOT)
FORMS = {report.name: Form.of(report.notebook(), report=report.name) for report in reports(PROJECT)}


@cache
def validator(report: str) -> Draft202012Validator:
    schema = json.loads((ROOT / SCHEMAS / f"{report}.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("report", FORMS)
def test_the_committed_schema_is_current(report: str) -> None:
    schema = schema_of(FORMS[report], metrics=metrics_for(FORMS[report], PROJECT))
    committed = json.loads((ROOT / SCHEMAS / f"{report}.json").read_text())
    assert committed == json.loads(json.dumps(schema)), "write it again: make schemas"


@pytest.mark.parametrize("report", FORMS)
def test_it_takes_the_file_of_the_project(report: str) -> None:
    file = PROJECT.params / f"{report}.yaml"
    validator(report).validate(read_yaml(file.read_text(), place=file.name))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alpha: 0.1",
        "window: last_full_month\nwindow.from: yesterday",
        "window: [2026-01-01, today]",
        "sets: {a: {extends: b, seed: env:SEED}, b: {extends: [a], matrix: {seed: [1, 2]}}}",
        "base: {split: {a: 1, b: env:SHARE}}\nmatrix: {alpha: [0.1], name: '{alpha}', limit: 9}",
        "matrix: {seed: [1], include: [{alpha: 0.2}], exclude: [{seed: 1}]}",
        "metrics: [Latency, {extends: Latency, role: guardrail}, {name: x, kind: count}]",
        "sets: {empty: }",
        "sets: {a: {split.new: 0.2, matrix: {split.old: [0.1, 0.2]}}}",
    ],
)
def test_it_takes_what_the_workbench_takes(text: str) -> None:
    validator("ab-test").validate(read_yaml(text, place="x"))


@pytest.mark.parametrize(
    "text",
    [
        "alpa: 0.1",
        "alpha: high",
        "window: last_month",
        "window: {form: 2026-01-01}",
        "window.from: last_7_days",
        "window: [2026-01-01]",
        "design: sometimes",
        "split.new: many",
        "split.new.more: 1",
        "metrics: [Latencyy]",
        "metrics: [{name: x}]",
        "metrics: [{name: x, kind: average}]",
        "sets: {../up: {}}",
        "sets: {a: {extend: b}}",
        "sets: {a: {alpa: 1}}",
        "base: {}\nset: {}",
        "matrix: {alpha: 0.1}",
        "matrix: {alpha: []}",
        "matrix: {alpa: [1]}",
        "matrix: {alpha: [1], include: [{alpa: 1}]}",
    ],
)
def test_it_refuses_mistakes(text: str) -> None:
    assert not validator("ab-test").is_valid(read_yaml(text, place="x"))


def test_every_type_of_a_cell_has_a_form(workshop) -> None:
    path = workshop.notebook(
        "x",
        parameters="""
from enum import Enum
class Mode(Enum):
    fast = "f"
mode: Mode = Mode.fast  # how
token: Secret
share: Annotated[float, Field(ge=0, le=1)] = 0.5
day: date | None = None
at: datetime | None = None
more: dict[str, list[int]] = {}
plain = 3
""",
    )
    notebook = next(r.notebook() for r in reports(workshop.project) if r.path == path)
    found = Draft202012Validator(schema_of(Form.of(notebook, report="x")))
    good: dict[str, Any] = {
        "mode": "f", "token": "env:T", "share": 1, "day": "today", "at": "2026-01-01T10:00:00Z",
        "more": {"a": [1]}, "plain": 2.5,
    }  # fmt: skip
    found.validate(good)
    for name, value in {
        "mode": "x", "token": "abc", "share": 1.5, "day": "someday", "at": "now",
        "more": {"a": ["x"]}, "plain": "x",
    }.items():  # fmt: skip
        assert not found.is_valid(good | {name: value}), name


@pytest.mark.parametrize(
    ("report", "typed", "told"),
    [
        ("cost", "margin=3", "margin is 3.0, expected a number, more than 0, less than 1"),
        ("cost", "alpha=0", "alpha is 0.0, expected a number, at least 0.0001, at most 0.5"),
        ("cost", "recent_days=0", "recent_days is 0, expected a whole number, at least 1"),
        ("cost", "before_days=999999999", "before_days is 999999999, .* at most 3660"),
        ("cost", "smallest_cell=0", "smallest_cell is 0, expected a whole number, at least 1"),
        ("cost", "time_zone=Mars", "'Mars' is unknown, expected a time zone such as"),
        ("cost", "basis=lists", "basis' is 'lists', expected auto or logged or list"),
        ("cost-roi", "months=0", "months is 0, expected a whole number, at least 1, at most 120"),
        ("cost-roi", "alpha=1", "alpha is 1.0, expected a number"),
        ("cost-roi", "reached=-1", "reached is -1.0, expected null or a number, at least 0"),
    ],
)
def test_absurd_values_of_costs_are_refused_before_anything_runs(
    report: str, typed: str, told: str
) -> None:
    form = FORMS[report]
    with pytest.raises(ParameterError, match=told):
        form.resolve(form.parse([typed]))
