"""Mixtures against scikit-learn's, and against the truth they were drawn from."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from assay.stats.segmenting.mixtures import FLOOR, SHAPES, fit

RNG = np.random.default_rng(4)
TRUTH = np.repeat([0, 1], [150, 100])
ROWS = RNG.normal(size=(250, 2)) @ [[1, 0.4], [0, 0.7]] + np.array([[0, 0], [3, 1]])[TRUTH]
NAMES = {"full": "full", "tied": "tied", "diagonal": "diag", "spherical": "spherical"}


@pytest.mark.parametrize("shape", SHAPES)
def test_likelihood_and_bic_are_those_of_scikit_learn(shape):
    ours = fit(ROWS, [TRUTH], shape)
    theirs = GaussianMixture(
        2,
        covariance_type=NAMES[shape],
        reg_covar=FLOOR,
        tol=1e-4,
        means_init=[ROWS[at == TRUTH].mean(axis=0) for at in (0, 1)],
        random_state=1,
    ).fit(ROWS)
    # both stop within 1e-4 nats per row of a step's gain, from different starts
    assert ours.log_likelihood / 250 == pytest.approx(theirs.score(ROWS), abs=2e-3)
    assert -2 * 250 * ours.evidence == pytest.approx(theirs.bic(ROWS), abs=1.0)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_density_is_that_of_weighted_normals(shape):
    found = fit(ROWS, [TRUTH], shape)
    joint = found.log_joint(ROWS[:5])
    for at in (0, 1):
        covariance = found.factors[at] @ found.factors[at].T
        expected = multivariate_normal(found.means[at], covariance).logpdf(ROWS[:5])
        np.testing.assert_allclose(joint[:, at], expected + np.log(found.weights[at]))


def test_a_grouping_under_other_names_is_no_second_start():
    once = fit(ROWS, [TRUTH], "full")
    twice = fit(ROWS, iter([TRUTH, 1 - TRUTH]), "full")
    np.testing.assert_array_equal(once.means, twice.means)


@pytest.mark.parametrize("shape", SHAPES)
def test_where_rows_lie_changes_nothing_but_the_means(shape):
    here, there = fit(ROWS, [TRUTH], shape), fit(ROWS + 1e4, [TRUTH], shape)
    np.testing.assert_allclose(there.means - 1e4, here.means, atol=1e-6)
    np.testing.assert_allclose(there.posterior(ROWS + 1e4), here.posterior(ROWS), atol=1e-6)


def test_posterior_is_right_as_often_as_it_says():
    found = fit(ROWS, [TRUTH], "tied")
    sure = found.posterior(ROWS).max(axis=1)
    right = found.posterior(ROWS).argmax(axis=1) == TRUTH
    assert right.mean() == pytest.approx(sure.mean(), abs=3 * np.sqrt(0.25 / 250))
