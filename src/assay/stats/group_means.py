"""Means of groups whose members are known with a probability only, and differences of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from assay.core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Array = NDArray[np.float64]

_WORST: Final = 1e6
"""Condition number of memberships from which on groups cannot be told apart."""
_FULLEST: Final = 0.99


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class GroupMeans:
    """One mean, or ratio, of each group.

    Attributes:
        values: of each group.
        influence: of each unit (columns) on each group's value (rows): squares add up to variance.
        sizes: expected number of units of each group.
        parts: probability of membership, units by groups.
        spread: standard deviation of a unit's own value.
    """

    values: Array
    influence: Array
    sizes: Array
    parts: Array
    spread: float

    @property
    def variances(self) -> Array:
        """Of each group's value."""
        return np.asarray((self.influence**2).sum(axis=1))

    def contrast(self, weights: ArrayLike) -> tuple[float, float, float]:
        """A weighted sum of values: itself, its standard error and degrees of freedom.

        References:
            Welch (1947), Biometrika 34; Satterthwaite (1946), Biometrics Bulletin 2.
        """
        taken = np.asarray(weights, float)
        squares = (taken @ self.influence) ** 2
        variance = float(squares.sum())
        by_group = squares @ self.parts
        bottom = float((by_group**2 / np.maximum(self.sizes - 1, 0.5)).sum())
        freedom = variance**2 / bottom if bottom > 0 else 1.0
        return float(taken @ self.values), float(np.sqrt(variance)), max(freedom, 1.0)


def group_means(part: ArrayLike, whole: ArrayLike, memberships: ArrayLike) -> GroupMeans:
    """Mean of part over mean of whole in each group, by regression on probabilities of membership.

    A mean that is weighted by probabilities is drawn to that of all, since every group then holds
    some of the others' members. The regression of values on probabilities, without a constant, is
    not: what is expected of a unit is the sum of its groups' means, each times its probability.
    That takes probabilities that are right as often as they say, and values that depend on the
    group and not on how sure a member is. Where memberships are certain it is the mean of each
    group. Variances are robust (HC3).

    Args:
        part: of each unit.
        whole: of each unit, positive in sum; ones for plain means.
        memberships: units by groups, from 0 to 1, adding up to 1 in each row.

    References:
        Bakk, Tekle & Vermunt (2013), Estimating the association between latent class membership and
        external variables using bias-adjusted three-step approaches, Sociological Methodology 43;
        MacKinnon & White (1985), Journal of Econometrics 29 (HC3).

    Raises:
        DataError: where numbers are not finite, rows do not add up to 1, a group has no exposure,
            or groups cannot be told apart.
    """
    y, n, p = (np.asarray(x, float) for x in (part, whole, memberships))
    if p.ndim != 2 or not y.shape == n.shape == (len(p),):
        raise DataError(f"{y.size} values, memberships of {p.shape}, expected one row of each unit")
    if not (np.isfinite(y).all() and np.isfinite(n).all() and (n >= 0).all()):
        raise DataError("values are not finite, or a whole is negative")
    if not ((p >= -1e-9).all() and np.allclose(p.sum(axis=1), 1, atol=1e-6)):
        raise DataError("memberships, expected from 0 to 1, adding up to 1 for each unit")
    squares = p.T @ p
    if len(p) <= p.shape[1] or not np.linalg.cond(squares) < _WORST:
        raise DataError(
            f"{len(p):,} units, {p.shape[1]} groups: groups cannot be told apart",
            remedy="put groups together whose members are the same or unclear",
        )
    pull = np.linalg.solve(squares, p.T)
    tops, bottoms = pull @ y, pull @ n
    if not (bottoms > 0).all():
        raise DataError("a group has no exposure", remedy="leave it out")
    ratio = tops / bottoms
    own = np.minimum(np.einsum("is,si->i", p, pull), _FULLEST)
    off = (y - p @ tops) - ratio[:, None] * (n - p @ bottoms)
    mean = n.mean()
    spread = float(np.sqrt(np.mean((y - y.sum() / n.sum() * n) ** 2))) / mean
    return GroupMeans(
        values=ratio,
        influence=pull * off / (1 - own) / bottoms[:, None],
        sizes=p.sum(axis=0),
        parts=p,
        spread=spread,
    )


def two_sided(value: float, error: float, freedom: float) -> float:
    """P-value of no difference; 1 where nothing varies and nothing differs."""
    if not error > 0:
        return 1.0 if value == 0 else 0.0
    return float(2 * stdtr(freedom, -abs(value) / error))


def ends(value: float, error: float, freedom: float, alpha: float) -> tuple[float, float]:
    """Student's interval."""
    reach = -float(stdtrit(freedom, alpha / 2)) * error
    return value - reach, value + reach
