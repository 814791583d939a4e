"""An agent with another provider, judged on the items that it tried with both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import exp, expm1
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from assay.analysis.providers.result import ProviderChange, Verdict
from assay.core.finding import Estimate
from assay.stats.comparisons.paired_rates import PairedCounts, PairedRateContrast, mcnemar_mid_p
from assay.stats.judging.same_items import gwet_of, kappa_of, share_alike
from assay.stats.level import Level
from assay.stats.multiplicity.corrections import adjusted_p_values
from assay.stats.unequal_ends import score_rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.features.provider_cells import SharedItems
    from assay.stats.judging.agreement import Agreement

Array = NDArray[np.float64]

_LOGS = frozenset({"latency", "cost"})
_LESS_IS_BETTER = frozenset({"latency", "cost"})
_UNITS = {"success": "share", "rating": "share", "latency": "s", "cost": "USD"}


def changes_of(
    shared: SharedItems,
    *,
    margins: Mapping[str, float],
    fewest: int,
    alpha: float,
    smallest: int = 1,
) -> tuple[ProviderChange, ...]:
    """Every two providers of an agent, every measure with a margin, all tests adjusted together."""
    found: list[ProviderChange] = []
    for agent in np.unique(shared.agents):
        mine = shared.agents == agent
        names, often = np.unique(shared.providers[mine], return_counts=True)
        order = [names[i] for i in np.lexsort((names, -often))]
        for base, other in combinations(order, 2):
            for measure, margin in margins.items():
                if measure in shared.values:
                    both = (str(base), str(other))
                    sides = _paired(shared, mine, both, shared.values[measure])
                    outcomes = _paired(shared, mine, both, shared.outcomes)
                    question = _Question(
                        agent=str(agent),
                        base=str(base),
                        other=str(other),
                        measure=measure,
                        margin=margin,
                    )
                    one = _change(question, sides, outcomes, fewest, alpha)
                    found.append(_guarded(one, _persons(shared, mine, both), smallest))
    adjusted = adjusted_p_values([one.p for one in found], "holm")
    return tuple(
        replace(one, adjusted=p, verdict=_verdict(one, p, alpha))
        for one, p in zip(found, adjusted, strict=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    agent: str
    base: str
    other: str
    measure: str
    margin: float


def _persons(shared: SharedItems, mine: NDArray[np.bool_], both: tuple[str, str]) -> int:
    """Persons behind attempts at items that both tried; 0 where nobody is named."""
    sides = [np.flatnonzero(mine & (shared.providers == name)) for name in both]
    items = np.intersect1d(shared.items[sides[0]], shared.items[sides[1]])
    rows = np.concatenate(sides)
    names = shared.persons[rows[np.isin(shared.items[rows], items)]]
    return int(np.unique(names[names != ""]).size)


def _guarded(one: ProviderChange, persons: int, smallest: int) -> ProviderChange:
    """Nothing of items that a few persons tried; what nobody is named for is about nobody."""
    if not 0 < persons < smallest:
        return one
    return replace(
        one,
        items=None,
        value_base=None,
        value_other=None,
        difference=None,
        alike=None,
        kappa=None,
        ac1=None,
        p=None,
        reason=f"fewer than {smallest} persons tried them",
    )


def _paired(
    shared: SharedItems, mine: NDArray[np.bool_], both: tuple[str, str], values: Array
) -> tuple[Array, Array]:
    """What came of the items that both tried, base first; those without a value left out."""
    sides = []
    for name in both:
        rows = np.flatnonzero(mine & (shared.providers == name) & ~np.isnan(values))
        sides.append((shared.items[rows], values[rows]))
    _, first, second = np.intersect1d(
        sides[0][0], sides[1][0], assume_unique=True, return_indices=True
    )
    return sides[0][1][first], sides[1][1][second]


def _change(
    question: _Question,
    sides: tuple[Array, Array],
    outcomes: tuple[Array, Array],
    fewest: int,
    alpha: float,
) -> ProviderChange:
    base, other = sides
    n, measure = len(base), question.measure
    few = ProviderChange(
        agent=question.agent,
        base=question.base,
        other=question.other,
        measure=measure,
        unit=_UNITS[measure],
        items=n,
        value_base=_mean(base, measure) if n >= fewest else None,
        value_other=_mean(other, measure) if n >= fewest else None,
        difference=None,
        margin=question.margin,
        alike=None,
        kappa=None,
        ac1=None,
        p=None,
        adjusted=None,
        verdict="not compared",
        reason=f"{n:,} shared items, expected at least {fewest:,}",
    )
    if n < fewest:
        return few
    if measure == "success" and np.isin(np.concatenate(sides), (0.0, 1.0)).all():
        return _of_rates(few, base, other, alpha)
    told = _of_means(few, other - base, alpha)
    binary = np.isin(np.concatenate(outcomes), (0.0, 1.0)).all()
    if measure != "success" or len(outcomes[0]) < fewest or not binary:
        return told
    first = _of_rates(few, *outcomes, alpha)
    return replace(told, alike=first.alike, kappa=first.kappa, ac1=first.ac1)


def _mean(values: Array, measure: str) -> float:
    mean = float(values.mean())
    return exp(mean) if measure in _LOGS else mean


def _of_rates(one: ProviderChange, base: Array, other: Array, alpha: float) -> ProviderChange:
    counts = PairedCounts(
        both=int(((base == 1) & (other == 1)).sum()),
        treated=int(((base == 0) & (other == 1)).sum()),
        control=int(((base == 1) & (other == 0)).sum()),
        neither=int(((base == 0) & (other == 0)).sum()),
    )
    if counts.discordant:
        ends = PairedRateContrast(counts).at(Level(alpha)).difference
        low, high = ends.low, ends.high
    else:  # Tango's ends have this closed form then
        high = score_rate(0.0, n=counts.n, critical=Level(alpha).bound)[2]
        low = -high
    share, least, most = share_alike(counts, level=1 - alpha)
    return replace(
        one,
        difference=Estimate(value=float(other.mean() - base.mean()), low=low, high=high),
        alike=Estimate(value=share, low=least, high=most),
        kappa=_agreement(kappa_of(counts, level=1 - alpha)),
        ac1=_agreement(gwet_of(counts, level=1 - alpha)),
        p=mcnemar_mid_p(counts),
        reason="",
    )


def _of_means(one: ProviderChange, gaps: Array, alpha: float) -> ProviderChange:
    """Student's interval of the paired difference; of logarithms, as a relative change."""
    n, mean = gaps.size, float(gaps.mean())
    error = float(gaps.std(ddof=1)) / n**0.5
    reach = -float(stdtrit(n - 1, alpha / 2)) * error
    ends = (mean - reach, mean, mean + reach)
    low, value, high = (expm1(end) for end in ends) if one.measure in _LOGS else ends
    p = 2 * float(stdtr(n - 1, -abs(mean) / error)) if error > 0 else float(mean == 0)
    return replace(
        one, difference=Estimate(value=value, low=low, high=high), p=min(p, 1.0), reason=""
    )


def _agreement(found: Agreement) -> Estimate | None:
    if found.value is None:
        return None
    return Estimate(value=found.value, low=found.low, high=found.high)


def _verdict(one: ProviderChange, adjusted: float | None, alpha: float) -> Verdict:
    """By the interval against the margin; that there is any difference by the adjusted test."""
    found = one.difference
    if found is None or found.low is None or found.high is None or found.value is None:
        return "not compared"
    sign = -1 if one.measure in _LESS_IS_BETTER else 1
    margin = one.margin
    worst, best = sorted((sign * found.low, sign * found.high))
    sure = adjusted is not None and adjusted <= alpha
    if sure and sign * found.value > 0:
        return "better"
    if best < -margin:
        return "worse by more than the margin"
    if worst > -margin:
        return "not worse by more than the margin"
    return "worse" if sure else "unclear"
