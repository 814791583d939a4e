"""Cross-tables as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.core.finding import Estimate, Finding
from assay.core.units import NONE, SHARE, Count, Number, Probability, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCell:
    """One cell.

    Attributes:
        persons: None where withheld.
        share: of the row; None where the cell or its row's total is withheld.
        expected: share that it would be if rows were alike: that of the column among all.
    """

    row: str
    column: str
    persons: Count | None
    share: Annotated[Estimate | None, SHARE]
    expected: Share | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossTotal:
    """Persons of one value of one name; None where withheld."""

    name: str
    value: str
    persons: Count | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossTable:
    """Two names.

    Attributes:
        strength: Cramér's V without its bias, to two digits; None where a name has one value.
        p, adjusted: of no association; adjusted for the number of tables.
        sparse: whether counts are too small for the test to be more than rough.
        associated: whether the adjusted p-value is at most one minus the confidence.
    """

    rows: str
    columns: str
    cells: tuple[CrossCell, ...]
    strength: Annotated[Estimate | None, NONE]
    p: Probability | None
    adjusted: Probability | None
    df: Number
    sparse: bool
    associated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CrosstabResult:
    """All two-way tables of two or three names, of the same persons.

    Attributes:
        persons: in every table; None where withheld.
        totals: of each value of each name.
        merged: values that were put into (other), of each name.
        withheld: numbers that are not told, in all tables together.
        smallest: persons that a number has to be about.
    """

    person: str
    persons: Count | None
    names: tuple[str, ...]
    totals: tuple[CrossTotal, ...]
    merged: tuple[Count, ...]
    tables: tuple[CrossTable, ...]
    withheld: Count
    smallest: Count
    confidence: Share
    findings: tuple[Finding, ...]
