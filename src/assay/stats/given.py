"""What a kernel of series is handed: numbers that it can square and add up, or a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LARGEST: Final = 1e100
"""Size above which the square of a square is no number any more."""
_READ: Final = "biufO"
"""Kinds of arrays that hold numbers: true and false, whole ones, floating ones, and objects."""


def numbers(given: ArrayLike, *, name: str) -> NDArray[np.float64]:
    """The values as numbers of double precision; NaN where there is none.

    Infinite values pass: what they mean is for the kernel to say.

    Args:
        given: a row or a table.
        name: what the caller calls it.

    Raises:
        DataError: for text, dates or complex numbers, rows of different lengths, and finite values
            beyond `LARGEST`.
    """
    try:
        raw = np.asarray(given)
        found = raw.astype(np.float64) if raw.dtype.kind in _READ else None
    except (TypeError, ValueError):
        found = None
    if found is None:
        raise DataError(
            f"{name} cannot be read as numbers",
            remedy="give rows of numbers of one length, NaN where there is none",
        )
    if not found.size:
        return found
    size = np.where(np.isfinite(found), np.abs(found), 0.0)
    most = float(size.max())
    if most > LARGEST:
        value = float(found.flat[int(size.argmax())])
        raise DataError(
            f"{name} of {value:g}, expected numbers within ±{LARGEST:g}",
            remedy="use a larger unit, or leave the value out (NaN)",
        )
    return found
