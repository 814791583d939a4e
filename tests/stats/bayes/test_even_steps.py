"""Equal steps against closed forms, from the fewest events on that they are used for."""

import math

import numpy as np
import pytest
from scipy.special import betainc, betaincc, betaln

from assay.stats.bayes.beta import Beta
from assay.stats.bayes.choice import choose, difference_quantiles, lift_quantiles, rank
from assay.stats.bayes.even_steps import ENOUGH, LOG, LOG_ODDS, Bell, even_steps
from assay.stats.bayes.gamma import Gamma, rate_lift_quantiles

RATES = [
    (Gamma(ENOUGH, 1.0), Gamma(ENOUGH, 1.0)),
    (Gamma(ENOUGH, 1.0), Gamma(160.0, 1.0)),
    (Gamma(400.0, 90.0), Gamma(30_000.0, 6_000.0)),
    (Gamma(954.0, 21_419.0), Gamma(315.0, 28_050.0)),
    (Gamma(20_000.0, 1e5), Gamma(20_200.0, 1e5)),
]


def on_panels(one):
    """The same distribution, not told to be nearly normal."""
    bare = type("OnPanels", (type(one),), {"bell": None})
    return bare(*(getattr(one, name) for name in one.__dataclass_fields__))


@pytest.mark.parametrize(("variant", "control"), RATES)
def test_rates_agree_with_the_incomplete_beta_function(variant, control):
    """x / (x + y) of two Gammas is Beta-distributed; also where hardly anything is left."""
    even = variant.exposure / (variant.exposure + control.exposure)
    found = choose(variant, control)
    less = betainc(variant.shape, control.shape, even)
    assert found.p_greater == pytest.approx(
        betaincc(variant.shape, control.shape, even), rel=1e-10, abs=0
    )
    assert found.p_less == pytest.approx(less, rel=1e-10, abs=0)
    assert found.loss_control - found.loss_variant == pytest.approx(
        variant.mean - control.mean, abs=1e-13 * variant.mean
    )
    assert rank([control, variant]).p_best == pytest.approx(
        (found.p_less, found.p_greater), rel=1e-12, abs=0
    )


@pytest.mark.parametrize(("variant", "control"), RATES)
def test_lifts_of_rates_agree_with_their_closed_form(variant, control):
    levels = (1e-6, 0.025, 0.5, 0.9, 0.999)
    assert lift_quantiles(variant, control, levels) == pytest.approx(
        rate_lift_quantiles(variant, control, levels), rel=1e-11, abs=1e-13
    )


@pytest.mark.parametrize(
    ("variant", "control"),
    [
        (Beta(100, 100), Beta(100, 100)),
        (Beta(100, 900), Beta(160, 840)),
        (Beta(300, 20_000), Beta(2_000, 101)),
        (Beta(589, 2079), Beta(793, 15_360)),
    ],
)
def test_shares_agree_with_a_sum_of_beta_functions(variant, control):
    """P(variant > control) for whole numbers, summed term by term (Miller 2015, evanmiller.org)."""

    def chance(one, other):
        i = np.arange(one.a)
        terms = betaln(other.a + i, one.b + other.b) - np.log(one.b + i)
        terms -= betaln(1 + i, one.b) + betaln(other.a, other.b)
        return math.fsum(np.exp(terms))

    found = choose(variant, control)
    assert found.p_greater == pytest.approx(chance(variant, control), rel=1e-9, abs=0)
    assert found.p_less == pytest.approx(chance(control, variant), rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("variant", "control"),
    [
        (Beta(100, 100), Beta(100, 11_000)),
        (Beta(100, 11_000), Beta(100, 100)),  # the other way round it is the control that is wide
        (Beta(334, 219), Beta(27_344, 102)),
        (Gamma(100.0, 11_743.0), Gamma(164.0, 341.0)),
    ],
)
def test_differences_agree_with_panels_however_unequal_the_arms(variant, control):
    levels = (1e-6, 0.025, 0.5, 0.9, 0.999)
    spread = math.hypot(variant.sd, control.sd)
    found = difference_quantiles(variant, control, levels)
    expected = difference_quantiles(on_panels(variant), on_panels(control), levels)
    assert found == pytest.approx(expected, abs=1e-10 * spread)
    assert lift_quantiles(variant, control, levels) == pytest.approx(
        lift_quantiles(on_panels(variant), on_panels(control), levels), rel=1e-10, abs=1e-12
    )


def test_few_events_and_distant_arms_are_left_to_panels():
    assert Beta(ENOUGH - 1, 1e6).bell is None
    assert Beta(1e6, ENOUGH - 1).bell is None
    assert Gamma(ENOUGH - 1, 5.0).bell is None
    near, far = Bell(LOG, 0.0, 0.1), Bell(LOG, 50.0, 0.1)
    assert even_steps(near, near) is not None
    assert even_steps(near, None) is None
    assert even_steps(near, far) is None
    assert even_steps(near, Bell(LOG_ODDS, 0.0, 0.1)) is None
