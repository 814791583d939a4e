"""Sums per random group of users → cost per success, session, user … with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.analysis.costs.breakdown.result import Ratio, RatioKey
from assay.core.finding import Estimate
from assay.core.units import NONE, USD
from assay.features.unit_sums import DISTINCT, SUMS
from assay.stats.ratios import FEWEST, ratios_of_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    Floats = NDArray[np.float64]

THOUSAND: Final = 1000.0


@dataclass(frozen=True, slots=True)
class _Kind:
    key: RatioKey
    top: str
    bottom: str
    unit: str
    factor: float
    nothing: str


KINDS: Final = (
    _Kind("per request", "usd", "requests", USD, 1.0, "no request with a known cost"),
    _Kind("per 1,000 tokens", "counted_usd", "tokens", USD, THOUSAND, "no known tokens"),
    _Kind("per success", "known_usd", "successes", USD, 1.0, "no success"),
    _Kind("per rating point", "rated_usd", "rating", USD, 1.0, "no rating above zero"),
    _Kind("per session", "sessions_usd", "sessions", USD, 1.0, "no known session"),
    _Kind("per user", "users_usd", "users", USD, 1.0, "no known user"),
    _Kind(
        "successes per 1,000 tokens", "successes", "known_tokens", NONE, THOUSAND, "no known tokens"
    ),
    _Kind("rating per 1,000 tokens", "rating", "rated_tokens", NONE, THOUSAND, "no known tokens"),
)
"""Ratios of sums; a point of rating is a full mark, since ratings are shares."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Sums of groups (rows) by random group of users (columns).

    Attributes:
        sums: by name; the names of `DISTINCT` are absent where they were not counted.
        held: whether the cell has any request.
    """

    names: tuple[str | None, ...]
    sums: dict[str, Floats]
    held: NDArray[np.bool_]

    def total(self, name: str) -> Floats:
        """Of each group."""
        return np.asarray(self.sums[name].sum(axis=1))

    @property
    def persons(self) -> NDArray[np.int64]:
        """Of each group, so many persons at least."""
        return np.asarray((self.sums["persons_n"] > 0).sum(axis=1), dtype=np.int64)


def table_of(sums: pl.DataFrame, column: str = "group") -> Table:
    """The frame of `unit_sums` laid out by this column, in the order of its first appearance."""
    names = sums[column].unique(maintain_order=True)
    buckets = sums["bucket"].unique()
    placed = sums.with_columns(
        assay_row=pl.col(column).replace_strict(names, pl.Series(range(len(names))))
        if names.null_count() < len(names)
        else pl.lit(0),
        assay_at=pl.col("bucket").replace_strict(buckets, pl.Series(range(len(buckets)))),
    )
    place = placed["assay_row"].to_numpy(), placed["assay_at"].to_numpy()
    shape = len(names), len(buckets)

    def laid(name: str) -> Floats:
        found = np.zeros(shape)
        np.add.at(found, place, sums[name].fill_null(0).cast(pl.Float64).to_numpy())
        return found

    counted = [name for name in DISTINCT if sums[name].null_count() < len(sums)]
    found = {name: laid(name) for name in (*SUMS, *counted)}
    texts = tuple(None if name is None else str(name) for name in names)
    return Table(texts, found, (found["requests"] + found["unknown"]) > 0)


def folded(table: Table, kept: Sequence[int], rest: Sequence[int]) -> Table:
    """These groups, then the others as one; whoever is in several of the others is counted twice,
    so that their users and sessions are not told.
    """
    chosen = [*kept]

    def fold(cells: Floats) -> Floats:
        if not rest:
            return cells[chosen]
        return np.vstack([cells[chosen], cells[list(rest)].sum(axis=0)])

    sums = {name: fold(cells) for name, cells in table.sums.items()}
    for name in DISTINCT:
        if name in sums and len(rest) > 1:
            sums[name][-1] = np.nan
    names = tuple(table.names[i] for i in chosen) + ((None,) if rest else ())
    held = (sums["requests"] + sums["unknown"]) > 0
    return Table(names, sums, held)


def ratios_of(table: Table, *, level: float) -> tuple[tuple[Ratio, ...], ...]:
    """All ratios of each group."""
    columns = [_ratios(table, kind, level) for kind in KINDS]
    return tuple(zip(*columns, strict=True)) if columns else ()


def _ratios(table: Table, kind: _Kind, level: float) -> list[Ratio]:
    rows = len(table.names)
    bottom = table.sums.get(kind.bottom)
    if bottom is None:
        return [_none(kind, f"{kind.bottom} were not counted")] * rows
    known = np.asarray(np.isfinite(bottom).all(axis=1), dtype=np.bool_)
    found = ratios_of_sums(
        table.sums[kind.top], np.where(known[:, None], bottom, 0.0), held=table.held, level=level
    )
    told = []
    for i in range(rows):
        if not known[i]:
            told.append(_none(kind, f"{kind.bottom} of several groups may be the same"))
            continue
        value, low, high = (
            float(ends[i]) * kind.factor for ends in (found.value, found.low, found.high)
        )
        if not np.isfinite(value):
            told.append(_none(kind, kind.nothing))
            continue
        has = bool(np.isfinite(low))
        told.append(
            Ratio(
                key=kind.key,
                unit=kind.unit,
                estimate=Estimate(
                    value=value, low=low if has else None, high=high if has else None
                ),
                n=float(bottom[i].sum()),
                groups=int(found.groups[i]),
                reason="" if has else _why(value, int(found.groups[i])),
            )
        )
    return told


def _why(value: float, groups: int) -> str:
    if not value > 0:
        return "nothing was counted"
    if groups < FEWEST:
        return f"{groups} users, expected {FEWEST} for an interval"
    return "all of it is of one user"


def _none(kind: _Kind, reason: str) -> Ratio:
    return Ratio(key=kind.key, unit=kind.unit, estimate=None, n=0.0, groups=0, reason=reason)


def share_of(part: Floats, whole: Floats, held: NDArray[np.bool_], level: float) -> Estimate | None:
    """A part of the whole, with its interval over users; None where there is no whole."""
    found = ratios_of_sums(part[None], whole[None], held=held[None], level=level)
    value, low, high = (float(ends[0]) for ends in (found.value, found.low, found.high))
    if not np.isfinite(value):
        return None
    if not np.isfinite(low):
        return Estimate(value=value, low=None, high=None)
    return Estimate(value=value, low=low, high=min(high, 1.0))
