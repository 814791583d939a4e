"""Metrics that a project declares once and names in parameters."""

from pathlib import Path
from typing import Any

import pytest

from assay.core.errors import ParameterError
from assay.params import Metric
from assay.workbench.catalogue import find_report
from assay.workbench.metrics import declared_metrics
from assay.workbench.plan import Plan, plan
from assay.workbench.project import Project
from assay.workbench.runs import digests_of
from assay.workbench.sets import sets_of

CELL = """metrics: list[Metric] = ["Success"]
main: Metric | None = None
by_name: dict[str, Metric] = {}
"""
DECLARED = """metrics:
  Success: {kind: ratio, numerator: succeeded, unit: share, help: Of all.}
  slow: {name: Slow answers, kind: ratio, numerator: latency_s > 10, better: down}
"""
SUCCESS = {"name": "Success", "kind": "ratio", "numerator": "succeeded", "unit": "share"}
SLOW = {"name": "Slow answers", "kind": "ratio", "numerator": "latency_s > 10", "better": "down"}


def planned(workshop, **given: Any) -> Plan:
    report = find_report(workshop.project, "x")
    return plan(workshop.project, report, given, digests=digests_of(workshop.project))


@pytest.fixture
def reporting(workshop):
    workshop.notebook("x", "1", parameters=CELL)
    workshop.write("params/metrics.yaml", DECLARED)
    return workshop


def test_a_name_stands_for_the_metric_wherever_one_is_taken(reporting) -> None:
    wanted = planned(
        reporting,
        metrics=["slow", {"extends": "Success", "role": "guardrail", "margin": 0.1}, SUCCESS],
        main="slow",
        by_name={"a": "Success"},
    )
    assert wanted.values == {
        "metrics": [SLOW, SUCCESS | {"role": "guardrail", "margin": 0.1}, SUCCESS],
        "main": SLOW,
        "by_name": {"a": SUCCESS},
    }
    assert wanted.written["main"] == "slow"


def test_a_default_by_name_is_put_into_the_run(reporting) -> None:
    assert planned(reporting).given == {"metrics": [SUCCESS]}


def test_the_key_changes_with_what_is_used_and_with_nothing_else(reporting) -> None:
    before = planned(reporting).key
    reporting.write("params/metrics.yaml", DECLARED.replace("> 10", "> 20"))
    assert planned(reporting).key == before
    reporting.write("params/metrics.yaml", DECLARED.replace("Of all.", "Of all calls."))
    assert planned(reporting).key == before
    reporting.write("params/metrics.yaml", DECLARED.replace("succeeded", "rating > 0.5"))
    assert planned(reporting).key != before


def test_what_is_local_lies_over_it(reporting) -> None:
    reporting.write("params/local/metrics.yaml", "metrics: {slow: {numerator: latency_s > 1}}")
    assert planned(reporting, main="slow").values["main"] == SLOW | {"numerator": "latency_s > 1"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("metric: {}", "metrics.yaml has 'metric', expected metrics only"),
        ("metrics: [a]", "metrics.yaml, metrics is"),
        ("metrics: {a: 3}", "metric 'a' is 3"),
        ("metrics: {a: {kind: mean}}", "metric 'a': metric 'a' is a mean, expected a value"),
        ("metrics: {a: {kind: avg, value: x}}", "metric 'a', kind: Input should be 'rate'"),
        ("metrics: {a: {knd: mean}}", r"metric 'a'.*(\n.*kind|Field required)"),
        ("metrics: {a: {kind: mean, value: x, uint: s}}", "'uint' is not known\n.*'unit'"),
        ("metrics: {a: {kind: mean, value: x +}}", "metric 'a', value: 'x \\+' is no expression"),
        ("metrics: {a: {kind: mean, value: evil(x)}}", "calls 'evil', which is no function"),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused(reporting, text: str, told: str) -> None:
    reporting.write("params/metrics.yaml", text)
    with pytest.raises(ParameterError, match=told):
        planned(reporting, metrics=[SUCCESS])


def test_an_unknown_name_offers_the_nearest(reporting) -> None:
    with pytest.raises(ParameterError, match=r"metrics\[0\] is 'Succes', which .*mean 'Success'"):
        planned(reporting, metrics=["Succes"])


def test_a_report_without_metrics_does_not_read_them(workshop) -> None:
    workshop.notebook("x", "1", parameters="n: int = 1")
    workshop.write("params/metrics.yaml", "metrics: [")
    assert planned(workshop).values == {"n": 1}


def test_the_projects_own_are_sound_and_its_sets_name_them() -> None:
    project = Project.at(Path(__file__).parents[2])
    declared = declared_metrics(project)
    assert "latency_s > 10" in {metric.get("numerator") for metric in declared.values()}
    assert all(Metric.model_validate(metric).better for metric in declared.values())
    named = [m["extends"] for m in sets_of(project, "ab-test")["greeting-v2"]["metrics"]]
    assert set(named) <= set(declared)
