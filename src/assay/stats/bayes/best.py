"""Which of several arms is the best, where what is believed of each is a lift over one control."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import DataError
from assay.stats.bayes.choice import Ranking, panels
from assay.stats.bayes.log_lift import LogLift, believe
from assay.stats.bayes.mixture import Mixture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_CONTROLS: Final = 27
_REACH: Final = 6.5
_FLAT: Final = 1e3
"""Spread, on the log scale, of a prior that says nothing."""


@dataclass(frozen=True, slots=True)
class LogMean:
    """An arm's estimated log mean, independent of the other arms', and its variance."""

    value: float
    variance: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.value) and 0 < self.variance < np.inf):
            raise DataError(f"{self}, expected a finite value and a positive variance")


def rank_lifts(
    control: LogMean, arms: Sequence[LogMean], prior: Mixture | None, *, largest: bool = True
) -> Ranking:
    """The chance of each arm to have the largest mean, the control's first, and what each loses.

    Arms share their control, so that lifts over it are correlated: given the control's mean they
    are independent again, whatever the prior. So the control is integrated over in equal steps
    (for a smooth density on a whole line the best rule there is), and within each step the arms
    are compared as in `choice.rank`; one arm alone is compared in closed form. Losses are in the
    unit of the means.

    Args:
        control: compared against; nothing was believed of it before.
        arms: the others.
        prior: of each arm's log lift over the control; None is flat.
        largest: whether the largest mean is best, or the smallest.

    Raises:
        DataError: without an arm.
    """
    if not arms:
        raise DataError("no arm to rank beside the control")
    before = prior or Mixture.normal(0.0, _FLAT)
    if len(arms) == 1:
        return _of_two(control, arms[0], before, largest=largest)
    spread = np.sqrt(control.variance)
    steps = control.value + spread * np.linspace(-_REACH, _REACH, _CONTROLS)
    log_weight = -((steps - control.value) ** 2) / control.variance / 2
    for arm in arms:
        log_weight = log_weight + np.log(_foreseen(before, arm, steps))
    if log_weight.argmax() in {0, len(steps) - 1}:  # the prior moves the control far: follow it
        steps = steps[log_weight.argmax()] + spread * np.linspace(-_REACH, _REACH, _CONTROLS)
        log_weight = -((steps - control.value) ** 2) / control.variance / 2
        for arm in arms:
            log_weight = log_weight + np.log(_foreseen(before, arm, steps))
    weights = np.exp(log_weight - log_weight.max())
    weights /= weights.sum()
    chances, losses = np.zeros(len(arms) + 1), np.zeros(len(arms) + 1)
    for step, weight in zip(steps, weights, strict=True):
        if weight > 1e-14:
            beliefs = [
                before.updated(arm.value - float(step), arm.variance).pruned() for arm in arms
            ]
            won, lost = _against_fixed(beliefs, largest=largest)
            chances += weight * won
            losses += weight * np.exp(step) * lost
    return Ranking(p_best=tuple(map(float, chances)), loss=tuple(map(float, losses)))


def _of_two(control: LogMean, arm: LogMean, before: Mixture, *, largest: bool) -> Ranking:
    """The control and the only arm, by what is believed of the lift between them."""
    found = LogLift(
        value=arm.value - control.value,
        variance=arm.variance + control.variance,
        control=control.value,
        control_variance=control.variance,
        covariance=-control.variance,
    )
    after = believe(found, before)
    chances = after.log_lift.p_negative, after.log_lift.p_positive
    losses = after.loss_if_positive, after.loss_if_negative
    if largest:
        return Ranking(p_best=chances, loss=losses)
    return Ranking(p_best=chances[::-1], loss=losses[::-1])


def _foreseen(before: Mixture, arm: LogMean, steps: Array) -> Array:
    """Density of the arm's estimate, for each value of the control."""
    spread = np.sqrt(before.sds**2 + arm.variance)
    z = (arm.value - steps[:, None] - before.means) / spread
    return np.asarray((np.exp(-z * z / 2) / spread) @ before.weights + 1e-300)


def _against_fixed(beliefs: Sequence[Mixture], *, largest: bool) -> tuple[Array, Array]:
    """Chances and losses of a control whose log is 0 and of arms with these log lifts."""
    low = min(-1e-12, *(belief.ends[0] for belief in beliefs))
    high = max(1e-12, *(belief.ends[1] for belief in beliefs))
    marks = np.concatenate([np.zeros(1), *(belief.marks for belief in beliefs)])
    x, w = (each[0] for each in panels(marks[None, :], (low, high)))
    below = [np.where(x >= 0, 1.0, 0.0), *(belief.below(x) for belief in beliefs)]
    above = [1 - below[0], *(belief.above(x) for belief in beliefs)]
    zero = np.zeros(1)
    if not largest:
        below, above = above, below
    beaten = [belief.below(zero) if largest else belief.above(zero) for belief in beliefs]
    chances = [prod(float(each[0]) for each in beaten)]
    losses = []
    for i in range(len(below)):
        others = [j for j in range(len(below)) if j != i]
        if i:
            density = beliefs[i - 1].density(x)
            chances.append(float((w * density * prod(below[j] for j in others)).sum()))
        some_above = np.zeros_like(x)
        for j in others:
            some_above = above[j] + below[j] * some_above
        losses.append(float((w * below[i] * some_above * np.exp(x)).sum()))
    return np.array(chances), np.array(losses)
