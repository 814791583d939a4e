"""Traffic that follows what was learnt: how it is shared out, and what is known afterwards.

Batch by batch each arm gets the probability that it is the best (Thompson sampling), and never less
than a floor. Afterwards the plain mean of an arm is biased, since an arm that had bad luck was
given up before its luck could turn, and its t interval does not hold. Two estimates do: both use
the share with which each arm was drawn in each batch, which is known.

References:
    Thompson (1933), Biometrika 25, 285-294.
    Hadad, Hirshberg, Zhan, Wager, Athey (2021), Confidence intervals for policy evaluation in
    adaptive experiments, PNAS 118(15), eqs. 5, 7 and 15.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from assay.core.errors import DataError
from assay.stats.bayes.choice import rank
from assay.stats.bayes.mixture import Mixture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

Array = NDArray[Any]

FEWEST: Final = 2
"""Units that an arm needs in a batch to have a variance there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one batch brought, arm by arm, the control first.

    Attributes:
        propensity: the share with which each arm was drawn.
        n, mean, variance: of the outcomes of the units in each arm (variance with n - 1).
    """

    propensity: tuple[float, ...]
    n: tuple[int, ...]
    mean: tuple[float, ...]
    variance: tuple[float, ...]

    def __post_init__(self) -> None:
        arms = len(self.propensity)
        if arms < 2 or any(len(row) != arms for row in (self.n, self.mean, self.variance)):
            raise DataError(
                f"a batch of {arms} propensities, expected as many of all for 2 arms up"
            )
        if not all(0 < share < 1 for share in self.propensity):
            raise DataError(f"propensity={self.propensity}, expected shares inside (0, 1)")
        if not abs(sum(self.propensity) - 1) <= 1e-6:
            raise DataError(f"propensity={self.propensity} adds up to {sum(self.propensity):g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveEstimate:
    """An arm's gain over the control, after shares that followed the data.

    Attributes:
        difference, standard_error, low, high: of the mean outcome, arm minus control.
        fixed_units: units that equal and constant shares would have needed for the same standard
            error.
        units: that there were.
    """

    difference: float
    standard_error: float
    low: float
    high: float
    units: int
    fixed_units: float

    @property
    def cost(self) -> float:
        """Units taken for one that equal shares would have taken: above 1, certainty was paid."""
        return self.units / self.fixed_units


def thompson_split(
    mean: ArrayLike, error: ArrayLike, *, floor: float, lower_is_better: bool = False
) -> tuple[float, ...]:
    """The share of each arm in the next batch: the floor, and the rest by the chance to be best.

    Args:
        mean: of each arm, so far.
        error: its standard error.
        floor: share that every arm keeps; below it no estimate has an interval worth its name.
        lower_is_better: the smallest is the best.

    Raises:
        DataError: where the floors of all arms are more than there is, or an error is not positive.
    """
    centre, spread = np.asarray(mean, dtype=float), np.asarray(error, dtype=float)
    if not 0 < floor * len(centre) <= 1:
        raise DataError(f"floor={floor}, expected above 0 and at most 1/{len(centre)}")
    if centre.shape != spread.shape or not (spread > 0).all():
        raise DataError("expected a positive standard error for every mean")
    towards = -centre if lower_is_better else centre
    beliefs = [
        Mixture.normal(float(one), float(sd)) for one, sd in zip(towards, spread, strict=True)
    ]
    chances = rank(beliefs).p_best
    rest = 1 - len(centre) * floor
    return tuple(floor + rest * chance / sum(chances) for chance in chances)


def pooled_arms(table: Batches) -> tuple[Array, Array]:
    """Mean and standard error of each arm over all batches: what the next split is made from.

    Batches count by their units, not by the arm's: an arm that was favoured late is not judged by
    the late units alone.
    """
    weights = table.units[..., None] * (table.n >= FEWEST)
    whole = weights.sum(axis=-2)
    mean = (weights * table.mean).sum(axis=-2) / whole
    spread = (weights**2 / np.maximum(table.n, 1)).sum(axis=-2) / whole**2
    return mean, np.sqrt(pooled_variance(table) * spread)


def stratified_gain(table: Batches, arm: int, control: int = 0) -> tuple[Array, Array]:
    """The gain within each batch, averaged over batches by their units, and its standard error.

    Within a batch the split is fixed and units are drawn at random, so each batch is a small
    experiment of its own, and inverse propensity weighting reduces to a difference of means. It is
    unbiased for the gain over all units that came in. The variance within an arm is pooled over
    batches: one of a few units alone is small where their mean is, which would make the interval
    fail. Batches in which an arm has fewer than two units do not count.
    """
    gap, variance, counts = _gaps(table, arm, control)
    return _averaged(gap, variance, table.units * counts)


def weighted_gain(table: Batches, arm: int, control: int = 0) -> tuple[Array, Array]:
    """The augmented inverse-propensity estimate with adaptive weights, and its standard error.

    Each unit's outcome is divided by the share with which its arm was drawn, after the mean of the
    batches before is taken off (the augmentation); batches count by the root of the arm's share.
    """
    one, other = _scores(table, arm), _scores(table, control)
    spread = np.zeros(table.n.shape[:-2])
    for group in range(table.n.shape[-1]):
        at = slope = np.zeros(table.units.shape)
        for scores, sign, own in ((one, 1, group == arm), (other, -1, group == control)):
            intercept, steep = scores.line(own=own)
            at = at + sign * (intercept + steep * table.mean[..., group])
            slope = slope + sign * steep
        n, variance = table.n[..., group], table.variance[..., group]
        spread += (n * at**2 + slope**2 * variance * np.maximum(n - 1, 0)).sum(axis=-1)
    return one.value - other.value, np.sqrt(spread)


def gain(
    batches: Sequence[Batch],
    arm: int,
    *,
    control: int = 0,
    alpha: float = 0.05,
    method: Method = "stratified",
) -> AdaptiveEstimate:
    """What an arm gains over the control, with an interval that holds after reallocation.

    Args:
        batches: in their order, all of them.
        arm: compared with `control`, both as places in the batches.
        control: compared against.
        alpha: one minus the interval's confidence.
        method: `stratified` estimates the gain over all units that came in; `weighted` gives more
            weight to batches in which both arms were drawn often: the same where the gain is.

    Raises:
        DataError: where no batch has two units and some variation in both arms.
    """
    if not batches:
        raise DataError("no batch, expected one or more")
    table = Batches.of(batches)
    if not _gaps(table, arm, control)[2].any():
        raise DataError("no batch has two units and some variation in both arms")
    value, error = (float(found) for found in _METHODS[method](table, arm, control))
    within = pooled_variance(table)[[arm, control]]
    reach = -float(ndtri(alpha / 2)) * error
    return AdaptiveEstimate(
        difference=value,
        standard_error=error,
        low=value - reach,
        high=value + reach,
        units=int(table.n.sum()),
        fixed_units=float(table.n.shape[1] * within.sum() / error**2),
    )


@dataclass(frozen=True, slots=True)
class Batches:
    """All batches as arrays whose last two axes are batch and arm; others are streams."""

    share: Array
    n: Array
    mean: Array
    variance: Array

    @classmethod
    def of(cls, batches: Sequence[Batch]) -> Batches:
        """The batches of one experiment."""
        if len({len(batch.n) for batch in batches}) > 1:
            raise DataError("batches have different numbers of arms, expected the same")
        names = ("propensity", "n", "mean", "variance")
        return cls(
            *(np.array([getattr(one, name) for one in batches], dtype=float) for name in names)
        )

    @property
    def units(self) -> Array:
        """Units of each batch."""
        found: Array = self.n.sum(axis=-1)
        return found


Method = Literal["stratified", "weighted"]
_METHODS: Final = {
    "stratified": stratified_gain,
    "weighted": weighted_gain,
}


@dataclass(frozen=True, slots=True)
class _Scores:
    """Scores of one arm: a unit of a batch adds `weight * (score - value)`."""

    value: Array
    weight: Array
    prior: Array
    share: Array

    def line(self, *, own: bool) -> tuple[Array, Array]:
        """A unit's addition as intercept and slope in its outcome, batch by batch."""
        base = self.prior - self.value[..., None]
        if not own:
            return self.weight * base, np.zeros_like(base)
        return self.weight * (base - self.prior / self.share), self.weight / self.share


