"""One cloud with the margins and the correlations of the data, but without groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

BINS: Final = 40
ROWS_IN_A_BIN: Final = 10
TAIL: Final = 10
"""Values at either end with a bin each: tails are no uniform bins."""
DISTINCT: Final = 1 / 3
"""A feature with fewer distinct values than this share of the rows is drawn from its values."""


@dataclass(frozen=True, slots=True)
class Margin:
    """One feature with one peak: where its quantiles lie, and its values where they are few."""

    shares: NDArray[np.float64]
    edges: NDArray[np.float64]
    values: NDArray[np.float64] | None

    def quantiles(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """The value below which each share of the entities lies."""
        if self.values is None:
            return np.interp(shares, self.shares, self.edges)
        at = np.searchsorted(self.shares, shares, side="left")
        return self.values[np.minimum(at, len(self.values) - 1)]


@dataclass(frozen=True, slots=True)
class Cloud:
    """Margins of one peak: of features whose normal scores correlate, or of parts to be mixed."""

    margins: tuple[Margin, ...]
    factor: NDArray[np.float64]
    mixing: NDArray[np.float64] | None = None

    def draw(self, rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """A table of so many entities of one cloud, each feature of variance 1."""
        shares = ndtr(rng.standard_normal((rows, len(self.margins))) @ self.factor.T)
        drawn = np.column_stack(
            [margin.quantiles(shares[:, at]) for at, margin in enumerate(self.margins)]
        )
        if self.mixing is not None:
            drawn = drawn @ self.mixing.T
        drawn -= drawn.mean(axis=0)
        spread = drawn.std(axis=0)
        drawn /= np.where(spread > 0, spread, 1.0)
        return drawn


def cloud_like(rows: NDArray[np.float64]) -> Cloud:
    """The nearest single cloud: each margin the likeliest with one peak, the same correlations.

    The correlation is that of the normal scores (a Gaussian copula), so normal, skewed and uniform
    clouds are among these. A margin of several peaks is smoothed to one: otherwise groups that one
    feature shows would be part of the null model.

    References:
        Grenander (1956), On the theory of mortality measurement (the likeliest monotone density);
        Robertson, Wright & Dykstra (1988), Order restricted statistical inference, ch. 7.
    """
    n, p = rows.shape
    scores = ndtri((_ranks(rows) - 0.5) / n)
    correlation = np.atleast_2d(np.corrcoef(scores, rowvar=False)) if p > 1 else np.ones((1, 1))
    factor = np.linalg.cholesky((correlation + 1e-6 * np.eye(p)) / (1 + 1e-6)).astype(np.float64)
    return Cloud(tuple(one_peaked(rows[:, at]) for at in range(p)), factor)


def mixture_like(rows: NDArray[np.float64], seed: int) -> Cloud:
    """The nearest single cloud that is a linear mixture of independent parts of one peak each.

    Skewed or uniform parts that are added up have edges and corners that no Gaussian copula has.

    References:
        Hyvärinen & Oja (2000), Independent component analysis: algorithms and applications.
    """
    from warnings import catch_warnings, simplefilter  # noqa: PLC0415

    from sklearn.decomposition import FastICA  # noqa: PLC0415
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415

    p = rows.shape[1]
    with catch_warnings():
        simplefilter("ignore", ConvergenceWarning)
        apart = FastICA(whiten="unit-variance", max_iter=100, tol=1e-3, random_state=seed % 2**32)
        parts = apart.fit_transform(rows)
    margins = tuple(one_peaked(parts[:, at]) for at in range(parts.shape[1]))
    return Cloud(margins, np.eye(p), np.asarray(apart.mixing_, dtype=np.float64))


def _ranks(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks in each column from 1 on, the middle one for ties."""
    ranks = np.empty(rows.shape)
    for at, column in enumerate(rows.T):
        _, where, counts = np.unique(column, return_inverse=True, return_counts=True)
        ranks[:, at] = (np.cumsum(counts) - (counts - 1) / 2)[where]
    return ranks


def one_peaked(values: NDArray[np.float64]) -> Margin:
    """The likeliest distribution with one peak, on bins."""
    found, counts = np.unique(values, return_counts=True)
    n = len(values)
    few = len(found) < DISTINCT * n
    bins = int(np.clip(n // ROWS_IN_A_BIN, 4, BINS))
    if few:
        bins = min(bins // 2 + 1, len(found))
        edges = np.linspace(found[0], found[-1], bins + 1)
        held = np.histogram(values, edges)[0].astype(float)
    else:
        ends = np.arange(1, TAIL + 1) / n
        shares = np.concatenate((np.linspace(0, 1, bins + 1), ends, 1 - ends))
        edges = np.unique(np.quantile(values, shares))
        held = np.histogram(values, edges)[0].astype(float)
    mass = _with_one_peak(held, np.diff(edges))
    if not few:
        return Margin(np.concatenate(([0.0], np.cumsum(mass) / mass.sum())), edges, None)
    home = np.clip(np.searchsorted(edges, found, side="right") - 1, 0, len(held) - 1)
    weight = counts * np.where(held > 0, mass / np.maximum(held, 1e-300), 0.0)[home]
    return Margin(np.cumsum(weight) / weight.sum(), edges, found)


def _with_one_peak(held: NDArray[np.float64], widths: NDArray[np.float64]) -> NDArray[np.float64]:
    """The masses of bins under the likeliest density that rises to one bin and falls from it."""
    from scipy.optimize import isotonic_regression  # noqa: PLC0415

    density = held / widths
    best, found = -np.inf, held
    for peak in range(len(held)):
        rising = isotonic_regression(density[: peak + 1], weights=widths[: peak + 1]).x
        falling = isotonic_regression(density[peak:], weights=widths[peak:], increasing=False).x
        fitted = np.concatenate((rising[:-1], [max(rising[-1], falling[0])], falling[1:]))
        fitted = fitted / (fitted @ widths) * held.sum()
        likelihood = float(held @ np.log(np.maximum(fitted, 1e-300)))
        if likelihood > best:
            best, found = likelihood, fitted * widths
    return found
