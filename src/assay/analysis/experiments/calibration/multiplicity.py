"""Ten metrics in three arms that share a control: does anything go wrong more often than said?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from assay.analysis.experiments.calibration.fixed import ALPHA
from assay.analysis.experiments.calibration.rows import Row, allowance, figure, within
from assay.core.errors import DataError
from assay.params import Correction
from assay.stats.multiplicity.corrections import Correction as ByLevel
from assay.stats.multiplicity.corrections import adjusted_p_values
from assay.stats.multiplicity.dunnett import dunnett_critical

if TYPE_CHECKING:
    from numpy.random import Generator

PART: Final = "many metrics and arms"
ERRORS: Final = 3.0
"""Standard errors that are allowed: .0546 with 20,000 streams."""
SEEN: Final = 3.0
"""Size of a true effect in standard errors, where some are true."""
_CENTRE: Final = 10.0
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class ManyMetrics:
    """Normal metrics, correlated alike within each unit, in several arms and a control.

    Attributes:
        rho: correlation of any two metrics.
        true: metrics of which every arm has a true effect.
        n: units in each arm.
    """

    rho: float
    corrections: tuple[Correction, ...]
    true: int = 0
    metrics: int = 10
    arms: int = 3
    n: int = 1000

    def run(self, rng: Generator, streams: int) -> list[Row]:
        """Tests and intervals of every stream by the kernels of reports."""
        shift = SEEN * (2 / self.n) ** 0.5
        truth = shift * (np.arange(self.metrics) < self.true)
        wrong = np.zeros((len(self.corrections), 3))
        squares = np.zeros(len(self.corrections))
        for start in range(0, streams, _AT_ONCE):
            found = self._compared(rng, min(_AT_ONCE, streams - start), shift)
            for k, correction in enumerate(self.corrections):
                any_, share, missed = self._errors(found, correction, truth)
                wrong[k] += any_.sum(), share.sum(), missed.sum()
                squares[k] += (share**2).sum()
        return [
            row
            for k, correction in enumerate(self.corrections)
            for row in self._rows(correction, wrong[k], float(squares[k]), streams)
        ]

    def _compared(self, rng: Generator, streams: int, shift: float) -> _Compared:
        """Welch's numbers of every metric in every arm: streams × arms × metrics."""
        mean, spread = self._variances(rng, streams, 0.0)
        arms = [self._variances(rng, streams, shift) for _ in range(self.arms)]
        value = np.stack([one - mean for one, _ in arms], axis=1)
        of_arm = np.stack([variance for _, variance in arms], axis=1) / self.n
        of_control = spread[:, None, :] / self.n
        whole = of_arm + of_control
        freedom = (self.n - 1) * whole**2 / (of_arm**2 + of_control**2)
        return _Compared(value, np.sqrt(whole), freedom)

    def _variances(
        self, rng: Generator, streams: int, shift: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        mean, scatter = self._moments(rng, streams, shift)
        return mean, np.diagonal(scatter, axis1=1, axis2=2) / (self.n - 1)

    def _moments(
        self, rng: Generator, streams: int, shift: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Means and scatter of each stream: normal, and Wishart by Bartlett's decomposition."""
        k = self.metrics
        root = np.linalg.cholesky((1 - self.rho) * np.eye(k) + self.rho)
        truth = _CENTRE + shift * (np.arange(k) < self.true)
        mean = truth + rng.normal(size=(streams, k)) @ root.T / self.n**0.5
        lower = np.tril(rng.normal(size=(streams, k, k)), -1)
        diagonal = np.sqrt(rng.chisquare(self.n - 1 - np.arange(k), (streams, k)))
        lower[:, np.arange(k), np.arange(k)] = diagonal
        factor = root @ lower
        return mean, factor @ factor.transpose(0, 2, 1)

    def _errors(
        self, found: _Compared, correction: Correction, truth: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.bool_]]:
        """Whether any claim is false, the share of false ones among them, any interval wrong."""
        if correction == "dunnett":
            loadings = (0.5**0.5,) * self.arms
            critical = dunnett_critical(ALPHA / self.metrics, loadings, 2.0 * (self.n - 1))
            claimed = np.abs(found.value) > critical * found.error
            reach = critical * found.error
        else:
            claimed = found.claimed(correction)
            reach = -stdtrit(found.freedom, ALPHA / claimed[0].size / 2) * found.error
        false = (claimed & (truth == 0)).sum(axis=(1, 2))
        missed = (np.abs(found.value - truth) > reach).any(axis=(1, 2))
        shares = false / np.maximum(claimed.sum(axis=(1, 2)), 1)
        return false > 0, shares, np.asarray(missed, dtype=bool)

    def _rows(
        self, correction: Correction, wrong: NDArray[np.float64], squares: float, streams: int
    ) -> list[Row]:
        some = f", {self.true} with effects" if self.true else ""
        base = Row(
            part=PART,
            measure="",
            outcome=f"{self.metrics} metric{'s' if self.metrics > 1 else ''} × {self.arms} arms",
            setting=f"correlation {self.rho:g}, {correction}{some}",
            n=self.n,
            n_control=self.n,
            lift=None,
            streams=streams,
            value=0.0,
            error=0.0,
        )
        stray = allowance(ALPHA, streams, ERRORS)
        if correction in {"bh", "by"}:
            mean = wrong[1] / streams
            error = (max(squares / streams - mean**2, 1e-9) / streams) ** 0.5
            high = ALPHA + ERRORS * error
            return [
                replace(
                    base,
                    measure="false share of the claims",
                    value=float(mean),
                    error=float(error),
                    high=float(high),
                    holds=within(float(mean), None, float(high)),
                )
            ]
        return [
            figure(base, "any false claim", wrong[0], judged=True, high=ALPHA + stray),
            figure(
                base, "all intervals hold", streams - wrong[2], judged=True, low=1 - ALPHA - stray
            ),
        ]


@dataclass(frozen=True, slots=True)
class _Compared:
    value: NDArray[np.float64]
    error: NDArray[np.float64]
    freedom: NDArray[np.float64]

    def claimed(self, correction: Correction) -> NDArray[np.bool_]:
        """What is significant once all comparisons of a stream are corrected together."""
        p_values = 2 * stdtr(self.freedom, -np.abs(self.value) / self.error)
        flat = p_values.reshape(len(p_values), -1)
        corrected = [adjusted_p_values(row, by_name(correction)) for row in flat.tolist()]
        return (np.array(corrected, dtype=float) <= ALPHA).reshape(p_values.shape)


def by_name(correction: Correction) -> ByLevel:
    """The kernel's name of it.

    Raises:
        DataError: for `auto` and `dunnett`, which adjust no list of p-values.
    """
    if correction in {"auto", "dunnett"}:
        raise DataError(f"correction={correction!r}, expected one that adjusts p-values")
    return cast("ByLevel", correction)


_ALL: Final[tuple[Correction, ...]] = ("holm", "hochberg", "bonferroni", "bh")
CASES: Final = (
    *(ManyMetrics(rho, _ALL) for rho in (0.0, 0.5, 0.9)),
    *(ManyMetrics(rho, ("holm", "hochberg", "bh"), true=5) for rho in (0.0, 0.5, 0.9)),
    ManyMetrics(0.0, ("dunnett",), metrics=1),
    ManyMetrics(0.5, ("dunnett",), metrics=3, n=100),
)
"""Without any effect, with effects on half of the metrics, and several arms by Dunnett's method."""
