"""Prices that the log implies: one per kind of token, which explain a model's logged costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KINDS: Final = ("input", "cache read", "cache write", "output")
EXPLAINED: Final = 0.01
"""Relative difference up to which a row's cost is explained by the prices."""
SMALLEST: Final = 1e-6
"""USD: logged costs are rounded, which is no difference."""
FEWEST: Final = 50
"""Rows from which prices are fitted."""
DISTINCT: Final = 1e-3
"""Smallest over largest singular value from which kinds of token are told apart."""
FEWEST_USES: Final = 10
"""Rows that have tokens of a kind, from which on it has a price."""
ROUNDS: Final = 60
STEADY: Final = 0.02
"""Relative difference between days from which on they have different prices."""
HALF: Final = 0.5
"""Share of rows that prices must explain to be told at all."""
DAY_ROWS: Final = 5
MTOK: Final = 1e6


@dataclass(frozen=True, slots=True)
class PriceStep:
    """From this day on costs are `ratio` times what the fitted prices say."""

    day: date
    ratio: float


@dataclass(frozen=True, slots=True)
class PriceFit:
    """What one model's costs say of its prices.

    Attributes:
        prices: USD per million tokens by kind, None where it cannot be told apart.
        explained: rows within one per cent of the fitted cost.
        dated: the same, at the level of prices that holds on their day.
        fitted: what all rows together cost at the prices of their days.
        steps: levels of the daily median of logged over fitted cost; one where prices are steady.
        reason: why nothing is fitted, None where something is.
    """

    rows: int
    prices: tuple[float | None, ...]
    explained: int | None
    dated: int | None
    logged: float
    fitted: float | None
    steps: tuple[PriceStep, ...]
    reason: str | None = None


def fit_prices(
    tokens: Sequence[tuple[int, ...]], costs: Sequence[float], days: Sequence[date]
) -> PriceFit:
    """The prices that explain most of the costs, whatever the others are.

    Least absolute relative deviations, so that rows at another price do not pull; then least
    squares over the rows that are explained.
    """
    logged = float(sum(costs))
    nothing = (None,) * len(KINDS)
    if len(costs) < FEWEST:
        reason = f"{len(costs)} rows, and it takes {FEWEST}"
        return PriceFit(len(costs), nothing, None, None, logged, None, (), reason)
    counts, cost = np.array(tokens, dtype=float), np.array(costs)
    used = (counts > 0).sum(axis=0) > 0
    relative = counts[:, used] / cost[:, None]
    scale = relative.max(axis=0)
    scaled = relative / scale
    prices = _least_deviations(scaled)
    close = _explained(scaled @ prices, cost)
    for _ in range(3):
        if close.sum() <= scaled.shape[1]:
            break
        better = _solve(scaled[close], np.ones(int(close.sum())))
        again = _explained(scaled @ better, cost)
        if again.sum() < close.sum():
            break
        prices, close = better, again
    told = [
        None if not alone else price
        for price, alone in zip(prices / scale * MTOK, _told_apart(scaled[close]), strict=True)
    ]
    by_kind = iter(told)
    relative_fit = scaled @ prices
    steps = _steps(1.0 / np.maximum(relative_fit, 1e-12), days)
    dated = relative_fit * _levels(steps, days)
    explained = _explained(dated, cost)
    if explained.mean() < HALF:
        reason = "no prices explain half of the rows"
        found = int(close.sum())
        return PriceFit(
            len(costs), nothing, found, max(found, int(explained.sum())), logged, None, (), reason
        )
    return PriceFit(
        len(costs),
        tuple(_price(next(by_kind)) if one else None for one in used),
        int(close.sum()),
        int(explained.sum()),
        logged,
        float(dated @ cost),
        steps,
    )


