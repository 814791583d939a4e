"""Metrics and arms that are read together, from frames to verdicts."""

import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

from analysis.experiments.cases import run
from assay.analysis.experiments.conclusions.families import corrections_of, in_families
from assay.analysis.experiments.effects.evidence import Evidence
from assay.core.errors import ParameterError
from assay.params import Corrections, Metric
from assay.stats.contrasts import NormalContrast
from assay.stats.level import Level
from assay.stats.means import SampleMean, welch_gap
from assay.stats.multiplicity.corrections import adjusted_p_values

ARMS = ("b", "c")


def metric(name, **changes):
    return Metric(name=name, kind="mean", value=name, **changes)


def estimate(value, *, control=10.0, error=1.0, freedom=1e9):
    """Evidence whose difference is `value`, half of its variance the control's."""
    half = error * error / 2
    treated = SampleMean(control + value, half, freedom)
    base = SampleMean(control, half, freedom)
    contrast = NormalContrast(
        gap=welch_gap(treated, base), control=control, control_variance=half, covariance=-half
    )
    return Evidence(
        method="Welch t", n=99, n_control=99, missing=0, missing_control=0,
        value=treated.value, value_control=control, contrast=contrast,
        control_variance=half, covariance=-half,
    )  # fmt: skip


def adjust(metrics, evidence, *, arms=("b",), rule=None, paired=False, alpha=0.05, **corrections):
    at = None if rule is None else lambda key, level: evidence[key].at(level, rule)
    return in_families(
        metrics,
        arms,
        evidence,
        alpha=alpha,
        corrections=corrections_of(corrections),
        at=at,
        paired=paired,
    )


class Twice:
    """Two looks, by Bonferroni."""

    name = "twice"

    def level(self, alpha):
        return Level(alpha / 2)

    def p_value(self, z, fixed):
        del z
        return min(1.0, 2 * fixed)


def p_of(z):
    return math.erfc(abs(z) / math.sqrt(2))


def test_primary_metrics_share_their_error_by_holm_and_others_theirs():
    metrics = [
        metric("one"), metric("two"), metric("other", role="secondary"),
        metric("more", role="secondary"), metric("guard", role="guardrail"),
        metric("guard2", role="guardrail"), metric("idea", role="exploratory"),
    ]  # fmt: skip
    z = {"one": 2.1, "two": 2.5, "other": 2.0, "more": 2.2, "guard": 1.98, "guard2": 1, "idea": 3}
    found = adjust(metrics, {(name, "b"): estimate(value) for name, value in z.items()})
    p = {name: found.effects[name, "b"].difference.p_value for name in z}
    assert [p["one"], p["two"]] == pytest.approx([p_of(2.1), 2 * p_of(2.5)], rel=1e-6)
    assert [p["other"], p["more"]] == pytest.approx([p_of(2.0), p_of(2.0)], rel=1e-6)
    assert [p["guard"], p["idea"]] == pytest.approx([p_of(1.98), p_of(3)], rel=1e-6)
    told = {family.role: family for family in found.records}
    assert told["primary"].correction == "holm"
    assert told["secondary"].correction == "bh"
    assert told["guardrail"].promise == "each alone"
    assert told["exploratory"].correction == "none"
    assert [family.rejected for family in found.records] == [2, 2, 1, 1]


def test_a_stepwise_rejection_ends_the_interval_at_zero():
    """z 2.1 is rejected at .05 once z 2.5 was at .025, yet not at Bonferroni's .025."""
    found = adjust(
        [metric("one"), metric("two")], {("one", "b"): estimate(2.1), ("two", "b"): estimate(-2.5)}
    )
    one, two = found.effects["one", "b"], found.effects["two", "b"]
    half = stats.norm.isf(0.0125)
    assert one.cut
    assert (one.difference.low, one.difference.high) == pytest.approx((0, 2.1 + half))
    assert one.lift.low == 0
    assert not two.cut
    assert (two.difference.low, two.difference.high) == pytest.approx((-2.5 - half, -2.5 + half))
    assert two.lift.high < 0
    plain = adjust(
        [metric("one"), metric("two")],
        {("one", "b"): estimate(2.1), ("two", "b"): estimate(-2.5)},
        primary="bonferroni",
    )
    assert plain.effects["one", "b"].difference.low < 0


