"""How several true rates go together among all entities: a joint prior on a grid of cells."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d
from scipy.special import logsumexp, ndtri

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[np.float64]

CELLS: Final = 1_024
"""Cells of a grid, about; of each rate `MOST` at most."""
MOST: Final = 24
FEWEST: Final = 30
"""Entities from which on the shape is learned; of fewer it is that of the families."""
LEARNED: Final = 8_000
"""Entities that it is learned of, drawn by chance where there are more."""
SHRINKAGE: Final = 15.0
"""Entities that the families and one correlation count for, beside those that were seen."""
DRAWS: Final = 24
FEWER: Final = 8
MANY: Final = 20_000
"""Entities from which on fewer draws of the prior do: its doubt is small then."""
_TURNS: Final = 15
_FIT: Final = 12
_CORRELATIONS: Final = np.tanh(np.linspace(-2.2, 2.2, 23))
_BLUR: Final = np.array([0.25, 0.5, 0.25])
_TINY: Final = 1e-300


@dataclass(frozen=True, eq=False, slots=True)
class Rate:
    """One rate cut into cells.

    Attributes:
        held: entities × cells, how likely each one's rate lies in each cell under the prior of
            its family alone.
        prior: of the cells, under the same; adds up to 1.
        inside: which cells fulfil the condition.
    """

    held: NDArray[np.float32]
    prior: Array
    inside: NDArray[np.bool_]

    @property
    def scores(self) -> Array:
        """Mean normal score of each cell."""
        ends = np.clip(np.append(0.0, np.cumsum(self.prior)), 1e-12, 1 - 1e-12)
        z = ndtri(ends)
        heights = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        heights[[0, -1]] = 0.0
        return np.asarray(-np.diff(heights) / np.maximum(self.prior, _TINY)).clip(-8, 8)


def cells_each(rates: int) -> int:
    """Into how many cells each of so many rates is cut."""
    return int(max(2, min(MOST, np.floor(CELLS ** (1 / rates) + 1e-9))))


def tilts(rates: Sequence[Rate], seed: int = 0) -> NDArray[np.float32]:
    """Draws of the joint prior over the product of what families say alone: draws × cells.

    What is believed of an entity is, but for a factor, this times the product of `held`. A draw is
    the families' margins joined by a normal copula, whose correlations are drawn by their
    likelihood, and, of 30 entities and more, bent towards the likeliest weights of all cells by
    expectation maximisation: entities are weighed at random (a Bayesian bootstrap), the bend is
    blurred between neighbouring cells, and the copula counts as much as 15 entities.

    The first axis of cells is that of the first rate; the others are flattened.

    References:
        Kiefer & Wolfowitz (1956), Ann. Math. Statist. 27, 887-906, and Laird (1978), JASA 73,
        805-811 (the likeliest distribution of a rate); Silverman, Jones, Wilson & Nychka (1990),
        JRSS B 52, 271-324 (a blur within expectation maximisation); Rubin (1981), Ann. Statist. 9,
        130-134 (Bayesian bootstrap); Lewandowski, Kurowicka & Joe (2009), J. Multivar. Anal. 100,
        1989-2001 (the prior of correlations, their eta = 1).
    """
    rng = np.random.default_rng(seed)
    entities = len(rates[0].held)
    if entities > LEARNED:
        chosen = np.sort(rng.choice(entities, LEARNED, replace=False))
        rates = [Rate(one.held[chosen], one.prior, one.inside) for one in rates]
    left, right = sides([one.held for one in rates])
    base = _outer([one.prior for one in rates])
    correlations = {
        pair: _correlation(rates[pair[0]], rates[pair[1]])
        for pair in combinations(range(len(rates)), 2)
    }
    found = []
    for _ in range(DRAWS if entities <= MANY else FEWER):
        matrix = np.eye(len(rates))
        for (i, j), chances in correlations.items():
            matrix[i, j] = matrix[j, i] = rng.choice(_CORRELATIONS, p=chances)
        prior = joined(rates, matrix)
        if entities >= FEWEST:
            weight = rng.standard_exponential(len(left))
            weight *= len(left) / weight.sum()
            prior = _learned(prior, base, left, right, weight)
        shape = (rates[0].prior.size, -1)
        tilt = np.divide(prior, base, out=np.ones_like(prior), where=base > _TINY)
        found.append(tilt.reshape(shape).astype(np.float32))
    return np.stack(found)


def sides(
    held: Sequence[NDArray[np.float32]],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Entities × cells of the first rate, and entities × all combinations of the others'."""
    first, *others = held
    rest = np.ones((len(first), 1), dtype=np.float32)
    for one in others:
        rest = (rest[:, :, None] * one[:, None, :]).reshape(len(first), -1)
    return first, rest


