"""One measured figure of the published table, with the band that it has to lie in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, sqrt
from typing import Annotated, Final

from assay.core.units import SHARE, Count, Share, UnitOf

ALLOWED: Final = 3.5
"""Standard errors of the simulation that a figure may lie beyond its limit: with some hundreds of
cells, one in four thousand would do so by chance alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured in one cell, by whom, and whether it holds.

    Attributes:
        part: which of the simulated designs.
        measure: what is measured: "false positives", "coverage of the lift" …
        by: "ours", or the formula that stands beside.
        outcome: kind of outcome.
        setting: what else the cell is made of, in words; may be empty.
        n, n_control: units of the treated arm and of the control.
        lift: the true one, None where there is none to speak of.
        streams: simulated experiments behind the figure.
        unit: of value, error and limits.
        error: standard error of the simulation.
        low, high: limits with their allowance, None where there is none.
        holds: None where nothing is promised (figures of others, shares that are only told).
    """

    part: str
    measure: str
    by: str = "ours"
    outcome: str
    setting: str = ""
    n: Count
    n_control: Count
    lift: Share | None
    streams: Count
    unit: str = SHARE
    value: Annotated[float, UnitOf("unit")]
    error: Annotated[float, UnitOf("unit")]
    low: Annotated[float | None, UnitOf("unit")] = None
    high: Annotated[float | None, UnitOf("unit")] = None
    holds: bool | None = None
    note: str = ""


def share(hits: float, streams: int) -> tuple[float, float]:
    """A share and its standard error, which is that of one hit where there was none."""
    if streams == 0:
        return 0.0, 0.0
    p = hits / streams
    inner = min(max(p, 1 / streams), 1 - 1 / streams)
    return p, sqrt(inner * (1 - inner) / streams)


def allowance(limit: float, streams: int, errors: float = ALLOWED) -> float:
    """How far a share whose true value is the limit strays by chance."""
    return errors * sqrt(limit * (1 - limit) / max(streams, 1))


def within(value: float, low: float | None, high: float | None) -> bool:
    """Whether a figure lies in its band; NaN does not."""
    return bool((-inf if low is None else low) <= value <= (inf if high is None else high))


def figure(  # noqa: PLR0913  a figure, its counts and its band
    base: Row,
    measure: str,
    hits: float,
    *,
    judged: bool,
    low: float | None = None,
    high: float | None = None,
) -> Row:
    """A share of `base.streams` as a row; without limits, or where not judged, it is only told."""
    value, error = share(hits, base.streams)
    judged = judged and not (low is None and high is None)
    return replace(
        base,
        measure=measure,
        value=value,
        error=error,
        low=low if judged else None,
        high=high if judged else None,
        holds=within(value, low, high) if judged else None,
    )


def beyond(row: Row) -> float:
    """How far outside its band a figure lies, in standard errors of the simulation; 0 inside."""
    over = 0.0 if row.high is None else row.value - row.high
    under = 0.0 if row.low is None else row.low - row.value
    return max(over, under, 0.0) / max(row.error, 1e-12)
