"""From intervals to verdicts: per comparison, and over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, Literal

from assay.analysis.experiments.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.experiments.effects.evidence import Effect
    from assay.analysis.experiments.result import Comparison
    from assay.params import Metric

Cause = Literal["better", "worse", "within", "small", "no gain", "open", "silent"]

CHANCE: Final = 0.8
"""Probability with which the data that are said to be needed give an answer."""
_QUANTILE: Final = NormalDist().inv_cdf(CHANCE)
FARTHEST: Final = 100
"""An answer that needs more than this many times the data is not promised."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its cause, in one word for programs and in a clause for readers."""

    verdict: Verdict
    cause: Cause
    reason: str


def judge(metric: Metric, effect: Effect) -> Judgement:
    """What the interval says against what was declared to matter.

    Ends are taken in the metric's better direction. Against zero the difference decides, which the
    lift's interval follows by construction; against a region or a margin the lift decides.
    """
    gap, lift = effect.difference, effect.lift
    if gap is None or lift is None:
        return Judgement("undecided", "silent", effect.refusal or "no interval")
    low, high = _oriented(gap.low, gap.high, metric)
    bound = metric.margin if metric.role == "guardrail" else metric.equivalence
    if not bound:
        return _against_zero(low, high, guardrail=metric.role == "guardrail", cut=effect.cut)
    if lift.low is None or lift.high is None:
        reason = "the control cannot be told from zero, so the lift has no bounds to hold against"
        return Judgement("undecided", "open", f"{reason} {bound:.3g}")
    low, high = _oriented(lift.low, lift.high, metric)
    if metric.role == "guardrail":
        return _against_margin(low, high, bound)
    return _against_region(low, high, bound)


def _oriented(low: float, high: float, metric: Metric) -> tuple[float, float]:
    return (low, high) if metric.better == "up" else (-high, -low)


def _against_zero(low: float, high: float, *, guardrail: bool, cut: bool) -> Judgement:
    better, worse = (low >= 0, high <= 0) if cut else (low > 0, high < 0)
    said = "ends at zero, and lies on the" if cut else "lies wholly on the"
    if better:
        return Judgement("ship", "better", f"the interval {said} better side of zero")
    if worse:
        what = "harmed: " if guardrail else ""
        return Judgement("keep", "worse", f"{what}the interval {said} worse side of zero")
    return Judgement("undecided", "open", "the interval contains zero")


def _against_region(low: float, high: float, region: float) -> Judgement:
    band = f"the region too small to matter (±{_percent(region)})"
    if low > region:
        return Judgement("ship", "better", f"the interval lies wholly above {band}")
    if high < -region:
        return Judgement("keep", "worse", f"the interval lies wholly below {band}")
    if low >= -region and high <= region:
        return Judgement("keep", "small", f"the interval lies wholly inside {band}")
    if high < region:
        return Judgement("keep", "no gain", f"the interval excludes every gain beyond {band}")
    return Judgement("undecided", "open", f"the interval reaches into {band} and out of it")


def _against_margin(low: float, high: float, margin: float) -> Judgement:
    edge = f"the margin of {_percent(margin)}"
    if low > -margin:
        cause: Cause = "better" if low > 0 else "within"
        return Judgement("ship", cause, f"shown not to be worse than {edge}")
    if high < -margin:
        return Judgement("keep", "worse", f"harmed: worse by more than {edge}")
    return Judgement("undecided", "open", f"the interval reaches beyond {edge}")


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def more_needed(metric: Metric, effect: Effect) -> int | None:
    """About how many more units, both arms together, until an undecided interval would decide.

    Were the estimate the truth, the next interval would lie on one side of the threshold with
    probability `CHANCE` once the distance to it is (critical value + quantile of `CHANCE`) standard
    errors, which shrink with the square root of n at the spread seen. A rate with too few events
    needs as many times the data as its rarest count lacks. None where nothing can be promised.

    References:
        Chow, Shao & Wang (2008), Sample size calculations in clinical research, 2nd ed., sec. 3.2.
    """
    if effect.growth is not None:
        return ceil((effect.growth - 1) * effect.units)
    lift, gap = effect.lift, effect.difference
    if lift is None or gap is None or lift.value is None:
        return None
    bound = (metric.margin if metric.role == "guardrail" else metric.equivalence) or 0.0
    size, width = lift.value, None if lift.high is None else (lift.high - (lift.low or 0.0)) / 2
    if not bound:
        size, width = gap.value, gap.half_width
    if width is None:
        return None
    edge = -bound if metric.role == "guardrail" else bound
    distance = abs((size if metric.better == "up" else -size) - edge)
    if not distance > 0:
        return None
    wider = width / distance * (1 + _QUANTILE / gap.critical_value)
    if not 1 < wider <= sqrt(FARTHEST):  # its square may be more than a float holds
        return None
    return ceil((wider * wider - 1) * effect.units)


