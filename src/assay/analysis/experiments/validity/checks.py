"""Whether a comparison can be trusted: what was checked, what was found, and what that forbids."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy.special import chdtrc

from assay.core.units import Count, Number, Probability, Share
from assay.stats.adjustment.covariates import imbalance
from assay.stats.means import sample_mean, welch_gap
from assay.stats.moments import Moments
from assay.stats.multiplicity.corrections import adjusted_p_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from assay.features.sharing import Sharing
    from assay.features.summary import Sample, Summary
    from assay.params import Metric

Kind = Literal[
    "sample ratio", "sample ratio by", "several arms", "missing", "before", "outliers", "shared"
]
Status = Literal["passes", "warns", "blocks", "open"]
"""Nothing to say; to be read with care; no verdict is given; it could not be checked."""

RARE: Final = 0.001
"""Probability below which a difference between arms that chance alone should make is blamed on a
fault (Fabijan et al. 2019). Low, since these checks are made on every experiment."""
CROSSED_WARNS: Final = 0.01
CROSSED_BLOCKS: Final = 0.05
"""Share of units in several arms. They are left out, which biases the comparison if the arms differ
in who they are; from a twentieth on nobody can tell any more who was compared."""
SHARED_WARNS: Final = 0.05
"""Share of units in groups that hold several arms, from which an effect may spill over."""
FEW: Final = 0.001
"""Share of units that are taken away to see what the largest of them do; one at least."""
MOVED_WARNS: Final = 2.0
"""Standard errors by which the difference moves without them: were it noise, one case in twenty."""
_FEWEST_EXPECTED: Final = 5.0
"""Expected counts below which the chi-square distribution is no guide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How many of how many, in an arm or a group."""

    label: str
    count: Count
    whole: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that could make the comparison wrong.

    Attributes:
        key: `kind/subject`, the same from version to version.
        kind: what was checked.
        subject: the metric or column that it speaks of, empty where it speaks of all.
        p_value: of a difference as large by chance, adjusted for all checks of its kind.
        share: the found share that is held against the threshold, where it is one.
        moved: by how many standard errors the estimate moves.
        threshold: from which it warns or blocks.
        parts: the counts behind it.
        since: ISO date of the first day on which the fault could be seen.
        where: the value of the column in which it is.
        reason: what is wrong, or why it could not be checked; empty where it passes.
        remedy: what to do about it.
    """

    key: str
    kind: Kind
    subject: str
    status: Status
    p_value: Probability | None = None
    share: Share | None = None
    moved: Number | None = None
    threshold: Number | None = None
    parts: tuple[Part, ...] = ()
    since: str | None = None
    where: str | None = None
    reason: str = ""
    remedy: str = ""


def checks_of(summary: Summary) -> tuple[Check, ...]:
    """All checks but those of the arms' sizes, in the order in which a doubt would arise."""
    if summary.design.design == "paired":
        return tuple(_shared(one) for one in summary.shared)
    return (
        *_several_arms(summary),
        *_missing(summary),
        *_before(summary),
        *_outliers(summary),
        *(_shared(one) for one in summary.shared),
    )


def _several_arms(summary: Summary) -> list[Check]:
    """Units that were seen in more than one arm."""
    if summary.design.unit is None:
        return []
    crossed = sum(one.count for one in summary.left_out if one.what.endswith("more than one arm"))
    whole = crossed + sum(summary.units.values())
    share = crossed / whole
    status: Status = "passes"
    if share > CROSSED_WARNS:
        status = "blocks" if share > CROSSED_BLOCKS else "warns"
    return [
        Check(
            key="several arms",
            kind="several arms",
            subject=summary.design.unit,
            status=status,
            share=share,
            threshold=CROSSED_BLOCKS if status == "blocks" else CROSSED_WARNS,
            parts=(Part(label="in more than one arm", count=crossed, whole=whole),),
            reason=f"{100 * share:.2g} % of the units were in more than one arm"
            if status != "passes"
            else "",
            remedy="find out why units change arms: is the unit the one that was assigned?"
            if status != "passes"
            else "",
        )
    ]


