"""The tables of one kind of work, taken apart into arrays per configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from assay.analysis.costs.comparing.grid import NONE, Grid, grid_of
from assay.analysis.costs.opportunities.switching.evidence import Rows
from assay.features.work import BUCKETS, CONFIGURATION

if TYPE_CHECKING:
    from assay.features.work import Work

Basis = Literal["list", "logged"]
BASES: Final[tuple[Basis, ...]] = ("list", "logged")
Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pieces:
    """One kind of work: its days, its rows of like work and its items, by configuration.

    What was only ever evaluated has no days.
    """

    kind: str
    days: dict[Values, pl.DataFrame]
    alike: dict[Values, pl.DataFrame]
    users: dict[Values, int]
    grids: dict[Basis, Grid | None]
    strata: int
    _rows: dict[tuple[Values, Basis], Rows] = field(default_factory=dict)

    @property
    def configurations(self) -> tuple[Values, ...]:
        """All that did this work, or were evaluated at it, in their order."""
        return tuple(self.users)

    def basis(self, one: Values, other: Values) -> Basis | None:
        """Whose money both have for all their rows: list prices, else what was logged."""
        for basis in BASES:
            column = f"{basis}_usd"
            lines = [part.get(each) for part in (self.days, self.alike) for each in (one, other)]
            if not any(part[column].null_count() for part in lines if part is not None):
                return basis
        return None

    def rows(self, values: Values, basis: Basis) -> Rows | None:
        """The configuration's rows of like work as arrays; None where it has none."""
        lines = self.alike.get(values)
        if lines is None:
            return None
        if (values, basis) not in self._rows:
            self._rows[values, basis] = _rows(
                lines, f"{basis}_usd", self.strata, self.users.get(values, 0)
            )
        return self._rows[values, basis]


def pieces_of(work: Work) -> tuple[Pieces, ...]:
    """Each kind of work that more than one configuration did."""
    found = []
    days = _by_kind(work.days)
    alike, users = _by_kind(work.alike), _by_kind(work.users)
    items, logged = _by_kind(work.items), _by_kind(work.logged)
    strata = int(work.alike["stratum"].max() or 0) + 1  # type: ignore[arg-type]
    for kind, lines in users.items():
        counted = _by_values(lines)
        if len(counted) < 2:
            continue
        listed = grid_of(items[kind], by=CONFIGURATION) if kind in items else None
        found.append(
            Pieces(
                kind,
                _by_values(days[kind]) if kind in days else {},
                _by_values(alike[kind]) if kind in alike else {},
                {values: int(one["users"][0]) for values, one in counted.items()},
                {
                    "list": listed,
                    "logged": grid_of(logged[kind], by=CONFIGURATION) if kind in logged else listed,
                },
                strata,
            )
        )
    return tuple(found)


def _by_kind(lines: pl.DataFrame) -> dict[str, pl.DataFrame]:
    filled = lines.with_columns(pl.col("kind").fill_null(NONE))
    parts = filled.partition_by("kind", as_dict=True, maintain_order=True)
    return {str(kind): part for (kind,), part in parts.items()}


def _by_values(lines: pl.DataFrame) -> dict[Values, pl.DataFrame]:
    filled = lines.with_columns(pl.col(*CONFIGURATION).fill_null(NONE))
    parts = filled.partition_by(CONFIGURATION, as_dict=True, maintain_order=True)
    return {tuple(str(value) for value in key): part for key, part in parts.items()}


def _rows(lines: pl.DataFrame, money: str, strata: int, users: int) -> Rows:
    place = lines["stratum"].to_numpy() * BUCKETS + lines["bucket"].fill_null(0).to_numpy()

    def sums(column: str) -> np.ndarray:
        values = lines[column].cast(pl.Float64).fill_null(0.0).to_numpy()
        return np.bincount(place, weights=values, minlength=strata * BUCKETS).reshape(
            strata, BUCKETS
        )

    return Rows(
        known=sums("known"),
        won=sums("won"),
        requests=sums("requests"),
        usd=sums(money),
        users=users,
    )
