"""Gaussian mixtures in four shapes of covariance, fitted from given starts, and their evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


Shape = Literal["full", "tied", "diagonal", "spherical"]
SHAPES: Final[tuple[Shape, ...]] = ("full", "tied", "diagonal", "spherical")
FLOOR: Final = 1e-3
"""Added to each variance, on features of variance 1: no component shrinks to a point."""
STEPS: Final = 100
TOLERANCE: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture:
    """Weights (K), means (K × p), Cholesky factors of the covariances (K × p × p), its evidence."""

    shape: Shape
    weights: NDArray[np.float64]
    means: NDArray[np.float64]
    factors: NDArray[np.float64]
    log_likelihood: float
    rows: int

    @property
    def k(self) -> int:
        """How many components there are."""
        return len(self.weights)

    @property
    def parameters(self) -> int:
        """How many numbers were fitted."""
        k, p = self.means.shape
        pairs = p * (p + 1) // 2
        spread = {"full": k * pairs, "tied": pairs, "diagonal": k * p, "spherical": k}
        return int(k - 1 + k * p + spread[self.shape])

    @property
    def evidence(self) -> float:
        """−BIC / 2 per row, in nats: the larger, the better the mixture describes the rows."""
        return float((self.log_likelihood - self.parameters * np.log(self.rows) / 2) / self.rows)

    def log_joint(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The log of weight × density, n × K."""
        middle = self.weights @ self.means
        spread = _compact(self.factors, self.shape)
        return _log_joint(rows - middle, self.weights, self.means - middle, spread, self.shape)

    def posterior(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probability of each component, n × K."""
        return _normalised(self.log_joint(rows))[0]


def fit(
    rows: NDArray[np.float64],
    starts: Iterable[NDArray[np.int64]],
    shape: Shape,
    *,
    steps: int = STEPS,
) -> Mixture:
    """The likeliest of the mixtures that expectation-maximisation reaches from these groupings.

    References:
        Dempster, Laird & Rubin (1977), Maximum likelihood from incomplete data via the EM
        algorithm; Fraley & Raftery (2002), Model-based clustering, for starts from groupings.
    """
    middle = rows.mean(axis=0)
    centred = rows - middle
    fitted = (_fit_from(centred, start, shape, steps) for start in _different(starts))
    best = max(fitted, key=lambda found: found.log_likelihood)
    return replace(best, means=best.means + middle)


def _different(starts: Iterable[NDArray[np.int64]]) -> Iterator[NDArray[np.int64]]:
    """The groupings without those that are an earlier one under other names."""
    seen = set()
    for start in starts:
        first, place = np.unique(start, return_index=True, return_inverse=True)[1:]
        named = np.argsort(np.argsort(first))[place].tobytes()
        if named not in seen:
            seen.add(named)
            yield start


def _fit_from(
    rows: NDArray[np.float64], start: NDArray[np.int64], shape: Shape, steps: int
) -> Mixture:
    share = np.eye(int(start.max()) + 1)[start]
    before = -np.inf
    for _ in range(steps):
        weights, means, spread = _maximised(rows, share, shape)
        share, likelihoods = _normalised(_log_joint(rows, weights, means, spread, shape))
        now = float(likelihoods.sum())
        if now - before < TOLERANCE * len(rows):
            break
        before = now
    return Mixture(
        shape=shape,
        weights=weights,
        means=means,
        factors=_factors(spread, shape, means.shape),
        log_likelihood=now,
        rows=len(rows),
    )


def _maximised(
    rows: NDArray[np.float64], share: NDArray[np.float64], shape: Shape
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Weights, means and spread: factors K × p × p (full), one of p × p (tied), else variances."""
    n, p = rows.shape
    size = share.sum(axis=0) + 1e-9
    means = (share.T @ rows) / size[:, None]
    ridge = FLOOR * np.eye(p)
    if shape == "tied":
        spread = np.linalg.cholesky((rows.T @ rows - (means.T * size) @ means) / n + ridge)
    elif shape == "full":
        off = rows - means[:, None]
        off *= np.sqrt(share.T)[:, :, None]
        spread = np.linalg.cholesky(off.transpose(0, 2, 1) @ off / size[:, None, None] + ridge)
    elif shape == "diagonal":
        spread = np.maximum((share.T @ rows**2) / size[:, None] - means**2, 0.0) + FLOOR
    else:
        squares = (rows**2).mean(axis=1)
        spread = np.maximum(share.T @ squares / size - (means**2).mean(axis=1), 0.0) + FLOOR
    return size / size.sum(), means, spread


def _factors(
    spread: NDArray[np.float64], shape: Shape, size: tuple[int, ...]
) -> NDArray[np.float64]:
    """Cholesky factors, K × p × p."""
    k, p = size
    if shape == "full":
        return spread
    if shape == "tied":
        return np.broadcast_to(spread, (k, p, p)).copy()
    return np.sqrt(spread.reshape(k, -1, 1)) * np.eye(p)


def _compact(factors: NDArray[np.float64], shape: Shape) -> NDArray[np.float64]:
    """What `_factors` laid out."""
    if shape == "full":
        return factors
    if shape == "tied":
        return np.asarray(factors[0])
    if shape == "diagonal":
        return np.asarray(np.diagonal(factors, axis1=1, axis2=2) ** 2)
    return np.asarray(factors[:, 0, 0] ** 2)


def _log_joint(
    rows: NDArray[np.float64],
    weights: NDArray[np.float64],
    means: NDArray[np.float64],
    spread: NDArray[np.float64],
    shape: Shape,
) -> NDArray[np.float64]:
    """The log of weight × density; as few products as the shape of covariance allows."""
    n, p = rows.shape
    k = len(weights)
    if shape == "full":
        inverse = np.linalg.inv(spread)
        laid = inverse.reshape(k * p, p).T
        off = (rows @ laid).reshape(n, k, p)
        off -= np.einsum("kij,kj->ki", inverse, means)
        squares = np.einsum("nkp,nkp->nk", off, off)
        size = np.log(np.diagonal(spread, axis1=1, axis2=2)).sum(axis=1)
    elif shape == "tied":
        inverse = np.linalg.inv(spread).T
        squares = _squares(rows @ inverse, means @ inverse)
        size = np.log(np.diagonal(spread)).sum()
    elif shape == "diagonal":
        sharp = 1 / spread
        squares = rows**2 @ sharp.T
        squares -= 2 * rows @ (means * sharp).T
        squares += (means**2 * sharp).sum(axis=1)
        size = np.log(spread).sum(axis=1) / 2
    else:
        squares = _squares(rows, means) / spread
        size = p * np.log(spread) / 2
    found: NDArray[np.float64] = np.maximum(squares, 0.0)
    found *= -0.5
    found += np.log(weights) - size - 0.5 * p * np.log(2 * np.pi)
    return found


def _squares(rows: NDArray[np.float64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances, n × K."""
    found: NDArray[np.float64] = -2 * rows @ means.T
    found += np.einsum("ij,ij->i", rows, rows)[:, None]
    found += np.einsum("ij,ij->i", means, means)
    return found


def _normalised(
    joint: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    top = joint.max(axis=1, keepdims=True)
    share = np.exp(joint - top)
    total = share.sum(axis=1, keepdims=True)
    share /= total
    return share, (top + np.log(total))[:, 0]
