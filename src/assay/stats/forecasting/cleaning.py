"""A series made ready: checked, gaps filled, impossible spikes set aside, each change told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.stats.forecasting.seasons import season
from assay.stats.given import numbers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

LEAST = 3
SPIKE = 25.0
"""Standard deviations from the running median that no real value is expected at."""
NEIGHBOURS = 7
"""Width of the running median."""
ASIDE = "far outside all others set aside"
RARE = 0.02
"""Spikes are set aside only where they are at most this share (or a single one)."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A series without gaps.

    Attributes:
        values: up to the last value that was observed.
        observed: which of them were observed and kept.
        overdue: steps after the last value that were missing.
        notes: what was done.
    """

    values: NDArray[np.float64]
    observed: NDArray[np.bool_]
    overdue: int
    notes: tuple[str, ...]


def made_ready(
    y: ArrayLike, periods: tuple[int, ...], low: float | None, high: float | None
) -> Ready:
    """Check a series against its bounds, set spikes aside and fill gaps.

    Raises:
        DataError: where it is not one row of numbers, has an infinite value, a value out of bounds,
            or fewer than three values.
    """
    given = numbers(y, name="y")
    if given.ndim != 1:
        raise DataError(f"a series of shape {given.shape}, expected one row of numbers")
    _check(given, low, high)
    seen = np.flatnonzero(np.isfinite(given))
    if seen.size < LEAST:
        raise DataError(
            f"{seen.size} values in a series of {given.size}, expected {LEAST} or more",
            remedy="wait for more data, or take shorter steps",
        )
    notes = []
    first, last = int(seen[0]), int(seen[-1])
    overdue = given.size - 1 - last
    values = given[first : last + 1]
    missing = ~np.isfinite(values)
    if overdue:
        notes.append(
            f"the last {overdue} values are missing: forecast from the last one that is known"
        )
    if missing.any():
        notes.append(
            f"{int(missing.sum())} of {values.size} values missing (longest gap "
            f"{_longest(missing)}): filled between their neighbours, with season"
        )
    spikes = _spikes(values, ~missing)
    if spikes.any():
        place = int(np.argmax(np.where(spikes, np.abs(np.nan_to_num(values)), -1)))
        notes.append(
            f"{int(spikes.sum())} value(s) {ASIDE}, the largest "
            f"{values[place]:g} at place {first + place + 1}"
        )
    observed = ~(missing | spikes)
    return Ready(_filled(values, observed, periods), observed, overdue, tuple(notes))


def as_it_was(y: ArrayLike, ready: Ready) -> NDArray[np.float64]:
    """The values with their spikes, where these are the matter; gaps are filled."""
    given = np.asarray(numbers(y, name="y"), dtype=np.float64)
    first = int(np.flatnonzero(np.isfinite(given))[0])
    own = given[first : first + ready.values.size]
    return np.where(np.isfinite(own), own, ready.values)


def _check(given: NDArray[np.float64], low: float | None, high: float | None) -> None:
    if low is not None and high is not None and not low < high:
        raise DataError(f"bounds {low} and {high}, expected the low one below the high one")
    wrong = np.isinf(given)
    if low is not None:
        wrong |= given < low
    if high is not None:
        wrong |= given > high
    if wrong.any():
        place = int(np.argmax(wrong))
        bounds = f"{'-∞' if low is None else low} … {'∞' if high is None else high}"
        raise DataError(
            f"value {given[place]:g} at place {place + 1}, expected finite values within {bounds}",
            remedy="mend the value, or leave it out (NaN)",
        )


def _longest(flags: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(int), [0]))))
    return int((edges[1::2] - edges[::2]).max())


def _spikes(values: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Values so far from their neighbours that they would rule every mean."""
    found = np.zeros(values.size, dtype=bool)
    seen = values[known]
    if seen.size < NEIGHBOURS:
        return found
    padded = np.pad(seen, NEIGHBOURS // 2, mode="reflect")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, NEIGHBOURS), axis=1)
    away = np.abs(seen - middle)
    scale = float(np.quantile(away, 0.9)) / 1.645
    if not scale > 0:
        size = np.abs(seen)
        scale = (
            float(np.median(size)) or float(np.median(size[size > 0], axis=0))
            if size.any()
            else 0.0
        )
    far = away > SPIKE * scale
    if scale > 0 and far.sum() <= max(1, RARE * seen.size):
        found[np.flatnonzero(known)[far]] = True
    return found


def _filled(
    values: NDArray[np.float64], known: NDArray[np.bool_], periods: tuple[int, ...]
) -> NDArray[np.float64]:
    """Straight lines between known neighbours of the season-adjusted series, season put back."""
    if known.all():
        return values
    place = np.arange(values.size)
    found = np.interp(place, place[known], values[known])
    wave = season(found, found.size, periods, found.size)
    within = np.interp(place, place[known], (values - wave)[known]) + wave
    return np.where(known, values, np.clip(within, values[known].min(), values[known].max()))
