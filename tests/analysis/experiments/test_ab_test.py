import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from analysis.experiments.cases import one, run
from assay.analysis.experiments import ABTestResult, ab_test
from assay.analysis.experiments.effects.independent import independent_effect
from assay.core.errors import DataError, ParameterError
from assay.core.result import record, result_schema
from assay.features.arms import Design, summarise_arms
from assay.features.summary import Sample
from assay.params import Metric
from assay.stats.moments import Moments

SCHEMA = Path(__file__).parents[3] / "schemas" / "ab-test.result.json"
RATE = {"name": "solved", "kind": "rate", "value": "ok"}
MEAN = {"name": "amount", "kind": "mean", "value": "x"}


def two_arms(control, treated, value="x"):
    return pl.DataFrame(
        {"arm": ["A"] * len(control) + ["B"] * len(treated), value: [*control, *treated]}
    )


def rates(control, treated):
    """(successes, n) per arm as rows of zeros and ones."""
    listed = [[True] * ones + [False] * (n - ones) for ones, n in (control, treated)]
    return two_arms(*listed, value="ok")


def compare(frame, metric, **changes):
    return run(frame, **({"arm": "arm", "control": "A", "metrics": [metric]} | changes))


def test_the_published_schema_is_current():
    assert json.loads(SCHEMA.read_text()) == result_schema(ABTestResult, kind="ab-test"), (
        "write it again: make schemas"
    )


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12),
    st.sampled_from(["up", "down"]),
    st.sampled_from([None, 0.05]),
    st.sampled_from(["primary", "guardrail"]),
)
def test_every_result_can_be_recorded(a, b, better, bound, role):
    bounds = {"margin": bound} if role == "guardrail" else {"equivalence": bound}
    metric = MEAN | {"better": better, "role": role} | bounds
    frame = two_arms(a, b)
    spread = max(*a, *b) - min(*a, *b)
    if spread <= max(1e-11 * max(map(abs, (*a, *b))), 1e-140):  # refused, as other tests show
        return
    found = compare(frame, metric)
    made = record(found, kind="ab-test")
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(made)
    json.dumps(made, allow_nan=False)
    (c,) = found.comparisons
    if not c.lift.unbounded and c.lift.low is not None:
        assert (c.lift.low > 0, c.lift.high < 0) == (c.difference.low > 0, c.difference.high < 0)
    if c.difference.low is None:
        assert c.reason


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_a_rate_with_few_events_has_a_posterior_and_a_score_interval(a, b, c, d):
    (ones, n), (more, m) = (a, a + b), (c, c + d)
    if 0 in {n, m} or ones + more in {0, n + m}:
        return
    found = compare(rates((ones, n), (more, m)), RATE).comparisons[0]
    record(compare(rates((ones, n), (more, m)), RATE), kind="ab-test")
    assert 0 < found.posterior.p_better < 1
    assert found.posterior.difference.low < found.posterior.difference.high
    enough = min(n, m) >= 2
    assert (found.difference.low is not None) == enough
    if enough:
        assert found.method.name.startswith("score interval")
        assert "few for a normal curve" in found.method.reason
        assert -1 <= found.difference.low < found.difference.high <= 1
    else:
        assert found.verdict == "undecided"
        assert "not enough data" in found.reason
        assert (found.p_value, found.lift.low, found.method.standard_error) == (None, None, None)


def test_refusal_says_how_many_are_needed():
    """None of n seen: the rate is below 3/n with 95 % confidence, so ten need 10 n/3 or more."""
    samples = {name: Sample(moments=Moments.of_counts(0, 300), successes=0) for name in "AB"}
    found = independent_effect(Metric(**RATE), samples, arm="B", control="A", alpha=0.05)
    assert found.refusal == (
        "not enough data: no successes among 300 of B and 300 of A,"
        " ten in each arm need more than 1,000 there"
    )
    assert found.growth == pytest.approx(10 / 3)


