"""Metrics and arms that are read together: what each comparison says once their number is paid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from pydantic import ValidationError

from assay.core.errors import ParameterError, nearest
from assay.core.units import Count, Probability
from assay.params import Corrections
from assay.stats.contrasts import NormalContrast
from assay.stats.multiplicity.corrections import Correction as ByLevel
from assay.stats.multiplicity.corrections import adjusted_p_values, interval_alpha
from assay.stats.multiplicity.dunnett import ManyToOne, loading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assay.analysis.experiments.effects.evidence import Effect, Evidence
    from assay.params import Correction, Metric, Role

Promise = Literal["none false", "few false", "each alone"]
"""With the stated confidence: no claim of the family is false; of its claims no larger share than
alpha is false on average; each claim is right by itself."""

_FEW: Final = frozenset({"bh", "by"})
_STEPWISE: Final = frozenset({"holm", "hochberg", "hommel"})

Key = tuple[str, str]
"""Metric and arm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Comparisons that are read together, and how their number was paid for.

    Attributes:
        role: of its metrics; where no metric is primary, those that decide instead.
        metrics: by name, in the order in which they were declared.
        asked: the correction that was asked for.
        correction: the one that was made; `none` where there is but one comparison.
        tests: comparisons declared, also those that have no p-value yet.
        rejected: comparisons that differ from zero after the correction.
        alpha: of the family.
        interval_alpha: of each interval by itself, before the rule of looking; None where one
            critical value is had for all (Dunnett).
        promise: what holds with probability 1 − alpha.
        reason: why the correction is not the one that was asked for.
    """

    role: str
    metrics: tuple[str, ...]
    asked: str
    correction: str
    tests: Count
    rejected: Count
    alpha: Probability
    interval_alpha: Probability | None
    promise: Promise
    reason: str | None = None


class Families(NamedTuple):
    """Each comparison's effect once adjusted, its p-value the adjusted one, and the families."""

    records: tuple[Family, ...]
    effects: Mapping[Key, Effect]

    def error_of(self, metric: str) -> float:
        """What the interval of one metric may err by itself, before the rule of looking."""
        own = next(one for one in self.records if metric in one.metrics)
        return own.alpha if own.interval_alpha is None else own.interval_alpha


def corrections_of(given: Corrections | Mapping[str, Any] | None) -> Corrections:
    """The corrections from plain JSON values, as a notebook's parameters cell holds them.

    Raises:
        ParameterError: where a role or a correction is unknown.
    """
    if isinstance(given, Corrections):
        return given
    try:
        return Corrections.model_validate(dict(given or {}))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        unknown = first["type"] == "extra_forbidden"
        raise ParameterError(
            f"correction[{name!r}]: {first['msg']}",
            remedy=nearest(name, Corrections.model_fields) if unknown else f"given: {given!r}",
        ) from error


def in_families(  # noqa: PLR0913  what is read together, how, and how surely
    metrics: Sequence[Metric],
    arms: Sequence[str],
    evidence: Mapping[Key, Evidence],
    *,
    alpha: float,
    corrections: Corrections,
    at: Callable[[Key, float], Effect] | None = None,
    paired: bool = False,
) -> Families:
    """Every comparison at the level that its family leaves it.

    A family is a role's metrics in all arms; each has its own alpha, since each answers a question
    of its own. The deciding one takes the primary metrics' correction, whatever its role.

    A verdict is read off the adjusted effect. Where a stepwise test rejects zero though the
    simultaneous interval still reaches over it, the interval is cut at zero, in the difference and
    in the lift: the sign is shown, and by how much is not (`Effect.cut`).

    Args:
        metrics: as declared.
        arms: the treated ones.
        evidence: of each metric and arm.
        alpha: of each family.
        corrections: by role.
        at: the effect of a metric in an arm whose interval errs at most by a given alpha, under the
            rule of looking; by default one look.
        paired: whether arms share their items, and so more noise than the control's.

    References:
        Schultzberg, Ankargren & Frånberg (2024), Risk-aware product decisions in A/B tests with
        multiple metrics, arXiv 2402.11609 (success metrics share alpha, guardrails do not).
    """

    def alone(key: Key, level: float) -> Effect:
        return evidence[key].at(level)

    roles = {metric.role for metric in metrics}
    order: tuple[Role, ...] = ("primary", "secondary", "exploratory", "guardrail")
    deciding = next(role for role in order if role in roles)
    records: list[Family] = []
    effects: dict[Key, Effect] = {}
    for role in order:
        mine = [metric for metric in metrics if metric.role == role]
        if not mine:
            continue
        leads = role == deciding and role != "guardrail"
        asked: Correction = corrections.primary if leads else getattr(corrections, role)
        keys = [(metric.name, arm) for metric in mine for arm in arms]
        members = {key: evidence[key] for key in keys}
        obstacle = _why_not_dunnett(members, arms, one_look=at is None, paired=paired)
        correction, reason = _feasible(asked, len(keys), len(mine), obstacle)
        if correction == "dunnett":
            found, each = _all_arms(members, mine, arms, alpha), None
        else:
            found, each = _by_level(keys, correction, alpha, at or alone)
        effects |= found
        records.append(
            Family(
                role=role,
                metrics=tuple(metric.name for metric in mine),
                asked=asked,
                correction=correction,
                tests=len(keys),
                rejected=sum(_rejects(effect) for effect in found.values()),
                alpha=alpha,
                interval_alpha=each,
                promise="each alone"
                if correction == "none" and len(keys) > 1
                else "few false"
                if correction in _FEW
                else "none false",
                reason=reason,
            )
        )
    return Families(tuple(records), effects)


