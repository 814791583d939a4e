import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from assay.core.errors import DataError
from assay.stats.planning.estimated_spread import stretched_for_estimate


@pytest.mark.parametrize("freedom", [10, 40])
def test_power_then_holds_on_average_over_the_estimated_spread(freedom):
    rng = np.random.default_rng(1)
    drawn = rng.chisquare(freedom, 400_000) / freedom  # the estimated variance over the true one
    needed = (ndtri(0.95) + ndtri(0.8)) ** 2
    plain, larger = (
        np.mean(ndtr(np.sqrt(factor * needed * drawn) - ndtri(0.95)))
        for factor in (1.0, stretched_for_estimate(freedom=freedom, alpha=0.05))
    )
    assert plain < 0.795
    assert larger == pytest.approx(0.8, abs=1e-3)


def test_a_known_spread_adds_nothing():
    assert stretched_for_estimate(freedom=np.inf, alpha=0.05) == 1.0
    assert stretched_for_estimate(freedom=1e7, alpha=0.025, wanted=0.9) == pytest.approx(
        1, abs=1e-5
    )
    with pytest.raises(DataError, match="expected alpha below it"):
        stretched_for_estimate(freedom=10, alpha=0.9)
