"""Many simulated arms at once: what the engine gets of each, computed along an axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.features.summary import Sample
from assay.stats.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Batch:
    """The same arm in many streams.

    Attributes:
        n: units in each stream.
        mean: streams × columns.
        scatter: streams × columns × columns, sums of centred products.
        counted: whether values are 0 or 1 and nothing else.
        values: streams × columns × n, where single units are wanted.
    """

    n: int
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64]
    counted: bool = False
    values: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, values: NDArray[np.float64], *, keep: bool, counted: bool = False) -> Batch:
        """From single units: streams × columns × n."""
        mean = values.mean(axis=2)
        centred = values - mean[:, :, None]
        scatter = np.einsum("sin,sjn->sij", centred, centred)
        return cls(values.shape[2], mean, scatter, counted, values if keep else None)

    @classmethod
    def of_table(
        cls,
        counts: NDArray[np.int64],
        support: NDArray[np.float64],
        *,
        keep: bool,
        counted: bool = False,
    ) -> Batch:
        """From how often each of few possible values was seen.

        Args:
            counts: streams × possible values, every row with the same total.
            support: possible values × columns.
            keep: whether single units are wanted; they come sorted by value.
            counted: see the class.
        """
        n = int(counts[0].sum())
        mean = counts @ support / n
        centred = support[None, :, :] - mean[:, None, :]
        scatter = np.einsum("sv,svi,svj->sij", counts, centred, centred)
        values = None
        if keep:
            index = np.repeat(
                np.tile(np.arange(len(support)), len(counts)), counts.ravel()
            ).reshape(len(counts), n)
            values = np.ascontiguousarray(support[index].transpose(0, 2, 1))
        return cls(n, mean, scatter, counted, values)

    @classmethod
    def growing(
        cls, values: NDArray[np.float64], sizes: Sequence[int], *, about: float, keep: bool
    ) -> Iterator[Batch]:
        """The first so many units, at each size: from sums of the steps between them.

        Args:
            values: streams × units.
            sizes: rising, the last at most the number of units.
            about: a number near the mean, about which squares are summed.
            keep: whether single units are wanted.
        """
        centred = values[:, : sizes[-1]] - about
        starts = (0, *sizes[:-1])
        sums = np.cumsum(np.add.reduceat(centred, starts, axis=1), axis=1)
        centred *= centred
        squares = np.cumsum(np.add.reduceat(centred, starts, axis=1), axis=1)
        for i, n in enumerate(sizes):
            off = sums[:, i] / n
            scatter = np.maximum(squares[:, i] - n * off**2, 0.0)
            units = values[:, None, :n] if keep else None
            yield cls(n, (about + off)[:, None], scatter[:, None, None], values=units)

    @property
    def streams(self) -> int:
        """How many."""
        return len(self.mean)

    @property
    def error(self) -> NDArray[np.float64]:
        """Variance of the first column's mean, as a mean: what closed formulas start from."""
        return np.asarray(self.scatter[:, 0, 0] / ((self.n - 1) * self.n))

    def scaled(self, factor: float) -> Batch:
        """Every value times a factor."""
        values = None if self.values is None else factor * self.values
        return Batch(self.n, factor * self.mean, factor**2 * self.scatter, self.counted, values)

    def samples(self, which: Sequence[int] | None = None) -> list[Sample]:
        """What a scan of each stream's rows would have brought back, of all or of some streams."""
        sized = range(self.mean.shape[1])
        chosen = list(range(self.streams)) if which is None else list(which)
        means = self.mean[chosen].tolist()
        scatters = self.scatter[chosen].tolist()
        return [
            Sample(
                moments=Moments(self.n, tuple(mean), tuple(tuple(scatter[i]) for i in sized)),
                successes=round(mean[0] * self.n) if self.counted else None,
                values=None if self.values is None else tuple(self.values[stream]),
            )
            for stream, mean, scatter in zip(chosen, means, scatters, strict=True)
        ]