def _missing(summary: Summary) -> list[Check]:
    """Whether the arms differ in how many of their units have no value."""
    tables = {}
    for metric in summary.design.metrics:
        samples = summary.samples[metric.name]
        tables[metric.name] = tuple(
            Part(label=arm, count=samples[arm].missing, whole=samples[arm].n + samples[arm].missing)
            for arm in summary.arms
        )
    told = {name: parts for name, parts in tables.items() if any(part.count for part in parts)}
    raw = [_differ(parts) for parts in told.values()]
    adjusted = adjusted_p_values(raw, "holm")
    found = []
    for (name, parts), p_value in zip(told.items(), adjusted, strict=True):
        faulty = p_value is not None and p_value < RARE
        shares = " and ".join(f"{100 * p.count / p.whole:.3g} % of {p.label}" for p in parts)
        found.append(
            Check(
                key=f"missing/{name}",
                kind="missing",
                subject=name,
                status="blocks" if faulty else "open" if p_value is None else "passes",
                p_value=p_value,
                threshold=RARE,
                parts=parts,
                reason=f"{shares} have no value of {name}, which chance does not explain"
                if faulty
                else "too few units lack a value to compare the arms"
                if p_value is None
                else "",
                remedy="find out what decides who has a value; who has one is no longer a random"
                " half of those assigned"
                if faulty
                else "",
            )
        )
    return found


def _differ(parts: Sequence[Part]) -> float | None:
    """Pearson's chi-square of a share in several arms; None where counts are too small for it."""
    count, whole = sum(part.count for part in parts), sum(part.whole for part in parts)
    share = count / whole
    if min(part.whole for part in parts) * min(share, 1 - share) < _FEWEST_EXPECTED:
        return None
    statistic = sum(
        (part.count - part.whole * share) ** 2 / (part.whole * share * (1 - share))
        for part in parts
    )
    return float(chdtrc(len(parts) - 1, statistic))


def _before(summary: Summary) -> list[Check]:
    """Whether arms already differed in what was measured before."""
    metrics: dict[tuple[str, ...], Metric] = {}
    for metric in summary.design.metrics:
        if metric.adjusters:
            metrics.setdefault(metric.adjusters, metric)
    control = summary.arms[0]
    pairs = [(metric, arm) for metric in metrics.values() for arm in summary.arms[1:]]
    raw = []
    for metric, arm in pairs:
        samples = summary.samples[metric.name]
        here, there = (_covariates(metric, samples[name]) for name in (arm, control))
        raw.append(imbalance(here, there))
    found = []
    for (metric, arm), p_value in zip(pairs, adjusted_p_values(raw, "holm"), strict=True):
        faulty = p_value is not None and p_value < RARE
        name = ", ".join(metric.adjusters)
        found.append(
            Check(
                key=f"before/{name}/{arm}",
                kind="before",
                subject=name,
                status="warns" if faulty else "passes",
                p_value=p_value,
                threshold=RARE,
                where=arm,
                reason=f"{name} differs between {arm} and {control} though it was measured before"
                if faulty
                else "",
                remedy="is it measured before the exposure, and were arms drawn at random?"
                if faulty
                else "",
            )
        )
    return found


def _covariates(metric: Metric, sample: Sample) -> Moments:
    """The moments of any one column, and then of the covariates."""
    moments = sample.moments
    per = 1 if metric.covariate_missing == "refuse" else 2
    first = len(moments.mean) - per * len(metric.adjusters)
    columns = range(max(first - 1, 0), len(moments.mean))
    rows = [[float(i == j) for j in range(len(moments.mean))] for i in columns]
    return moments.project(rows, mean=[moments.mean[i] for i in columns])


def _outliers(summary: Summary) -> list[Check]:
    """By how much each difference rests on the largest few units."""
    found = []
    control = summary.arms[0]
    for metric in summary.design.metrics:
        samples = summary.samples[metric.name]
        if metric.kind == "rate" or samples[control].successes is not None:
            continue
        for arm in summary.arms[1:]:
            pair = [_contributions(metric, samples[name]) for name in (arm, control)]
            key = f"outliers/{metric.name}/{arm}"
            if pair[0] is None or pair[1] is None:
                found.append(_unseen(key, metric.name, arm))
                continue
            found.append(_influence(key, metric.name, arm, pair[0], pair[1]))
    return found


def _unseen(key: str, metric: str, arm: str) -> Check:
    return Check(
        key=key,
        kind="outliers",
        subject=metric,
        status="open",
        where=arm,
        reason="values of single units are kept only of small experiments",
    )


