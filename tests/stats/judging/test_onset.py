"""Since when a judge judges otherwise: simulations whose day is known."""

import numpy as np
import pytest

from assay.stats.judging import onset_of


def panel(rng, *, size, first=60, days=90, daily=6, noise=0.4, shared=1):
    """Three judges on each item; the first gives `size` more from a day on.

    `shared`: items that one voice of a judge colours alike, as those of one session do.
    """
    item = np.repeat(np.arange(daily * days), 3)
    judge = np.tile(np.arange(3), daily * days)
    day, cluster = item // daily, item // shared
    value = rng.normal(3.5, 0.5, daily * days)[item] + np.array([0.3, -0.2, 0.0])[judge]
    value += rng.normal(0, noise, item.size) + size * ((judge == 0) & (day >= first))
    if shared > 1:
        value += rng.normal(0, noise, (cluster.max() + 1, 3))[cluster, judge]
    return item, judge, day, value, cluster


def test_without_noise_the_day_and_the_size_are_exact() -> None:
    found = onset_of(*panel(np.random.default_rng(1), size=-0.3, noise=0.0), 0, [1, 2])
    assert (found.day, found.first, found.last) == (60, 60, 60)
    assert found.size == pytest.approx(-0.3)


@pytest.mark.parametrize("shared", [1, 3])
def test_intervals_of_the_day_and_the_size_hold_the_truth(shared: int) -> None:
    rng = np.random.default_rng(2)
    runs = 120
    found = [onset_of(*panel(rng, size=0.4, shared=shared), 0, [1, 2]) for _ in range(runs)]
    least = 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)
    assert np.mean([one.first <= 60 <= one.last for one in found]) >= least
    assert np.mean([one.size_low <= 0.4 <= one.size_high for one in found]) >= least
    assert np.median([one.last - one.first for one in found]) <= 14 * shared


def test_a_day_with_other_company_is_no_step() -> None:
    """Until day 60 a strict judge shares the items, from then on a lenient one."""
    rng = np.random.default_rng(3)
    item, judge, day, value, cluster = panel(rng, size=0.4, first=30, noise=0.1)
    keep = (judge == 0) | (judge == np.where(day < 60, 1, 2))
    mixed = (judge == 1) & (day >= 55) & (day < 60) | (judge == 2) & (day >= 55) & (day < 60)
    part = [column[keep | mixed] for column in (item, judge, day, value, cluster)]
    found = onset_of(*part, 0, [1, 2])
    assert found.first <= 30 <= found.last
    assert found.size_low <= 0.4 <= found.size_high


def test_of_few_shared_items_nothing_is_said() -> None:
    world = panel(np.random.default_rng(4), size=0.4, days=3)
    assert onset_of(*world, 0, [1, 2]) is None
    assert onset_of(*panel(np.random.default_rng(4), size=0.4), 0, []) is None