def joined(rates: Sequence[Rate], correlations: Array) -> Array:
    """Weights of all cells: each rate's own margin, and a normal copula; sums to 1.

    Correlations that exclude each other are drawn together until they do not.
    """
    values, vectors = np.linalg.eigh(correlations)
    matrix = (vectors * np.maximum(values, 0.02)) @ vectors.T
    size = np.sqrt(np.diag(matrix))
    inverse = np.linalg.inv(matrix / np.outer(size, size)) - np.eye(len(rates))
    count = len(rates)
    scores = [one.scores.reshape(_along(axis, count)) for axis, one in enumerate(rates)]
    logs = np.zeros([one.prior.size for one in rates])
    for i in range(count):
        for j in range(count):
            logs = logs - inverse[i, j] * scores[i] * scores[j] / 2
    weights = np.exp(logs - logs.max()) * _outer([one.prior for one in rates])
    for _ in range(_FIT):
        for axis, one in enumerate(rates):
            margin = weights.sum(axis=tuple(other for other in range(count) if other != axis))
            ratio = np.divide(one.prior, margin, out=np.ones_like(margin), where=margin > _TINY)
            weights = weights * ratio.reshape(_along(axis, count))
    return np.asarray(weights / weights.sum())


def _correlation(one: Rate, other: Rate) -> Array:
    """Chances of the correlations that are tried, by the likelihood of both rates."""
    pair = (one, other)
    base = _outer([one.prior, other.prior])
    logs = np.log1p(-(_CORRELATIONS**2))  # all alike: as far as the next one is
    for at, correlation in enumerate(_CORRELATIONS):
        matrix = np.array([[1.0, correlation], [correlation, 1.0]])
        tilt = (joined(pair, matrix) / np.maximum(base, _TINY)).astype(np.float32)
        seen = ((one.held @ tilt) * other.held).sum(axis=1, dtype=np.float64)
        logs[at] += np.log(np.maximum(seen, _TINY)).sum()
    return np.asarray(np.exp(logs - logsumexp(logs)))


def _learned(
    prior: Array,
    base: Array,
    left: NDArray[np.float32],
    right: NDArray[np.float32],
    weight: Array,
) -> Array:
    """The likeliest weights of cells, held near those of the prior."""
    start, shape = prior, (left.shape[1], right.shape[1])
    share = len(left) / (len(left) + SHRINKAGE)
    for _ in range(_TURNS):
        tilt = np.divide(prior, base, out=np.zeros_like(prior), where=base > _TINY)
        flat = tilt.reshape(shape).astype(np.float32)
        seen = ((left @ flat) * right).sum(axis=1, dtype=np.float64)
        scaled = (weight / np.maximum(seen, _TINY) / len(left)).astype(np.float32)
        held = flat * (left.T @ (right * scaled[:, None]))
        prior = share * held.reshape(prior.shape).astype(np.float64) + (1 - share) * start
        ratio = np.divide(prior, start, out=np.ones_like(prior), where=start > _TINY)
        prior = start * _blurred(ratio)
        prior = prior / prior.sum()
    return prior


def _blurred(ratio: Array) -> Array:
    """Each cell drawn a little to its neighbours, along every axis."""
    for axis in range(ratio.ndim):
        ratio = correlate1d(ratio, _BLUR, axis=axis, mode="nearest")
    return ratio


def _outer(margins: Sequence[Array]) -> Array:
    found = np.ones(())
    for one in margins:
        found = np.multiply.outer(found, one)
    return found


def _along(axis: int, count: int) -> tuple[int, ...]:
    return tuple(-1 if at == axis else 1 for at in range(count))
