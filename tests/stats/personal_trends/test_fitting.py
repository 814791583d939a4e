"""The mixed model against dense matrices, against statsmodels, and against known truth."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.personal_trends import Problem, UserWeeks, fit_trends, shocks_of
from stats.personal_trends.planted import planted


def dense(given, problem, at):
    """Minus twice the restricted log-likelihood, user by user with whole covariance matrices."""
    noise, spread = problem.told(at)
    between = np.array([[spread.level, spread.both], [spread.both, spread.slope]])
    information, seen, total = np.zeros((2, 2)), np.zeros(2), 0.0
    for user in np.unique(given.who):
        mine = given.who == user
        week, y = given.week[mine], given.mean[mine]
        x = np.column_stack([np.ones(week.size), (week - problem.centre) / 4])
        lag = np.abs(week[:, None] - week)
        covariance = x @ between @ x.T + noise.week * noise.lasting**lag
        covariance += np.diag(noise.rating / given.n[mine])
        inverse = np.linalg.inv(covariance)
        information += x.T @ inverse @ x
        seen += x.T @ inverse @ y
        total += y @ inverse @ y + np.linalg.slogdet(covariance)[1]
    total += np.linalg.slogdet(information)[1] - seen @ np.linalg.solve(information, seen)
    return total + (given.n - 1).sum() * np.log(noise.rating) + given.square.sum() / noise.rating


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_likelihood_is_that_of_whole_matrices(seed):
    given, _ = planted(seed, users=25, weeks=9)
    problem = Problem.of(given)
    at = problem.beginning() + 0.2 * np.random.default_rng(seed).random(6)
    assert problem.deviance(at) == pytest.approx(dense(given, problem, at), abs=1e-7)


@pytest.mark.filterwarnings("ignore")
def test_it_is_what_statsmodels_finds_where_weeks_share_nothing():
    """One rating a week and no autocorrelation is what MixedLM can fit: REML, random slopes."""
    smf = pytest.importorskip("statsmodels.regression.mixed_linear_model")
    given, _ = planted(4, users=80, weeks=12, single=True, lasting=0.0, slopes=0.1)
    problem = Problem.of(given)
    assert not problem.free[0]  # a rating's noise is not to be told from its week's
    x = np.column_stack([np.ones(given.week.size), (given.week - problem.centre) / 4])
    other = smf.MixedLM(given.mean, x, given.who, exog_re=x).fit(reml=True)
    noise = other.scale
    problem.free[2] = False
    from scipy.optimize import minimize  # noqa: PLC0415

    at = problem.beginning()
    at[2] = 0.0

    def loss(values):
        whole = at.copy()
        whole[problem.free] = values
        return problem.deviance(whole)

    at[problem.free] = minimize(loss, at[problem.free], method="BFGS").x
    own, spread = problem.told(at)
    level, slope, covariance = problem.line(at)
    assert (level, slope) == pytest.approx(tuple(other.fe_params), abs=2e-4)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(other.bse_fe, rel=5e-3)
    assert own.week == pytest.approx(noise, rel=5e-3)
    assert spread.level == pytest.approx(other.cov_re[0, 0], rel=0.02)
    assert spread.slope == pytest.approx(other.cov_re[1, 1], rel=0.03)


def test_a_planted_trend_is_found():
    given, _ = planted(5, users=600, slope=0.04)
    fit = fit_trends(given)
    assert fit.slope == pytest.approx(0.04, abs=4 * np.sqrt(fit.covariance[1, 1]))
    assert np.sqrt(fit.noise.rating) == pytest.approx(0.25, abs=0.02)
    assert np.sqrt(fit.spread.level) == pytest.approx(0.15, abs=0.02)


def test_weeks_that_moved_everybody_widen_the_interval():
    calm, _ = planted(6, users=300)
    moved, _ = planted(6, users=300, shock=0.06)
    errors, found = [], []
    for given in (calm, moved):
        shocks = shocks_of(given, fit_trends(given, curved=False))
        errors.append(np.sqrt(shocks.covariance[1, 1]))
        found.append(np.sqrt(shocks.variance))
    assert errors[1] > 1.5 * errors[0]
    assert found[1] == pytest.approx(0.06, rel=0.5)


def test_what_cannot_be_fitted_says_why():
    given, _ = planted(7, users=40)
    with pytest.raises(DataError, match="all ratings are the same"):
        fit_trends(UserWeeks(given.who, given.week, given.n, 0 * given.mean, 0 * given.square))
    with pytest.raises(DataError, match="3 users with ratings"):
        fit_trends(given.of(np.arange(given.users) < 3))
    first = given.starts()
    with pytest.raises(DataError, match="two weeks"):
        fit_trends(UserWeeks(*(part[first] for part in (
            given.who, given.week, given.n, given.mean, given.square))))  # fmt: skip
    with pytest.raises(DataError, match="each once"):
        UserWeeks(np.array([0, 0]), np.array([3, 3]), np.ones(2), np.ones(2), np.ones(2))
    with pytest.raises(DataError, match="not finite"):
        UserWeeks(np.array([0]), np.array([3]), np.ones(1), np.array([np.nan]), np.ones(1))
