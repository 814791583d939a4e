"""What is believed after the data: exact for rates, normal with a stated prior otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.analysis.experiments.result import Posterior
from assay.core.finding import Estimate
from assay.stats.beta import Beta, choose, difference_quantiles, lift_quantiles
from assay.stats.normal import NormalPosterior, update

if TYPE_CHECKING:
    from assay.analysis.experiments.evidence import Effect

PRIOR_LIFT: Final = 0.3
"""Standard deviation of the lift believed in beforehand. Measured on other people's experiments
(the spread of true log lifts over clean pairs of the Upworthy archive is .27-.32), not tuned on the
data of the report."""
DOTS: Final = 20
"""Equally likely values of the lift that are kept for drawing."""
_VANISHING: Final = 1e-100
"""Spread of a prior in standard errors, below which its control is zero to double precision."""

_NONE: Final = Estimate(value=None, low=None, high=None)


def believe(effect: Effect, *, unit: str, better: str, alpha: float, dots: int = DOTS) -> Posterior:
    """The posterior of one comparison, its chances and losses in the declared direction."""
    if effect.counts is not None and min(n for _, n in effect.counts) > 0:
        return _exact(effect.counts, unit=unit, better=better, alpha=alpha, dots=dots)
    if effect.difference is None or effect.value_control is None:
        return Posterior(
            unit=unit,
            p_better=None,
            difference=_NONE,
            lift=_NONE,
            expected_loss_ship=None,
            expected_loss_keep=None,
            prior="none",
            method="none",
            reason=effect.refusal,
        )
    return _normal(effect, unit=unit, better=better, alpha=alpha, dots=dots)


def _exact(
    counts: tuple[tuple[int, int], tuple[int, int]],
    *,
    unit: str,
    better: str,
    alpha: float,
    dots: int,
) -> Posterior:
    variant, control = (Beta.after(ones, n) for ones, n in counts)
    choice = choose(variant, control)
    ends = (alpha / 2, 0.5, 1 - alpha / 2)
    low, _, high = difference_quantiles(variant, control, ends)
    lift = lift_quantiles(variant, control, ends + _levels(dots))
    up = better == "up"
    return Posterior(
        unit=unit,
        p_better=choice.p_greater if up else choice.p_less,
        difference=Estimate(value=variant.mean - control.mean, low=low, high=high),
        lift=Estimate(value=lift[1], low=lift[0], high=lift[2]),
        expected_loss_ship=choice.loss_variant if up else choice.loss_control,
        expected_loss_keep=choice.loss_control if up else choice.loss_variant,
        prior="uniform on each rate, Beta(1, 1)",
        method="Beta-binomial, exact",
        lift_quantiles=tuple(lift[3:]),
    )


def _normal(effect: Effect, *, unit: str, better: str, alpha: float, dots: int) -> Posterior:
    gap, lift, before = effect.difference, effect.lift, effect.value_control
    if gap is None or lift is None or before is None:
        return believe(effect, unit=unit, better=better, alpha=alpha)
    prior_sd = PRIOR_LIFT * abs(before)
    flat = lift.unbounded or prior_sd <= _VANISHING * gap.standard_error
    found = update(
        gap.value,
        gap.standard_error**2,
        control=before,
        control_variance=effect.control_variance,
        covariance=effect.covariance,
        prior_sd=None if flat else prior_sd,
    )
    low, high = found.interval(alpha)
    ratio = found.lift(alpha)
    up = better == "up"
    return Posterior(
        unit=unit,
        p_better=found.p_positive if up else found.p_negative,
        difference=Estimate(value=found.mean, low=low, high=high),
        lift=Estimate(value=ratio.value, low=ratio.low, high=ratio.high),
        expected_loss_ship=found.loss_if_negative if up else found.loss_if_positive,
        expected_loss_keep=found.loss_if_positive if up else found.loss_if_negative,
        prior="flat: the control cannot be told from zero, so no prior can be scaled by it"
        if flat
        else f"normal on the difference, mean 0, sd {PRIOR_LIFT:.0%} of the control's mean",
        method="normal-normal",
        reason="the control cannot be told from zero: the lift has no bounds"
        if ratio.unbounded
        else None,
        lift_quantiles=_normal_quantiles(found, dots),
    )


def _levels(dots: int) -> tuple[float, ...]:
    return tuple((i + 0.5) / dots for i in range(dots))


def _normal_quantiles(found: NormalPosterior, dots: int) -> tuple[float, ...]:
    """Quantiles of the lift: ends of its one-sided intervals."""
    lower, upper = [], []
    for level in _levels(dots)[: dots // 2]:
        ends = found.lift(2 * level)
        if ends.low is None or ends.high is None:
            return ()
        lower.append(ends.low)
        upper.append(ends.high)
    middle = found.lift(0.5).value if dots % 2 else None
    return (*lower, *(() if middle is None else (middle,)), *reversed(upper))
