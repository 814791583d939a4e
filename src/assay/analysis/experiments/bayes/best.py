"""Which arm is best, over all of them at once: the control is one of them."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Annotated

from assay.core.units import Probability, UnitOf
from assay.stats.bayes.best import LogMean, rank_lifts
from assay.stats.bayes.beta import Beta
from assay.stats.bayes.choice import Unknown, rank
from assay.stats.bayes.gamma import Gamma
from assay.stats.bayes.log_lift import SAFE
from assay.stats.bayes.mixture import Mixture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.experiments.bayes.expectations import Prior
    from assay.analysis.experiments.effects.evidence import Effect
    from assay.stats.bayes.choice import Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class BestArm:
    """One arm among all.

    Attributes:
        p_best: probability that no other arm is better.
        loss: what choosing it gives up on average, against the best.
    """

    arm: str
    unit: str
    p_best: Probability
    loss: Annotated[float, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """Every arm's chance of being the best on one metric; they add up to one.

    Attributes:
        arms: the control first; empty where `reason` says why.
    """

    metric: str
    unit: str
    better: str
    method: str
    arms: tuple[BestArm, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """An arm's mean, and its variance without what all arms share."""

    value: float
    variance: float


def best_of(  # noqa: PLR0913  what, of whom, in whose words
    names: Sequence[str],
    effects: Sequence[Effect],
    *,
    metric: str,
    unit: str,
    better: str,
    prior: Prior,
    paired: bool,
) -> Best:
    """The chance of each arm to be the best, exact by quadrature.

    Args:
        names: of all arms, the control first.
        effects: of the others against it, in the same order.
        metric: its name.
        unit: its unit.
        better: up or down.
        prior: of log lifts.
        paired: whether arms share their items.
    """
    found, method = _ranking(effects, prior, up=better == "up", paired=paired)
    if found is None:
        return Best(metric=metric, unit=unit, better=better, method="none", arms=(), reason=method)
    return Best(
        metric=metric,
        unit=unit,
        better=better,
        method=method,
        arms=tuple(
            BestArm(arm=name, unit=unit, p_best=min(chance, 1.0), loss=loss)
            for name, chance, loss in zip(names, found.p_best, found.loss, strict=True)
        ),
    )


def _ranking(
    effects: Sequence[Effect], prior: Prior, *, up: bool, paired: bool
) -> tuple[Ranking | None, str]:
    """The ranking and its method, or None and why."""
    if paired and len(effects) > 1:
        return None, "arms share their items, and are compared with the control alone"
    shares = [e.counts for e in effects if e.counts is not None]
    if len(shares) == len(effects) and all(n > 0 for pair in shares for _, n in pair):
        arms: list[Unknown] = [Beta.after(*shares[0][1]), *(Beta.after(*c[0]) for c in shares)]
        return rank(arms, largest=up), "independent rates, exact"
    events = [e.events for e in effects if e.events is not None and e.events.poisson]
    if len(events) == len(effects):
        seen = [events[0].arms[1], *(e.arms[0] for e in events)]
        rates: list[Unknown] = [Gamma.after(arm.total, arm.n) for arm in seen]
        return rank(rates, largest=up), "independent counts, exact"
    levels = _levels(effects)
    if levels is None:
        return None, next(
            (e.refusal for e in effects if e.refusal), "an arm has no value to be compared by"
        )
    if all(level.value > SAFE * level.variance**0.5 for level in levels):
        logs = [LogMean(log(level.value), level.variance / level.value**2) for level in levels]
        return (
            rank_lifts(logs[0], logs[1:], prior.log_lift, largest=up),
            f"lifts that share a control; prior {prior.words}",
        )
    means = [Mixture.normal(level.value, level.variance**0.5) for level in levels]
    return rank(means, largest=up), "independent normal means, flat prior"


def _levels(effects: Sequence[Effect]) -> list[_Level] | None:
    """The control's level and the arms'; None where one is missing."""
    levels = []
    for effect in effects:
        gap, before = effect.difference, effect.value_control
        if gap is None or before is None:
            return None
        shared = max(-effect.covariance, 0.0)
        own = gap.standard_error**2 - shared
        if not (own > 0 and shared > 0):
            return None
        levels.append((_Level(value=before + gap.value, variance=own),
                       _Level(value=before, variance=shared)))  # fmt: skip
    return [levels[0][1], *(own for own, _ in levels)]
