"""Whether chains of draws have found the same distribution, and how many draws they are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FEWEST: Final = 4
"""Fewest draws of a chain for which anything can be said."""


def rank_rhat(draws: Array) -> Array:
    """Rank-normalised split R-hat of each quantity: 1 where all chains agree.

    The larger of that of the draws and that of their distances from the median, so that chains
    that differ in spread are seen, too.

    Args:
        draws: quantities × chains × draws.

    Raises:
        DataError: with fewer than four draws per chain.

    References:
        Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), Rank-normalization, folding, and
        localization: an improved R-hat, Bayesian Analysis 16(2), sec. 4.
    """
    halves = _split(draws)
    folded = np.abs(halves - np.median(halves, axis=(1, 2), keepdims=True))
    return np.maximum(_rhat(_normal_scores(halves)), _rhat(_normal_scores(folded)))


def bulk_ess(draws: Array) -> Array:
    """How many independent draws the centre of the distribution is known as well by.

    Args:
        draws: quantities × chains × draws.

    References:
        Vehtari et al. (2021), sec. 4.3.
    """
    return _ess(_normal_scores(_split(draws)))


def tail_ess(draws: Array) -> Array:
    """The same for the 5 % and 95 % quantiles: the smaller of the two.

    Args:
        draws: quantities × chains × draws.

    References:
        Vehtari et al. (2021), sec. 4.3.
    """
    low, high = np.quantile(draws, (0.05, 0.95), axis=(1, 2))
    return np.minimum(
        _ess(_split((draws <= low[:, None, None]).astype(float))),
        _ess(_split((draws <= high[:, None, None]).astype(float))),
    )


def _split(draws: Array) -> Array:
    """Each chain as two, the middle draw of an odd number left out."""
    if draws.ndim != 3 or draws.shape[2] < FEWEST:
        raise DataError(f"draws of shape {draws.shape}, expected quantities × chains × ≥ {FEWEST}")
    half = draws.shape[2] // 2
    return np.concatenate((draws[:, :, :half], draws[:, :, -half:]), axis=1)


def _normal_scores(draws: Array) -> Array:
    """Ranks over all chains (ties share theirs), as normal quantiles (Blom's offsets)."""
    flat = draws.reshape(len(draws), -1)
    size = flat.shape[1]
    order = np.argsort(flat, axis=1, kind="stable")
    ordered = np.take_along_axis(flat, order, axis=1)
    ranks = np.empty_like(flat)
    for row in range(len(flat)):
        starts = np.flatnonzero(np.concatenate(([True], np.diff(ordered[row]) != 0)))
        lengths = np.diff(np.append(starts, size))
        ranks[row, order[row]] = np.repeat(starts + (lengths + 1) / 2, lengths)
    return np.asarray(ndtri((ranks - 0.375) / (size + 0.25))).reshape(draws.shape)


def _rhat(chains: Array) -> Array:
    size = chains.shape[2]
    within = chains.var(axis=2, ddof=1).mean(axis=1)
    between = chains.mean(axis=2).var(axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.sqrt((between + (size - 1) / size * within) / within)
    return np.where((within == 0) & (between == 0), 1.0, found)


def _ess(chains: Array) -> Array:
    """Draws over the sum of autocorrelations, by Geyer's initial monotone sequence."""
    quantities, several, size = chains.shape
    centred = chains - chains.mean(axis=2, keepdims=True)
    width = 1 << (2 * size - 1).bit_length()
    power = np.abs(np.fft.rfft(centred, width, axis=2)) ** 2
    covariance = np.fft.irfft(power, width, axis=2)[:, :, :size] / size
    within = covariance[:, :, 0].mean(axis=1) * size / (size - 1)
    total = within * (size - 1) / size + chains.mean(axis=2).var(axis=1, ddof=1)
    found = np.full(quantities, float(several * size))
    for i in range(quantities):
        if total[i] > 0:
            together = covariance[i].mean(axis=0)
            rho = 1 - (within[i] - together * size / (size - 1) * (size - 1) / size) / total[i]
            rho[0] = 1.0
            found[i] = several * size / _time(rho, several * size)
    return found


def _time(rho: Array, draws: int) -> float:
    """Integrated autocorrelation: pairs of lags, positive and never rising."""
    last = len(rho) - 3
    pairs = rho[0 : last + 1 : 2][: (last + 2) // 2] + rho[1 : last + 2 : 2][: (last + 2) // 2]
    stop = np.flatnonzero(pairs <= 0)
    end = int(stop[0]) if len(stop) else len(pairs)
    kept = np.minimum.accumulate(pairs[:end])
    lone = float(max(rho[2 * end], 0.0)) if 2 * end < len(rho) else 0.0
    total = -1 + 2 * float(kept.sum()) + lone
    return max(total, float(1 / np.log10(draws)))
