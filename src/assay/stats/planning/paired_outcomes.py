"""Outcomes of arms that share their items: paired means, McNemar's pairs, pass@k."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, sqrt
from typing import Final

import numpy as np
from scipy.special import bdtr, bdtrc, betaln, gammaln, xlog1py, xlogy

from assay.core.errors import DataError
from assay.stats.planning.power import Claim, Estimator, difference_of_means

_LEAST: Final = 1e-14
"""Probability of numbers of discordant pairs that are left out of a sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedMean:
    """The mean difference over items that both arms have; a unit is an item in one arm.

    `units` are counted as everywhere, over both arms: n items are 2 n units.

    Attributes:
        base: mean of the control.
        sd: of a value in either arm.
        correlation: of the two values of an item.

    References:
        Student (1908), Biometrika 6; exact power by the noncentral t with n − 1 degrees of freedom.
    """

    base: float
    sd: float
    correlation: float

    def __post_init__(self) -> None:
        if not (isfinite(self.base) and 0 < self.sd < inf and -1 <= self.correlation < 1):
            raise DataError(f"{self}, expected sd > 0 and a correlation of −1 up to below 1")

    @property
    def reach(self) -> tuple[float, float]:
        """A mean may be anything."""
        return -inf, inf

    @property
    def fewest(self) -> float:
        """Two pairs have a spread."""
        return 2.0

    def estimator(self, effect: float, treated: float, control: float, claim: Claim) -> Estimator:
        """The mean of the differences, with Student's degrees of freedom."""
        pairs = _pairs(treated, control)
        variance = self.sd * self.sd / pairs
        return difference_of_means(
            self,
            effect,
            claim,
            of_treated=variance,
            of_control=variance,
            covariance=self.correlation * variance,
            freedom=pairs - 1,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedRate:
    """Two rates over the same items: only the pairs that disagree speak (McNemar).

    Attributes:
        base: rate of the control.
        discordant: share of items in which exactly one arm succeeds.

    References:
        Miettinen (1968), The matched pairs design in the case of all-or-none responses, Biometrics
        24; Connor (1987), Sample size for testing differences in proportions for the paired-sample
        design, Biometrics 43: null variance ψ, variance ψ − δ², over n.
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
        """The difference of the rates over the root of the discordant pairs."""
        if claim.bound:
            raise DataError(
                f"McNemar's test against a bound of {claim.bound:g}, expected zero",
                remedy="plan a margin with PairedMean on zeros and ones",
            )
        pairs = _pairs(treated, control)
        spread = max(self.discordant - effect * effect, 0.0)
        return Estimator(
            shift=effect, error=sqrt(spread / pairs), null=sqrt(self.discordant / pairs)
        )


def _pairs(treated: float, control: float) -> float:
    if abs(treated - control) > 1e-9 * (treated + control):
        raise DataError(f"{treated:g} and {control:g} units, expected as many, one pair per item")
    return treated


def mcnemar_power(
    pairs: int, *, up: float, down: float, alpha: float = 0.05, mid: bool = True
) -> float:
    """The exact power of McNemar's test: summed over every number of discordant pairs.

    Args:
        pairs: items that both arms have.
        up: share of items in which only the treated arm succeeds.
        down: share in which only the control does.
        alpha: two-sided.
        mid: the mid-p test, which counts the outcome seen by half; else the exact one.

    References:
        Fagerland, Lydersen & Laake (2013), The McNemar test for binary matched-pairs data: mid-p
        and asymptotic are better than exact conditional, BMC Med. Res. Methodol. 13:91.
    """
    discordant = up + down
    if not (pairs >= 1 and up >= 0 and down >= 0 and 0 < discordant <= 1):
        raise DataError(f"{pairs} pairs, {up} up, {down} down, expected shares of at most 1 in all")
    seen = np.arange(pairs + 1)
    weights = np.exp(_log_binomial(seen, pairs, discordant))
    found = 0.0
    for m in seen[weights > _LEAST]:
        k = np.arange(m + 1)
        tail = bdtr(k, m, 0.5)
        if mid:
            tail = tail - np.exp(_log_binomial(k, m, 0.5)) / 2
        small = k[2 * np.minimum(tail, 1.0) <= alpha * (1 + _LEAST)]
        if not len(small):
            continue
        edge, chance = int(small[-1]), up / discordant
        if 2 * edge >= m:
            rejected = 1.0
        else:
            rejected = float(bdtr(edge, m, chance) + bdtrc(m - edge - 1, m, chance))
        found += float(weights[m]) * rejected
    return min(found, 1.0)


def _log_binomial(k: np.ndarray, n: int, p: float) -> np.ndarray:
    chosen = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    found: np.ndarray = chosen + xlogy(k, p) + xlog1py(n - k, -p)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRate:
    """Mean and standard deviation of one item's estimated pass@k or pass^k."""

    base: float
    sd: float


def pass_at_k(rate: float, *, sd: float, trials: int, k: int, every: bool = False) -> PassRate:
    """What an item adds to a pass rate over repeated trials; plan it as a `Mean` or `PairedMean`.

    Items have success probabilities of a beta distribution. Of an item with c successes in n
    trials, pass@k is estimated by 1 − C(n − c, k) / C(n, k), and pass^k (all of k succeed) by
    C(c, k) / C(n, k); both are unbiased. Their moments are summed over the beta-binomial c.

    Args:
        rate: mean success probability of one trial.
        sd: of the items' probabilities; 0 where all items are alike.
        trials: per item and arm.
        k: at most `trials`.
        every: pass^k instead of pass@k.

    References:
        Chen et al. (2021), Evaluating large language models trained on code, arXiv 2107.03374,
        eq. 1; Yao et al. (2024), tau-bench, arXiv 2406.12045, sec. 3 (pass^k).
    """
    if not (0 < rate < 1 and 0 <= sd < sqrt(rate * (1 - rate)) and 1 <= k <= trials):
        raise DataError(
            f"rate {rate}, sd {sd}, k {k} of {trials} trials, expected a rate inside (0, 1), an sd"
            " below that of zeros and ones, and k up to the trials"
        )
    c = np.arange(trials + 1)
    if sd > 0:
        total = rate * (1 - rate) / (sd * sd) - 1
        a, b = rate * total, (1 - rate) * total
        chosen = gammaln(trials + 1) - gammaln(c + 1) - gammaln(trials - c + 1)
        weights = np.exp(chosen + betaln(c + a, trials - c + b) - betaln(a, b))
    else:
        weights = np.exp(_log_binomial(c, trials, rate))
    hits = c if every else trials - c
    chance = np.where(
        hits >= k,
        np.exp(
            gammaln(hits + 1)
            - gammaln(np.maximum(hits - k, 0) + 1)
            - gammaln(trials + 1)
            + gammaln(trials - k + 1)
        ),
        0.0,
    )
    values = chance if every else 1 - chance
    mean = float(weights @ values)
    return PassRate(base=mean, sd=sqrt(max(float(weights @ (values - mean) ** 2), 0.0)))