def _contributions(metric: Metric, sample: Sample) -> NDArray[np.float64] | None:
    """What each unit adds to the arm's mean, or to its ratio, about it."""
    if sample.values is None:
        return None
    ratio = metric.kind == "ratio" or metric.numerator is not None
    if not ratio or len(sample.values) == 1:
        return sample.values[0]
    top, bottom = sample.values[:2]
    if not bottom.mean():
        return None
    level = float(top.mean() / bottom.mean())
    return np.asarray(level + (top - level * bottom) / bottom.mean())


def _influence(
    key: str,
    metric: str,
    arm: str,
    treated: NDArray[np.float64],
    control: NDArray[np.float64],
) -> Check:
    """The difference with and without the units that lie farthest out."""
    both = (treated, control)
    units = sum(len(one) for one in both)
    taken = max(1, ceil(FEW * units))
    kept = _without(both, taken)
    before, after = (_gap(pair) for pair in (both, kept))
    moved = None
    if before is not None and after is not None and before[1] > 0:
        moved = (after[0] - before[0]) / before[1]
    if moved is None:
        return Check(
            key=key,
            kind="outliers",
            subject=metric,
            status="open",
            where=arm,
            reason="too few units to take any away",
        )
    warns = abs(moved) > MOVED_WARNS
    return Check(
        key=key,
        kind="outliers",
        subject=metric,
        status="warns" if warns else "passes",
        moved=moved,
        threshold=MOVED_WARNS,
        parts=(Part(label="farthest out", count=taken, whole=units),),
        where=arm,
        reason=f"the difference of {metric} rests on {taken} of {units:,} units" if warns else "",
        remedy="look at these units; a limit that is declared before the run (winsorising) would"
        " keep them from deciding"
        if warns
        else "",
    )


def _without(
    arms: Sequence[NDArray[np.float64]], taken: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The arms without the units farthest from their arm's median, both together."""
    distances = [np.abs(one - np.median(one)) for one in arms]
    pooled = np.concatenate(distances)
    last = np.sort(pooled)[-taken]
    tied = int((pooled == last).sum())
    if tied > taken:  # a plateau, not a tail: taking some of it would be arbitrary
        last = np.nextafter(last, np.inf)
    one, other = (arm[far < last] for arm, far in zip(arms, distances, strict=True))
    return one, other


def _gap(arms: Sequence[NDArray[np.float64]]) -> tuple[float, float] | None:
    """Difference and its standard error; None where an arm has fewer than two units."""
    if min(len(one) for one in arms) < 2:
        return None
    means = [sample_mean(Moments.of(one)) for one in arms]
    if not means[0].variance + means[1].variance > 0:
        return None
    gap = welch_gap(*means)
    return gap.value, gap.standard_error


def _shared(found: Sharing) -> Check:
    """Whether units of different arms meet."""
    share = found.units_mixed / found.units if found.units else 0.0
    warns = share > SHARED_WARNS
    return Check(
        key=f"shared/{found.column}",
        kind="shared",
        subject=found.column,
        status="warns" if warns else "passes",
        share=share,
        threshold=SHARED_WARNS,
        parts=(Part(label="with several arms", count=found.mixed, whole=found.groups),),
        reason=f"{100 * share:.3g} % of the units share a {found.column} with another arm"
        if warns
        else "",
        remedy=f"if one unit’s treatment can reach others of its {found.column}, assign the"
        f" {found.column}, not the unit"
        if warns
        else "",
    )


def stops(checks: Sequence[Check], metrics: Sequence[Metric]) -> tuple[Check | None, set[str]]:
    """The check that forbids a verdict over all, and the metrics of which none is given.

    A metric whose missing values differ between arms is not concluded from; where it decides, or is
    a guardrail, nothing is concluded over all.
    """
    roles: Mapping[str, str] = {metric.name: metric.role for metric in metrics}
    decides = {"primary", "guardrail"}
    if "primary" not in roles.values():
        decides = set(roles.values())
    blocking = [check for check in checks if check.status == "blocks"]
    silent = {check.subject for check in blocking if check.kind == "missing"}
    for check in blocking:
        if check.kind != "missing":
            return check, set(roles)
    first = next((c for c in blocking if roles[c.subject] in decides), None)
    return first, silent