def fit_few(tokens: Floats, costs: Floats, *, exact: float) -> Floats | None:
    """Prices per token that reproduce all of a few costs, or None where no prices do.

    Needs two rows more than there are kinds of token, so that agreement is no matter of course;
    kinds without tokens cost 0.

    Args:
        tokens: one row per cost, one column per kind.
        costs: above 0.
        exact: relative difference up to which a cost is reproduced.
    """
    used = (tokens > 0).any(axis=0)
    if not used.any() or len(costs) < used.sum() + 2:
        return None
    relative = tokens[:, used] / costs[:, None]
    scale = relative.max(axis=0)
    sizes = np.linalg.svd(relative / scale, compute_uv=False)
    if sizes[-1] < DISTINCT * sizes[0]:
        return None
    found = _solve(relative / scale, np.ones(len(costs))) / scale
    if (found < 0).any() or (np.abs(relative @ found - 1.0) > exact).any():
        return None
    prices: Floats = np.zeros(tokens.shape[1])
    prices[used] = found
    return prices


def _price(value: float | None) -> float | None:
    return None if value is None else max(0.0, float(value))


def _least_deviations(relative: Floats) -> Floats:
    """Prices that minimise the sum of absolute relative deviations, by reweighting."""
    ones: Floats = np.ones(len(relative))
    weights: Floats = ones
    prices: Floats = np.zeros(relative.shape[1])
    for _ in range(ROUNDS):
        root: Floats = np.sqrt(weights)
        found = _solve(relative * root[:, None], root)
        if np.allclose(found, prices, rtol=1e-10, atol=0):
            break
        prices = found
        weights = _weights(relative @ prices)
    return prices


def _weights(fitted: Floats) -> Floats:
    """One over the deviation, so that squares count as absolute values do."""
    found: Floats = 1.0 / np.maximum(np.abs(fitted - 1.0), 1e-6)
    return found


def _solve(left: Floats, right: Floats) -> Floats:
    found: Floats = np.asarray(np.linalg.lstsq(left, right, rcond=1e-10)[0], dtype=np.float64)
    return found


def _explained(fitted: Floats, cost: Floats) -> NDArray[np.bool_]:
    close: NDArray[np.bool_] = np.abs(fitted - 1.0) <= EXPLAINED + SMALLEST / cost
    return close


def _told_apart(relative: Floats) -> list[bool]:
    """Kinds of token that have a price of their own in these rows."""
    uses = (relative > 0).sum(axis=0) >= FEWEST_USES
    if not uses.any():
        return [False] * len(uses)
    kept = relative[:, uses]
    sizes = np.linalg.svd(kept / np.linalg.norm(kept, axis=0), compute_uv=False)
    apart = sizes[-1] / sizes[0] >= DISTINCT and len(kept) > kept.shape[1]
    return [bool(one and apart) for one in uses]


def _levels(steps: Sequence[PriceStep], days: Sequence[date]) -> Floats:
    """The level of prices on each day; the first one also before it was seen."""
    if not steps:
        return np.ones(len(days))
    found = np.searchsorted(
        [step.day.toordinal() for step in steps], [d.toordinal() for d in days], side="right"
    )
    return np.array([step.ratio for step in steps])[np.maximum(found - 1, 0)]


def _steps(ratio: Floats, days: Sequence[date]) -> tuple[PriceStep, ...]:
    """Days on which the median of logged over fitted cost goes to another level and stays."""
    medians = _medians(ratio, days)
    steps: list[PriceStep] = []
    for i, (day, middle) in enumerate(medians):
        level = steps[-1].ratio if steps else None
        if level is None or (
            abs(middle / level - 1.0) > STEADY
            and i + 1 < len(medians)
            and abs(medians[i + 1][1] / middle - 1.0) <= STEADY
        ):
            steps.append(PriceStep(day, middle))
    return tuple(steps)


def _medians(ratio: Floats, days: Sequence[date]) -> list[tuple[date, float]]:
    """The median ratio of each day; days of too few rows are put to those after them."""
    by_day: dict[date, list[float]] = {}
    for day, one in zip(days, ratio, strict=True):
        by_day.setdefault(day, []).append(float(one))
    found: list[tuple[date, float]] = []
    first: date | None = None
    gathered: list[float] = []
    for day in sorted(by_day):
        first = first or day
        gathered += by_day[day]
        if len(gathered) >= DAY_ROWS:
            found.append((first, float(np.median(gathered))))
            first, gathered = None, []
    return found
