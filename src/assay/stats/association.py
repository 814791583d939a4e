"""How strongly two names of the same units go together: Cramér's V without its upward bias."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, chndtr, chndtrinc

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """Of two names: 0 is none, 1 is that one follows from the other.

    Attributes:
        value: bias-corrected V; None where a table has one row or column only.
        low, high: its interval; the lower end is above 0 exactly where p < alpha / 2.
        p_value: of none, by Pearson's chi-square; `df`: its degrees of freedom.
        sparse: whether more than a fifth of the expected counts are below 5, so that the
            chi-square is rough.
    """

    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    df: int
    n: int
    sparse: bool


def cramers_v(counts: ArrayLike, *, confidence: float = 0.95) -> Association:
    """Cramér's V of a table of counts of different units.

    V as it is usually computed is above zero where there is nothing: by chance, by the square root
    of (rows − 1)(columns − 1) / n. The estimate takes that off. The interval holds the values at
    which the chi-square seen is no surprise, by the noncentral distribution.

    Args:
        counts: rows by columns; each unit in one cell. Empty rows and columns are left out.
        confidence: of the interval.

    References:
        Bergsma (2013), A bias-correction for Cramér's V and Tschuprow's T, Journal of the Korean
        Statistical Society 42, 323-328; Smithson (2003), Confidence intervals, sec. 4.4.

    Raises:
        DataError: where counts are no counts, or there is none.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or not (np.isfinite(table).all() and (table >= 0).all()):
        raise DataError("expected a table of counts of zero or more")
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n = float(table.sum())
    if n < 2:
        raise DataError(f"{n:.0f} units in the table, expected two or more")
    rows, columns = table.shape
    df = (rows - 1) * (columns - 1)
    if not df:
        return Association(
            value=None, low=None, high=None, p_value=None, df=0, n=round(n), sparse=False
        )
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    chi = float(((table - expected) ** 2 / expected).sum())
    phi = max(0.0, chi / n - df / (n - 1))
    least = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    value = min(sqrt(phi / least), 1.0) if least > 0 else 0.0
    tail = (1 - confidence) / 2
    whole = n * (min(rows, columns) - 1)
    low, high = (min(sqrt(_noncentrality(chi, df, p) / whole), 1.0) for p in (1 - tail, tail))
    return Association(
        value=value,
        low=min(low, value),
        high=max(high, value),
        p_value=float(chdtrc(df, chi)),
        df=df,
        n=round(n),
        sparse=bool((expected < 5).mean() > 0.2),
    )


def _noncentrality(chi: float, df: int, p: float) -> float:
    """The noncentrality at which at most `chi` is seen with probability p; 0 where it is beyond."""
    if float(chndtr(chi, df, 0.0)) <= p:
        return 0.0
    found = float(chndtrinc(chi, df, p))
    return found if np.isfinite(found) else 0.0
