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
EVIDENCE_ROWS: Final = 2500
EVIDENCE_VALUES: Final = 20_000
LEAST_ROWS: Final = 1000
PEAK_ROWS: Final = 2000
LEAST_COMPONENTS: Final = 8
BEYOND: Final = (1.25, 1.6, 2.0, 3.0)
ROWS_OF_A_COMPONENT: Final = 4
SHALLOWEST: Final = 3.5
"""Depth of a valley, in standard errors, that hardly one of 20 single clouds shows."""
OVERLAPPING: Final = 2
"""Groups without a valley that one dense place may hold."""
TILING: Final = 4
FURTHER: Final = (3, 4, 5, 6, 8)
WORTH: Final = 0.04
FEW: Final = 4
"""Each group must be worth .04 nats per entity; past 4 groups, .16 nats to a member of average."""
HALVES: Final = 8
HALF: Final = 400
SMALLEST_HALF: Final = 40


class Choice(NamedTuple):
    """A method, a number of groups, and why."""

    method: Method
    k: int
    reasons: tuple[str, ...]


class Evidence:
    """How well mixtures of k describe a part of the rows, each fitted once when asked for."""

    def __init__(self, rows: NDArray[np.float64], seed: int) -> None:
        most = int(np.clip(EVIDENCE_VALUES // rows.shape[1], LEAST_ROWS, EVIDENCE_ROWS))
        self.rows = some(rows, most, seed)
        self.most = len(self.rows) // ROWS_OF_A_COMPONENT
        self._starts = Starts(self.rows, seed)
        self._known: dict[int, float] = {}

    def at(self, k: int) -> float:
        """The most evidence per row over shapes of covariance, in nats."""
        if k not in self._known:
            starts = self._starts.at(k, random=0)
            self._known[k] = max(fit(self.rows, starts, shape).evidence for shape in SHAPES)
        return self._known[k]

    def worth(self, k: int) -> float:
        """The evidence, less what that many groups must at least be worth."""
        few = min(k, FEW)
        return float(self.at(k) - WORTH * few * (1 + np.log(k / few)))

    def overlapping(self, dense: int) -> int:
        """The groups of a mixture that tells more than so many dense places do, or 0.

        It is not believed past two groups per dense place, nor where evidence grows on past four:
        components then tile shapes.
        """
        high = OVERLAPPING * dense
        beyond = {high + 1, *(factor * dense for factor in FURTHER)}
        step = max(1, (high - dense) // 6)
        tried = {*range(max(dense, 2), high + 1, step), *beyond}
        tried = {k for k in tried if k <= self.most}
        if not tried or max(sorted(tried), key=self.at) > TILING * dense:
            return 0
        while True:
            top = max(sorted(tried), key=self.worth)
            if step == 1:
                return top if top <= high else 0
            step = max(1, step // 2)
            tried |= {near for near in (top - step, top + step) if dense <= near <= high}

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


def dense_places(rows: NDArray[np.float64]) -> list[int]:
    """How many dense places valleys set apart: up to the largest step down in their depths, or all.

    The first is the number before the largest step, the second that of all valleys deep enough.
    """
    depths = peaks(rows).depths
    deep = int((depths > SHALLOWEST).sum())
    if not deep:
        return [1]
    least = SHALLOWEST / 1.5
    padded = np.concatenate((np.maximum(depths, least), [least]))
    steps = np.log(padded[:-1] / padded[1:])[:deep]
    return [int(steps.argmax()) + 2, deep + 1]


def how_many(rows: NDArray[np.float64], evidence: Evidence, seed: int) -> tuple[int, str]:
    """How many groups there are, where there are any: by valleys, or by a mixture that tells more.

    Groups that overlap have no valley between them. Where as many components as dense places
    describe the rows within .05 nats, there are no more groups than that; where they do not, the
    mixture whose groups are worth their number is asked.
    """
    places = dense_places(some(rows, PEAK_ROWS, seed))
    for dense in places:
        if 1 < dense <= evidence.most and evidence.behind(dense) <= CLOSE:
            k = max(range(2, dense + 1), key=evidence.worth) if dense <= 2 * FEW else dense
            return k, f"{dense} dense places have valleys between, a mixture of {k} says as much"
    dense = places[0]
    k = evidence.overlapping(dense)
    if k > dense:
        return k, f"a mixture of {k} says more than the valleys, which set {dense} places apart"
    return max(dense, 2), f"valleys set {dense} dense places apart"


def chosen(rows: NDArray[np.float64], seed: int) -> tuple[Choice, tuple[tuple[int, float], ...]]:
    """Method and K together, and how often each K is found in random halves of the rows."""
    evidence = Evidence(rows, seed)
    k, why = how_many(rows, evidence, seed)
    found = method_for(k, evidence)
    return Choice(found.method, k, (why, *found.reasons)), shares(rows, seed)


def shares(rows: NDArray[np.float64], seed: int) -> tuple[tuple[int, float], ...]:
    """How often each K is found in random halves of at most 400 rows.

    References:
        Politis, Romano & Wolf (1999), Subsampling.
    """
    rng = np.random.default_rng([seed, 4])
    size = min(len(rows) // 2, HALF)
    if size < SMALLEST_HALF:
        return ()
    found = []
    for _ in range(HALVES):
        part = rows[rng.choice(len(rows), size, replace=False)]
        found.append(how_many(part, Evidence(part, seed), seed)[0])
    ks, counts = np.unique(found, return_counts=True)
    return tuple(zip(ks.tolist(), (counts / HALVES).tolist(), strict=True))
