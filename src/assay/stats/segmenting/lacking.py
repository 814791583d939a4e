"""The rule that takes in rows of which one feature is not looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from assay.stats.segmenting.rules import ByMixture, ByNeighbours

if TYPE_CHECKING:
    from assay.stats.segmenting.rules import Rule


def lacking(rule: Rule, feature: int) -> Rule | None:
    """The same segments, told by the other features: rows given to it have no such column.

    A mixture is integrated over the feature, neighbours are looked for in the other features. So
    the segments are those that all features formed, but whoever is put into one has his value of
    this feature left out of account. None where there is no other feature, or no such rule.
    """
    if isinstance(rule, ByMixture):
        mixture = rule.mixture
        if mixture.means.shape[1] < 2:
            return None
        covariances = mixture.factors @ mixture.factors.transpose(0, 2, 1)
        left = np.delete(np.delete(covariances, feature, axis=1), feature, axis=2)
        return ByMixture(
            replace(
                mixture,
                means=np.delete(mixture.means, feature, axis=1),
                factors=np.linalg.cholesky(left).astype(np.float64),
            )
        )
    if isinstance(rule, ByNeighbours) and rule.rows.shape[1] > 1:
        return replace(rule, rows=np.delete(rule.rows, feature, axis=1))
    return None
