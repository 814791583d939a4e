"""Kinds of outcome with known true means, drawn for many streams at once.

Those with few possible values are drawn as counts of each, which is distributed as drawing unit by
unit is, and costs nothing per unit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from scipy.special import betaln, gammaln

from assay.analysis.experiments.calibration.batches import Batch
from assay.params import Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray


class Outcome(Protocol):
    """One kind of outcome: how it is drawn, and what is true of it."""

    @property
    def name(self) -> str:
        """How the table calls it."""
        ...

    @property
    def metric(self) -> Metric:
        """How a project would declare it."""
        ...

    def mean(self, lift: float = 0.0) -> float:
        """The true mean per unit (of a ratio: the true ratio of sums)."""
        ...

    @property
    def variation(self) -> float:
        """Standard deviation of a unit's value over its mean (of a ratio: by the delta method)."""
        ...

    def events(self, lift: float = 0.0) -> float:
        """Share of units whose value is not zero."""
        ...

    def draw(
        self, rng: Generator, streams: int, n: int, lift: float = 0.0, *, keep: bool = False
    ) -> Batch:
        """That many arms of n units, their mean raised by the lift."""
        ...

    def lifted(
        self, rng: Generator, streams: int, n: int, lifts: Sequence[float], *, keep: bool = False
    ) -> dict[float, Batch]:
        """The same arms at several lifts; where lift is a factor, of the same draws."""
        ...

    def grown(
        self,
        rng: Generator,
        streams: int,
        sizes: Sequence[int],
        lift: float = 0.0,
        *,
        keep: bool = False,
    ) -> Iterator[Batch]:
        """The same arms at rising sizes, each size holding the units of those before."""
        ...


@dataclass(frozen=True, slots=True)
class _Scaled(ABC):
    """Values drawn unit by unit; a lift is a factor of them."""

    @abstractmethod
    def mean(self, lift: float = 0.0) -> float:
        """Of a unit."""

    @abstractmethod
    def draw(
        self, rng: Generator, streams: int, n: int, lift: float = 0.0, *, keep: bool = False
    ) -> Batch:
        """Arms of n units."""

    def lifted(
        self, rng: Generator, streams: int, n: int, lifts: Sequence[float], *, keep: bool = False
    ) -> dict[float, Batch]:
        """The same draws, multiplied."""
        batch = self.draw(rng, streams, n, keep=keep)
        return {lift: batch.scaled(1 + lift) for lift in lifts}

    def grown(
        self,
        rng: Generator,
        streams: int,
        sizes: Sequence[int],
        lift: float = 0.0,
        *,
        keep: bool = False,
    ) -> Iterator[Batch]:
        """From single units."""
        values = (1 + lift) * self._units(rng, streams, sizes[-1])
        return Batch.growing(values, sizes, about=self.mean(lift), keep=keep)

    @abstractmethod
    def _units(self, rng: Generator, streams: int, n: int) -> NDArray[np.float64]:
        """Streams × n values without a lift."""


@dataclass(frozen=True, slots=True)
class Normal(_Scaled):
    """Bell-shaped, mean 10 and standard deviation 4: what Student's t was made for."""

    name: str = "normal"
    centre: float = 10.0
    spread: float = 4.0

    @property
    def metric(self) -> Metric:
        """A mean."""
        return Metric(name=self.name, kind="mean", value="value")

    def mean(self, lift: float = 0.0) -> float:
        """Of a unit."""
        return self.centre * (1 + lift)

    @property
    def variation(self) -> float:
        """Standard deviation over mean."""
        return self.spread / self.centre

    def events(self, lift: float = 0.0) -> float:
        """All units count."""
        del lift
        return 1.0

    def draw(
        self, rng: Generator, streams: int, n: int, lift: float = 0.0, *, keep: bool = False
    ) -> Batch:
        """Mean and sum of squares are independent, with known distributions (Student's theorem)."""
        if keep:
            values = self._units(rng, streams, n)[:, None, :]
            return Batch.of(values, keep=True).scaled(1 + lift)
        mean = rng.normal(self.centre, self.spread / n**0.5, (streams, 1))
        scatter = self.spread**2 * rng.chisquare(n - 1, (streams, 1, 1))
        return Batch(n, mean, scatter).scaled(1 + lift)

    def _units(self, rng: Generator, streams: int, n: int) -> NDArray[np.float64]:
        return rng.normal(self.centre, self.spread, (streams, n))


