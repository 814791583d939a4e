"""What is drawn has the moments that are known of it, however it is drawn."""

import numpy as np
import pytest

from assay.analysis.experiments.calibration.outcomes import OUTCOMES, Rate, Revenue

STREAMS, N = 400, 500


def rng():
    return np.random.default_rng(20261121)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)
@pytest.mark.parametrize("lift", [0.0, 0.5])
@pytest.mark.parametrize("keep", [False, True])
def test_means_are_those_that_are_called_true(outcome, lift, keep):
    batch = outcome.draw(rng(), STREAMS, N, lift, keep=keep)
    sums = batch.mean.mean(axis=0)
    found = sums[0] / sums[1] if len(sums) == 2 else sums[0]
    spread = np.sqrt(batch.scatter[:, 0, 0].mean() / (N - 1)) / sums[-1] ** (len(sums) - 1)
    assert abs(found - outcome.mean(lift)) < 4.5 * spread / np.sqrt(STREAMS * N)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)
def test_both_ways_of_drawing_have_the_same_spread_within_and_between_streams(outcome):
    short, long = (outcome.draw(rng(), 4000, 300, keep=keep) for keep in (False, True))
    for of in (lambda b: b.scatter[:, 0, 0], lambda b: b.mean[:, 0]):
        one, other = of(short), of(long)
        size = max(one.std(), other.std())
        assert one.mean() == pytest.approx(other.mean(), abs=6 * size / np.sqrt(4000))
        quantiles = [np.quantile(x, [0.1, 0.5, 0.9]) for x in (one, other)]
        assert quantiles[0] == pytest.approx(quantiles[1], abs=0.12 * size)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)
def test_moments_are_those_of_the_single_units(outcome):
    batch = outcome.draw(rng(), 3, 40, 0.05, keep=True)
    for stream in range(3):
        units = batch.units(stream)
        assert batch.mean[stream] == pytest.approx(units.mean(axis=1))
        expected = np.atleast_2d(np.cov(units)) * 39
        assert batch.scatter[stream] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)
def test_the_share_of_events_is_what_is_seen(outcome):
    batch = outcome.draw(rng(), 200, 500, keep=True)
    seen = np.mean([batch.units(stream)[0] != 0 for stream in range(200)])
    p = outcome.events()
    assert seen == pytest.approx(p, abs=4.5 * np.sqrt(max(p * (1 - p), 1e-9) / 100_000))


def test_a_rate_of_counts_is_a_rate():
    batch = Rate(0.1).draw(rng(), 50, 100)
    assert all(
        sample.successes == round(sample.moments.mean[0] * 100) for sample in batch.samples()
    )


def test_the_hard_kinds_are_as_hard_as_those_that_were_measured_elsewhere():
    """Lift is a factor: at any lift the same draws, scaled."""
    both = Revenue("revenue", 0.05, 1.2).lifted(rng(), 20, 100, (0.0, 1.0))
    assert both[1.0].mean == pytest.approx(2 * both[0.0].mean)
    assert both[1.0].scatter == pytest.approx(4 * both[0.0].scatter)
