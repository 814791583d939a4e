"""One average per group, each with its interval; rows of the same unit count as one voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from scipy.special import stdtrit

from assay.core.errors import DataError, ParameterError
from assay.core.finding import Estimate, Finding, observed
from assay.core.units import SHARE, Count, Share, UnitOf
from assay.stats.delta import linearise
from assay.stats.means import sample_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.stats.moments import Moments

FEWEST: Final = 2
"""Units that a variance needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """The average over the rows of one group.

    Attributes:
        n: units (persons, sessions …) behind it; `rows`: their rows.
        average: with ends that are None where nothing varies, so that no interval can be had.
    """

    group: str
    n: Count
    rows: Count
    unit: str
    average: Annotated[Estimate, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AveragesResult:
    """All groups together and one by one.

    Attributes:
        what: is averaged.
        unit: of the averages.
        groups: from the largest average to the smallest; their intervals hold together.
        small: groups of too few units to be shown, and `small_n` their units; both count in
            `overall`.
        confidence: of the interval of `overall`, and of those of all groups at once.
    """

    what: str
    unit: str
    overall: Average
    groups: tuple[Average, ...]
    small: Count
    small_n: Count
    confidence: Share
    findings: tuple[Finding, ...]


def average_groups(  # noqa: PLR0913  two tables, and how they are to be read
    everyone: Moments,
    groups: Mapping[str, Moments],
    *,
    what: str,
    unit: str,
    alpha: float,
    smallest: int,
) -> AveragesResult:
    """The average per row in each group and over all, with intervals that respect repeated rows.

    A unit's rows resemble each other, so the interval stands on units, not on rows: the average is
    a ratio of sums over units, its variance by the delta method. The intervals of the groups are
    widened (Bonferroni), so that all of them hold at once.

    Args:
        everyone: moments over units of (sum of the values, number of rows).
        groups: the same within each group; a unit may have rows in several.
        what: is averaged, as the report calls it.
        unit: of the average, `share` for example.
        alpha: one minus the confidence.
        smallest: groups of fewer units are not shown.

    Raises:
        DataError: with fewer than two units in all.
        ParameterError: where alpha is not inside (0, 1).

    References:
        Deng, Knoblich & Lu (2018), Applying the delta method in metric analytics, KDD, sec. 2.2;
        Dunn (1961), Multiple comparisons among means, JASA 56.
    """
    if not 0 < alpha < 1:
        raise ParameterError(f"alpha={alpha}, expected between 0 and 1", remedy="0.05 is usual")
    if everyone.n < FEWEST:
        raise DataError(
            f"{everyone.n} units have a value, expected at least {FEWEST}",
            remedy="name other rows, or another column of values, groups or units",
        )
    fewest = max(smallest, FEWEST)
    shown = {group: moments for group, moments in groups.items() if moments.n >= fewest}
    hidden = [moments.n for group, moments in groups.items() if group not in shown]
    overall = _average("all", everyone, unit, alpha)
    each = alpha / max(1, len(shown))
    averages = sorted(
        (_average(group, moments, unit, each) for group, moments in shown.items()),
        key=lambda found: (-(found.average.value or 0.0), found.group),
    )
    return AveragesResult(
        what=what,
        unit=unit,
        overall=overall,
        groups=tuple(averages),
        small=len(hidden),
        small_n=sum(hidden),
        confidence=1 - alpha,
        findings=(_finding(overall, what, 1 - alpha),),
    )


def _average(group: str, moments: Moments, unit: str, alpha: float) -> Average:
    estimate = sample_mean(linearise(moments))
    low = high = None
    if estimate.variance > 0:
        half = -float(stdtrit(estimate.degrees_of_freedom, alpha / 2)) * estimate.variance**0.5
        low, high = estimate.value - half, estimate.value + half
        if unit == SHARE:
            low, high = max(0.0, low), min(1.0, high)
    return Average(
        group=group,
        n=moments.n,
        rows=round(moments.mean[1] * moments.n),
        unit=unit,
        average=Estimate(value=estimate.value, low=low, high=high),
    )


def _finding(overall: Average, what: str, confidence: float) -> Finding:
    known = overall.average.low is not None
    return observed(
        key="overall",
        what=what,
        state="measured" if known else "unsure",
        tone="neutral" if known else "attention",
        unit=overall.unit,
        size=overall.average,
        n=overall.n,
        confidence=confidence,
        action="look at the groups that lie apart",
        reason="measured over all rows" if known else "all units are alike: no interval can be had",
    )