@dataclass(frozen=True, slots=True)
class Overall:
    """The decision over all metrics, and the arm that it speaks of."""

    verdict: Verdict
    arm: str
    reason: str


def decide(comparisons: Sequence[Comparison], causes: Sequence[Cause]) -> Overall:
    """What to do, over all arms.

    Each arm is decided by its primary metrics (by all its metrics, where none is primary): a harmed
    guardrail or a worse primary keeps the control; otherwise one better primary ships, once every
    guardrail that has a margin is shown to be within it (until then it is undecided; a guardrail
    without a margin must only not be harmed); otherwise an open primary leaves it undecided;
    otherwise nothing was gained, and the control is kept. Of several arms that may ship, the one
    with the largest lift of its first deciding metric is named.

    References:
        Schultzberg, Ankargren, Frånberg (2024), Risk-aware product decisions in A/B tests with
        multiple metrics, arXiv 2402.11609: superiority on a success metric and non-inferiority on
        every guardrail.
    """
    arms = list(dict.fromkeys(c.arm for c in comparisons))
    decided = []
    for arm in arms:
        mine = [(c, cause) for c, cause in zip(comparisons, causes, strict=True) if c.arm == arm]
        decided.append(
            (
                _decide_arm(arm, mine),
                _gain(mine[0][0] if not _deciding(mine) else _deciding(mine)[0][0]),
            )
        )
    for verdict in ("ship", "undecided", "keep"):
        candidates = [(gain, -i) for i, (o, gain) in enumerate(decided) if o.verdict == verdict]
        if candidates:
            return decided[-max(candidates)[1]][0]
    return decided[0][0]


def _decide_arm(arm: str, mine: Sequence[tuple[Comparison, Cause]]) -> Overall:
    harmed = [c.metric for c, cause in mine if c.role == "guardrail" and c.verdict == "keep"]
    if harmed:
        return Overall("keep", arm, f"guardrail {_joined(harmed)} {_be(harmed)} harmed")
    deciding = _deciding(mine)
    worse = [c.metric for c, cause in deciding if cause == "worse"]
    if worse:
        return Overall("keep", arm, f"{_joined(worse)} {_be(worse)} worse")
    better = [c.metric for c, cause in deciding if c.verdict == "ship"]
    if better:
        guards = [c for c, _ in mine if c.role == "guardrail" and c.verdict == "undecided"]
        unshown = [c.metric for c in guards if c.margin is not None]
        if unshown:
            return Overall(
                "undecided",
                arm,
                f"{_joined(better)} {_be(better)} better, but guardrail {_joined(unshown)} "
                f"{_be(unshown)} not shown to be within {_its(unshown)}",
            )
        names = [c.metric for c in guards]
        held = f"; guardrail {_joined(names)} {_be(names)} still open" if names else ""
        some = any(c.role == "guardrail" for c, _ in mine)
        harm = ", and no guardrail is shown to be harmed" if some else ""
        said = "better" if any(cause == "better" for _, cause in deciding) else "within its margin"
        return Overall("ship", arm, f"{_joined(better)} {_be(better)} {said}{harm}{held}")
    waiting = [c.metric for c, _ in deciding if c.verdict == "undecided"]
    if waiting:
        first = next(c for c, _ in deciding if c.verdict == "undecided")
        return Overall("undecided", arm, f"{_joined(waiting)}: {first.reason}")
    return Overall(
        "keep", arm, f"{_joined([c.metric for c, _ in deciding])}: {deciding[0][0].reason}"
    )


def _deciding(mine: Sequence[tuple[Comparison, Cause]]) -> list[tuple[Comparison, Cause]]:
    """The primary metrics; without any, all that were not declared to be merely looked at."""
    primary = [pair for pair in mine if pair[0].role == "primary"]
    return primary or [pair for pair in mine if pair[0].role != "exploratory"] or list(mine)


def _gain(comparison: Comparison) -> float:
    value = comparison.lift.value
    if value is None:
        value = comparison.difference.value or 0.0
    return value if comparison.better == "up" else -value


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _be(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _its(names: Sequence[str]) -> str:
    return "its margin" if len(names) == 1 else "their margins"
