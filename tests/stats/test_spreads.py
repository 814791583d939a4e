from math import pi, sqrt

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.spreads import quantile_spread, quantile_spread_by_density, winsorised_spread

METHODS = (quantile_spread, quantile_spread_by_density)


@pytest.mark.parametrize("method", METHODS)
def test_the_median_of_normal_values(method):
    """What a unit adds is √(¼) / f(0) = √(π / 2) · σ = 1.2533 σ (Serfling 1980, 2.3.3)."""
    spreads = [
        method(np.random.default_rng(seed).normal(5, 2, 4_000), 0.5)[1] for seed in range(40)
    ]
    assert np.mean(spreads) == pytest.approx(2 * sqrt(pi / 2), rel=0.05)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("q", [0.5, 0.9])
def test_the_error_of_a_skewed_quantile_is_what_simulation_finds(method, q):
    """4,000 samples of 2,000 exponential values: their quantiles scatter by spread / √n."""
    rng = np.random.default_rng(3)
    found = np.quantile(rng.exponential(1, (4_000, 2_000)), q, axis=1).std()
    predicted = np.mean([method(rng.exponential(1, 2_000), q)[1] for _ in range(40)])
    assert predicted / sqrt(2_000) == pytest.approx(found, rel=0.1)


def test_cut_tails():
    values = np.concatenate([np.full(99, 1.0), [1_000.0]])
    mean, sd = winsorised_spread(values, upper=0.95)
    assert (mean, sd) == (1.0, 0.0)
    assert values.mean() > 10


def test_too_few_or_equal_values():
    for method in METHODS:
        with pytest.raises(DataError):
            method(np.ones(200), 0.5)
        with pytest.raises(DataError):
            method(np.arange(10.0), 0.5)
        with pytest.raises(DataError):
            method([*range(30), float("nan")], 0.5)
    with pytest.raises(DataError, match="both sides"):
        quantile_spread(np.arange(100.0), 0.999)
