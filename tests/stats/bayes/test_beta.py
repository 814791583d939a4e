import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from assay.core.errors import DataError
from assay.stats.bayes.beta import ERROR_BOUND, Beta, choose, difference_quantiles, lift_quantiles

REFERENCE = Path(__file__).parents[2] / "references" / "beta_posterior.json"
CASES = json.loads(REFERENCE.read_text())["cases"]

shares = st.integers(0, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def both(control, variant):
    return Beta.after(*variant), Beta.after(*control)


@pytest.mark.parametrize("name", CASES)
def test_choice_agrees_with_forty_digits(name):
    case = CASES[name]
    found = choose(*both(case["control"], case["variant"]))
    assert found.p_greater == pytest.approx(case["p_greater"], rel=1e-10, abs=0)
    assert found.loss_variant == pytest.approx(case["loss_variant"], rel=1e-10, abs=0)
    assert found.loss_control == pytest.approx(case["loss_control"], rel=1e-10, abs=0)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "lift" in case])
def test_quantiles_agree_with_forty_digits(name):
    case = CASES[name]
    variant, control = both(case["control"], case["variant"])
    for function, key in ((difference_quantiles, "difference"), (lift_quantiles, "lift")):
        points = [point for point in case[key] if 1e-6 < point[1] < 1 - 1e-6]
        found = function(variant, control, [level for _, level in points])
        assert found == pytest.approx([x for x, _ in points], rel=ERROR_BOUND, abs=ERROR_BOUND)


def test_table_of_a_known_experiment():
    """1246 of 11,950 against 1254 of 12,050: quadrature of our notes, printed to 8 digits."""
    found = choose(*both((1246, 11950), (1254, 12050)))
    assert found.p_greater == pytest.approx(0.47960347, abs=5e-9)
    assert found.loss_variant == pytest.approx(0.001676484, abs=5e-10)
    assert found.loss_control == pytest.approx(0.0014745756, abs=5e-11)


@pytest.mark.parametrize(
    ("control", "variant"),
    [((2262, 21306), (3894, 21307)), ((122, 21306), (189, 21387)), ((9_000, 90_000), (120, 1_000))],
)
def test_quantiles_of_large_samples_agree_with_adaptive_quadrature(control, variant):
    """SciPy's QUADPACK on its own beta distribution: other nodes, other density."""
    v, c = (stats.beta(ones + 1, n - ones + 1) for ones, n in (variant, control))
    low, high = c.ppf(1e-15), c.isf(1e-15)

    def probability(function):
        return integrate.quad(
            lambda x: c.pdf(x) * v.cdf(function(x)), low, high,
            points=[c.mean() + k * c.std() for k in (-4, -2, 0, 2, 4)], limit=400, epsabs=1e-12,
        )[0]  # fmt: skip

    levels = (0.025, 0.5, 0.975)
    for level, gap in zip(
        levels, difference_quantiles(*both(control, variant), levels), strict=True
    ):
        assert probability(lambda x, gap=gap: x + gap) == pytest.approx(level, abs=2e-9)
    for level, lift in zip(levels, lift_quantiles(*both(control, variant), levels), strict=True):
        assert probability(lambda x, lift=lift: x * (1 + lift)) == pytest.approx(level, abs=2e-9)


@given(shares, shares)
def test_swapping_the_arms_mirrors_the_answer(one, other):
    there, back = choose(*both(one, other)), choose(*both(other, one))
    assert there.p_greater + back.p_greater == pytest.approx(1, abs=ERROR_BOUND)
    assert there.p_less == pytest.approx(back.p_greater, rel=1e-12, abs=1e-300)
    assert there.loss_variant == pytest.approx(back.loss_control, rel=1e-12, abs=1e-300)
    low, high = difference_quantiles(*both(one, other), (0.05, 0.95))
    assert difference_quantiles(*both(other, one), (0.05, 0.95)) == pytest.approx(
        [-high, -low], abs=ERROR_BOUND
    )


@given(shares, shares)
def test_losses_differ_by_the_difference_of_the_means(one, other):
    variant, control = both(one, other)
    found = choose(variant, control)
    assert found.loss_control - found.loss_variant == pytest.approx(
        variant.mean - control.mean, abs=ERROR_BOUND
    )
    assert 0 <= found.p_greater <= 1 + 1e-12


@given(shares, shares)
def test_quantiles_rise_and_lift_follows_the_difference(one, other):
    levels = (0.01, 0.2, 0.5, 0.8, 0.99)
    gaps = difference_quantiles(*both(one, other), levels)
    lifts = lift_quantiles(*both(one, other), levels)
    assert gaps == sorted(gaps)
    assert lifts == sorted(lifts)
    assert gaps[0] >= -1
    assert gaps[-1] <= 1
    assert -1 <= lifts[0] < math.inf
    below = choose(*both(one, other)).p_less
    for level, gap, lift in zip(levels, gaps, lifts, strict=True):
        if abs(level - below) > 1e-6:  # both are above zero exactly where the chance of that is
            assert (gap > 0) == (lift > 0) == (level > below)


def test_alike_arms_are_a_toss_up():
    found = choose(*both((10, 40), (10, 40)))
    assert found.p_greater == pytest.approx(0.5, abs=1e-14)
    assert found.loss_variant == pytest.approx(found.loss_control, rel=1e-13)


def test_nothing_seen_is_two_uniform_shares():
    """Closed forms: the difference is triangular, the larger mean is a third off on average / 2."""
    uniform = both((0, 0), (0, 0))
    assert choose(*uniform).loss_variant == pytest.approx(1 / 6, abs=1e-14)
    high = difference_quantiles(*uniform, (0.975,))[0]
    assert high == pytest.approx(1 - math.sqrt(0.05), abs=1e-13)
    assert lift_quantiles(*uniform, (0.5, 0.975)) == pytest.approx([0, 19], abs=1e-11)


def test_a_nearly_certain_loss_keeps_its_digits():
    """Where 1 - P would be all rounding: the loss is a small number with relative accuracy."""
    found = choose(*both((100, 10_000), (3_000, 10_000)))
    assert 0 < found.loss_variant < 1e-300 or found.loss_variant == 0
    assert found.p_greater == pytest.approx(1, abs=1e-13)


@pytest.mark.parametrize("wrong", [(3, 2), (-1, 2)])
def test_successes_lie_within_trials(wrong):
    with pytest.raises(DataError, match="expected 0"):
        Beta.after(*wrong)


@pytest.mark.parametrize("wrong", [(0.5, 1), (math.nan, 1), (1, math.inf)])
def test_parameters_are_at_least_those_of_the_prior(wrong):
    with pytest.raises(DataError, match="at least 1"):
        Beta(*wrong)
