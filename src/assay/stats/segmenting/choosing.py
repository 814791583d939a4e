"""Which method and how many segments the data speak for, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from assay.stats.segmenting.methods import some
from assay.stats.segmenting.mixtures import SHAPES, fit
from assay.stats.segmenting.modes import peaks
from assay.stats.segmenting.starts import Starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.segmenting.methods import Method

CLOSE: Final = 0.05
"""Nats per row by which a mixture may fall behind the most flexible one and still describe."""
EVIDENCE_ROWS: Final = 1200
PEAK_ROWS: Final = 2000
LEAST_COMPONENTS: Final = 8
BEYOND: Final = (1.25, 1.6, 2.0, 3.0)
ROWS_OF_A_COMPONENT: Final = 4
SHALLOWEST: Final = 3.0


class Choice(NamedTuple):
    """A method, a number of groups, and why."""

    method: Method
    k: int
    reasons: tuple[str, ...]


class Evidence:
    """How well mixtures of k describe a part of the rows, each fitted once when asked for."""

    def __init__(self, rows: NDArray[np.float64], seed: int) -> None:
        self.rows = some(rows, EVIDENCE_ROWS, seed)
        self.most = len(self.rows) // ROWS_OF_A_COMPONENT
        self._starts = Starts(self.rows, seed)
        self._known: dict[int, float] = {}

    def at(self, k: int) -> float:
        """The most evidence per row over shapes of covariance, in nats."""
        if k not in self._known:
            starts = self._starts.at(k, random=0)
            self._known[k] = max(fit(self.rows, starts, shape).evidence for shape in SHAPES)
        return self._known[k]

    def behind(self, k: int) -> float:
        """By how much k components fall behind more of them, looked for until it is plain."""
        ahead = {max(k + 1, round(factor * k)) for factor in BEYOND} | {LEAST_COMPONENTS}
        behind = 0.0
        for more in sorted(ahead):
            if k < more <= self.most:
                behind = max(behind, self.at(more) - self.at(k))
            if behind > CLOSE:
                break
        return behind


def method_for(k: int, evidence: Evidence) -> Choice:
    """The mixture where K Gaussian components describe the rows as well as many; else the linkage.

    Groups of any shape can be tiled by many components. If the best mixture of K is within .05 nats
    per row of the best mixture of more, in evidence, groups are Gaussian and may overlap; if not,
    their shape is another, and the linkage on the spanning tree takes the shape as it is.
    """
    behind = evidence.behind(k)
    if behind <= CLOSE:
        why = f"{k} Gaussian components describe the entities as well as more of them do"
        return Choice("mixture", k, (why,))
    why = (
        f"groups have another shape than Gaussian: {k} components fall behind more of them"
        f" by {behind:.2f} nats per entity or more"
    )
    return Choice("linkage", k, (why,))


def peaks_for(rows: NDArray[np.float64], valley: float) -> int:
    """How many groups valleys set apart: up to the largest step down in their depths."""
    depths = peaks(rows).depths
    cut = max(valley, SHALLOWEST)
    deep = int((depths > cut).sum())
    if not deep:
        return 1
    padded = np.concatenate((np.maximum(depths, cut / 1.5), [cut / 1.5]))
    steps = np.log(padded[:-1] / padded[1:])[:deep]
    return int(steps.argmax()) + 2


def chosen(rows: NDArray[np.float64], valley: float, seed: int) -> Choice:
    """Method and K together."""
    k = max(peaks_for(some(rows, PEAK_ROWS, seed), valley), 2)
    found = method_for(k, Evidence(rows, seed))
    return Choice(found.method, k, (f"valleys set {k} dense places apart", *found.reasons))
