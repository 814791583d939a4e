"""Two groups compared within strata of like work, over clusters that may be in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedMeans:
    """Means of both groups over the control's mix of strata, and how they vary with clusters.

    Attributes:
        treated, control: means per row.
        of_treated, of_control: their variances; `together`: their covariance.
        freedom: one less than the clusters of the group that has fewer.
        strata: that both groups are seen in; `covered`: share of the control's rows in them.
        n_treated, n_control: rows in those strata.
    """

    treated: float
    control: float
    of_treated: float
    of_control: float
    together: float
    freedom: int
    strata: int
    covered: float
    n_treated: float
    n_control: float

    @property
    def variance(self) -> float:
        """Of treated − control."""
        return max(self.of_treated + self.of_control - 2 * self.together, 0.0)


def matched_means(
    treated: tuple[Floats, Floats], control: tuple[Floats, Floats], *, least: int
) -> MatchedMeans:
    """How the treated group would differ from the control on the control's own mix of work.

    Each stratum's difference counts as much as the control has rows in it (the effect on the
    treated, were the control's work given to the treatment). Strata in which either group has
    fewer rows than `least`, or rows of one cluster alone, are left out, and the share of the
    control's rows that remains is told. What strata do not tell apart stays in the difference:
    this is an association.

    Args:
        treated: rows and sums of values, strata by clusters; zero where there are none.
        control: the same of the control.
        least: rows that both groups need in a stratum.

    Raises:
        DataError: where no stratum has enough of both.

    References:
        Rosenbaum & Rubin (1984), Reducing bias in observational studies using subclassification,
        JASA 79; Liang & Zeger (1986), Biometrika 73 (variance over clusters).
    """
    (n_treated, _), (n_control, _) = treated, control
    enough = np.ones(len(n_treated), dtype=bool)
    for rows in (n_treated, n_control):
        enough &= (rows.sum(axis=1) >= least) & ((rows > 0).sum(axis=1) >= 2)
    if not enough.any():
        raise DataError(
            f"no kind of work of which both have {least} rows or more, expected some to compare"
        )
    whole = float(n_control.sum())
    size = n_control[enough].sum(axis=1)
    weights = size / size.sum()
    sides = [_side(rows[enough], sums[enough], weights) for rows, sums in (treated, control)]
    (one, by_one, clusters_one), (other, by_other, clusters_other) = sides
    fewer = min(clusters_one, clusters_other)
    present = n_treated[enough].sum(axis=0) + n_control[enough].sum(axis=0)
    clusters = int((present > 0).sum())
    spare = clusters / (clusters - 1)
    return MatchedMeans(
        treated=one,
        control=other,
        of_treated=spare * float(by_one @ by_one),
        of_control=spare * float(by_other @ by_other),
        together=spare * float(by_one @ by_other),
        freedom=fewer - 1,
        strata=int(enough.sum()),
        covered=float(size.sum()) / whole,
        n_treated=float(n_treated[enough].sum()),
        n_control=float(size.sum()),
    )


def _side(rows: Floats, sums: Floats, weights: Floats) -> tuple[float, Floats, int]:
    """The weighted mean, what each cluster adds to its error, and how many clusters there are."""
    n = rows.sum(axis=1)
    means = sums.sum(axis=1) / n
    influence = ((weights / n)[:, None] * (sums - means[:, None] * rows)).sum(axis=0)
    return float(weights @ means), influence, int((rows.sum(axis=0) > 0).sum())