def _feasible(
    asked: Correction, tests: int, metrics: int, obstacle: str | None
) -> tuple[ByLevel | Literal["dunnett"], str | None]:
    """The correction that can be made, and why it is another than was asked for."""
    if tests == 1:
        return "none", None
    if asked == "auto":
        return ("dunnett" if metrics == 1 and obstacle is None else "holm"), None
    if asked == "dunnett" and obstacle is not None:
        return "holm", obstacle
    return asked, None


def _why_not_dunnett(
    members: Mapping[Key, Evidence], arms: Sequence[str], *, one_look: bool, paired: bool
) -> str | None:
    if len(arms) < 2:
        return "Dunnett’s method compares several arms, and here is one"
    if paired:
        return "Dunnett’s method needs arms that share their control alone, and these share items"
    if not one_look:
        return "Dunnett’s critical value is that of a single look"
    for one in members.values():
        contrast = one.contrast
        if contrast is None:
            continue
        if not isinstance(contrast, NormalContrast) or not _shares_only_control(contrast):
            return "Dunnett’s method needs normal estimates of arms that share their control alone"
    return None


def _shares_only_control(contrast: NormalContrast) -> bool:
    """Whether all that difference and control have in common is the control's own noise."""
    shared = -contrast.covariance
    return 0 <= shared <= min(contrast.control_variance, contrast.gap.standard_error**2) * 1.000001


def _all_arms(
    members: Mapping[Key, Evidence], metrics: Sequence[Metric], arms: Sequence[str], alpha: float
) -> dict[Key, Effect]:
    """Dunnett's intervals within each metric; several metrics share alpha equally."""
    found = {}
    for metric in metrics:
        mine = {arm: members[metric.name, arm] for arm in arms}
        loadings = tuple(_loading(one) for one in mine.values())
        for arm, one in mine.items():
            contrast = one.contrast
            if not isinstance(contrast, NormalContrast):
                found[metric.name, arm] = one.at(alpha)
                continue
            freedom = contrast.gap.degrees_of_freedom
            together = ManyToOne(loadings, freedom, comparisons=len(metrics))
            found[metric.name, arm] = one.at(alpha, together)
    return found


def _loading(one: Evidence) -> float:
    """That of an arm without an estimate is none, which asks for more of the others."""
    if not isinstance(one.contrast, NormalContrast):
        return 0.0
    variance = one.contrast.gap.standard_error**2
    return loading(min(max(-one.contrast.covariance, 0.0), variance), variance)


def _by_level(
    keys: Sequence[Key], correction: ByLevel, alpha: float, at: Callable[[Key, float], Effect]
) -> tuple[dict[Key, Effect], float]:
    """Intervals at the one level that the correction leaves each of them."""
    alone = {key: at(key, alpha) for key in keys}
    raw = [None if one.difference is None else one.difference.p_value for one in alone.values()]
    each = interval_alpha(raw, correction, alpha=alpha, tests=len(keys))
    adjusted = adjusted_p_values(raw, correction, tests=len(keys))
    found = {}
    for key, p_value in zip(keys, adjusted, strict=True):
        effect = alone[key] if each == alpha else at(key, each)
        if p_value is not None and effect.difference is not None:
            gap = replace(effect.difference, p_value=p_value)
            effect = replace(effect, difference=gap)
            if correction in _STEPWISE and p_value <= alpha:
                effect = _cut(effect)
        found[key] = effect
    return found, each


def _cut(effect: Effect) -> Effect:
    """The effect with its interval ended at zero, where the interval reaches over it."""
    gap, lift = effect.difference, effect.lift
    if gap is None or lift is None or not gap.low <= 0 <= gap.high or not gap.value:
        return effect
    upwards = gap.value > 0
    gap = replace(gap, low=0.0) if upwards else replace(gap, high=0.0)
    if lift.low is not None and lift.high is not None:
        lift = replace(lift, low=0.0) if upwards else replace(lift, high=0.0)
    return replace(effect, difference=gap, lift=lift, cut=True)


def _rejects(effect: Effect) -> bool:
    gap = effect.difference
    if gap is None:
        return False
    return effect.cut or not gap.low <= 0 <= gap.high
