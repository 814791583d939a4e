"""What is believed after the data: exact for rates and counts, otherwise normal on the log lift.

Whatever prior is used, the answer without it (or with a more sceptical one) stands beside.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from assay.analysis.experiments.bayes.expectations import DOUBT, FLAT, STATED, Prior
from assay.analysis.experiments.result import Belief, Posterior
from assay.core.finding import Estimate
from assay.stats.bayes import log_lift as logs
from assay.stats.bayes.beta import Beta, choose, difference_quantiles, lift_quantiles
from assay.stats.bayes.gamma import Gamma, choose_rates, rate_lift_quantiles
from assay.stats.bayes.log_lift import log_lift
from assay.stats.bayes.normal import NormalPosterior, update
from assay.stats.bayes.priors import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assay.analysis.experiments.effects.evidence import Effect
    from assay.stats.bayes.choice import Choice, Unknown
    from assay.stats.bayes.log_lift import LogLift
    from assay.stats.means import Difference

DOTS: Final = 20
"""Equally likely values of the lift that are kept for drawing."""
_VANISHING: Final = 1e-100
"""Spread of a prior in standard errors, below which its control is zero to double precision."""

T = TypeVar("T")

_NONE: Final = Estimate(value=None, low=None, high=None)


def believe(  # noqa: PLR0913  what is believed, of what, in whose words
    effect: Effect,
    *,
    unit: str,
    better: str,
    alpha: float,
    dots: int = DOTS,
    prior: Prior = STATED,
) -> Posterior:
    """The posterior of one comparison, its chances and losses in the declared direction.

    Args:
        effect: the estimates.
        unit: of the metric.
        better: up or down.
        alpha: one minus the intervals' confidence.
        dots: quantiles of the lift kept for drawing; 0 where none is drawn.
        prior: of the log lift, where the likelihood is not of a kind that has a prior of its own.
    """
    up = better == "up"
    levels = (alpha / 2, 0.5, 1 - alpha / 2, *_levels(dots))
    if effect.counts is not None and min(n for _, n in effect.counts) > 0:
        shares = _two(Beta.after(ones, n) for ones, n in effect.counts)
        found = _exact(
            shares, choose(*shares), lift_quantiles(*shares, levels), levels, unit, up=up
        )
        found = replace(
            found, prior="uniform on each rate, Beta(1, 1)", method="Beta-binomial, exact"
        )
        return replace(
            found, beside=_beside(_of_counts(effect.counts), (prior, DOUBT), unit, alpha, up=up)
        )
    if effect.events is not None and effect.events.poisson:
        rates = _two(Gamma.after(arm.total, arm.n) for arm in effect.events.arms)
        lifts = rate_lift_quantiles(*rates, levels)
        found = _exact(rates, choose_rates(*rates), lifts, levels, unit, up=up)
        found = replace(
            found,
            prior="Jeffreys’ on each rate, Gamma(1/2, 0)",
            method="Gamma-Poisson, exact",
        )
        return replace(
            found, beside=_beside(_of_effect(effect), (prior, DOUBT), unit, alpha, up=up)
        )
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
    found_log = _of_effect(effect)
    if found_log is None:
        return _normal(effect, effect.difference, unit=unit, better=better, alpha=alpha, dots=dots)
    flat = _normal_of(effect, effect.difference, None)
    return _on_log_lift(flat, found_log, prior, levels, unit, alpha, up=up)


def logged(effect: Effect) -> LogLift | None:
    """The log lift behind an effect, None where an arm is not safely above zero."""
    return _of_counts(effect.counts) if effect.counts is not None else _of_effect(effect)


def _exact(  # noqa: PLR0913  private: the parts of a posterior
    arms: tuple[Unknown, Unknown],
    choice: Choice,
    lifts: Sequence[float],
    levels: Sequence[float],
    unit: str,
    *,
    up: bool,
) -> Posterior:
    low, _, high = difference_quantiles(*arms, levels[:3])
    return Posterior(
        unit=unit,
        p_better=choice.p_greater if up else choice.p_less,
        difference=Estimate(value=arms[0].mean - arms[1].mean, low=low, high=high),
        lift=Estimate(value=lifts[1], low=lifts[0], high=lifts[2]),
        expected_loss_ship=choice.loss_variant if up else choice.loss_control,
        expected_loss_keep=choice.loss_control if up else choice.loss_variant,
        prior="",
        method="",
        lift_quantiles=tuple(lifts[3:]),
    )


def _on_log_lift(  # noqa: PLR0913, PLR0917  private: the parts of a posterior
    flat: NormalPosterior,
    found: LogLift,
    prior: Prior,
    levels: Sequence[float],
    unit: str,
    alpha: float,
    *,
    up: bool,
) -> Posterior:
    after = logs.believe(found, prior.log_lift)
    low, _, high = after.difference_quantiles(levels[:3])
    lifts = after.lift_quantiles(levels)
    chances, losses = _directed(after, up=up)
    return Posterior(
        unit=unit,
        p_better=chances,
        difference=Estimate(value=min(max(after.difference, low), high), low=low, high=high),
        lift=Estimate(value=lifts[1], low=lifts[0], high=lifts[2]),
        expected_loss_ship=losses[0],
        expected_loss_keep=losses[1],
        prior=prior.words,
        method="normal-normal on the log lift",
        lift_quantiles=tuple(lifts[3:]),
        beside=(_flat(flat, unit, alpha, up=up), *_beside(found, (DOUBT,), unit, alpha, up=up)),
    )


def _beside(
    found: LogLift | None, priors: Sequence[Prior], unit: str, alpha: float, *, up: bool
) -> tuple[Belief, ...]:
    """The same data under other priors of the log lift; nothing where it has no logarithm."""
    if found is None:
        return ()
    beliefs = []
    for prior in priors:
        after = logs.believe(found, prior.log_lift)
        low, value, high = after.lift_quantiles((alpha / 2, 0.5, 1 - alpha / 2))
        chance, losses = _directed(after, up=up)
        beliefs.append(
            Belief(
                unit=unit,
                prior=prior.words,
                p_better=chance,
                lift=Estimate(value=value, low=low, high=high),
                expected_loss_ship=losses[0],
                expected_loss_keep=losses[1],
            )
        )
    return tuple(beliefs)


def _directed(after: logs.LiftBelief, *, up: bool) -> tuple[float, tuple[float, float]]:
    """Chance of being better, and the losses of shipping and of keeping."""
    losses = after.loss_if_negative, after.loss_if_positive
    if up:
        return after.log_lift.p_positive, losses
    return after.log_lift.p_negative, (losses[1], losses[0])


def _flat(found: NormalPosterior, unit: str, alpha: float, *, up: bool) -> Belief:
    ratio = found.lift(alpha)
    losses = found.loss_if_negative, found.loss_if_positive
    return Belief(
        unit=unit,
        prior=FLAT,
        p_better=found.p_positive if up else found.p_negative,
        lift=Estimate(value=ratio.value, low=ratio.low, high=ratio.high),
        expected_loss_ship=losses[0] if up else losses[1],
        expected_loss_keep=losses[1] if up else losses[0],
    )


def _of_counts(counts: tuple[tuple[int, int], tuple[int, int]]) -> LogLift | None:
    (ones, n), (others, m) = counts
    if not n or not m:
        return None
    here, there = ones / n, others / m
    variance, base = here * (1 - here) / n, there * (1 - there) / m
    if not variance + base > 0:
        return None
    return log_lift(
        here - there,
        variance + base,
        control=there,
        control_variance=base,
        covariance=-base,
    )


def _of_effect(effect: Effect) -> LogLift | None:
    gap, before = effect.difference, effect.value_control
    if gap is None or before is None or not effect.control_variance > 0:
        return None
    return log_lift(
        gap.value,
        gap.standard_error**2,
        control=before,
        control_variance=effect.control_variance,
        covariance=effect.covariance,
    )


def _normal_of(effect: Effect, gap: Difference, prior_sd: float | None) -> NormalPosterior:
    return update(
        gap.value,
        gap.standard_error**2,
        control=effect.value_control or 0.0,
        control_variance=effect.control_variance,
        covariance=effect.covariance,
        prior_sd=prior_sd,
    )


def _normal(  # noqa: PLR0913  private: the parts of a posterior
    effect: Effect, gap: Difference, *, unit: str, better: str, alpha: float, dots: int
) -> Posterior:
    """A prior on the difference, or none, where an arm is not safely above zero."""
    prior_sd = DEFAULT.sd * abs(effect.value_control or 0.0)
    unbounded = effect.lift is None or effect.lift.unbounded
    flat = unbounded or prior_sd <= _VANISHING * gap.standard_error
    found = _normal_of(effect, gap, None if flat else prior_sd)
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
        else f"normal on the difference, mean 0, sd {DEFAULT.sd:.0%} of the control’s mean, since "
        f"an arm is within {logs.SAFE:.0f} standard errors of zero or below it",
        method="normal-normal",
        reason="the control cannot be told from zero: the lift has no bounds"
        if ratio.unbounded
        else None,
        lift_quantiles=_normal_quantiles(found, dots),
        beside=() if flat else (_flat(_normal_of(effect, gap, None), unit, alpha, up=up),),
    )


def _two(arms: Iterable[T]) -> tuple[T, T]:
    treated, control = arms
    return treated, control


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
