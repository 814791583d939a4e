"""The method appendix tells the methods that really ran."""

import json

import polars as pl

from analysis.experiments.cases import run
from assay.analysis.experiments import ab_test
from assay.core.result import record
from assay.features.arms import Design, summarise_arms
from assay.present.blocks import Table
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


def amounts(*, gain):
    """Amounts with a long tail in equal arms, those of one arm multiplied."""
    base = [float(2 ** (i % 10)) for i in range(2_000)]
    arms = ["old"] * len(base) + ["new"] * len(base)
    return pl.DataFrame({"arm": arms, "x": [*base, *(gain * x for x in base)]})


REVENUE = {"name": "Revenue", "kind": "mean", "value": "x"}


def test_a_difference_whose_ends_were_moved_by_skewness_says_so():
    said = appendix(amounts(gain=1.5), REVENUE, design="independent")
    assert "The interval of the difference in revenue is Welch’s" in said
    assert said.count("Hall (1992), The bootstrap and Edgeworth expansion, section 2.6") == 2


def test_nothing_is_said_of_skewness_where_nothing_was_moved():
    frame = amounts(gain=1.5).with_columns(pl.col("x") - 2_000)  # no amounts: below zero
    said = appendix(frame, REVENUE, design="independent")
    assert "Welch" in said
    assert "moved by the skewness" not in said


def test_critical_values_of_a_family_stand_beside_those_of_each():
    below = amounts(gain=1.0).with_columns(pl.col("x") - 2_000)  # no amounts: nothing is moved
    frame = below.with_columns(y=pl.col("x"), z=pl.col("x"))
    three = [{"name": name, "kind": "mean", "value": name} for name in "xyz"]
    chosen = {"arm": "arm", "control": "old", "metrics": three, "design": "independent"}
    summary = summarise_arms(frame.lazy(), Design.of(**chosen))
    result = ab_test(summary, correction={"primary": "bonferroni"})
    details = method_details(tell(record(result, kind="ab-test")))
    table = next(b for b in details.blocks if isinstance(b, Table) and "made from" in b.caption)
    heads = [label for label, _ in table.columns]
    raw, adjusted = (heads.index(label) for label in ("Critical value", "Adjusted"))
    # Student's quantiles at 1 − .025 and 1 − .025 / 3, 3,998 degrees of freedom (SciPy 1.17).
    assert {row[raw] for row in table.rows} == {"1.961"}
    assert {row[adjusted] for row in table.rows} == {"2.395"}
    alone = method_details(tell(record(run(frame, **chosen | {"metrics": three[:1]}), kind="a")))
    table = next(b for b in alone.blocks if isinstance(b, Table) and "made from" in b.caption)
    assert "Adjusted" not in [label for label, _ in table.columns]


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