def test_several_arms_of_one_metric_are_compared_by_dunnett():
    """1.96 standard errors, with equal arms, become 2.21 (Dunnett 1964, table II, two arms)."""
    found = adjust([metric("one")], {("one", arm): estimate(2.0) for arm in ARMS}, arms=ARMS)
    (family,) = found.records
    assert family.correction == "dunnett"
    assert family.interval_alpha is None
    effect = found.effects["one", "b"]
    assert effect.difference.half_width == pytest.approx(2.212, abs=5e-4)
    assert p_of(2.0) < effect.difference.p_value < 2 * p_of(2.0)
    assert effect.lift.low < 0 < effect.lift.high


def test_dunnett_over_several_metrics_pays_for_them_too():
    metrics = [metric("one"), metric("two")]
    evidence = {(m.name, arm): estimate(2.3) for m in metrics for arm in ARMS}
    single = adjust(metrics[:1], {k: v for k, v in evidence.items() if k[0] == "one"}, arms=ARMS)
    both = adjust(metrics, evidence, arms=ARMS, primary="dunnett")
    assert both.effects["two", "c"].difference.p_value == pytest.approx(
        2 * single.effects["one", "c"].difference.p_value
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"arms": ("b",)}, "here is one"),
        ({"paired": True}, "share items"),
        ({"rule": Twice()}, "single look"),
    ],
)  # fmt: skip
def test_where_dunnett_does_not_hold_holm_does(changes, why):
    arms = changes.get("arms", ARMS)
    metrics = [metric("one"), metric("two")]
    evidence = {(m.name, arm): estimate(2.0) for m in metrics for arm in arms}
    found = adjust(metrics, evidence, primary="dunnett", **{"arms": ARMS, **changes})
    (family,) = found.records
    assert family.correction == "holm"
    assert why in family.reason


def test_a_refused_comparison_stays_refused_and_counts():
    silent = Evidence(
        method="none", n=3, n_control=4, missing=0, missing_control=0, value=1.0,
        value_control=2.0, refusal="not enough data",
    )  # fmt: skip
    found = adjust(
        [metric("one"), metric("two")], {("one", "b"): estimate(3), ("two", "b"): silent}
    )
    assert found.effects["two", "b"].difference is None
    assert found.effects["one", "b"].difference.p_value == pytest.approx(2 * p_of(3), rel=1e-6)
    assert found.records[0].tests == 2
    several = adjust(
        [metric("one")], {("one", "b"): estimate(2.2), ("one", "c"): silent}, arms=ARMS
    )
    assert several.records[0].correction == "dunnett"
    assert several.effects["one", "b"].difference.p_value == pytest.approx(
        1 - (1 - p_of(2.2)) ** 2, rel=1e-5
    )


def test_without_primary_metrics_those_that_decide_are_corrected_as_primary():
    metrics = [metric("one", role="secondary"), metric("two", role="secondary")]
    evidence = {(m.name, "b"): estimate(2.1) for m in metrics}
    found = adjust(metrics, evidence, primary="bonferroni", secondary="none")
    assert found.records[0].correction == "bonferroni"


@pytest.mark.parametrize(
    "correction",
    ["auto", "holm", "hochberg", "hommel", "bonferroni", "sidak", "dunnett", "bh", "by"],
)
def test_interval_verdict_and_p_agree_for_difference_and_lift(correction):
    """Random families: zero is left out by both intervals exactly where p stays below alpha."""
    rng = np.random.default_rng(8)
    metrics = [metric(str(i)) for i in range(3)]
    for _ in range(12):
        evidence = {
            (m.name, arm): estimate(rng.normal(0, 2.5), freedom=rng.uniform(3, 80))
            for m in metrics
            for arm in ARMS
        }
        found = adjust(metrics, evidence, arms=ARMS, primary=correction)
        for key, effect in found.effects.items():
            gap, lift = effect.difference, effect.lift
            apart = effect.cut or not gap.low <= 0 <= gap.high
            assert apart == (gap.p_value <= 0.05), (correction, key)
            assert gap.p_value >= evidence[key].contrast.p_value * (1 - 1e-9)
            if not lift.unbounded:
                assert apart == (effect.cut or not lift.low <= 0 <= lift.high)


