"""What a forecast says, and what its past forecasts were worth."""

from __future__ import annotations

from dataclasses import dataclass

COMBINATION = "combination"
REFERENCE = "seasonal naive"
"""The value one season ago (the last value, where no season was seen): what others must beat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTest:
    """What one method's forecasts from past origins were worth.

    Attributes:
        method: its name.
        weight: its share of the combination; 0 for the reference.
        mase: mean absolute error ÷ that of the (seasonal) naive method within the series; None
            where the naive method is never wrong.
        smape: mean of 200 |error| ÷ (|forecast| + |value|), in percent; pairs of zeros count 0.
        msis: mean scaled interval score, scaled as `mase`; None where no interval could be tested.
        coverage: share of values inside intervals made from other origins; None as above.
        origins: starts of forecasts that this is a mean over.
    """

    method: str
    weight: float
    mase: float | None
    smape: float
    msis: float | None
    coverage: float | None
    origins: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The next values of a series, each with an interval.

    Attributes:
        values: step 1, 2, …
        low: lower ends, one per step.
        high: upper ends.
        level: nominal share of future values inside.
        weights: name of a method → its share of the combination; sums to one.
        coverage: for each step, the share of past values inside intervals that were made from other
            origins; None for a step (or all) that could not be tested.
        backtest: a record per method, the combination first; empty where the series is too short.
        notes: what was done to the series, or could not be done, and why.
    """

    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    level: float
    weights: dict[str, float]
    coverage: tuple[float | None, ...]
    backtest: tuple[BackTest, ...]
    notes: tuple[str, ...]
