import numpy as np
import polars as pl
import pytest
from scipy.special import ndtri

from assay.analysis.experiments import ab_test
from assay.analysis.experiments.segments.hierarchy import _of_draws
from assay.core.errors import ParameterError
from assay.features.arms import Design, summarise_arms
from assay.stats.bayes import sampling

VALUE = {"name": "Value", "kind": "mean", "value": "x"}


def people(size=1500, lift=0.0, arms=("A", "B"), seed=0):
    """Units in five segments; the variant raises x in segment p alone."""
    rng = np.random.default_rng(seed)
    arm, segment = rng.choice(arms, size), rng.choice(list("pqrst"), size)
    factor = np.where((arm == "B") & (segment == "p"), 1 + lift, 1)
    return pl.DataFrame({
        "arm": arm, "segment": segment, "x": rng.lognormal(1, 0.4, size) * factor,
        "rare": rng.random(size) < 0.01, "events": rng.poisson(2.0, size),
        "many": rng.negative_binomial(0.5, 0.2, size),
    })  # fmt: skip


def run(frame, metric=VALUE, past=None, **changes):
    design = {"arm": "arm", "control": "A", "metrics": [metric], "segments": ["segment"]}
    return ab_test(summarise_arms(frame.lazy(), Design.of(**(design | changes))), past=past)


def test_the_segment_that_differs_is_named_with_its_interval():
    (found,) = run(people(lift=0.5)).pooled
    assert found.interaction.differs
    assert [s.segment for s in found.segments if s.differs] == ["p"]
    p = next(s for s in found.segments if s.segment == "p")
    assert 0 < p.against_rest.low < 0.5 < p.against_rest.high
    assert found.scale == "lift"
    raw = {s.segment: s.comparison.lift.value for s in run(people(lift=0.5)).segments}
    for s in found.segments:
        assert (
            abs(s.pooled.value - found.mean.value) < abs(raw[s.segment] - found.mean.value) + 0.02
        )


def test_segments_alike_are_seldom_told_apart():
    """Of 30 experiments, 6 or more at an error of .05 happen in 3 of 1,000 series."""
    found = [pooled for seed in range(90, 120) for pooled in run(people(seed=seed)).pooled]
    assert len(found) == 30
    assert sum(pooled.interaction.differs for pooled in found) < 6
    assert sum(any(s.differs for s in pooled.segments) for pooled in found) < 6


def test_one_segment_is_not_pooled():
    (found,) = run(people().with_columns(segment=pl.lit("p"))).pooled
    assert found.segments == ()
    assert "fewer than two segments" in found.reason


def test_values_around_zero_are_pooled_as_differences():
    (found,) = run(people().with_columns(x=pl.col("x") - 4)).pooled
    assert found.scale == "difference"
    assert len(found.segments) == 5


def test_rare_successes_are_sampled_or_said_not_to_be(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "nutpie", None)
    rare = {"name": "Rare", "kind": "rate", "value": "rare"}
    (found,) = run(people(), rare).pooled
    assert "assay[bayes]" in found.reason
    assert found.interaction.test.startswith("exact")
    assert found.segments == ()


@pytest.mark.skipif(not sampling.available(), reason="the sampler is not installed: assay[bayes]")
def test_rare_successes_have_a_posterior_that_passed_its_gates():
    rare = {"name": "Rare", "kind": "rate", "value": "rare"}
    (found,) = run(people(), rare).pooled
    assert found.reason is None
    assert found.method.startswith("hierarchical (binomial")
    assert found.worst_rhat < 1.01
    assert found.least_ess > 400
    assert all(s.pooled.low < s.pooled.value < s.pooled.high for s in found.segments)


def test_chances_of_being_best_for_every_kind():
    metrics = [
        VALUE,
        {"name": "Rare", "kind": "rate", "value": "rare"},
        {"name": "Events", "kind": "count", "value": "events", "better": "down"},
    ]
    result = run(people(arms=("A", "B", "C")), segments=[], metrics=metrics)
    for best in result.best:
        assert len(best.arms) == 3
        assert sum(arm.p_best for arm in best.arms) == pytest.approx(1, abs=1e-8)
        assert min(arm.loss for arm in best.arms) >= 0


