"""Agents by providers as one record: pooled cells, and changes of provider judged on items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.analysis.providers.cells import cells_of
from assay.analysis.providers.changes import changes_of
from assay.analysis.providers.result import ProvidersResult
from assay.core.errors import ParameterError
from assay.core.finding import Estimate, Finding, observed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.analysis.providers.result import ProviderChange, Verdict
    from assay.core.finding import Tone
    from assay.features.provider_cells import ProviderCells, SharedItems

MARGINS: Final = {"success": 0.03, "rating": 0.03, "latency": 0.1, "cost": 0.1}
"""How much worse still counts as not worse: points of a share, or a relative change."""
FEWEST: Final = 20

_TONES: Final[dict[Verdict, Tone]] = {
    "better": "good",
    "not worse by more than the margin": "good",
    "worse": "attention",
    "worse by more than the margin": "bad",
}


def assess_providers(  # noqa: PLR0913  what is known, and what may be told
    cells: ProviderCells,
    shared: SharedItems | None,
    *,
    margins: Mapping[str, float] | None = None,
    smallest_cell: int = 10,
    fewest: int = FEWEST,
    confidence: float = 0.95,
) -> ProvidersResult:
    """Each measure by cell with partial pooling, and each change of provider as a comparison.

    Args:
        cells: sums of each agent with each provider.
        shared: items that an agent tried with several; None where items are not named.
        margins: measure → how much worse still counts as not worse; those not named are not
            compared. None takes `MARGINS`.
        smallest_cell: persons that a cell has to be about.
        fewest: shared items that a change needs to be judged.
        confidence: of every interval by itself.

    Raises:
        ParameterError: where a margin is not positive or its measure unknown, or `fewest` below 2.
    """
    told = MARGINS if margins is None else margins
    for name, margin in told.items():
        if name not in MARGINS or not 0 < margin < 1:
            raise ParameterError(
                f"margin of {name!r} is {margin}, expected between 0 and 1, of {', '.join(MARGINS)}"
            )
    if not fewest >= 2:
        raise ParameterError(f"fewest={fewest}, expected 2 or more shared items")
    alpha = 1 - confidence
    pooled, spreads = cells_of(cells, smallest=smallest_cell, alpha=alpha)
    changes = (
        ()
        if shared is None
        else changes_of(shared, margins=told, fewest=fewest, alpha=alpha, smallest=smallest_cell)
    )
    return ProvidersResult(
        by=cells.by,
        cells=pooled,
        spreads=spreads,
        changes=changes,
        withheld=int((cells.persons < smallest_cell).sum()),
        smallest=smallest_cell,
        fewest=fewest,
        attempts="" if shared is None else shared.attempts,
        confidence=confidence,
        findings=tuple(_finding(one, confidence) for one in changes if one.difference),
    )


def _finding(one: ProviderChange, confidence: float) -> Finding:
    gap = one.difference or Estimate(value=None, low=None, high=None)
    worse = one.verdict == "worse by more than the margin"
    return observed(
        key=f"provider/{one.agent}/{one.base}/{one.other}/{one.measure}",
        what=f"{one.measure} of {one.agent} with {one.other} instead of {one.base}",
        state=one.verdict,
        tone=_TONES.get(one.verdict, "neutral"),
        evidence="paired",
        size=gap,
        n=one.items or 0,
        confidence=confidence,
        action=f"stay with {one.base}" if worse else "none",
        reason=f"on {one.items or 0:,} items that both tried; margin {one.margin:g}",
    )