@dataclass(frozen=True, slots=True)
class Revenue(_Scaled):
    """Lognormal amounts of the few units that have any; zero for the rest.

    Attributes:
        buying: share of units that have an amount; 1 is a plain lognormal.
        sigma: of the amount's logarithm.
    """

    name: str
    buying: float
    sigma: float
    centre: float = 3.0

    @property
    def metric(self) -> Metric:
        """A mean."""
        return Metric(name=self.name, kind="mean", value="value")

    def mean(self, lift: float = 0.0) -> float:
        """Of a unit."""
        return (1 + lift) * self.buying * exp(self.centre + self.sigma**2 / 2)

    @property
    def variation(self) -> float:
        """Standard deviation over mean."""
        return float((exp(self.sigma**2) / self.buying - 1) ** 0.5)

    def events(self, lift: float = 0.0) -> float:
        """Lift raises amounts, not the share of units that have one."""
        del lift
        return self.buying

    def draw(
        self, rng: Generator, streams: int, n: int, lift: float = 0.0, *, keep: bool = False
    ) -> Batch:
        """Zeros are counted, not drawn."""
        if keep or self.buying == 1:
            values = self._units(rng, streams, n)[:, None, :]
            return Batch.of(values, keep=keep).scaled(1 + lift)
        buyers = rng.binomial(n, self.buying, streams)
        of = np.repeat(np.arange(streams), buyers)
        amounts = np.exp(rng.normal(self.centre, self.sigma, len(of)))
        mean = np.bincount(of, amounts, streams) / n
        squares = np.bincount(of, (amounts - mean[of]) ** 2, streams)
        scatter = squares + (n - buyers) * mean**2
        return Batch(n, mean[:, None], scatter[:, None, None]).scaled(1 + lift)

    def _units(self, rng: Generator, streams: int, n: int) -> NDArray[np.float64]:
        values = rng.normal(self.centre, self.sigma, (streams, n))
        np.exp(values, out=values)
        if self.buying < 1:
            values *= rng.random((streams, n)) < self.buying
        return values


