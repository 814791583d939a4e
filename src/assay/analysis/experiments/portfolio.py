"""All experiments of a project: what runs, what past ones found, and what was really gained."""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, inf, isfinite, sqrt
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np

from assay.core.errors import DataError
from assay.core.finding import Estimate, Finding, Tone
from assay.core.units import NONE, SHARE, Count, Number, Probability, Share
from assay.stats.bayes.mixture import Mixture
from assay.stats.meta_analysis.pooling import paule_mandel, pool, restricted
from assay.stats.meta_analysis.selection import after_selection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.stats.meta_analysis.pooling import Pooled

FEWEST: Final = 3
"""Concluded experiments from which a spread of true effects is estimated."""
_SCALE: Final = 0.5
"""Of the half-normal prior of the spread of true log lifts: it rules out next to nothing."""
_OVER: Final = frozenset({"ship", "keep", "blocked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentRow:
    """One experiment as it stands.

    Attributes:
        state: draft, running, paused or concluded.
        verdict: of its last result; `decision`: what was decided in the end.
        progress: units so far over those planned.
        lift: of its first primary metric, as reported.
        deviations: changes after the start.
        waits: a result is there that somebody has to act on.
    """

    experiment: str
    hypothesis: str
    owner: str
    state: str
    started_at: str | None
    concluded_at: str | None
    decision: str | None
    verdict: str | None
    data_through: str
    units: Annotated[int | None, "count"]
    planned_units: Annotated[int | None, "count"]
    progress: Share | None
    look: Annotated[int | None, "count"]
    looks: Annotated[int | None, "count"]
    metric: str | None
    better: str
    lift: Annotated[Estimate | None, SHARE]
    deviations: Count
    waits: bool
    mistake: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A concluded experiment's effect: as reported, and as it is to be believed.

    Gains are positive where they are good, also where less is better.

    Attributes:
        reported: the gain and its interval, as its own data said.
        shrunk: drawn towards what all experiments found.
        selected: had it been reported only because it was shown to be better; None where it was
            not shown.
    """

    experiment: str
    metric: str
    concluded_at: str
    shipped: bool
    volume: Number | None
    reported: Annotated[Estimate, SHARE]
    shrunk: Annotated[Estimate | None, SHARE]
    selected: Annotated[Estimate | None, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """How true gains differ between experiments.

    Attributes:
        centre: of all true gains; `next`: where the true gain of one more experiment would lie.
        spread: standard deviation of true gains on the log scale.
        moments_spread: the standard deviation by the method of moments, without any prior.
        prior_scale: of the half-normal prior of the spread.
        p_gain: the chance that one more experiment's true gain is above zero.
    """

    n: Count
    centre: Annotated[Estimate, SHARE]
    spread: Annotated[Estimate, NONE]
    next: Annotated[Estimate, SHARE]
    moments_spread: Number
    p_gain: Probability
    prior_scale: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """What the shipped experiments add in a year, in the unit of their volumes.

    Attributes:
        reported: the sum as reported; `corrected`: without the winner's curse.
        shipped: experiments that are summed; `unknown`: shipped ones without a volume.
    """

    reported: Number
    corrected: Annotated[Estimate, NONE]
    shipped: Count
    unknown: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioResult:
    """Everything that the report of all experiments prints."""

    as_of: str
    alpha: Probability
    experiments: tuple[ExperimentRow, ...]
    drafts: Count
    running: Count
    paused: Count
    concluded: Count
    shipped: Count
    past: tuple[Corrected, ...]
    effects: Effects | None
    reason: str | None
    realised: Realised | None
    findings: tuple[Finding, ...]


def portfolio(
    rows: Sequence[Mapping[str, Any]],
    past: Sequence[Mapping[str, Any]],
    *,
    as_of: str,
    alpha: float = 0.05,
) -> PortfolioResult:
    """What runs, what was found, and what it was worth.

    Of each concluded experiment one estimate counts: the first primary metric of the arm that was
    decided on.

    Args:
        rows: every experiment, as its record and its newest result have it.
        past: estimates of concluded experiments: experiment, metric, log_lift, se, concluded_at;
            and better, shipped, volume where they are known.
        as_of: the day of the report.
        alpha: one minus the intervals' confidence.

    Raises:
        DataError: where a past estimate lacks a field, or its error is not positive.
    """
    experiments = tuple(_row(row) for row in rows)
    estimates = _one_each(past)
    gains = np.array([_gain(one) for one in estimates])
    variances = np.array([float(one["se"]) ** 2 for one in estimates])
    pooled = pool(gains, variances, scale=_SCALE) if len(estimates) >= FEWEST else None
    states = [one.state for one in experiments]
    corrected = tuple(
        _corrected(one, pooled, number, alpha) for number, one in enumerate(estimates)
    )
    realised = _realised(estimates, gains, variances, pooled, alpha)
    return PortfolioResult(
        as_of=as_of,
        alpha=alpha,
        experiments=experiments,
        drafts=states.count("draft"),
        running=states.count("running"),
        paused=states.count("paused"),
        concluded=states.count("concluded"),
        shipped=sum(one.decision == "ship" for one in experiments),
        past=corrected,
        effects=_effects(pooled, gains, variances, alpha) if pooled else None,
        reason=None
        if pooled
        else f"{len(estimates)} past estimates, {FEWEST} or more tell how true effects differ",
        realised=realised,
        findings=tuple(_findings(experiments, realised, len(estimates), alpha)),
    )


def _row(row: Mapping[str, Any]) -> ExperimentRow:
    lift, units, planned = row.get("lift"), row.get("units"), row.get("planned_units")
    state, verdict = str(row["state"]), row.get("verdict")
    return ExperimentRow(
        experiment=row["experiment"],
        hypothesis=row.get("hypothesis") or "",
        owner=row.get("owner") or "",
        state=state,
        started_at=row.get("started_at"),
        concluded_at=row.get("concluded_at"),
        decision=row.get("decision"),
        verdict=verdict,
        data_through=row.get("data_through") or "",
        units=units,
        planned_units=planned,
        progress=units / planned if units and planned else None,
        look=row.get("look"),
        looks=row.get("looks"),
        metric=row.get("metric"),
        better=row.get("better") or "up",
        lift=Estimate(**lift) if lift else None,
        deviations=row.get("deviations") or 0,
        waits=state in {"running", "paused"} and verdict in _OVER,
        mistake=row.get("mistake") or "",
    )


def _one_each(past: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each experiment's first primary estimate, of the arm that was shipped where one was."""
    for one in past:
        for field in ("experiment", "metric", "log_lift", "se", "concluded_at"):
            if one.get(field) is None:
                raise DataError(f"a past estimate has no {field}: {dict(one)}")
        if not (isfinite(float(one["log_lift"])) and 0 < float(one["se"]) < inf):
            raise DataError(f"past estimate {dict(one)}, expected a finite log_lift and se above 0")
    found: dict[str, Mapping[str, Any]] = {}
    for one in sorted(past, key=lambda one: (one.get("role", "primary") != "primary",
                                             not one.get("shipped"))):  # fmt: skip
        found.setdefault(one["experiment"], one)
    return sorted(found.values(), key=lambda one: str(one["concluded_at"]))


def _sign(one: Mapping[str, Any]) -> int:
    return -1 if one.get("better") == "down" else 1


def _gain(one: Mapping[str, Any]) -> float:
    """The log lift, positive where it is good."""
    return _sign(one) * float(one["log_lift"])


def _corrected(
    one: Mapping[str, Any], pooled: Pooled | None, number: int, alpha: float
) -> Corrected:
    gain, error, sign = _gain(one), float(one["se"]), _sign(one)
    reach = Mixture.normal(gain, error).interval(alpha)
    threshold = Mixture.normal(0.0, error).interval(0.05)[1]
    shrunk = selected = None
    if pooled is not None:
        belief = pooled.of(number)
        shrunk = _lift(belief.mean, *belief.interval(alpha), sign)
    if gain >= threshold:
        found = after_selection(gain, error, threshold=threshold, alpha=alpha)
        selected = _lift(found.value, found.low, found.high, sign)
    return Corrected(
        experiment=one["experiment"],
        metric=one["metric"],
        concluded_at=str(one["concluded_at"]),
        shipped=bool(one.get("shipped")),
        volume=one.get("volume"),
        reported=_lift(gain, *reach, sign),
        shrunk=shrunk,
        selected=selected,
    )


def _lift(value: float, low: float, high: float, sign: int = 1) -> Estimate:
    """A gain on the log scale as a share: of what is added, or, with sign -1, of what is saved."""
    return Estimate(
        value=sign * expm1(sign * value),
        low=sign * expm1(sign * low) if isfinite(low) else None,
        high=sign * expm1(sign * high),
    )


def _effects(pooled: Pooled, gains: Any, variances: Any, alpha: float) -> Effects:  # noqa: ANN401  arrays
    middle, low, high = pooled.spread(alpha)
    return Effects(
        n=len(gains),
        centre=_lift(pooled.mean.mean, *pooled.mean.interval(alpha)),
        spread=Estimate(value=middle, low=low, high=high),
        next=_lift(pooled.next.mean, *pooled.next.interval(alpha)),
        moments_spread=sqrt(paule_mandel(gains.tolist(), variances.tolist())),
        p_gain=pooled.next.p_positive,
        prior_scale=_SCALE,
    )


def _estimate(belief: Mixture, alpha: float) -> Estimate:
    low, high = belief.interval(alpha)
    return Estimate(value=belief.mean, low=low, high=high)


def _realised(
    estimates: Sequence[Mapping[str, Any]],
    gains: Any,  # noqa: ANN401  an array
    variances: Any,  # noqa: ANN401  an array
    pooled: Pooled | None,
    alpha: float,
) -> Realised | None:
    """The sum of corrected gains times volumes; errors of effects that share a centre add up."""
    shipped = [bool(one.get("shipped")) for one in estimates]
    volume = np.array(
        [float(one.get("volume") or 0) if taken else 0.0
         for one, taken in zip(estimates, shipped, strict=True)]
    )  # fmt: skip
    if not (volume > 0).any():
        return None
    sign = np.array([_sign(one) for one in estimates])
    if pooled is None:
        total = Mixture.normal(
            float(volume @ (sign * np.expm1(sign * gains + variances / 2))),
            float(np.sqrt(((volume * np.exp(sign * gains)) ** 2 * variances).sum())),
        )
    else:
        _, _, centre_variance = restricted(gains, variances, pooled.spreads)
        drawn = variances[:, None] / (variances[:, None] + pooled.spreads**2)
        each = sign[:, None] * pooled.each_mean
        weights = volume[:, None] * np.exp(each)
        means = (volume * sign) @ np.expm1(each + pooled.each_sd**2 / 2)
        alone = (weights**2 * variances[:, None] * (1 - drawn)).sum(axis=0)
        shared = ((weights * drawn).sum(axis=0)) ** 2 * centre_variance
        total = Mixture.of(pooled.weights, means, np.sqrt(alone + shared))
    return Realised(
        reported=float(volume @ (sign * np.expm1(sign * gains))),
        corrected=_estimate(total, alpha),
        shipped=int((volume > 0).sum()),
        unknown=sum(shipped) - int((volume > 0).sum()),
    )


def _findings(
    experiments: Sequence[ExperimentRow], realised: Realised | None, n: int, alpha: float
) -> list[Finding]:
    tones: dict[str, Tone] = {"ship": "good", "keep": "neutral", "blocked": "attention"}
    found = [
        Finding(
            key=f"experiment/{one.experiment}",
            what=one.experiment,
            state=one.verdict,
            tone=tones[one.verdict],
            needs_decision=True,
            evidence="randomised",
            unit="share",
            size=one.lift,
            lift=one.lift,
            n=one.units or 0,
            confidence=1 - alpha,
            action="Find the fault" if one.verdict == "blocked" else "Conclude it",
            reason=f"it is {one.state}, and its last result says {one.verdict}",
        )
        for one in experiments
        if one.waits and one.verdict is not None
    ]
    if realised is not None:
        found.append(
            Finding(
                key="realised",
                what="Realised value",
                state="known",
                tone="good" if (realised.corrected.low or 0) > 0 else "neutral",
                needs_decision=False,
                evidence="randomised",
                unit="1",
                size=realised.corrected,
                lift=None,
                n=n,
                confidence=1 - alpha,
                action="Nothing",
                reason="the sum of what was shipped, without the winner's curse",
            )
        )
    return found