def test_no_success_in_the_control_has_a_difference_and_no_lift():
    found = compare(rates((0, 100), (48, 100)), RATE).comparisons[0]
    assert 0.38 < found.difference.low < 0.48 < found.difference.high < 0.58
    assert found.lift.unbounded
    assert found.lift.value is None


def test_one_unit_is_refused():
    found = compare(two_arms([1.0], [2.0, 3.0]), MEAN).comparisons[0]
    assert "1 unit in A, needs at least 2" in found.reason


def test_separated_constants_have_no_interval():
    found = compare(two_arms([1.0, 1.0], [2.0, 2.0]), MEAN).comparisons[0]
    assert found.reason == "no variation within either arm"
    assert found.difference.value == 1
    assert found.lift.value == 1


def arms_with(lift, error, *, control=10.0, n=50):
    """Two arms whose difference and standard error are exactly these (control known better)."""
    spread = np.tile([-1.0, 1.0], n)
    spread = spread / spread.std(ddof=1)
    control_sd, treated_sd = (error * s * control * math.sqrt(2 * n) for s in (0.1, 0.994987437))
    return two_arms(control + control_sd * spread, control * (1 + lift) + treated_sd * spread)


@pytest.mark.parametrize(
    ("lift", "error", "changes", "verdict", "said"),
    [
        (0.10, 0.02, {}, "ship", "better side of zero"),
        (-0.10, 0.02, {}, "keep", "worse side of zero"),
        (0.03, 0.02, {}, "undecided", "contains zero"),
        (-0.10, 0.02, {"better": "down"}, "ship", "better side of zero"),
        (0.10, 0.02, {"better": "down"}, "keep", "worse side of zero"),
        (0.10, 0.02, {"equivalence": 0.03}, "ship", "above the region"),
        (0.10, 0.02, {"equivalence": 0.08}, "undecided", "reaches into the region"),
        (0.00, 0.01, {"equivalence": 0.05}, "keep", "inside the region"),
        (-0.03, 0.02, {"equivalence": 0.05}, "keep", "excludes every gain"),
        (-0.20, 0.02, {"equivalence": 0.05}, "keep", "below the region"),
        (-0.01, 0.01, {"role": "guardrail", "margin": 0.05}, "ship", "not to be worse"),
        (-0.20, 0.02, {"role": "guardrail", "margin": 0.05}, "keep", "harmed"),
        (-0.05, 0.02, {"role": "guardrail", "margin": 0.05}, "undecided", "beyond the margin"),
        (-0.20, 0.02, {"role": "guardrail"}, "keep", "harmed"),
        (0.20, 0.02, {"role": "guardrail"}, "ship", "better side"),
        (0.01, 0.02, {"role": "guardrail"}, "undecided", "contains zero"),
    ],
)
def test_verdicts(lift, error, changes, verdict, said):
    found = compare(arms_with(lift, error), MEAN | changes).comparisons[0]
    assert found.difference.value == pytest.approx(10 * lift, abs=1e-9)
    assert found.method.standard_error == pytest.approx(10 * error, rel=1e-6)
    assert found.verdict == verdict
    assert said in found.reason
    assert (found.needed_n is None) or verdict == "undecided"


def test_a_control_near_zero_is_judged_by_the_difference():
    rng = np.random.default_rng(3)
    frame = two_arms(rng.normal(0.01, 1, 400), rng.normal(1, 1, 400))
    found = compare(frame, MEAN).comparisons[0]
    assert found.lift.unbounded
    assert found.lift.low is None
    assert found.method.fieller_g >= 1
    assert found.verdict == "ship"
    assert found.posterior.prior.startswith("flat")
    region = compare(frame, MEAN | {"equivalence": 0.05}).comparisons[0]
    assert region.verdict == "undecided"
    assert "cannot be told from zero" in region.reason


def test_an_estimate_at_the_edge_of_the_region_promises_nothing():
    found = compare(arms_with(0.0499, 0.02), MEAN | {"equivalence": 0.05}).comparisons[0]
    assert (found.verdict, found.needed_n) == ("undecided", None)