@dataclass(frozen=True, slots=True)
class _Listed(ABC):
    """Few possible values, each with its probability."""

    @abstractmethod
    def support(self, lift: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Possible values × columns, and their probabilities."""

    @property
    def counted(self) -> bool:
        """Whether values are 0 or 1."""
        return False

    @property
    def variation(self) -> float:
        """Standard deviation over mean; of a ratio, of what a unit adds to it."""
        values, chances = self.support(0.0)
        means = chances @ values
        own = values[:, 0] - (0 if len(means) == 1 else means[0] / means[1] * values[:, 1])
        centre = chances @ own
        return float(np.sqrt(chances @ (own - centre) ** 2) / means[0])

    def events(self, lift: float = 0.0) -> float:
        """Share of units whose (first) value is not zero."""
        values, chances = self.support(lift)
        return float(chances[values[:, 0] != 0].sum())

    def draw(
        self, rng: Generator, streams: int, n: int, lift: float = 0.0, *, keep: bool = False
    ) -> Batch:
        """Counts of each possible value."""
        values, chances = self.support(lift)
        counts = rng.multinomial(n, chances, streams)
        return Batch.of_table(counts, values, keep=keep, counted=self.counted)

    def lifted(
        self, rng: Generator, streams: int, n: int, lifts: Sequence[float], *, keep: bool = False
    ) -> dict[float, Batch]:
        """Lift changes the chances: every lift is drawn by itself."""
        return {lift: self.draw(rng, streams, n, lift, keep=keep) for lift in lifts}

    def grown(
        self,
        rng: Generator,
        streams: int,
        sizes: Sequence[int],
        lift: float = 0.0,
        *,
        keep: bool = False,
    ) -> Iterator[Batch]:
        """From counts of each value, added up."""
        values, chances = self.support(lift)
        counts = np.zeros((streams, len(values)), dtype=np.int64)
        for before, n in zip((0, *sizes), sizes, strict=False):
            counts += rng.multinomial(n - before, chances, streams)
            yield Batch.of_table(counts, values, keep=keep, counted=self.counted)


@dataclass(frozen=True, slots=True)
class Rate(_Listed):
    """Units that did or did not."""

    share: float

    @property
    def name(self) -> str:
        """With its base rate."""
        return f"rate {self.share:g}"

    @property
    def metric(self) -> Metric:
        """A rate."""
        return Metric(name=self.name, kind="rate", value="value")

    @property
    def counted(self) -> bool:
        """Zeros and ones."""
        return True

    def mean(self, lift: float = 0.0) -> float:
        """Share of units."""
        return self.share * (1 + lift)

    def support(self, lift: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Zero and one."""
        p = self.mean(lift)
        return np.array([[0.0], [1.0]]), np.array([1 - p, p])


@dataclass(frozen=True, slots=True)
class NegativeBinomial(_Listed):
    """Counts that vary more than Poisson's: variance `mean + mean² / size`."""

    name: str = "negative binomial"
    centre: float = 2.0
    size: float = 0.5

    @property
    def metric(self) -> Metric:
        """A count per unit."""
        return Metric(name=self.name, kind="count", value="value")

    def mean(self, lift: float = 0.0) -> float:
        """Of a unit."""
        return self.centre * (1 + lift)

    def support(self, lift: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Zero up to where less than 1e-13 of the units is left; that rest is given to zero."""
        mean, r = self.mean(lift), self.size
        k = np.arange(round(31 * (mean / r + 1)) + 40, dtype=float)
        log = gammaln(k + r) - gammaln(k + 1) - gammaln(r)
        log += r * np.log(r / (r + mean)) + k * np.log(mean / (r + mean))
        chances = np.exp(log)
        chances[0] += 1 - chances.sum()
        return k[:, None], chances


@dataclass(frozen=True, slots=True)
class Ratio(_Listed):
    """Successes of trials, a varying number per unit, each unit with a chance of its own.

    Trials are 1 + Poisson(3), at most 14; a unit's chance is Beta with mean .1 (times the lift) and
    concentration 10, so that trials of one unit are alike (beta-binomial).
    """

    name: str = "ratio"
    chance: float = 0.1
    concentration: float = 10.0
    extra: float = 3.0
    most: int = 14

    @property
    def metric(self) -> Metric:
        """A ratio of sums."""
        return Metric(
            name=self.name, kind="ratio", numerator="successes", denominator="trials", unit="share"
        )

    def mean(self, lift: float = 0.0) -> float:
        """Expected successes over expected trials."""
        return self.chance * (1 + lift)

    def support(self, lift: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Every pair of successes and trials."""
        trials = np.arange(1, self.most + 1)
        weight = np.exp((trials - 1) * np.log(self.extra) - gammaln(trials))
        weight /= weight.sum()
        a = self.mean(lift) * self.concentration
        b = self.concentration - a
        pairs, chances = [], []
        for d, w in zip(trials.tolist(), weight.tolist(), strict=True):
            y = np.arange(d + 1)
            log = gammaln(d + 1) - gammaln(y + 1) - gammaln(d - y + 1)
            log = log + betaln(y + a, d - y + b) - betaln(a, b)
            pairs.append(np.column_stack([y, np.full(d + 1, d)]).astype(float))
            chances.append(w * np.exp(log))
        every = np.concatenate(chances)
        return np.concatenate(pairs), every / every.sum()


OUTCOMES: Final[tuple[Outcome, ...]] = (
    Rate(0.1),
    Rate(0.01),
    Rate(0.001),
    Normal(),
    Revenue("lognormal", 1.0, 1.5),
    Revenue("revenue, 95 % zeros", 0.05, 1.2),
    NegativeBinomial(),
    Ratio(),
)
"""The eight kinds of the published table."""
