"""Calibration of chances: by hand, against truth, and mended from an earlier forecast."""

import numpy as np
import pytest
from scipy.special import expit, logit

from assay.core.errors import DataError
from assay.stats.lifetimes import calibration_of, recalibrate


def test_gaps_are_those_counted_by_hand():
    chances = [0.1] * 10 + [0.8] * 10
    came = [1] * 3 + [0] * 7 + [1] * 8 + [0] * 2
    found = calibration_of(chances, came, groups=2)
    assert [(one.users, one.seen) for one in found.tenths] == [(10, 0.3), (10, 0.8)]
    assert found.largest == pytest.approx(0.2)
    assert found.mean == pytest.approx(0.1)
    assert found.brier == pytest.approx((3 * 0.81 + 7 * 0.01 + 8 * 0.04 + 2 * 0.64) / 20)
    assert found.base == pytest.approx(11 / 20 * 9 / 20)


def test_users_of_one_chance_are_never_parted():
    found = calibration_of([0.5] * 95 + [0.9] * 5, [1] * 60 + [0] * 40)
    assert [one.users for one in found.tenths] == [95, 5]


def test_true_chances_have_gaps_of_chance_alone():
    rng = np.random.default_rng(1)
    p = rng.beta(2, 1, 40_000)
    found = calibration_of(p, rng.random(40_000) < p)
    assert [one.users for one in found.tenths] == [4000] * 10
    assert found.largest < 3.5 * 0.5 / np.sqrt(4000)


def test_what_moved_the_chances_is_found_and_undone():
    rng = np.random.default_rng(2)
    p = rng.beta(2, 2, 30_000)
    told = expit(1.8 * logit(p) - 0.7)
    line = recalibrate(told, rng.random(p.size) < p)
    assert line.slope == pytest.approx(1 / 1.8, abs=0.03)
    assert line.shift == pytest.approx(0.7 / 1.8, abs=0.04)
    assert np.abs(line.apply(told) - p).max() < 0.02


def test_sure_chances_and_outcomes_all_alike_stay_finite():
    line = recalibrate([0.0, 1.0, 1.0, 0.5], [1, 1, 1, 1])
    assert np.isfinite([line.slope, line.shift]).all()
    told = line.apply([0.0, 0.5, 1.0])
    assert ((told >= 0) & (told <= 1)).all()


@pytest.mark.parametrize(
    ("p", "y"), [([], []), ([0.1], [1, 0]), ([1.1], [1]), ([np.nan], [1]), ([0.2], [0.5])]
)
def test_chances_that_cannot_be_are_refused(p, y):
    for judge in (calibration_of, recalibrate):
        with pytest.raises(DataError, match="expected"):
            judge(p, y)