def frame(rng, n=400, *, effect=0.0, metrics=4, arms=("a", "b", "c")):
    shared = rng.normal(size=(n, 1))
    values = 5 + math.sqrt(0.5) * (shared + rng.normal(size=(n, metrics)))
    arm = rng.permutation(np.resize(arms, n))
    values[arm != arms[0]] += effect
    return pl.DataFrame({"arm": arm, **{f"m{i}": values[:, i] for i in range(metrics)}})


def test_the_report_holds_raw_and_adjusted_numbers_and_decides_by_the_latter():
    rng = np.random.default_rng(4)
    found = run(
        frame(rng, effect=0.2),
        arm="arm",
        control="a",
        metrics=[{"name": f"m{i}", "kind": "mean", "value": f"m{i}"} for i in range(4)],
    )
    raw = [c.p_value for c in found.comparisons]
    assert [c.p_adjusted for c in found.comparisons] == pytest.approx(
        adjusted_p_values(raw, "holm"), rel=1e-9
    )
    assert found.families[0].tests == 8
    for c in found.comparisons:
        assert c.difference_adjusted.low <= c.difference.low or c.difference_adjusted.low == 0
        assert (c.verdict == "undecided") == (c.p_adjusted > 0.05)
    assert any(c.p_value < 0.05 < c.p_adjusted for c in found.comparisons)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_ten_metrics_in_three_arms_keep_their_promises(rho):
    """2,000 experiments of two treated arms, ten metrics, half with an effect of 2.5 errors.

    Bounds as published in the project's criteria, and 3 standard errors: of any false claim .05,
    of simultaneous coverage .95, of the share of false claims .05.
    """
    rng = np.random.default_rng(int(100 * rho))
    times, metrics = 2000, 10
    correlate = np.linalg.cholesky(np.full((metrics, metrics), rho) + (1 - rho) * np.eye(metrics))
    arms = rng.normal(size=(times, 3, metrics)) @ correlate.T
    truth = np.repeat([0.0, 2.5], metrics // 2)
    z = ((arms[:, 1:] - arms[:, :1]) / math.sqrt(2) + truth).reshape(times, -1)
    truth = np.tile(truth, 2)
    noise = 3 * math.sqrt(0.05 * 0.95 / times)
    p = 2 * stats.norm.sf(np.abs(z))
    for correction in ("holm", "hochberg", "bh"):
        adjusted = np.array([adjusted_p_values(row, correction) for row in p])
        false = (adjusted <= 0.05) & (truth == 0)
        if correction == "bh":
            share = false.sum(1) / np.maximum((adjusted <= 0.05).sum(1), 1)
            assert share.mean() <= 0.05 + noise
            continue
        assert false.any(axis=1).mean() <= 0.05 + noise
        half = stats.norm.isf(0.05 / z.shape[1] / 2)
        low, high = z - half, z + half
        cut = (adjusted <= 0.05) & (low <= 0) & (high >= 0)
        low, high = np.where(cut & (z > 0), 0, low), np.where(cut & (z < 0), 0, high)
        inside = ((low <= truth) & (truth <= high)).all(axis=1)
        assert inside.mean() >= 0.95 - noise


def test_unknown_roles_and_corrections_are_told():
    with pytest.raises(ParameterError, match="primry"):
        corrections_of({"primry": "holm"})
    with pytest.raises(ParameterError, match="primary"):
        corrections_of({"primary": "holmes"})
    assert corrections_of(None) == corrections_of(Corrections())
