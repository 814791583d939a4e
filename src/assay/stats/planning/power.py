"""Power as a function of effect and units; sample size and detectable effect are its inverses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import copysign, inf, isfinite, isnan, sqrt
from typing import TYPE_CHECKING, Final, Protocol

from scipy.special import nctdtr, ndtr, ndtri, stdtrit

from assay.core.errors import DataError
from assay.stats.sequential.looks import Looks, Side

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_UNITS: Final = 1e15
"""Sample sizes beyond it are no answer."""
_TINY: Final = 1e-12
_PRECISE: Final = 1e-13
"""Relative error at which a root counts as found."""
_STEPS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is to be shown of an effect, and how often it may be claimed wrongly.

    Attributes:
        alpha: error of the claim: two-sided for side `two`, one-sided for `up` and `down`.
        side: `up` is shown where the estimate lies far enough above the bound, `down` where it lies
            below; `two` where it lies on either side.
        bound: what the interval has to exclude: zero, the region too small to matter, or the
            (signed) margin of non-inferiority: −.02 shows that nothing worse than −.02 happened.
        lift: the bound is relative to the size of the control, which is itself estimated; the
            claim then is Fieller's.
        looks: None where the data are looked at once, at the end. Their bounds hold alpha by
            themselves, and statistics are held against them as normal ones.

    Raises:
        DataError: unless alpha lies inside (0, 1) and the bound is finite.
    """

    alpha: float = 0.05
    side: Side = "two"
    bound: float = 0.0
    lift: bool = False
    looks: Looks | None = None

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise DataError(f"alpha={self.alpha}, expected between 0 and 1")
        if not isfinite(self.bound):
            raise DataError(f"bound={self.bound}, expected a finite number")

    @property
    def tail(self) -> float:
        """Probability beyond the critical value on one side."""
        return self.alpha / 2 if self.side == "two" else self.alpha


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Which part of all units comes into each of the two arms that are compared.

    Two equal arms: ½ and ½. The treated arm of four equal ones against the control: ¼ and ¼.

    Raises:
        DataError: unless both are positive and together at most 1.
    """

    treated: float = 0.5
    control: float = 0.5

    def __post_init__(self) -> None:
        parts = (self.treated, self.control)
        if not (all(0 < part <= 1 for part in parts) and sum(parts) <= 1 + _TINY):
            raise DataError(f"{self}, expected positive shares of at most 1 together")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """The estimate on the scale of its test, at one true effect and one size of the arms.

    Attributes:
        shift: mean of the estimate, from the bound of the claim.
        error: its standard error.
        null: the standard error that the test divides by, where it is not an estimate of `error`
            (a pooled rate's, say).
        freedom: degrees of freedom of the estimated error; inf where the statistic is normal.
    """

    shift: float
    error: float
    null: float | None = None
    freedom: float = inf


class Outcome(Protocol):
    """What is measured: how well an effect on it is seen with so many units."""

    @property
    def base(self) -> float:
        """Value in the control; lifts are relative to its size."""
        ...

    @property
    def reach(self) -> tuple[float, float]:
        """Effects (differences) that can be, from the largest fall to the largest rise."""
        ...

    @property
    def fewest(self) -> float:
        """Units that each arm needs for the method to be defined; it holds from there on."""
        ...

    def estimator(self, effect: float, treated: float, control: float, claim: Claim) -> Estimator:
        """The estimate at this true effect with so many units in the two arms."""
        ...


def difference_of_means(  # noqa: PLR0913  two arms' estimates have that many parts
    outcome: Outcome,
    effect: float,
    claim: Claim,
    *,
    of_treated: float,
    of_control: float,
    covariance: float = 0.0,
    freedom: float = inf,
) -> Estimator:
    """The estimator where arms are compared on their own scale.

    Against a lift δ the contrast is `treated − (1 + δ) · control`, so that the noise of the control
    counts (Fieller); against a difference it is `treated − control − bound`.

    Args:
        outcome: what is measured.
        effect: treated − control.
        claim: what is to be shown.
        of_treated: variance of the treated arm's estimate.
        of_control: of the control's.
        covariance: of both, where they share units.
        freedom: degrees of freedom of the estimated error.
    """
    against, weight = claim.bound, 1.0
    if claim.lift:
        against = claim.bound * abs(outcome.base)
        weight = 1 + claim.bound * copysign(1.0, outcome.base)
    variance = of_treated + weight * weight * of_control - 2 * weight * covariance
    return Estimator(shift=effect - against, error=sqrt(max(variance, 0.0)), freedom=freedom)


def power(
    outcome: Outcome, effect: float, units: float, *, claim: Claim, split: Split | None = None
) -> float:
    """How often an experiment of this size would show the effect.

    Args:
        outcome: what is measured.
        effect: true difference treated − control.
        units: of all arms together; need not be whole.
        claim: what is to be shown.
        split: shares of the two arms in all units; halves where None.

    Raises:
        DataError: where the effect cannot be, or an arm has fewer units than the method needs.

    References:
        Cohen (1988), Statistical power analysis, 2nd ed., sec. 2.2; Chow, Shao, Wang & Lokhnygina
        (2018), Sample size calculations in clinical research, 3rd ed., ch. 1.
    """
    return shown(_estimator(outcome, effect, units, claim, split), claim)


def _estimator(
    outcome: Outcome, effect: float, units: float, claim: Claim, split: Split | None
) -> Estimator:
    split = split or Split()
    low, high = outcome.reach
    if not low <= effect <= high:
        raise DataError(f"effect {effect:g}, expected {low:g} to {high:g}")
    treated, control = units * split.treated, units * split.control
    least = min(treated, control)
    if not (least >= outcome.fewest * (1 - _TINY) and units < inf):
        raise DataError(f"{least:g} units in an arm, expected at least {outcome.fewest:g}")
    return outcome.estimator(effect, treated, control, claim)


def shown(estimator: Estimator, claim: Claim) -> float:
    """How often an estimate of this shift and error makes the claim.

    A statistic with an estimated error follows the noncentral t; one that divides by the error
    under the null (pooled) is a normal with another spread.
    """
    shift = -estimator.shift if claim.side == "down" else estimator.shift
    if not estimator.error > 0:
        return 1.0 if shift > 0 or (claim.side == "two" and shift) else 0.0
    if claim.looks is not None:
        return claim.looks.stretched((estimator.null or estimator.error) / estimator.error).shown(
            shift / estimator.error, claim.side
        )
    if isfinite(estimator.freedom):
        critical = -float(stdtrit(estimator.freedom, claim.tail))
        far = _beyond(estimator.freedom, shift / estimator.error, critical)
        return far + (
            _beyond(estimator.freedom, -shift / estimator.error, critical)
            if claim.side == "two"
            else 0.0
        )
    critical = -float(ndtri(claim.tail)) * (estimator.null or estimator.error)
    far = float(ndtr((shift - critical) / estimator.error))
    return far + (
        float(ndtr((-shift - critical) / estimator.error)) if claim.side == "two" else 0.0
    )


@lru_cache(maxsize=256)
def _drift(looks: Looks, side: Side, wanted: float) -> float:
    """The expected statistic at the last look with which the claim is made so often."""
    high = 4.0
    while looks.shown(high, side) < wanted:
        high *= 2
    return _root(lambda drift: looks.shown(drift, side) - wanted, 0.0, high)


def _lacking(estimator: Estimator, claim: Claim, wanted: float) -> float:
    """Below zero where power falls short of the wanted one, above where it exceeds it.

    Looks are costly to integrate over, so the drift that they need is found once, and the
    estimator's is held against it: the same sign, the same root.
    """
    if claim.looks is None or estimator.null is not None or not estimator.error > 0:
        return shown(estimator, claim) - wanted
    drift = estimator.shift / estimator.error * (-1.0 if claim.side == "down" else 1.0)
    return (abs(drift) if claim.side == "two" else drift) - _drift(claim.looks, claim.side, wanted)


def _beyond(freedom: float, centre: float, critical: float) -> float:
    """P(T > critical) of a noncentral t, had from the tail itself: small ones keep their digits."""
    found = float(nctdtr(freedom, -centre, -critical))
    if isnan(found):  # far out, where the series ends: the normal that t becomes
        spread = sqrt(1 + critical * critical / (2 * freedom))
        found = float(ndtr((centre - critical) / spread))
    return found


def detectable(  # noqa: PLR0913  the question has that many parts
    outcome: Outcome,
    units: float,
    *,
    wanted: float = 0.8,
    claim: Claim,
    split: Split | None = None,
    rising: bool = True,
) -> float | None:
    """The smallest effect that is shown with the wanted power: `power` inverted in the effect.

    Args:
        outcome: what is measured.
        units: of all arms together.
        wanted: power, above the error of the claim and below 1.
        claim: what is to be shown.
        split: shares of the two arms in all units; halves where None.
        rising: for a claim with two sides, whether a rise or a fall is sought.

    Returns:
        The difference treated − control, signed; None where no effect that can be is shown so
        surely.

    Raises:
        DataError: unless the wanted power lies between the claim's error and 1.
    """
    _check_wanted(wanted, claim)
    sign = {"two": 1.0 if rising else -1.0, "up": 1.0, "down": -1.0}[claim.side]
    start = claim.bound * (abs(outcome.base) if claim.lift else 1.0)
    end = outcome.reach[1] if sign > 0 else outcome.reach[0]
    if not sign * (end - start) > 0:
        return None

    def lacking(distance: float) -> float:
        effect = start + sign * distance
        effect = min(effect, end) if sign > 0 else max(effect, end)
        return _lacking(_estimator(outcome, effect, units, claim, split), claim, wanted)

    return _first_root(lacking, sign, start, end, _step(outcome, start, units, claim, split))


def _first_root(
    lacking: Callable[[float], float], sign: float, start: float, end: float, step: float
) -> float | None:
    low, most = 0.0, abs(end - start)
    high = min(step, most)
    while lacking(high) < 0:
        if high >= most:
            return None
        low, high = high, min(1.25 * high, most)
    return start + sign * _root(lacking, low, high)


def _step(outcome: Outcome, start: float, units: float, claim: Claim, split: Split | None) -> float:
    """A first step away from the bound: a small part of the standard error there."""
    split = split or Split()
    low, high = outcome.reach
    near = min(max(start, low), high)
    found = outcome.estimator(near, units * split.treated, units * split.control, claim)
    size = found.error or abs(high - low) or 1.0
    return 0.01 * size


def units_needed(
    outcome: Outcome,
    effect: float,
    *,
    wanted: float = 0.8,
    claim: Claim,
    split: Split | None = None,
) -> float | None:
    """Units of all arms together with which the effect is shown: `power` inverted in the size.

    The answer is not rounded up, so that power at it is the power that was wanted.

    Returns:
        None where no number of units shows it: the effect lies on the wrong side of the bound.

    Raises:
        DataError: unless the wanted power lies between the claim's error and 1, or where the effect
            cannot be.
    """
    _check_wanted(wanted, claim)
    split = split or Split()
    least = outcome.fewest / min(split.treated, split.control)

    def lacking(units: float) -> float:
        return _lacking(_estimator(outcome, effect, units, claim, split), claim, wanted)

    low = least
    if lacking(low) >= 0:
        return low
    high = 2 * low
    while lacking(high) < 0:
        if high > MOST_UNITS:
            return None
        low, high = high, 2 * high
    return _root(lacking, low, high)


def _root(lacking: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function crosses zero, to rounding.

    References:
        Dowell & Jarratt (1971), A modified regula falsi method for computing the root of an
        equation, BIT 11 (the Illinois step; every fourth step halves the rest, whatever the shape).
    """
    short, over = lacking(low), lacking(high)
    if short >= 0:
        return low
    moved = 0
    for step in range(_STEPS):
        if over == 0 or high - low <= _PRECISE * high:
            break
        middle = high - over * (high - low) / (over - short)
        if step % 4 == 3 or not low < middle < high:
            middle = (low + high) / 2
        at = lacking(middle)
        if at < 0:
            low, short, over = middle, at, over / 2 if moved < 0 else over
            moved = -1
        else:
            high, over, short = middle, at, short / 2 if moved > 0 else short
            moved = 1
    return high


def _check_wanted(wanted: float, claim: Claim) -> None:
    if not claim.alpha < wanted < 1:
        raise DataError(
            f"power {wanted}, expected above the error of the claim ({claim.alpha:g}) and below 1",
            remedy="0.8 and 0.9 are usual",
        )
