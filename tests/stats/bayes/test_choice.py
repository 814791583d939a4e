import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import DataError
from assay.stats.bayes.beta import Beta
from assay.stats.bayes.choice import choose, difference_quantiles, lift_quantiles, rank
from assay.stats.bayes.gamma import Gamma, choose_rates, dispersion_p, rate_lift_quantiles
from assay.stats.bayes.mixture import Mixture

counts = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts)
def test_two_ranked_are_two_compared(one, other):
    variant, control = Beta.after(*one), Beta.after(*other)
    found, pair = rank([control, variant]), choose(variant, control)
    assert found.p_best == pytest.approx((pair.p_less, pair.p_greater), abs=1e-10)
    assert found.loss == pytest.approx((pair.loss_control, pair.loss_variant), abs=1e-10)


@given(st.lists(counts, min_size=2, max_size=5))
def test_chances_add_up_to_one_in_both_directions(arms):
    shares = [Beta.after(*arm) for arm in arms]
    largest, smallest = rank(shares), rank(shares, largest=False)
    assert sum(largest.p_best) == pytest.approx(1, abs=1e-9)
    assert sum(smallest.p_best) == pytest.approx(1, abs=1e-9)
    mirrored = rank([Beta(share.b, share.a) for share in shares])
    assert smallest.p_best == pytest.approx(mirrored.p_best, abs=1e-9)
    assert smallest.loss == pytest.approx(mirrored.loss, abs=1e-9)


def test_losses_differ_by_the_means():
    """E[max − a] − E[max − b] = E[b] − E[a], whatever the maximum is."""
    arms = [Beta.after(3, 20), Beta.after(9, 40), Beta.after(1, 2), Beta.after(50, 400)]
    found = rank(arms)
    for loss, arm in zip(found.loss, arms, strict=True):
        assert loss + arm.mean == pytest.approx(found.loss[0] + arms[0].mean, abs=1e-12)


def test_equal_normals_are_a_lottery():
    """Four of the same are best a quarter of the time; E[max of 2] of standard normals is 1/√π."""
    four = rank([Mixture.normal(0, 1)] * 4)
    assert four.p_best == pytest.approx([0.25] * 4, abs=1e-10)
    assert rank([Mixture.normal(0, 1)] * 2).loss[0] == pytest.approx(1 / np.sqrt(np.pi), abs=1e-9)


def test_ranking_agrees_with_simulation():
    """A million draws of NumPy's own gamma and beta generators; bands of five standard errors."""
    rng = np.random.default_rng(11)
    draws = np.column_stack(
        [rng.gamma(a + 0.5, 1 / n, 10**6) for a, n in ((3, 10), (0, 2), (9, 30))]
    )
    found = rank([Gamma.after(3, 10), Gamma.after(0, 2), Gamma.after(9, 30)])
    seen = np.bincount(draws.argmax(axis=1)) / 1e6
    assert found.p_best == pytest.approx(seen, abs=2.5e-3)
    lost = (draws.max(axis=1)[:, None] - draws).mean(axis=0)
    assert found.loss == pytest.approx(lost, abs=2e-3)


def test_one_arm_cannot_be_ranked():
    with pytest.raises(DataError, match="at least two"):
        rank([Beta.after(1, 2)])


RATES = [((30, 100.0), (0, 50.0)), ((5, 10.0), (7, 10.0)), ((12_000, 9e4), (11_800, 9.1e4))]


@pytest.mark.parametrize(("one", "other"), RATES)
def test_rates_by_closed_form_and_by_quadrature(one, other):
    """The beta identity against an integral that knows nothing of it."""
    variant, control = Gamma.after(*one), Gamma.after(*other)
    exact, integral = choose_rates(variant, control), choose(variant, control)
    assert integral.p_greater == pytest.approx(exact.p_greater, abs=1e-9)
    assert exact.p_greater + exact.p_less == pytest.approx(1, abs=1e-14)
    assert exact.loss_control - exact.loss_variant == pytest.approx(
        variant.mean - control.mean, rel=1e-9
    )
    levels = (0.025, 0.3, 0.5, 0.975)
    assert rate_lift_quantiles(variant, control, levels) == pytest.approx(
        lift_quantiles(variant, control, levels), rel=1e-7
    )


def test_differences_of_rates_agree_with_simulation():
    rng = np.random.default_rng(3)
    drawn = rng.gamma(30.5, 1 / 100, 10**6) - rng.gamma(0.5, 1 / 50, 10**6)
    found = difference_quantiles(Gamma.after(30, 100), Gamma.after(0, 50), (0.025, 0.5, 0.975))
    assert found == pytest.approx(np.quantile(drawn, (0.025, 0.5, 0.975)), abs=5e-4)


def test_chance_of_a_known_experiment():
    """Counts whose published P(B > A) is .99578568 (Gamma, Jeffreys; quadrature of our notes).

    The notes give units (11,950 and 12,050), this chance and the Poisson score p of .0084316838.
    These are the counts below 200,000 that both of them fit, found by search.
    """
    variant, control = Gamma.after(*COUNTS[1]), Gamma.after(*COUNTS[0])
    assert choose_rates(variant, control).p_greater == pytest.approx(0.99578568, abs=1e-8)


COUNTS = ((9_850, 11_950), (10_308, 12_050))


def test_a_variance_beyond_the_mean_is_noticed():
    """Fisher's index: at 30 − 1 = 29 degrees, 42.557 is the .95 quantile of chi-square (tables)."""
    assert dispersion_p([(1.0, 42.557 / 29, 30)]) == pytest.approx(0.05, abs=1e-5)
    assert dispersion_p([(0.0, 0.0, 30)]) == 1.0
    assert dispersion_p([(2.0, 2.0, 500), (3.0, 3.0, 500)]) > 0.4


@pytest.mark.parametrize("wrong", [(-1, 5), (1, 0), (float("nan"), 3)])
def test_impossible_counts_are_refused(wrong):
    with pytest.raises(DataError):
        Gamma.after(*wrong)