def overall(*metrics, **lifts):
    """The verdict over several metrics, each with a given lift and a standard error of 1 %."""
    frames = [arms_with(lift, 0.01).rename({"x": name}) for name, lift in lifts.items()]
    frame = pl.concat([frames[0], *(f.drop("arm") for f in frames[1:])], how="horizontal")
    declared = [
        {"name": name, "kind": "mean", "value": name} | more
        for (name, more) in zip(lifts, metrics, strict=True)
    ]
    return run(frame, arm="arm", control="A", metrics=declared)


GUARD = {"role": "guardrail", "margin": 0.02}


@pytest.mark.parametrize(
    ("metrics", "lifts", "verdict", "said"),
    [
        (({}, {}), (0.1, 0.0), "ship", "p is better"),
        (({}, {}), (0.1, -0.1), "keep", "q is worse"),
        (({}, {}), (0.0, 0.0), "undecided", "p and q"),
        (({"equivalence": 0.05}, {}), (0.0, 0.1), "ship", "q is better"),
        (({"equivalence": 0.05}, {"role": "secondary"}), (0.0, 0.1), "keep", "too small"),
        (({}, GUARD), (0.1, -0.2), "keep", "guardrail q is harmed"),
        (({}, GUARD), (0.1, 0.1), "ship", "no guardrail is shown to be harmed"),
        (({}, GUARD), (0.1, -0.02), "undecided", "p is better, but guardrail q is not shown"),
        (({}, {"role": "guardrail"}), (0.1, -0.01), "ship", "guardrail q is still open"),
        ((GUARD, GUARD), (0.1, 0.1), "ship", "p and q"),
    ],
)
def test_overall(metrics, lifts, verdict, said):
    found = overall(*metrics, **dict(zip("pq", lifts, strict=True)))
    assert found.verdict == verdict
    assert said in found.reason


def test_the_best_of_several_arms_that_may_ship_is_named():
    rng = np.random.default_rng(4)
    frame = pl.DataFrame(
        {
            "arm": np.repeat(["A", "B", "C", "D"], 2000),
            "x": np.concatenate([rng.normal(mean, 1, 2000) for mean in (10, 10.5, 11, 9)]),
        }
    )
    found = compare(frame, MEAN)
    assert (found.verdict, found.arm) == ("ship", "C")
    assert [c.verdict for c in found.comparisons] == ["ship", "ship", "keep"]
    assert found.findings[0].key == "amount/C"
    down = compare(frame, MEAN | {"better": "down"})
    assert (down.verdict, down.arm) == ("ship", "D")


def test_a_broken_split_blocks_everything():
    rng = np.random.default_rng(6)
    frame = two_arms(rng.normal(0, 1, 2000), rng.normal(1, 1, 2400)).with_columns(seg=pl.lit("s"))
    found = compare(frame, MEAN, segments=["seg"])
    assert not found.sample_ratio.ok
    assert found.verdict == "blocked"
    assert {c.verdict for c in found.comparisons} == {"blocked"}
    assert {s.comparison.verdict for s in found.segments} == {"blocked"}
    assert found.findings[0].key == "sample-ratio"
    planned = compare(frame, MEAN, split={"A": 2000, "B": 2400})
    assert planned.sample_ratio.p_value == pytest.approx(1)
    assert planned.verdict == "ship"


def test_segments_are_adjusted_for_their_number():
    rng = np.random.default_rng(8)
    frame = two_arms(rng.normal(0, 1, 900), rng.normal(0.2, 1, 900)).with_columns(
        seg=pl.Series(["u", "v", "w"] * 600)
    )
    found = compare(frame, MEAN, segments=["seg"])
    assert [s.segment for s in found.segments] == ["u", "v", "w"]
    for part in found.segments:
        alone = run(
            frame.filter(pl.col("seg") == part.segment), arm="arm", control="A", metrics=[MEAN],
            alpha=0.05 / 3,
        ).comparisons[0]  # fmt: skip
        assert part.comparison.difference.low == pytest.approx(alone.difference.low, rel=1e-10)
    record(found, kind="ab-test")


