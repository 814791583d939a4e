"""Who uses the platform: customers who come and go, employees, learners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.data.simulate import platform as p

if TYPE_CHECKING:
    from numpy.typing import NDArray

CUSTOMERS: Final = 23_500
EMPLOYEES: Final = 1_500
LEARNERS: Final = 420
WORKSPACES: Final = 30

_PLANS: Final = (("free", 0.62), ("plus", 0.28), ("business", 0.10))
_VISITS_OF_PLAN: Final = {"free": 0.8, "plus": 1.2, "business": 1.7}
_CEILING: Final = 0.95
"""No user solves more than this, so that a lift of 4.5 % never meets 1."""


def people(rng: np.random.Generator) -> pl.DataFrame:
    """One row per user: when active, how often, at what hour, and how easily served.

    `rate` is visits per active day; `ease` is the chance that a turn of this user is solved by an
    agent of ordinary quality.
    """
    frame = pl.concat([_customers(rng), _employees(rng), _learners(rng)])
    n = len(frame)
    ease = rng.beta(18.0, 7.0, n)
    return frame.with_columns(
        user=pl.Series(np.arange(n)),
        ease=pl.Series(np.minimum(ease, _CEILING)),
        consent=pl.Series(rng.random(n) < 0.93),
        generosity=pl.Series(rng.normal(0.0, 0.5, n)),
    )


def _customers(rng: np.random.Generator) -> pl.DataFrame:
    n = CUSTOMERS
    plans = rng.choice([name for name, _ in _PLANS], n, p=[share for _, share in _PLANS])
    before = rng.random(n) < 0.17
    growing = (np.sqrt(1 + 3 * rng.random(n)) - 1) * p.DAYS
    joined = np.where(before, 0, growing).astype(np.int64)
    one_off = (rng.random(n) < 0.45) & ~before
    stays = np.where(one_off, 1, 2 + rng.exponential(80.0, n)).astype(np.int64)
    factor = np.array([_VISITS_OF_PLAN[plan] for plan in plans.tolist()])
    rate = np.where(one_off, 0.9, 0.004 + rng.gamma(0.8, 0.058, n)) * factor
    return _frame(
        "c",
        kind=plans,
        joined=joined,
        left=joined + stays,
        rate=rate,
        hour=_hours(rng, n, (10.5, 20.0), 2.6),
    )


def _employees(rng: np.random.Generator) -> pl.DataFrame:
    n = EMPLOYEES
    joined = np.where(rng.random(n) < 0.7, 0, rng.integers(0, p.DAYS, n))
    leaves = rng.random(n) < 0.18
    left = np.where(leaves, joined + 1 + rng.exponential(70.0, n).astype(np.int64), p.DAYS)
    rate = rng.gamma(1.1, 0.2, n)
    hours = _hours(rng, n, (9.0, 13.5), 1.6)
    return _frame(
        "e", kind=np.repeat("employee", n), joined=joined, left=left, rate=rate, hour=hours
    )


def _learners(rng: np.random.Generator) -> pl.DataFrame:
    n = LEARNERS
    joined = rng.integers(0, p.DAYS - 40, n)
    left = joined + 20 + rng.exponential(70.0, n).astype(np.int64)
    rate = rng.gamma(2.0, 0.1, n)
    hours = _hours(rng, n, (11.0, 17.0), 2.0)
    return _frame(
        "l", kind=np.repeat("learner", n), joined=joined, left=left, rate=rate, hour=hours
    )


def _hours(
    rng: np.random.Generator, n: int, peaks: tuple[float, float], spread: float
) -> NDArray[np.float64]:
    peak = np.where(rng.random(n) < 0.55, *peaks)
    return np.asarray(peak + rng.normal(0.0, spread / 2, n))


def _frame(  # noqa: PLR0913  the columns of a user
    letter: str,
    *,
    kind: NDArray[np.str_],
    joined: NDArray[np.int64],
    left: NDArray[np.int64],
    rate: NDArray[np.float64],
    hour: NDArray[np.float64],
) -> pl.DataFrame:
    number = pl.int_range(1, len(kind) + 1, eager=True).cast(pl.String).str.zfill(5)
    workspace = np.arange(len(kind)) * 7919 % WORKSPACES + 1
    works = letter == "e"
    return pl.DataFrame(
        {
            "user_id": letter + number,
            "user_type": pl.Series(kind.tolist()),
            "workspace_id": pl.Series(
                [f"ws-{w:02d}" if works else None for w in workspace.tolist()], dtype=pl.String
            ),
            "joined": joined,
            "left": np.minimum(left, p.DAYS),
            "rate": rate,
            "hour": hour,
        }
    )
