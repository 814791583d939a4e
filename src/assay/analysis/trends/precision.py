"""How precisely each period is known: its standard error, steadied by the number behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.features.watched import Watched

    Floats = NDArray[np.float64]

FAR: Final = 3.0
"""Times the even error from which a quantile's own is believed."""
ENOUGH: Final = 8
"""Units of a period from which its own standard error says something of how far units spread."""


def steadied(one: Watched) -> Floats:
    """Standard errors of one spread of units for the whole series, over the root of their number.

    A period's own error is itself a guess: three successes of three have none, one row has no
    error that could be told, and a period of low values seems surer than one of high values. Such
    periods would pull the level to themselves. The spread is the median over units of what periods
    of enough units show. A quantile's own error counts where it is far larger: it tells that the
    quantile lies between two heaps of values, where it may be almost anything. Totals keep their
    own errors, which grow with the number.
    """
    if one.total:
        return one.errors
    here = np.isfinite(one.errors) & (one.errors > 0) & (one.n >= ENOUGH)
    if not here.any():
        return _pooled(one)
    n = one.n[here].astype(np.float64)
    spread = one.errors[here] * np.sqrt(n)
    order = np.argsort(spread)
    half = np.searchsorted(np.cumsum(n[order]), n.sum() / 2)
    usual = float(spread[order][half])
    even = _even(one, usual)
    if one.quantile is None:
        return even
    return np.where(np.nan_to_num(one.errors) > FAR * even, one.errors, even)


def _pooled(one: Watched) -> Floats:
    """Errors by the spread that all periods show together, where each has few units."""
    here = np.isfinite(one.errors) & (one.n > 1)
    spare = one.n[here] - 1.0
    if not here.any() or not one.errors[here].any():
        return np.full(one.errors.shape, np.nan)
    squares = one.errors[here] ** 2 * one.n[here]
    return _even(one, float(np.sqrt(squares @ spare / spare.sum())))


def _even(one: Watched, spread: float) -> Floats:
    """The error of every period whose units spread so far."""
    found: Floats = np.where(one.n > 0, spread / np.sqrt(np.maximum(one.n, 1)), np.nan)
    return found
