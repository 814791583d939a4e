"""Totals over groups and periods: closed forms, and what leaving out gives."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.level import Level
from assay.stats.random_groups import of_totals, of_totals_of_company

RNG = np.random.default_rng(20261122)


def test_groups_alone_give_the_variance_of_a_sum():
    """All periods alike: n · s² of the groups' sums is left (Wolter 2007, eq. 2.4.3, of a sum)."""
    group = RNG.gamma(2.0, 1.0, 40)
    found = of_totals(np.repeat(group[:, None] / 6, 6, axis=1))
    assert found.value == pytest.approx(group.sum())
    assert found.variance == pytest.approx(40 * group.var(ddof=1))
    assert found.degrees_of_freedom == pytest.approx(39)


def test_periods_alone_give_theirs():
    period = RNG.gamma(2.0, 1.0, 8)
    found = of_totals(np.repeat(period[None, :] / 30, 30, axis=0))
    assert found.variance == pytest.approx(8 * period.var(ddof=1))
    assert found.degrees_of_freedom == pytest.approx(7)


def test_leaving_out_agrees_with_the_closed_form_where_both_hold():
    sums = RNG.gamma(2.0, 1.0, (20, 6, 2))
    left_out = of_totals(sums, lambda totals: totals[..., 0] - 3 * totals[..., 1])
    closed = of_totals(sums[..., 0] - 3 * sums[..., 1])
    assert left_out.value == pytest.approx(closed.value)
    assert left_out.variance == pytest.approx(closed.variance)


def test_a_ratio_has_the_variance_of_the_delta_method():
    """With many groups, that of (y − r x) / x̄ (Wolter 2007, sec. 4.3)."""
    x = RNG.gamma(8.0, 1.0, (600, 2))
    y = 2 * x + RNG.normal(0, 1, (600, 2))
    found = of_totals(np.stack([y, x], axis=-1), lambda t: t[..., 0] / t[..., 1])
    residual = (y - found.value * x).sum(axis=1)
    expected = 600 * residual.var(ddof=1) / x.sum() ** 2
    assert found.variance == pytest.approx(expected, rel=0.15)


def test_noise_of_cells_alone_is_counted_once():
    """Independent cells: 360 in all; the larger of two estimates is a little above, not twice."""
    found = [of_totals(RNG.normal(1.0, 1.0, (30, 12))).variance for _ in range(300)]
    assert 360 <= np.mean(found) <= 1.4 * 360


def test_people_and_weeks_add_up():
    """Crossed effects: groups' variance, periods' and cells', each once (Searle et al., sec. 4.5)."""
    found = []
    for _ in range(400):
        cells = (
            RNG.normal(0, 1.0, (20, 1)) + RNG.normal(0, 0.7, (1, 10)) + RNG.normal(0, 1, (20, 10))
        )
        found.append(of_totals(cells).variance)
    truth = 20 * 10**2 * 1.0 + 10 * 20**2 * 0.49 + 200
    assert np.mean(found) == pytest.approx(truth, rel=0.08)


def test_sums_of_amounts_have_an_interval_that_stays_above_zero():
    found = of_totals(RNG.gamma(0.05, 1.0, (64, 8)))
    low, high = found.positive_interval(Level(0.05))
    assert 0 < low < found.value < high
    assert low * high == pytest.approx(found.value**2)
    assert of_totals(np.zeros((4, 4))).positive_interval(Level(0.05)) == (0, 0)


def test_covers_what_people_and_weeks_add():
    """Planted: users differ, weeks differ, counts vary; 400 runs, so ± 3 standard errors is .033"""
    runs, covered = 400, 0
    truth = 300 * 8 * 1.0
    for _ in range(runs):
        user = RNG.gamma(0.5, 2.0, RNG.poisson(300))
        week = RNG.normal(1.0, 0.1, 8)
        cells = np.zeros((64, 8))
        noise = RNG.gamma(1.0, 1.0, (user.size, 8))
        np.add.at(cells, RNG.integers(0, 64, user.size), user[:, None] * week * noise)
        low, high = of_totals(cells).interval(Level(0.05))
        covered += low <= truth <= high
    assert covered / runs >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / runs)
    assert covered / runs <= 0.995


def test_company_that_changes_nothing_is_no_company():
    sums = RNG.gamma(2.0, 1.0, (20, 6))
    alone, together = of_totals(sums), of_totals_of_company(sums, sums.sum() - sums.sum(axis=1))
    assert together.value == pytest.approx(alone.value)
    assert together.variance == pytest.approx(alone.variance)


def test_a_square_of_the_number_of_units_varies_twice_as_much():
    """T = n²: dT/T = 2 dn/n, so that groups count with twice their standard error."""
    group = RNG.poisson(50, 32).astype(float)
    n = group.sum()
    sums = np.repeat((group * n)[:, None] / 4, 4, axis=1)
    found = of_totals_of_company(sums, (n - group) ** 2)
    assert np.sqrt(found.variance) / n**2 == pytest.approx(
        2 * np.sqrt(32 * group.var(ddof=1)) / n, rel=0.05
    )


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (5,)])
def test_one_group_or_period_has_no_spread(shape):
    with pytest.raises(DataError, match="at least 2 groups and 2 periods"):
        of_totals(np.ones(shape))
