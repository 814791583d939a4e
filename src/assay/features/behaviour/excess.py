"""How alike the days of one entity are: how much less its rows tell than as many by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Kind = Literal["exact", "share", "count", "mean", "log mean"]
"""What a number of an entity is, which says how it errs."""


def excess_of(  # noqa: PLR0913, PLR0917  five sums of each entity
    kind: Kind, y: Array, n: Array, yy: Array, yn: Array, nn: Array
) -> float:
    """How much sums over days vary within entities: against chance, or of a single value.

    Squares of what a day's sum lies off the entity's own rate, over what chance would make of
    them; of all entities together, so that those of few days borrow from the rest.

    Args:
        kind: of the numbers.
        y: sums of parts, of each entity.
        n: sums of wholes.
        yy: sums over its days of parts squared.
        yn: of parts times wholes.
        nn: of wholes squared.

    References:
        McCullagh & Nelder (1989), Generalized linear models, 2nd ed., sec. 4.5 (overdispersion by
        Pearson's statistic); Kish (1965), Survey sampling, sec. 5.4 (design effect).
    """
    some = n > 0
    rate = np.divide(y, n, out=np.zeros_like(y), where=some)
    off = np.maximum(yy - 2 * rate * yn + rate**2 * nn, 0.0)
    room = np.divide(n * n - nn, n, out=np.zeros_like(n), where=some)
    if kind == "share":
        left = np.divide(n, n - 1, out=np.zeros_like(n), where=n > 1)
        chance = float((rate * (1 - rate) * left * room).sum())
    elif kind == "count":
        chance = float((rate * room).sum())
    elif kind == "log mean":
        positive = rate > 0
        off = np.divide(off, rate**2, out=np.zeros_like(off), where=positive)
        chance = float(room[positive].sum())
    else:
        chance = float(room.sum())
    found = float(off.sum()) / chance if chance > 0 else 0.0
    return max(found, 1.0) if kind in {"share", "count"} else found
