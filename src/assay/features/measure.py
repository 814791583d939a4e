"""What a metric needs of the data: its columns, their values per unit, and their moments.

Each measure names the statistics it wants; one scan computes those of all measures together, and
the measure turns its row of them into a `Sample`. Where that row shows that something is wrong
(a value is missing, infinite, or no 0 or 1), it answers None, and `faults` looks for the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import narwhals as nw

from assay.features.maturity import over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.features.summary import Sample
    from assay.params import Metric

Schema = dict[str, nw.dtypes.DType]
Statistics = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """How rows become units: as they are, by grouping, or by grouping and joining assignments.

    Attributes:
        brought: columns that the assignments have, where a covariate is looked for first.
        through: microseconds from 1970-01-01 to which the data reach, where metrics have windows.
    """

    grouped: bool
    assigned: bool = False
    reduce: str | None = None
    brought: frozenset[str] = frozenset()
    through: int | None = None

    def mature(self, metric: Metric) -> nw.Expr | None:
        """Whether a unit's window of this metric is over; None where it has none."""
        if metric.window_days is None or self.through is None:
            return None
        return over(metric.window_days, self.through)


class Measure(Protocol):
    """A metric's way through the stages of one scan; names start with its own prefix."""

    @property
    def metric(self) -> Metric:
        """What is measured."""
        ...

    def rows(self, schema: Schema) -> list[nw.Expr]:
        """Columns made from a row."""
        ...

    def units(self) -> list[nw.Expr]:
        """Aggregates of those columns over the rows of a unit."""
        ...

    def brought(self, schema: Schema) -> list[nw.Expr]:
        """Covariates made from an assignment, averaged where a unit has several."""
        ...

    def settled(self, absent: nw.Expr) -> list[nw.Expr]:
        """The unit's values, once it is known whether it has any rows."""
        ...

    def ready(self) -> list[nw.Expr]:
        """The values as the statistics read them, where they differ from the settled ones."""
        ...

    def statistics(self) -> list[nw.Expr]:
        """Aggregates of the ready values over the units of a group."""
        ...

    def kept(self) -> dict[str, nw.Expr]:
        """The units' own values by name, as the moments list them; none where rows add up."""
        ...

    def sample(self, found: Mapping[str, Any]) -> Sample | None:
        """The group's sample; None where something is wrong with the values."""
        ...
