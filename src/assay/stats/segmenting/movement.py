"""Who moved between segments from one period to the next, less what only looks like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from assay.core.errors import DataError

STEPS: Final = 300
DRAWS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Movement:
    """Flows from segments before (rows) to segments after (columns), as shares of all entities.

    Attributes:
        seen: by the likeliest segments in both periods.
        unmoved: what would be seen if nobody had moved, since assignment errs.
        flow: what remains when errors of assignment are taken off, with intervals (each).
        moved: share off the diagonal of `flow`; `moved_seen`, `moved_by_error`: of the others.
        p_value: one-sided, of so much seen movement if nobody had moved.
    """

    entities: int
    seen: NDArray[np.float64]
    unmoved: NDArray[np.float64]
    flow: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    moved: float
    moved_low: float
    moved_high: float
    moved_seen: float
    moved_by_error: float
    p_value: float
    confidence: float


def movement(
    before: NDArray[np.floating], after: NDArray[np.floating], seed: int = 0, *, draws: int = DRAWS
) -> Movement:
    """Movement of the same entities, from their probabilities of the same segments (n × K) twice.

    Whoever lies between two segments changes sides by chance. How often the likeliest segment is
    not the true one is read from the probabilities; errors of both periods are taken to be
    independent, given the true segment, and the likeliest flow behind what is seen is found.
    Entities whose probabilities sum to less than one half in either period are left out.

    References:
        Vermunt (2010), Latent class modeling with covariates: two improved three-step approaches,
        eq. 6 and 14; Dempster, Laird & Rubin (1977).
    """
    one, two = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if one.shape != two.shape or one.ndim != 2:
        raise DataError(
            f"probabilities of shape {one.shape} and {two.shape}, expected the same entities and"
            " segments in both periods",
            remedy="assign both periods by the same segments, and keep entities seen in both",
        )
    kept = (one.sum(axis=1) >= 0.5) & (two.sum(axis=1) >= 0.5)
    one, two = one[kept], two[kept]
    n, k = one.shape
    if not n:
        raise DataError(
            "no entity is in a segment in both periods",
            remedy="compare periods that share entities",
        )
    one /= one.sum(axis=1, keepdims=True)
    two /= two.sum(axis=1, keepdims=True)
    ends = one.argmax(axis=1), two.argmax(axis=1)
    counts = np.zeros((k, k))
    np.add.at(counts, ends, 1)
    errs = _errors(ends[0], one), _errors(ends[1], two)
    weight = (one.mean(axis=0) + two.mean(axis=0)) / 2
    unmoved = np.einsum("s,sa,sb->ab", weight, *errs)
    drawn = np.random.default_rng([seed, 8]).multinomial(n, counts.ravel() / n, size=draws)
    flows = _behind(np.concatenate((counts.ravel()[None], drawn)).reshape(-1, k, k) / n, *errs)
    moved = 1 - np.trace(flows, axis1=1, axis2=2)
    low, high = np.quantile(flows[1:], (0.025, 0.975), axis=0)
    ends_of = np.quantile(moved[1:], (0.025, 0.975))
    seen_moved = float(1 - np.trace(counts) / n)
    by_error = float(1 - np.trace(unmoved))
    spread = np.sqrt(max(by_error * (1 - by_error), 1e-12) / n)
    return Movement(
        entities=n,
        seen=counts / n,
        unmoved=unmoved,
        flow=flows[0],
        low=np.minimum(low, flows[0]),
        high=np.maximum(high, flows[0]),
        moved=float(moved[0]),
        moved_low=float(min(ends_of[0], moved[0])),
        moved_high=float(max(ends_of[1], moved[0])),
        moved_seen=seen_moved,
        moved_by_error=by_error,
        p_value=float(ndtr(-(seen_moved - by_error) / spread)) if seen_moved > 0 else 1.0,
        confidence=0.95,
    )


def _errors(labels: NDArray[np.int64], chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability of each label (columns) given the true segment (rows)."""
    k = chances.shape[1]
    held = np.zeros((k, k))
    np.add.at(held.T, labels, chances)
    total = held.sum(axis=1, keepdims=True)
    return np.where(total > 0, held / np.maximum(total, 1e-300), np.eye(k))


def _behind(
    seen: NDArray[np.float64], one: NDArray[np.float64], two: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The likeliest true flows behind seen ones (draws × K × K)."""
    k = len(one)
    start = 0.9 * seen + 0.1 * np.einsum("dab,ij->dij", seen, np.full((k, k), 1 / k**2))
    flow = start
    for _ in range(STEPS):
        expected = np.einsum("dst,sa,tb->dab", flow, one, two, optimize=True)
        ratio = seen / np.maximum(expected, 1e-300)
        flow = flow * np.einsum("dab,sa,tb->dst", ratio, one, two, optimize=True)
    found: NDArray[np.float64] = flow / flow.sum(axis=(1, 2), keepdims=True)
    return found
