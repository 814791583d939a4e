"""How much each point counts, given its standard error and what else makes points scatter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def weights_of(y: Floats, errors: Floats) -> Floats:
    """Inverse variances: the square of each error, and a scatter that all points share.

    The shared scatter is what the differences of neighbours show beyond the errors, judged by their
    median, so that jumps and outliers do not count; zero where the errors explain it all. A point
    without an error gets the median error of the others.
    """
    known = np.isfinite(errors)
    if not known.any():
        return np.ones(y.size)
    variance = np.where(known, errors, np.median(errors[known])) ** 2
    steps = np.diff(y)
    seen = np.isfinite(steps)
    if not seen.any():
        return np.ones(y.size)
    total = 0.5 * (float(np.median(np.abs(steps[seen]))) / 0.6745) ** 2
    both = variance + max(0.0, total - float(np.median(variance)))
    floor = 1e-3 * float(np.median(both))
    weight: Floats = 1 / np.maximum(both, floor) if floor > 0 else np.ones(y.size)
    return weight
