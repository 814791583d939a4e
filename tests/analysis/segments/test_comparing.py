"""Metrics by segment: labels that mean nothing claim nothing, and a bridge to experiments."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.experiments import ab_test
from assay.analysis.segments.comparing import compare_segments
from assay.core.errors import DataError, ParameterError
from assay.core.result import result_schema
from assay.features.arms import Design, summarise_arms
from assay.features.segment_column import SEGMENT, with_segment
from assay.features.unit_metrics import UnitMetrics, unit_metrics
from assay.params import Metric

USERS = tuple(f"u{i:04}" for i in range(3000))


def metrics_of(y, *names):
    y = np.column_stack(y) if isinstance(y, tuple) else y[:, None]
    return UnitMetrics(
        units=USERS[: len(y)], names=names or ("m",), parts=y, wholes=np.ones_like(y)
    )


def test_labels_that_mean_nothing_claim_a_difference_in_one_set_of_twenty() -> None:
    rng = np.random.default_rng(1)
    claims = []
    for _ in range(150):
        labels = rng.choice(3, 90, p=[0.5, 0.3, 0.2])
        y = (rng.lognormal(0, 0.5, 90), rng.normal(size=90))
        found = compare_segments(metrics_of(y, "a", "b"), USERS[:90], "xyz", np.eye(3)[labels])
        claims.append(any(one.differs for one in found.pairs))
    assert np.mean(claims) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)


def test_a_known_difference_is_found_whoever_is_a_member_for_sure_or_not() -> None:
    rng = np.random.default_rng(2)
    p = rng.dirichlet([0.3, 0.3, 0.3], 900)
    label = (rng.random(900)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    y = rng.normal(np.array([0.0, 0.0, 1.0])[label], 1)
    found = compare_segments(metrics_of(y), USERS[:900], ["x", "y", "z"], p, units=["points"])
    pair = {(one.one, one.other): one for one in found.pairs}
    assert not pair["x", "y"].differs
    assert pair["x", "z"].differs
    assert pair["x", "z"].difference.low < -1 < pair["x", "z"].difference.high
    rest = {one.one: one for one in found.against_rest}
    assert rest["z"].differs
    assert rest["z"].difference.low < 1 < rest["z"].difference.high
    assert {one.key for one in found.findings} >= {"segment/m/z"}
    values = {one.segment: one for one in found.values}
    spread = [values[name].value.value for name in "xyz"]
    assert np.ptp([values[name].pooled.value for name in "xyz"]) < np.ptp(spread)
    assert 0.6 < found.certainty < 0.95
    assert result_schema(type(found), kind="segments-compared")


def test_small_segments_are_told_together_and_what_formed_them_claims_nothing() -> None:
    labels = np.repeat([0, 1, 2, 3], [60, 50, 6, 4])
    y = np.random.default_rng(3).normal(labels, 0.3)
    found = compare_segments(
        metrics_of(y), USERS[:120], list("abcd"), np.eye(4)[labels], formed_by=["m"]
    )
    assert [one.segment for one in found.values] == ["a", "b", "(other)"]
    assert found.merged == 2
    assert found.circular == ("m",)
    assert not any(one.differs for one in found.pairs)
    with pytest.raises(DataError, match="expected two or more"):
        compare_segments(metrics_of(y[:60]), USERS[:60], ["a"], np.ones((60, 1)))
    with pytest.raises(ParameterError):
        compare_segments(metrics_of(y), USERS[:120], ["a"], np.eye(4)[labels])


def test_sums_per_unit_are_those_of_the_rows() -> None:
    rows = pl.LazyFrame(
        {
            "user_id": ["a", "a", "b", None],
            "ok": [True, None, False, True],
            "cost": [1.0, 2.0, None, 9.0],
            "solved": [1, 1, 0, 1],
        }
    )
    found = unit_metrics(
        rows,
        [
            Metric(name="ok", kind="rate", value="ok"),
            Metric(name="cost", kind="ratio", numerator="cost", denominator="solved"),
        ],
    )
    assert found.units == ("a", "b")
    assert found.parts.tolist() == [[1, 3], [0, 0]]
    assert found.wholes.tolist() == [[1, 2], [1, 0]]


@pytest.fixture(scope="module")
def experiment():
    """3,000 users in two segments; the treatment adds .15 in one of them and nothing in the other."""
    rng = np.random.default_rng(4)
    segment = rng.integers(0, 2, 3000)
    arm = rng.integers(0, 2, 3000)
    solved = rng.random(3000) < 0.5 + 0.15 * (arm & segment)
    start = datetime(2026, 3, 2, tzinfo=UTC)
    rows = pl.LazyFrame(
        {"user_id": USERS, "occurred_at": [start + timedelta(hours=1)] * 3000, "solved": solved}
    )
    assigned = pl.LazyFrame(
        {
            "experiment_id": ["e"] * 3000,
            "unit_id": USERS,
            "variant": np.array(["control", "new"])[arm],
            "assigned_at": [start] * 3000,
        }
    )
    labels = pl.DataFrame({"entity": USERS, "segment": np.array(["light", "power"])[segment]})
    return rows, assigned, labels


def test_a_treatment_that_works_in_one_segment_is_told_by_the_experiments_analysis(
    experiment,
) -> None:
    rows, assigned, labels = experiment
    known = with_segment(assigned, labels, as_of=date(2026, 3, 1), experiment="e")
    design = Design(
        arm="variant",
        control="control",
        unit="user_id",
        metrics=(Metric(name="solved", kind="rate", value="solved"),),
        segments=(SEGMENT,),
    )
    found = ab_test(summarise_arms(rows, design, assignments=known))
    (pooled,) = found.pooled
    assert (pooled.column, pooled.metric) == (SEGMENT, "solved")
    assert pooled.interaction.differs
    effects = {one.segment: one for one in found.segments}
    assert effects["power"].comparison.difference.low > 0
    assert (
        effects["light"].comparison.difference.low < 0 < effects["light"].comparison.difference.high
    )


def test_segments_that_the_treatment_may_have_formed_are_refused(experiment) -> None:
    _, assigned, labels = experiment
    with pytest.raises(DataError, match="2026-03-02"):
        with_segment(assigned, labels, as_of=date(2026, 3, 2))
    with pytest.raises(DataError, match="two segments"):
        with_segment(assigned, pl.concat([labels, labels]), as_of=date(2026, 3, 1))
    with pytest.raises(DataError, match="no unit is assigned"):
        with_segment(assigned, labels, as_of=date(2026, 3, 1), experiment="other")
    with pytest.raises(ParameterError, match="ctx_"):
        with_segment(assigned, labels, as_of=date(2026, 3, 1), column="segment")
