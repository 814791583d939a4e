import numpy as np
import pytest
import statsmodels.api as sm

from assay.core.errors import DataError
from assay.stats.adjustment.stratified import post_stratify
from assay.stats.moments import Moments

RNG = np.random.default_rng(20260104)
SIZES = [(200, 240), (90, 60), (31, 40)]
STRATA = [
    (RNG.normal(5 * i + 0.3, 1 + i, t), RNG.normal(5 * i, 1 + i, c))
    for i, (t, c) in enumerate(SIZES)
]
MOMENTS = [tuple(Moments.of(arm) for arm in stratum) for stratum in STRATA]
UNITS = [t + c for t, c in SIZES]


def test_the_regression_with_all_strata_and_their_products():
    """statsmodels' OLS on arm, centred strata and products with HC2 is the saturated model, whose
    standard error is that of the means within strata; the mixture's part is the multinomial's.
    """
    y, arm, stratum = [], [], []
    for i, (treated, control) in enumerate(STRATA):
        y += [treated, control]
        arm += [np.ones(len(treated)), np.zeros(len(control))]
        stratum += [np.full(len(treated) + len(control), i)]
    arm, stratum = np.concatenate(arm), np.concatenate(stratum)
    dummies = np.column_stack([stratum == i for i in (1, 2)]).astype(float)
    dummies -= dummies.mean(axis=0)
    design = np.column_stack([np.ones(len(arm)), arm, dummies, arm[:, None] * dummies])
    fit = sm.OLS(np.concatenate(y), design).fit(cov_type="HC2")
    found = post_stratify(MOMENTS, UNITS)
    shares = np.array(UNITS) / sum(UNITS)
    gaps = np.array([t.mean() - c.mean() for t, c in STRATA])
    mixture = gaps @ (np.diag(shares) - np.outer(shares, shares)) @ gaps / sum(UNITS)
    assert found.gap.value == pytest.approx(fit.params[1], rel=1e-9)
    assert found.gap.variance == pytest.approx(fit.bse[1] ** 2 + mixture, rel=1e-9)
    assert found.control.value == pytest.approx(fit.params[0], rel=1e-9)
    assert found.treated - found.control.value == pytest.approx(found.gap.value, rel=1e-12)


def test_one_stratum_is_welch():
    found = post_stratify(MOMENTS[:1], UNITS[:1])
    treated, control = STRATA[0]
    variance = treated.var(ddof=1) / len(treated) + control.var(ddof=1) / len(control)
    assert found.gap.variance == pytest.approx(variance, rel=1e-12)
    assert found.covariance == pytest.approx(-control.var(ddof=1) / len(control), rel=1e-12)


def test_it_covers_the_truth_and_is_narrower_than_welch():
    """Strata with means 0, 4 and 8, and effects 0, 1 and 2: the truth is their mixture's, .7."""
    rng, runs, inside, width, plain = np.random.default_rng(2), 1500, 0, 0.0, 0.0
    shares = np.array([0.5, 0.3, 0.2])
    for _ in range(runs):
        stratum = rng.choice(3, 400, p=shares)
        arm = rng.integers(0, 2, 400)
        y = 4.0 * stratum + arm * stratum + rng.normal(0, 1, 400)
        cells = [
            tuple(Moments.of(y[(stratum == s) & (arm == a)]) for a in (1, 0)) for s in range(3)
        ]
        gap = post_stratify(cells, [int((stratum == s).sum()) for s in range(3)]).gap
        inside += abs(gap.value - 0.7) <= 1.96 * gap.standard_error
        width += gap.variance / runs
        plain += (y[arm == 1].var() / arm.sum() + y[arm == 0].var() / (400 - arm.sum())) / runs
    assert inside / runs == pytest.approx(0.95, abs=3.5 * np.sqrt(0.95 * 0.05 / runs))
    assert width < 0.2 * plain


def test_nothing_to_compare_is_refused():
    with pytest.raises(DataError, match="0 strata"):
        post_stratify([], [])
    with pytest.raises(DataError, match="at least two units"):
        post_stratify([(Moments.of([1.0]), Moments.of([1.0, 2.0]))], [3])
    with pytest.raises(DataError, match="no variation"):
        post_stratify([(Moments.of([1.0, 1.0]), Moments.of([2.0, 2.0]))], [4])
