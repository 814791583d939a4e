"""Gaussian mixtures in four shapes of covariance, fitted from given starts, and their evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable


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
        return _log_joint(rows, self.weights, self.means, self.factors)

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
    fitted = (_fit_from(rows, start, shape, steps) for start in starts)
    return max(fitted, key=lambda found: found.log_likelihood)


def _fit_from(
    rows: NDArray[np.float64], start: NDArray[np.int64], shape: Shape, steps: int
) -> Mixture:
    share = np.eye(int(start.max()) + 1)[start]
    before = -np.inf
    for _ in range(steps):
        weights, means, factors = _maximised(rows, share, shape)
        share, likelihoods = _normalised(_log_joint(rows, weights, means, factors))
        now = float(likelihoods.sum())
        if now - before < TOLERANCE * len(rows):
            break
        before = now
    return Mixture(
        shape=shape,
        weights=weights,
        means=means,
        factors=factors,
        log_likelihood=now,
        rows=len(rows),
    )


def _maximised(
    rows: NDArray[np.float64], share: NDArray[np.float64], shape: Shape
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    n, p = rows.shape
    size = share.sum(axis=0) + 1e-9
    means = (share.T @ rows) / size[:, None]
    k = len(size)
    ridge = FLOOR * np.eye(p)
    if shape == "tied":
        pooled = (rows.T @ rows - (means.T * size) @ means) / n + ridge
        covariances = np.broadcast_to(pooled, (k, p, p))
    elif shape == "full":
        off = rows - means[:, None]
        covariances = (off * share.T[:, :, None]).transpose(0, 2, 1) @ off
        covariances = covariances / size[:, None, None] + ridge
    else:
        variances = np.maximum((share.T @ rows**2) / size[:, None] - means**2, 0.0) + FLOOR
        if shape == "spherical":
            variances = np.broadcast_to(variances.mean(axis=1, keepdims=True), (k, p))
        covariances = variances[:, :, None] * np.eye(p)
    return size / size.sum(), means, np.linalg.cholesky(covariances)


def _log_joint(
    rows: NDArray[np.float64],
    weights: NDArray[np.float64],
    means: NDArray[np.float64],
    factors: NDArray[np.float64],
) -> NDArray[np.float64]:
    p = rows.shape[1]
    off = (rows - means[:, None]) @ np.linalg.inv(factors).transpose(0, 2, 1)
    found: NDArray[np.float64] = -0.5 * np.einsum("kij,kij->ik", off, off)
    diagonals = np.diagonal(factors, axis1=1, axis2=2)
    found += np.log(weights) - np.log(diagonals).sum(axis=1) - 0.5 * p * np.log(2 * np.pi)
    return found


def _normalised(
    joint: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    top = joint.max(axis=1, keepdims=True)
    share = np.exp(joint - top)
    total = share.sum(axis=1, keepdims=True)
    share /= total
    return share, (top + np.log(total))[:, 0]
