"""Segments of any shape as a mixture that holds nobody: places that each stand for many rows."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from assay.stats.segmenting.mixtures import Mixture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MOST: Final = 300
"""Places of all segments together."""
LEAST_VARIANCE: Final = 0.01
"""On features of variance 1: rows that are all alike do not make a place a point."""


class Landmarks(NamedTuple):
    """A mixture of spheres, and the segment that each of its components is of."""

    mixture: Mixture
    owner: NDArray[np.int64]


def landmarks(rows: NDArray[np.float64], labels: NDArray[np.int64], least: int) -> Landmarks:
    """Each segment as spheres, each the mean and the spread of `least` rows or more.

    A segment is halved at the median of the feature in which it is widest, and each half again, as
    long as both halves have enough rows. A segment of fewer is one sphere. Noise (−1) is left out.
    Spheres weigh alike, as they stand for about as many rows; exact weights would tell how many.

    Args:
        rows: scaled, n × p.
        labels: segment of each row.
        least: rows that a sphere stands for.

    References:
        LeFevre, DeWitt & Ramakrishnan (2006), Mondrian multidimensional k-anonymity;
        Domingo-Ferrer & Mateo-Sanz (2002), Practical data-oriented microaggregation for
        statistical disclosure control.
    """
    n, p = rows.shape
    enough = max(least, ceil(n / MOST))
    owner: list[int] = []
    parts: list[NDArray[np.float64]] = []
    for segment in range(int(labels.max()) + 1):
        for part in _halved(rows[labels == segment], enough):
            owner.append(segment)
            parts.append(part)
    variances = np.array([float(part.var(axis=0).mean()) for part in parts])
    spread = np.sqrt(np.maximum(variances, LEAST_VARIANCE))
    mixture = Mixture(
        shape="spherical",
        weights=np.full(len(parts), 1 / len(parts)),
        means=np.array([part.mean(axis=0) for part in parts]),
        factors=spread[:, None, None] * np.eye(p),
        log_likelihood=0.0,
        rows=n,
    )
    return Landmarks(mixture, np.array(owner, dtype=np.int64))


def _halved(rows: NDArray[np.float64], least: int) -> Iterator[NDArray[np.float64]]:
    half = len(rows) // 2
    if half < least:
        yield rows
        return
    order = np.argsort(rows[:, int(rows.var(axis=0).argmax())], kind="stable")
    yield from _halved(rows[order[:half]], least)
    yield from _halved(rows[order[half:]], least)
