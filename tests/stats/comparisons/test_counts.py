import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import norm
from statsmodels.discrete.diagnostic import PoissonDiagnostic
from statsmodels.tools.sm_exceptions import DomainWarning

from assay.core.errors import DataError
from assay.stats.comparisons.counts import count_mean, dispersion
from assay.stats.means import welch_gap
from assay.stats.moments import Moments

RNG = np.random.default_rng(20260105)
POISSON = [RNG.poisson(2.0, 600), RNG.poisson(2.3, 400)]
WIDER = [RNG.negative_binomial(3, 3 / (3 + mean), n) for mean, n in ((2.0, 600), (2.3, 400))]


def arms(counts):
    return [Moments.of(arm.astype(float)) for arm in counts]


def fitted(counts, family, **options):
    """statsmodels' GLM with identity link, which it warns may leave the family's domain."""
    arm = np.repeat([0.0, 1.0], [len(c) for c in counts])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomainWarning)
        chosen = family(link=sm.families.links.Identity(), **options)
        return sm.GLM(np.concatenate(counts), sm.add_constant(arm), family=chosen).fit()


@pytest.mark.parametrize("counts", [POISSON, WIDER], ids=["poisson", "wider"])
def test_the_score_test_is_statsmodels(counts):
    """statsmodels' "Dean A", which lacks the correction for fitted means that is added here."""
    arm = np.repeat([0.0, 1.0], [len(c) for c in counts])
    fit = sm.Poisson(np.concatenate(counts), sm.add_constant(arm)).fit(disp=False)
    table = PoissonDiagnostic(fit).test_dispersion().summary_frame()
    statistics = dict(zip(table["method"], table["statistic"], strict=True))
    found = dispersion(arms(counts))
    means = np.array([c.mean() for c in counts])
    scale = np.sqrt(2 * np.sum([len(c) * m * m for c, m in zip(counts, means, strict=True)]))
    expected = statistics["Dean A"] + means.sum() / scale
    assert -norm.ppf(found.p_value) == pytest.approx(expected, rel=1e-8)
    pearson = fit.resid_pearson @ fit.resid_pearson / (len(arm) - 2)
    assert found.index == pytest.approx(pearson, rel=0.02)


def test_a_poissons_difference_is_that_of_the_regression():
    """statsmodels' GLM, Poisson with identity link."""
    fit = fitted(POISSON, sm.families.Poisson)
    gap = welch_gap(*(count_mean(arm, 0.0) for arm in arms(POISSON)[::-1]))
    assert gap.value == pytest.approx(fit.params[1], rel=1e-8)
    assert gap.standard_error == pytest.approx(fit.bse[1], rel=1e-6)


def test_a_negative_binomials_difference_is_that_of_the_regression():
    """statsmodels' GLM, negative binomial of the same excess, identity link."""
    excess = dispersion(arms(WIDER)).excess
    fit = fitted(WIDER, sm.families.NegativeBinomial, alpha=excess)
    gap = welch_gap(*(count_mean(one, excess) for one in arms(WIDER)[::-1]))
    assert gap.value == pytest.approx(fit.params[1], rel=1e-6)
    assert gap.standard_error == pytest.approx(fit.bse[1], rel=1e-4)


def test_the_excess_is_recovered():
    rng = np.random.default_rng(3)
    counts = [rng.negative_binomial(2, 2 / (2 + mean), 40_000) for mean in (1.0, 3.0)]
    assert dispersion(arms(counts)).excess == pytest.approx(0.5, abs=0.03)


def test_poissons_are_doubted_once_in_twenty():
    rng, runs = np.random.default_rng(4), 4000
    drawn = rng.poisson(0.7, (runs, 2, 300)).astype(float)
    doubted = sum(dispersion([Moments.of(a), Moments.of(b)]).p_value < 0.05 for a, b in drawn)
    assert doubted / runs == pytest.approx(0.05, abs=3.5 * np.sqrt(0.05 * 0.95 / runs))


def test_nothing_counted_is_refused():
    with pytest.raises(DataError, match="all counts are zero"):
        dispersion(arms([np.zeros(5), np.zeros(5)]))
    with pytest.raises(DataError, match="fewer than two"):
        dispersion(arms([np.ones(1), np.ones(5)]))
    with pytest.raises(DataError, match="excess=-1"):
        count_mean(arms([np.ones(5)])[0], -1)
