"""Many simulated arms at once: what the engine gets of each, computed along an axis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.features.summary import Sample
from assay.stats.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Batch:
    """The same arm in many streams.

    Attributes:
        n: units in each stream.
        mean: streams × columns.
        scatter: streams × columns × columns, sums of centred products.
        counted: whether values are 0 or 1 and nothing else.
        values: streams × columns × n, where single units are wanted, before `factor`.
        table: how often each possible value was seen, and those values: single units, unlisted.
        lean: sums of the units' standardised cubes, where a unit adds one number.
        amounts: whether no unit of a stream is negative, where `lean` is known.
        factor: by which all units are to be multiplied.
    """

    n: int
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64]
    counted: bool = False
    values: NDArray[np.float64] | None = None
    table: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None
    lean: NDArray[np.float64] | None = None
    amounts: NDArray[np.bool_] | None = None
    factor: float = 1.0

    @classmethod
    def of(cls, values: NDArray[np.float64], *, keep: bool, counted: bool = False) -> Batch:
        """From single units: streams × columns × n."""
        mean = values.mean(axis=2)
        centred = values - mean[:, :, None]
        scatter = np.einsum("sin,sjn->sij", centred, centred)
        if not keep:
            return cls(values.shape[2], mean, scatter, counted)
        if values.shape[1] > 1:
            return cls(values.shape[2], mean, scatter, counted, values)
        cubes = np.einsum("sn,sn,sn->s", *(centred[:, 0],) * 3)
        lean = _standardised(cubes, scatter[:, 0, 0], values.shape[2])
        amounts = values.min(axis=(1, 2)) >= 0
        return cls(values.shape[2], mean, scatter, counted, values, lean=lean, amounts=amounts)

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

        With two columns a unit adds its first less the stream's ratio of its second.
        """
        n = int(counts[0].sum())
        mean = counts @ support / n
        centred = support[None, :, :] - mean[:, None, :]
        scatter = np.einsum("sv,svi,svj->sij", counts, centred, centred)
        if not keep:
            return cls(n, mean, scatter, counted)
        own = centred[:, :, 0]
        if support.shape[1] > 1:
            own = own - (mean[:, :1] / mean[:, 1:2]) * centred[:, :, 1]
        squares, cubes = (np.einsum("sv,sv->s", counts, own**power) for power in (2, 3))
        lean = _standardised(cubes, squares, n)
        amounts = np.full(len(counts), bool(support.min() >= 0))
        table = counts, support
        return cls(n, mean, scatter, counted, table=table, lean=lean, amounts=amounts)

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
        return replace(
            self,
            mean=factor * self.mean,
            scatter=factor**2 * self.scatter,
            factor=factor * self.factor,
        )

    def units(self, stream: int) -> NDArray[np.float64] | None:
        """Columns × units of one stream, where they were kept."""
        if self.values is not None:
            found: NDArray[np.float64] = self.values[stream]
            return found if self.factor == 1 else np.asarray(self.factor * found)
        if self.table is None:
            return None
        counts, support = self.table
        return np.asarray(self.factor * np.repeat(support, counts[stream], axis=0).T)

    def samples(
        self, which: Sequence[int] | None = None, *, single: Collection[int] | None = None
    ) -> list[Sample]:
        """What a scan of each stream's rows would have brought back, of all or of some streams.

        Args:
            which: streams; None for all.
            single: those of which single units are wanted, too; None for all that have them.
        """
        sized = range(self.mean.shape[1])
        chosen = list(range(self.streams)) if which is None else list(which)
        means = self.mean[chosen].tolist()
        scatters = self.scatter[chosen].tolist()
        return [
            Sample(
                moments=Moments(self.n, tuple(mean), tuple(tuple(scatter[i]) for i in sized)),
                successes=round(mean[0] * self.n) if self.counted else None,
                values=self._values(stream) if single is None or stream in single else None,
            )
            for stream, mean, scatter in zip(chosen, means, scatters, strict=True)
        ]

    def _values(self, stream: int) -> tuple[NDArray[np.float64], ...] | None:
        found = self.units(stream)
        return None if found is None else tuple(found)


def _standardised(
    cubes: NDArray[np.float64], squares: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """Sums of cubes, in standard deviations (n below); zero where nothing varies."""
    with np.errstate(all="ignore"):
        found = cubes / (squares / n) ** 1.5
    return np.where(squares > 0, found, 0.0)
