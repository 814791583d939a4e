"""Repeated measurements under control: weekly evaluation on shared items, nightly benchmarks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.data.simulate import platform as p
from assay.data.simulate.log import moments, named

if TYPE_CHECKING:
    from numpy.typing import NDArray

ITEMS: Final = 60
EVALUATED: Final = ("deepseek-chat", "gpt-5.4-mini")
EVALUATION_LIFT: Final = 0.06
"""The second model solves every item with 1 + this times the chance of the first."""
_RUN_HOUR: Final = 3
_WORKLOADS: Final = (("search", 42.0), ("index", 310.0), ("export", 96.0))
_ENVIRONMENTS: Final = ("anthropic", "openai", "gemini")
SLOWER_FROM: Final = p.day_number(p.INCIDENT_DAY) + 84
SLOWER_RATIO: Final = 1.12
"""From that day's revision on, the workload `index` takes so many times as long."""


def evaluation(rng: np.random.Generator) -> pl.DataFrame:
    """Sixty items, every Monday, by two models: the same items in both arms."""
    weeks = np.array([d for d in range(p.DAYS) if (p.START + timedelta(days=d)).weekday() == 0])
    item, week, arm = (
        grid.ravel() for grid in np.meshgrid(np.arange(ITEMS), weeks, (0, 1), indexing="ij")
    )
    n = len(item)
    ease = np.minimum(rng.beta(4.0, 2.2, ITEMS), 0.93)
    solved = rng.random(n) < ease[item] * np.where(arm == 1, 1 + EVALUATION_LIFT, 1.0)
    length = rng.lognormal(7.6, 0.5, ITEMS)
    model = [m for name in EVALUATED for m in p.MODELS if m.name == name]
    tokens = np.floor(length[item]).astype(np.int64)
    answer = np.floor(380 * rng.lognormal(0.0, 0.5, n)).astype(np.int64)
    cost = (
        tokens * np.array([m.input for m in model])[arm]
        + answer * np.array([m.output for m in model])[arm]
    ) / 1e6
    cut = (week >= p.day_number(p.PRICE_CHANGE)) & (arm == 1)
    speed = np.array([m.tokens_per_s for m in model])[arm]
    latency = np.round((0.8 + answer / speed) * rng.lognormal(0.0, 0.25, n), 3)
    at = week * 86400.0 + _RUN_HOUR * 3600 + item * 40.0 + arm * 20.0
    return (
        pl.DataFrame(
            {
                "at": at,
                "item": item + 1,
                "arm": arm,
                "input_tokens": tokens,
                "output_tokens": answer,
                "cost_usd": np.round(cost * np.where(cut, p.PRICE_RATIO, 1.0), 8),
                "latency_s": latency,
                "succeeded": solved,
            }
        )
        .sort("at")
        .select(
            interaction_id=named("v", pl.int_range(1, pl.len() + 1), 6),
            trace_id=named("vt", pl.int_range(1, pl.len() + 1), 6),
            occurred_at=moments(pl.col("at")),
            updated_at=moments(pl.col("at") + pl.col("latency_s")),
            item_id=named("item-", pl.col("item"), 3),
            user_type=pl.lit("system"),
            agent_id=pl.lit(p.REVIEWER),
            agent_version=pl.lit("evaluation"),
            workflow_id=pl.lit("evaluation"),
            provider=_by_arm([m.provider for m in model]),
            model=_by_arm([m.name for m in model]),
            service_tier=pl.lit("standard"),
            operation=pl.lit("evaluation"),
            input_tokens=pl.col("input_tokens"),
            cache_read_tokens=pl.lit(0, dtype=pl.Int64),
            cache_write_tokens=pl.lit(0, dtype=pl.Int64),
            output_tokens=pl.col("output_tokens"),
            reasoning_tokens=pl.lit(0, dtype=pl.Int64),
            cache_hit=pl.lit(value=False),
            cost_usd=pl.col("cost_usd"),
            latency_s=pl.col("latency_s"),
            succeeded=pl.col("succeeded"),
            interventions=pl.lit(0, dtype=pl.Int64),
        )
    )


def _by_arm(words: list[str]) -> pl.Expr:
    return pl.col("arm").replace_strict(dict(enumerate(words)), return_dtype=pl.String)


def measurements(rng: np.random.Generator) -> pl.DataFrame:
    """A nightly benchmark: time and memory of three workloads on three providers."""
    day, load, place = (
        grid.ravel() for grid in np.meshgrid(np.arange(p.DAYS), range(3), range(3), indexing="ij")
    )
    time = _milliseconds(day, load, place, rng)
    memory = np.array([180.0, 640.0, 220.0])[load] * rng.lognormal(0.0, 0.015, len(day))
    at = day * 86400.0 + 2 * 3600 + load * 300.0 + place * 60.0
    both = [
        pl.DataFrame(
            {
                "day": day,
                "load": load,
                "place": place,
                "at": at,
                "metric": metric,
                "unit": unit,
                "value": np.round(value, 3),
            }
        )
        for metric, unit, value in (("time", "ms", time), ("peak_memory", "MB", memory))
    ]
    return (
        pl.concat(both)
        .sort("at", "metric")
        .select(
            run_id=named("nightly-", pl.col("day") + 1, 3),
            suite=pl.lit("nightly"),
            workload=_word("load", [name for name, _ in _WORKLOADS]),
            name=_word("load", [f"{name}/10k" for name, _ in _WORKLOADS]),
            metric="metric",
            unit="unit",
            value="value",
            provider=_word("place", _ENVIRONMENTS),
            measured_at=moments(pl.col("at")),
            revision=named("r", pl.col("day") // 4 + 1200, 4),
            environment=pl.lit("ci-linux-x86"),
        )
    )


def _milliseconds(
    day: NDArray[np.int64],
    load: NDArray[np.int64],
    place: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    base = np.array([ms for _, ms in _WORKLOADS])[load] * np.array([1.0, 1.06, 0.94])[place]
    slower = np.where((load == 1) & (day >= SLOWER_FROM), SLOWER_RATIO, 1.0)
    return np.asarray(base * slower * rng.lognormal(0.0, 0.03, len(day)))


def _word(column: str, words: tuple[str, ...] | list[str]) -> pl.Expr:
    return pl.col(column).replace_strict(dict(enumerate(words)), return_dtype=pl.String)
