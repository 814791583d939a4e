"""Cramér's V: a printed value, its expectation without association, and coverage."""

import numpy as np
import pytest
from scipy import stats

from assay.core.errors import DataError
from assay.stats.association import cramers_v


def test_the_chi_square_is_pearsons_and_the_ends_are_its_noncentral_quantiles() -> None:
    """Independent: scipy.stats.chi2_contingency and ncx2."""
    table = np.array([[20, 30, 10], [25, 12, 18], [9, 14, 30]])
    found = cramers_v(table)
    chi, p, df, _ = stats.chi2_contingency(table, correction=False)
    n = table.sum()
    assert (found.df, found.n) == (df, n)
    assert found.p_value == pytest.approx(p)
    for end, tail in ((found.low, 0.975), (found.high, 0.025)):
        assert stats.ncx2(df, end**2 * n * 2).cdf(chi) == pytest.approx(tail, abs=1e-6)
    phi = chi / n - df / (n - 1)  # Bergsma (2013), eq. 5 and 9
    assert found.value == pytest.approx(np.sqrt(phi / (3 - 4 / (n - 1) - 1)))


def test_without_association_there_is_none_and_its_level_holds() -> None:
    rng = np.random.default_rng(1)
    cells = np.outer([0.5, 0.3, 0.2], [0.4, 0.3, 0.2, 0.1]).ravel()
    found = [cramers_v(rng.multinomial(150, cells).reshape(3, 4)) for _ in range(400)]
    naive = np.sqrt(6 / 150 / 2)
    assert np.mean([one.value for one in found]) < naive / 2
    assert np.mean([one.p_value <= 0.05 for one in found]) == pytest.approx(0.05, abs=0.035)
    assert np.mean([one.low == 0 for one in found]) == pytest.approx(0.975, abs=0.025)


def test_the_interval_covers_a_known_association() -> None:
    rng = np.random.default_rng(2)
    cells = 0.7 * np.outer([0.5, 0.5], [0.3, 0.3, 0.4]) + 0.3 * np.array(
        [[0.3, 0.2, 0], [0, 0.1, 0.4]]
    )
    base = np.outer(cells.sum(1), cells.sum(0))
    true = np.sqrt(((cells - base) ** 2 / base).sum())
    found = [cramers_v(rng.multinomial(200, cells.ravel()).reshape(2, 3)) for _ in range(300)]
    assert np.mean([one.low <= true <= one.high for one in found]) > 0.91
    assert np.mean([one.value for one in found]) == pytest.approx(true, abs=0.02)


def test_what_follows_from_another_is_one_and_one_value_says_nothing() -> None:
    assert cramers_v(np.diag([30, 20, 10])).value == pytest.approx(1, abs=0.02)
    only = cramers_v([[3, 4, 0], [0, 0, 0]])
    assert (only.value, only.p_value, only.df) == (None, None, 0)
    assert cramers_v([[3, 1], [1, 3]]).sparse


@pytest.mark.parametrize("wrong", [[[1, -1]], [[0, 0]], [[float("nan"), 2]], [1, 2]])
def test_what_is_no_table_is_refused(wrong) -> None:
    with pytest.raises(DataError):
        cramers_v(wrong)
