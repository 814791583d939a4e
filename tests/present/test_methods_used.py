"""The method appendix tells the methods that really ran."""

import json

import polars as pl

from analysis.experiments.cases import run
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


def test_each_kind_of_metric_is_told_with_its_own_lift_and_works():
    """Times and counts go through Fieller's interval, quantiles do not; each names its sources."""
    n = 400
    frame = pl.DataFrame({
        "arm": ["old", "new"] * n,
        "x": [float((i * 7919) % 101) for i in range(2 * n)],
        "event": [int(i % 3 > 0) for i in range(2 * n)],
    })  # fmt: skip
    p90 = {"name": "P90", "kind": "quantile", "value": "x", "quantile": 0.9}
    until = {"name": "Until", "kind": "time_to_event", "value": "x", "event": "event"}
    said = appendix(frame, p90, metrics=[p90, until | {"horizon": 80.0, "role": "secondary"}])
    assert "Fieller’s interval at the same critical value (Until)" in said
    assert "recovered from those of both arms (P90)" in said
    assert "Woodruff (1952)" in said
    assert "same test does not reject" not in said
