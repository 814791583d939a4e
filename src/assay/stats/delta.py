"""A ratio of two means as an estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from assay.stats.moments import Moments


def linearise(moments: Moments) -> Moments:
    """A ratio of two means as the mean of one column, by the delta method.

    Columns 0 and 1 are numerator and denominator of each unit; a third column passes through. In
    place of the first two stands `R + (numerator − R · denominator) / mean denominator`, whose
    mean is the ratio R of the sums and whose variance over n is R's to first order.

    Raises:
        DataError: where the denominators sum to zero.

    References:
        Deng, Knoblich & Lu (2018), Applying the delta method in metric analytics, KDD, sec. 2.2.
    """
    top, bottom = moments.mean[:2]
    if bottom == 0:
        raise DataError("denominators sum to zero, expected some in every arm")
    ratio = top / bottom
    rest = len(moments.mean) - 2
    weights = np.zeros((1 + rest, 2 + rest))
    weights[0, :2] = 1 / bottom, -ratio / bottom
    weights[1:, 2:] = np.eye(rest)
    return moments.project(weights.tolist(), mean=(ratio, *moments.mean[2:]))