def _scores(table: Batches, arm: int) -> _Scores:
    share, n, mean = (part[..., arm] for part in (table.share, table.n, table.mean))
    seen = np.cumsum(n, axis=-1) - n
    prior = (np.cumsum(n * mean, axis=-1) - n * mean) / np.maximum(seen, 1)
    score = prior + n / (table.units * share) * (mean - prior)
    root = np.sqrt(share)
    whole = (root * table.units).sum(axis=-1)
    value = (root * table.units * score).sum(axis=-1) / whole
    return _Scores(value, root / whole[..., None], prior, share)


def _gaps(table: Batches, arm: int, control: int) -> tuple[Array, Array, NDArray[np.bool_]]:
    pair = [arm, control]
    n = table.n[..., pair]
    within = pooled_variance(table)[..., None, pair]
    variance = (within / np.maximum(n, 1)).sum(axis=-1)
    counts = (n >= FEWEST).all(axis=-1) & (variance > 0)
    gap = table.mean[..., arm] - table.mean[..., control]
    return np.where(counts, gap, 0.0), np.where(counts, variance, 1.0), counts


def pooled_variance(table: Batches) -> Array:
    """The variance within each arm, over all batches."""
    freedom = np.maximum(table.n - 1, 0)
    found: Array = (freedom * table.variance).sum(axis=-2) / np.maximum(freedom.sum(axis=-2), 1)
    return found


def _averaged(gap: Array, variance: Array, weights: Array) -> tuple[Array, Array]:
    shares = weights / weights.sum(axis=-1, keepdims=True)
    return (shares * gap).sum(axis=-1), np.sqrt((shares**2 * variance).sum(axis=-1))