def test_a_segment_without_one_arm_says_so():
    frame = two_arms([1.0, 2.0, 3.0], [2.0, 3.0, 5.0]).with_columns(
        seg=pl.Series(["u", "u", "v", "u", "u", "u"])
    )
    layout = Design.of(arm="arm", control="A", metrics=[MEAN], segments=["seg"])
    found = ab_test(summarise_arms(frame.lazy(), layout), smallest_cell=1)
    (lone,) = (s.comparison for s in found.segments if s.segment == "v")
    assert lone.reason == "no units in B"
    assert lone.n == 0
    record(found, kind="ab-test")


def test_covariate_reports_what_it_did():
    rng = np.random.default_rng(9)
    before = rng.normal(5, 2, 2000)
    frame = two_arms(before[:1000], before[1000:], "past").with_columns(
        x=pl.Series(before + rng.normal(0, 1, 2000) + np.repeat([0, 0.1], 1000))
    )
    plain = compare(frame, MEAN).comparisons[0]
    found = compare(frame, MEAN | {"covariate": "past"}).comparisons[0]
    unadjusted, difference = found.method.unadjusted, plain.difference
    for end in ("value", "low", "high"):  # the engine sums in no fixed order: last bits differ
        assert getattr(unadjusted, end) == pytest.approx(getattr(difference, end), rel=1e-12)
    assert found.method.theta == pytest.approx(1, abs=0.05)
    shrunk = found.method.standard_error / plain.method.standard_error
    assert shrunk == pytest.approx(math.sqrt(1 - found.method.rho_squared), rel=0.02)


def test_mirrored_metrics_mirror_chances_and_losses():
    frame = rates((50, 400), (70, 400))
    up, down = (
        compare(frame, RATE | {"better": b}).comparisons[0].posterior for b in ("up", "down")
    )
    assert up.p_better + down.p_better == pytest.approx(1, abs=1e-12)
    assert up.expected_loss_ship == down.expected_loss_keep
    rng = np.random.default_rng(2)
    frame = two_arms(rng.normal(5, 1, 90), rng.normal(5.1, 1, 90))
    up, down = (
        compare(frame, MEAN | {"better": b}).comparisons[0].posterior for b in ("up", "down")
    )
    assert up.p_better + down.p_better == pytest.approx(1, abs=1e-12)
    assert up.expected_loss_ship == pytest.approx(down.expected_loss_keep, rel=1e-12)


def test_lift_quantiles_are_equally_likely():
    for frame, metric in ((rates((50, 400), (70, 400)), RATE), (arms_with(0.1, 0.05), MEAN)):
        posterior = compare(frame, metric).comparisons[0].posterior
        dots = posterior.lift_quantiles
        assert list(dots) == sorted(dots)
        above = sum(dot > 0 for dot in dots) / len(dots)
        assert above == pytest.approx(posterior.p_better, abs=1 / len(dots))


def test_aggregated_counts_answer_as_their_rows_do():
    rows = compare(rates((50, 400), (70, 420)), RATE).comparisons[0]
    counts = pl.DataFrame({"arm": ["A", "B", "B"], "k": [50, 60, 10], "n": [400, 300, 120]})
    metric = {"name": "solved", "kind": "rate", "numerator": "k", "denominator": "n"}
    found = compare(counts, metric)
    assert found.comparisons[0].difference == rows.difference
    assert found.comparisons[0].posterior == rows.posterior
    assert (found.unit, found.n) == ("n", 820)


