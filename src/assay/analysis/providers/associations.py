"""An agent with another provider, where no items are shared: rows of one kind, side by side."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import exp, expm1
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.providers.result import ProviderAssociation
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.features.provider_cells import MEASURES
from assay.features.provider_mixes import LOGS
from assay.stats.multiplicity.corrections import adjusted_p_values
from assay.stats.within_strata import within_strata

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from assay.features.provider_mixes import ProviderMixes

_FEWEST: Final = 0.02
"""Share of rows that have to be of kinds that both providers have."""


def associations_of(
    mixes: ProviderMixes,
    judged: Collection[tuple[str, str, str]],
    *,
    smallest: int,
    alpha: float,
) -> tuple[ProviderAssociation, ...]:
    """Every two providers of an agent that are not judged on items, every measure.

    Args:
        mixes: sums by person and kind of row.
        judged: agent, and two providers in either order, that are left out.
        smallest: persons that both sides need among kinds that both have.
        alpha: one minus the confidence.
    """
    found: list[ProviderAssociation] = []
    for agent in np.unique(mixes.agents):
        mine = mixes.agents == agent
        names, place = np.unique(mixes.providers[mine], return_inverse=True)
        often = np.bincount(place, mixes.rows[mine])
        order = [str(names[i]) for i in np.lexsort((names, -often))]
        for base, other in combinations(order, 2):
            if {(str(agent), base, other), (str(agent), other, base)} & set(judged):
                continue
            sides = mine & np.isin(mixes.providers, (base, other))
            found += [
                _one(mixes, sides, (str(agent), base, other), measure, smallest, alpha)
                for measure in mixes.sums
            ]
    adjusted = adjusted_p_values([one.p for one in found], "holm")
    return tuple(
        replace(one, adjusted=p, differs=p is not None and p <= alpha)
        for one, p in zip(found, adjusted, strict=True)
    )


def _one(  # noqa: PLR0913, PLR0917  private: one comparison and its limits
    mixes: ProviderMixes,
    sides: NDArray[np.bool_],
    names: tuple[str, str, str],
    measure: str,
    smallest: int,
    alpha: float,
) -> ProviderAssociation:
    agent, base, other = names
    unit = MEASURES[measure][1]
    untold = ProviderAssociation(
        agent=agent,
        base=base,
        other=other,
        measure=measure,
        unit=unit,
        rows=None,
        persons=None,
        shared=None,
        value_base=None,
        value_other=None,
        difference=None,
        raw=None,
        p=None,
        adjusted=None,
        differs=False,
        reason="",
    )
    sums, counts = mixes.sums[measure][sides], mixes.counts[measure][sides]
    second = mixes.providers[sides] == other
    if not (counts[second].sum() and counts[~second].sum()):
        return replace(untold, reason="one of them has no value")
    try:
        found = within_strata(sums, counts, second, mixes.kinds[sides], mixes.persons[sides])
    except DataError:
        return replace(untold, reason="they share no kind of row")
    if min(found.of_base, found.of_other) < smallest:
        return replace(untold, reason="too few persons among kinds of rows that both have")
    if found.shared < _FEWEST:
        return replace(untold, reason="hardly any rows are of kinds that both have")
    low, high = found.interval(alpha)
    raw = sums[second].sum() / counts[second].sum() - sums[~second].sum() / counts[~second].sum()
    relative = measure in LOGS
    ends = [expm1(end) if relative else end for end in (found.value, low, high)]
    return replace(
        untold,
        rows=found.rows // smallest * smallest,
        persons=found.clusters // smallest * smallest,
        shared=found.shared,
        value_base=exp(found.base) if relative else found.base,
        value_other=exp(found.other) if relative else found.other,
        difference=Estimate(value=ends[0], low=ends[1], high=ends[2]),
        raw=expm1(raw) if relative else float(raw),
        p=found.p,
    )
