"""Agreement on the same items: closed forms, and the jackknife against leaving out one by one."""

import numpy as np
import pytest

from assay.stats.comparisons.paired_rates import PairedCounts
from assay.stats.judging.agreement import concordance_of
from assay.stats.judging.same_items import gwet_of, kappa_of, share_alike

COUNTS = PairedCounts(both=118, treated=5, control=2, neither=0)


def test_coefficients_have_their_closed_forms_and_a_known_paradox() -> None:
    """Nearly all succeed: kappa is near zero, AC1 (Gwet 2008) near the share of agreement."""
    share, low, high = share_alike(COUNTS)
    assert (share, low < share < high) == (118 / 125, True)
    one, other = 123 / 125, 120 / 125
    chance = one * other + (1 - one) * (1 - other)
    assert kappa_of(COUNTS).value == pytest.approx((share - chance) / (1 - chance))
    rate = (one + other) / 2
    chance = 2 * rate * (1 - rate)
    assert gwet_of(COUNTS).value == pytest.approx((share - chance) / (1 - chance))
    assert kappa_of(COUNTS).value < 0
    assert gwet_of(COUNTS).low > 0.8


def test_kappa_and_its_interval_are_those_of_single_judgements() -> None:
    counts = PairedCounts(both=30, treated=9, control=6, neither=25)
    x = np.repeat([1, 1, 0, 0], [30, 9, 6, 25])
    y = np.repeat([1, 0, 1, 0], [30, 9, 6, 25])
    wanted, found = concordance_of(x, y, np.arange(70)), kappa_of(counts)
    assert (found.value, found.low, found.high) == pytest.approx(
        (wanted.value, wanted.low, wanted.high), abs=1e-9
    )


def test_without_any_disagreement_there_is_no_interval() -> None:
    found = gwet_of(PairedCounts(both=9, treated=0, control=0, neither=3))
    assert (found.value, found.low) == (1, None)