def test_paired_ratio_is_the_jackknife_to_first_order():
    """The delta method's standard error against leaving one item out at a time."""
    rng = np.random.default_rng(12)
    n = 400
    tops, bottoms = rng.gamma(4, 1, (2, n)), rng.gamma(9, 1, (2, n))
    frame = pl.DataFrame(
        {
            "arm": ["A"] * n + ["B"] * n, "item": [*range(n)] * 2,
            "top": tops.ravel(), "bottom": bottoms.ravel(),
        }
    )  # fmt: skip
    metric = {"name": "r", "kind": "ratio", "numerator": "top", "denominator": "bottom"}
    found = compare(frame, metric, design="paired", item="item").comparisons[0]
    ratio = tops.sum(axis=1) / bottoms.sum(axis=1)
    assert found.difference.value == pytest.approx(ratio[1] - ratio[0], rel=1e-12)
    left = (tops.sum(axis=1)[:, None] - tops) / (bottoms.sum(axis=1)[:, None] - bottoms)
    gaps = left[1] - left[0]
    jackknife = math.sqrt((n - 1) / n * ((gaps - gaps.mean()) ** 2).sum())
    assert found.method.standard_error == pytest.approx(jackknife, rel=0.02)


def test_paired_lift_ends_where_the_contrast_is_just_rejected():
    """At both ends, treated - (1 + lift) * control per item has a t of exactly the critical value."""
    rng = np.random.default_rng(13)
    control = rng.gamma(4, 1, 60)
    treated = control * 1.1 + rng.normal(0, 0.5, 60)
    frame = two_arms(control, treated).with_columns(item=pl.Series([*range(60)] * 2))
    found = compare(frame, MEAN, design="paired", item="item").comparisons[0]
    for end in (found.lift.low, found.lift.high):
        contrast = treated - (1 + end) * control
        t = contrast.mean() / (contrast.std(ddof=1) / math.sqrt(60))
        assert abs(t) == pytest.approx(found.method.critical_value, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.0, 1.0, math.nan, 1e-20])
def test_alpha_lies_between_zero_and_one(alpha):
    design = Design.of(arm="arm", control="A", metrics=[MEAN])
    summary = summarise_arms(two_arms([1.0, 2.0], [1.0, 3.0]).lazy(), design)
    with pytest.raises(ParameterError, match="alpha"):
        ab_test(summary, alpha=alpha)


def test_the_same_summary_gives_the_same_result():
    design = Design.of(arm="arm", control="A", metrics=[RATE])
    summary = summarise_arms(rates((30, 90), (44, 95)).lazy(), design)
    assert ab_test(summary, seed=1) == replace(ab_test(summary), seed=1)


def test_false_alarms_are_as_rare_as_promised():
    """A/A: 400 experiments of a rate and a skewed mean; expected 5 %, three standard errors 3.3."""
    rng = np.random.default_rng(20260104)
    alarms = {"solved": 0, "amount": 0}
    for _ in range(400):
        frame = pl.DataFrame(
            {
                "arm": ["A", "B"] * 500, "ok": rng.random(1000) < 0.1,
                "x": rng.lognormal(0, 1, 1000),
            }
        )  # fmt: skip
        found = run(frame, arm="arm", control="A", metrics=[RATE, MEAN])
        for metric in alarms:
            alarms[metric] += one(found, metric, "B").verdict != "undecided"
    for count in alarms.values():
        assert abs(count / 400 - 0.05) <= 0.033


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ({"kind": "rate", "value": "never", "role": "guardrail"}, "no successes among 400 of b"),
        ({"kind": "mean", "value": "never", "role": "secondary"}, "no variation within either arm"),
    ],
)
def test_what_never_happened_yet_is_refused_beside_what_did(metric, said):
    rng = np.random.default_rng(1)
    arms = {"arm": ["a", "b"] * 400}
    frame = pl.DataFrame(arms | {"x": rng.normal(5, 1, 800), "never": [0] * 800})
    both = [{"name": "X", "kind": "mean", "value": "x"}, {"name": "Never"} | metric]
    result = run(frame, arm="arm", control="a", metrics=both)
    moved, never = result.comparisons
    assert moved.difference.low < moved.difference.high
    assert never.verdict == "undecided"
    assert said in never.reason
    with pytest.raises(DataError, match="constant"):
        run(frame, arm="arm", control="a", metrics=both[1:])
