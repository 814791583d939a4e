"""Whether foretold chances of not coming back are kept: gaps by tenths, and what mends them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit, logit

from assay.core.errors import DataError
from assay.stats.given import numbers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_NEAR: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenth:
    """Users whose foretold chances are alike.

    Attributes:
        users: how many; `foretold`: mean chance; `seen`: share of whom it came true.
    """

    users: int
    foretold: float
    seen: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How far foretold chances are from what happened.

    Attributes:
        tenths: ascending by chance; users of one chance are never in two of them.
        largest: of all tenths' |foretold − seen|; `mean`: over users.
        brier: mean squared distance of chance and outcome; `base`: the same for the overall share.
    """

    tenths: tuple[Tenth, ...]
    largest: float
    mean: float
    brier: float
    base: float


def calibration_of(chances: ArrayLike, came_true: ArrayLike, *, groups: int = 10) -> Calibration:
    """Foretold chances against what happened, in groups of as many users as ties allow.

    Args:
        chances: foretold, each from 0 to 1.
        came_true: 1 where it did, else 0.
        groups: how many.

    Raises:
        DataError: where lengths differ, nobody is given, or a value is out of range.
    """
    p, y = _checked(chances, came_true)
    _, inverse, counts = np.unique(p, return_inverse=True, return_counts=True)
    middle = (np.cumsum(counts) - counts / 2) / p.size
    group = np.minimum((middle * groups).astype(np.int64), groups - 1)[inverse]
    found = []
    for k in range(groups):
        mine = group == k
        if mine.any():
            found.append(
                Tenth(
                    users=int(mine.sum()),
                    foretold=float(p[mine].mean()),
                    seen=float(y[mine].mean()),
                )
            )
    gaps = np.array([abs(one.foretold - one.seen) for one in found])
    share = float(y.mean())
    return Calibration(
        tenths=tuple(found),
        largest=float(gaps.max()),
        mean=float(np.average(gaps, weights=[one.users for one in found])),
        brier=float(np.mean((p - y) ** 2)),
        base=share * (1 - share),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalibration:
    """Chances moved on the scale of log odds: `slope` × log odds + `shift`."""

    slope: float
    shift: float

    def apply(self, chances: ArrayLike) -> Floats:
        """The chances as they should have been foretold."""
        p = np.clip(np.asarray(chances, dtype=np.float64), _NEAR, 1 - _NEAR)
        moved: Floats = expit(self.slope * logit(p) + self.shift)
        return moved


def recalibrate(chances: ArrayLike, came_true: ArrayLike) -> Recalibration:
    """The line on the scale of log odds that fits what happened (Platt's scaling), slightly held.

    To be learned where outcomes are already known, as from a forecast made earlier, and never from
    those that it is judged on. A weak pull (one user's worth) towards no change keeps it finite.

    Raises:
        DataError: where lengths differ, nobody is given, or a value is out of range.
    """
    p, y = _checked(chances, came_true)
    x = np.column_stack([logit(np.clip(p, _NEAR, 1 - _NEAR)), np.ones(p.size)])
    spread = max(float(np.mean(x[:, 0] ** 2)), _NEAR)
    pull = np.diag([0.25 * spread, 0.25])
    start = np.array([1.0, 0.0])
    line = start.copy()
    for _ in range(100):
        told = expit(x @ line)
        slope = x.T @ (y - told) - pull @ (line - start)
        curve = (x.T * (told * (1 - told))) @ x + pull
        step = np.linalg.solve(curve, slope)
        line += step * min(1.0, 2.0 / max(float(np.abs(step).max()), _NEAR))
        if np.abs(step).max() < 1e-10:
            break
    return Recalibration(slope=float(line[0]), shift=float(line[1]))


def _checked(chances: ArrayLike, came_true: ArrayLike) -> tuple[Floats, Floats]:
    p, y = numbers(chances, name="chances"), numbers(came_true, name="came_true")
    if not (p.ndim == 1 and p.shape == y.shape and p.size):
        raise DataError(
            f"chances and outcomes of shapes {p.shape} and {y.shape}, expected one entry per user "
            "in each, and at least one user"
        )
    if not (((p >= 0) & (p <= 1)).all() and np.isin(y, (0, 1)).all()):
        raise DataError("chances from 0 to 1 and outcomes of 0 or 1 are expected")
    return p, y