def test_two_arms_are_best_as_they_are_better():
    result = run(people(lift=0.1), segments=[])
    (best,) = result.best
    assert best.arms[1].p_best == pytest.approx(result.comparisons[0].posterior.p_better, abs=1e-8)


def test_counts_that_vary_too_much_get_no_poisson_posterior():
    few = {"name": "Events", "kind": "count", "value": "events"}
    many = {"name": "Events", "kind": "count", "value": "many"}
    assert run(people(), few).comparisons[0].posterior.method == "Gamma-Poisson, exact"
    assert run(people(), many).comparisons[0].posterior.method == "normal-normal on the log lift"


def test_flat_and_sceptical_answers_stand_beside():
    posterior = run(people(lift=0.2), segments=[]).comparisons[0].posterior
    flat, sceptical = posterior.beside
    assert flat.prior == "flat"
    assert "0.05" in sceptical.prior
    assert sceptical.lift.value < posterior.lift.value < flat.lift.value + 1e-3


def test_ten_past_experiments_make_the_prior():
    past = {"Value": [(0.01 * (-1) ** i, 0.01) for i in range(10)]}
    fitted = run(people(lift=0.2), segments=[], past=past).comparisons[0].posterior
    assert "10 past experiments" in fitted.prior
    few = run(people(lift=0.2), segments=[], past={"Value": past["Value"][:9]}).comparisons[0]
    assert "sd 0.30" in few.posterior.prior
    assert fitted.lift.value < few.posterior.lift.value


def test_arms_combined_are_arms_added_up():
    frame = people(arms=("A", "B", "C"))
    together = run(frame, segments=[], combine={"B or C": ["B", "C"]})
    renamed = frame.with_columns(arm=pl.col("arm").replace({"B": "B or C", "C": "B or C"}))
    plain = run(renamed, segments=[])
    assert together.arms == ("A", "B or C")
    one, other = (result.comparisons[0].difference for result in (together, plain))
    assert (one.low, one.high) == pytest.approx((other.low, other.high), rel=1e-9)


def test_arms_combined_were_assigned_the_shares_of_both():
    """Three equal arms, two of them read as one: a third and two thirds are as planned."""
    frame = people(arms=("A", "B", "C"))
    found = run(frame, segments=[], combine={"B or C": ["B", "C"]})
    assert [arm.expected for arm in found.sample_ratio.arms] == pytest.approx([1 / 3, 2 / 3])
    assert found.sample_ratio.ok
    assert found.verdict != "blocked"
    halves = run(frame, segments=[], combine={"B or C": ["B", "C"]}, split={"A": 1, "B or C": 1})
    assert halves.verdict == "blocked"


@pytest.mark.parametrize(
    ("combine", "said"),
    [
        ({"X": ["A", "B"]}, "control"),
        ({"X": ["B"], "Y": ["B", "C"]}, "twice"),
        ({"X": []}, "expected"),
    ],
)
def test_arms_that_cannot_be_combined_are_named(combine, said):
    with pytest.raises(ParameterError, match=said):
        run(people(), combine=combine)


@pytest.mark.parametrize("alpha", [0.05, 0.01, 1e-4, 1e-9, 1e-23])
def test_an_alpha_beyond_all_draws_goes_on_as_far_as_a_normal_would(alpha):
    """The level of many looks at few units leaves out less than one draw in a billion."""
    draws = 0.3 + 0.2 * ndtri((np.arange(4000) + 0.5) / 4000)  # as even as draws can be
    value, low, high = _of_draws(draws, alpha)
    half = -0.2 * float(ndtri(alpha / 2))
    assert value == pytest.approx(0.3)
    assert (0.3 - low, high - 0.3) == pytest.approx((half, half), rel=0.01)
