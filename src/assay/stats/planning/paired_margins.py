"""Two rates over the same items held against a margin: the size of a paired trial."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import gammaln, ndtri, xlog1py, xlogy

from assay.core.errors import DataError
from assay.stats.planning.power import Claim, Estimator, units_needed

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST: Final = 1e-12
"""Probability of outcomes that are left out of a sum."""
_MOST_SUMMED: Final = 5000
"""Items up to which outcomes are summed; the normal answer is exact enough beyond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedMargin:
    """Two rates over the same items; the claim's bound is a margin, tested by Tango's score.

    `units` are counted over both arms: n items are 2 n units. The test divides by the error that
    holds at the margin, with the discordant cells' shares as they would be estimated there.

    Attributes:
        base: rate of the control.
        discordant: share of items in which exactly one arm succeeds, where both are equally good.

    References:
        Nam (1997), Establishing equivalence of two treatments and sample size requirements in
        matched-pairs design, Biometrics 53(4), sec. 4; Tango (1998), Statistics in Medicine 17.
    """

    base: float
    discordant: float

    def __post_init__(self) -> None:
        if not (0 < self.base < 1 and 0 < self.discordant <= 1):
            raise DataError(f"{self}, expected a rate inside (0, 1), discordant above 0, at most 1")

    @property
    def reach(self) -> tuple[float, float]:
        """All discordant pairs on one side."""
        return -min(self.discordant, self.base), min(self.discordant, 1 - self.base)

    @property
    def fewest(self) -> float:
        """One pair."""
        return 1.0

    def estimator(self, effect: float, treated: float, control: float, claim: Claim) -> Estimator:
        """The difference of the rates from the bound, over its error there."""
        if abs(treated - control) > 1e-9 * (treated + control):
            raise DataError(
                f"{treated:g} and {control:g} units, expected as many, one pair per item"
            )
        if claim.lift:
            raise DataError("a margin relative to the control, expected a difference of rates")
        bound = claim.bound
        more, less = (self.discordant + effect) / 2, (self.discordant - effect) / 2
        second = -more - less + (2 - more + less) * bound
        third = -less * bound * (1 - bound)
        share = (sqrt(max(second * second - 8 * third, 0.0)) - second) / 4
        null = max(2 * share + bound * (1 - bound), 0.0)
        spread = max(self.discordant - effect * effect, 0.0)
        return Estimator(
            shift=effect - bound, error=sqrt(spread / treated), null=sqrt(null / treated)
        )


def exact_power(pairs: int, *, up: float, down: float, margin: float, alpha: float = 0.05) -> float:
    """How often Tango's score shows a loss below the margin: summed over every outcome.

    Args:
        pairs: items that both arms have.
        up: share of items in which only the treated arm succeeds.
        down: share in which only the control does.
        margin: loss that is allowed, above zero.
        alpha: one-sided.

    References:
        Tango (1998), Equivalence test and confidence interval for the difference in proportions
        for the paired-sample design, Statistics in Medicine 17, eq. 5.
    """
    discordant = up + down
    if not (pairs >= 1 and up > 0 and down > 0 and discordant <= 1 and 0 < margin < 1):
        raise DataError(
            f"{pairs} pairs, {up} up, {down} down, margin {margin}, expected positive shares of at"
            " most 1 in all"
        )
    total = np.arange(pairs + 1)
    weight = _binomial(total, pairs, discordant)
    likely = total[weight > _LEAST]
    gained, of = np.meshgrid(np.arange(likely[-1] + 1), likely)
    inside = gained <= of
    gained, of = gained[inside], of[inside]
    chance = weight[of] * _binomial(gained, of, up / discordant)
    lost = of - gained
    second = -of - (2 * pairs - gained + lost) * margin
    third = lost * margin * (1 + margin)
    share = (np.sqrt(np.maximum(second**2 - 8 * pairs * third, 0.0)) - second) / (4 * pairs)
    spread = pairs * (2 * share - margin * (1 + margin))
    score = (gained - lost + pairs * margin) / np.sqrt(np.maximum(spread, _LEAST))
    return min(float(chance[score > -float(ndtri(alpha))].sum()), 1.0)


def pairs_needed(*, discordant: float, margin: float, alpha: float, wanted: float = 0.8) -> int:
    """Items with which equally good arms are told to be within the margin with this power.

    From the normal answer on, until every outcome summed has the power: a normal one is some items
    short, and success comes in steps.
    """
    claim = Claim(alpha=alpha, side="up", bound=-margin)
    outcome = PairedMargin(base=0.5, discordant=min(discordant, 1.0))
    start = units_needed(outcome, 0.0, wanted=wanted, claim=claim)
    found = ceil((start or 2.0) / 2)
    half = discordant / 2
    if found > _MOST_SUMMED:
        return found
    while exact_power(found, up=half, down=half, margin=margin, alpha=alpha) < wanted:
        found += max(1, found // 200)
    return found


def _binomial(k: NDArray[np.int64], n: NDArray[np.int64] | int, p: float) -> NDArray[np.float64]:
    chosen = gammaln(np.asarray(n) + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    found: NDArray[np.float64] = np.exp(chosen + xlogy(k, p) + xlog1py(n - k, -p))
    return found
