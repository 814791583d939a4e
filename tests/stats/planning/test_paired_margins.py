"""The size of a paired trial against a margin, held against every outcome that it can have."""

import numpy as np
import pytest
from scipy.special import gammaln, ndtri

from assay.core.errors import DataError
from assay.stats.planning.paired_margins import PairedMargin, exact_power, pairs_needed
from assay.stats.planning.paired_outcomes import PairedRate
from assay.stats.planning.power import Claim, power, units_needed

MARGIN = 0.05
CLAIM = Claim(alpha=0.05, side="up", bound=-MARGIN)


def every_outcome(n, gained, lost, margin, alpha):
    """The chance that Tango's score rejects a loss of the margin: summed over all outcomes.

    The likelihood under the margin is maximised by a fine search, not by its closed form.
    """
    b, c = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    rest = n - b - c
    keep = rest >= 0
    b, c, rest = b[keep], c[keep], rest[keep]
    chance = np.exp(
        gammaln(n + 1)
        - gammaln(b + 1)
        - gammaln(c + 1)
        - gammaln(rest + 1)
        + b * np.log(gained)
        + c * np.log(lost)
        + rest * np.log(1 - gained - lost)
    )
    likely = chance > 1e-9
    b, c, rest, chance = b[likely], c[likely], rest[likely], chance[likely]
    up = np.linspace(1e-9, (1 - margin) / 2 - 1e-9, 8001)  # chance of b; that of c is up + margin
    scores = (
        b[:, None] * np.log(up)
        + c[:, None] * np.log(up + margin)
        + rest[:, None] * np.log1p(-2 * up - margin)
    )
    best = up[scores.argmax(axis=1)]
    variance = n * (2 * best + margin - margin**2)
    shown = (b - c + n * margin) / np.sqrt(variance) > -ndtri(alpha)
    return float(chance[shown].sum())


@pytest.mark.parametrize(("n", "loss"), [(60, 0.0), (60, MARGIN)])
def test_power_is_near_that_of_every_outcome_summed(n, loss):
    discordant = 0.2
    expected = every_outcome(n, (discordant - loss) / 2, (discordant + loss) / 2, MARGIN, 0.05)
    up, down = (discordant - loss) / 2, (discordant + loss) / 2
    exact = exact_power(n, up=up, down=down, margin=MARGIN)
    assert exact == pytest.approx(expected, abs=2e-3)  # but for ties that the search does not hit
    found = power(PairedMargin(base=0.7, discordant=discordant), -loss, 2 * n, claim=CLAIM)
    assert found == pytest.approx(expected, abs=0.025)


def test_the_units_asked_for_have_the_power_asked_for():
    outcome = PairedMargin(base=0.75, discordant=0.2)
    units = units_needed(outcome, 0.0, wanted=0.8, claim=CLAIM)
    assert power(outcome, 0.0, units, claim=CLAIM) == pytest.approx(0.8)
    assert units / 2 == pytest.approx(506.1, abs=0.1)


def test_against_no_difference_it_is_mcnemars():
    claim = Claim(alpha=0.025, side="up")
    for effect in (0.0, 0.06):
        one = power(PairedMargin(base=0.5, discordant=0.3), effect, 300, claim=claim)
        other = power(PairedRate(base=0.5, discordant=0.3), effect, 300, claim=claim)
        assert one == pytest.approx(other)


def test_what_is_no_plan_is_refused():
    with pytest.raises(DataError, match="expected a rate"):
        PairedMargin(base=1.0, discordant=0.2)
    with pytest.raises(DataError, match="one pair per item"):
        PairedMargin(base=0.5, discordant=0.2).estimator(0.0, 10, 20, CLAIM)
    with pytest.raises(DataError, match="relative to the control"):
        power(PairedMargin(base=0.5, discordant=0.2), 0, 100, claim=Claim(bound=-0.1, lift=True))


@pytest.mark.parametrize(("discordant", "margin"), [(0.2, 0.05), (0.02, 0.05), (0.5, 0.1)])
def test_items_asked_for_have_the_power_and_fewer_do_not(discordant, margin):
    n = pairs_needed(discordant=discordant, margin=margin, alpha=0.05)
    half = discordant / 2
    assert exact_power(n, up=half, down=half, margin=margin) >= 0.8
    assert exact_power(n * 9 // 10, up=half, down=half, margin=margin) < 0.8


def test_at_the_margin_the_test_errs_as_often_as_it_may():
    for n in (80, 250, 507):
        found = exact_power(n, up=0.075, down=0.125, margin=0.05)
        assert found == pytest.approx(0.05, abs=0.005)
    with pytest.raises(DataError, match="expected positive shares"):
        exact_power(10, up=0.6, down=0.6, margin=0.05)
