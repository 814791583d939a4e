"""The method appendix tells the methods that really ran."""

import json

import polars as pl

from analysis.experiment_cases import run
from assay.core.result import record
from assay.present.experiments import method_details, tell


def appendix(frame, metric, **changes):
    chosen = {"arm": "arm", "control": "old", "metrics": [metric]} | changes
    details = method_details(tell(record(run(frame, **chosen), kind="ab-test")))
    return json.dumps([repr(block) for block in details.blocks], ensure_ascii=False)


def items(new, old):
    n = len(new)
    arms = ["old"] * n + ["new"] * n
    return pl.DataFrame({"arm": arms, "item_id": [*range(n)] * 2, "x": [*old, *new]})


def test_mcnemar_is_told_with_its_intervals_and_what_stands_beside_it():
    frame = items([1] * 40 + [0] * 20, [1] * 25 + [0] * 35)
    said = appendix(frame, {"name": "Solved", "kind": "rate", "value": "x"})
    assert "McNemar mid-p" in said
    assert "Tango (1998)" in said
    assert "all lifts that the same test does not reject" in said
    assert "McNemar exact" in said
    assert "Fieller’s interval" not in said


def test_students_t_within_items_is_told_with_fieller():
    new, old = [1.0 + 0.1 * (i % 7) for i in range(40)], [0.9 + 0.1 * (i % 5) for i in range(40)]
    said = appendix(items(new, old), {"name": "Score", "kind": "mean", "value": "x"})
    assert "Student (1908)" in said
    assert "Fieller’s interval at the same critical value" in said
    assert "Paired bootstrap-t" in said
    assert "Welch" not in said
