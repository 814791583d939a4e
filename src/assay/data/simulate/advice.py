"""What Assay itself would have advised so far, what was done about it, and how it turned out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.data.simulate import platform as p
from assay.data.simulate.log import moments, named

RECOMMENDATIONS: Final = 40
LEVEL: Final = 0.8
"""Share of forecasts whose interval holds what came to pass."""
_FINDINGS: Final = (
    ("route short questions to the smaller model", "USD per day", -14.0),
    ("cache the system prompt", "USD per day", -22.0),
    ("shorten the answer", "s", -0.9),
    ("raise the threshold of the handover", "share", 0.012),
    ("add examples to the prompt", "share", 0.018),
)
_HORIZON: Final = 7
_SMALL_ALERTS: Final = 12
_Z: Final = 1.2815515655446004
"""The normal quantile of 0.9: an interval of 80 % reaches so many standard deviations each way."""

if TYPE_CHECKING:
    from numpy.typing import NDArray


def recommendations(rng: np.random.Generator) -> pl.DataFrame:
    """Forty pieces of advice: most applied, some dismissed, the newest pending."""
    n = RECOMMENDATIONS
    at = np.sort(rng.uniform(5, p.DAYS - 3, n)) * 86400
    size, half = _effects(rng, n)
    pending = np.arange(n) >= n - 6
    applied = rng.random(n) < 0.65
    decided = np.minimum(at + rng.exponential(2.0, n) * 86400, (p.DAYS - 1) * 86400.0)
    return pl.DataFrame({"n": np.arange(n), "at": np.round(at, 3)}).select(
        recommendation_id=named("rec-", pl.col("n") + 1, 3),
        made_at=moments(pl.col("at")),
        agent_id=_pick(p.AGENT_NAMES),
        finding=_pick([finding for finding, _, _ in _FINDINGS]),
        unit=_pick([unit for _, unit, _ in _FINDINGS]),
        estimate=pl.Series(np.round(size, 4)),
        estimate_low=pl.Series(np.round(size - half, 4)),
        estimate_high=pl.Series(np.round(size + half, 4)),
        status=pl.when(pl.Series(pending))
        .then(pl.lit("pending"))
        .when(pl.Series(applied))
        .then(pl.lit("applied"))
        .otherwise(pl.lit("dismissed")),
        decided_by=pl.when(~pl.Series(pending)).then(_pick(("mara", "jonas", "ines"))),
        decided_at=pl.when(~pl.Series(pending)).then(
            moments(pl.lit(pl.Series(np.round(decided, 3))))
        ),
        held_out=pl.Series(rng.random(n) < 0.2),
    )


def actions(advice: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """What was applied, and the effect measured two weeks later, where they have passed."""
    done = advice.filter(status="applied")
    n = len(done)
    impact = done["estimate"].to_numpy() * rng.normal(0.8, 0.25, n)
    half = np.abs(done["estimate"].to_numpy()) * rng.uniform(0.2, 0.5, n)
    later = pl.col("decided_at") + timedelta(days=14)
    known = later.dt.date() <= p.END
    return done.select(
        action_id=named("act-", pl.int_range(1, pl.len() + 1), 3),
        recommendation_id="recommendation_id",
        agent_id="agent_id",
        done_at="decided_at",
        done_by="decided_by",
        description="finding",
        unit="unit",
        impact=pl.when(known).then(pl.Series(np.round(impact, 4))),
        impact_low=pl.when(known).then(pl.Series(np.round(impact - half, 4))),
        impact_high=pl.when(known).then(pl.Series(np.round(impact + half, 4))),
        measured_at=pl.when(known).then(later),
    )


def alerts(rng: np.random.Generator) -> pl.DataFrame:
    """The alarms that the known events would have raised, and a dozen small ones."""
    events = (
        (p.INCIDENT_DAY, p.CONCIERGE, "error_rate", 0.16, 0.05),
        (p.REGRESSION_FROM, p.PLANNER, "latency_s", 18.4, 15.0),
    )
    small = np.sort(rng.uniform(3, p.DAYS - 3, _SMALL_ALERTS))
    level = rng.uniform(1.1, 1.8, _SMALL_ALERTS)
    rows = [(p.day_number(day) + 0.45, agent, *told, "critical") for day, agent, *told in events]
    rows += [
        (at, p.AGENT_NAMES[n % len(p.AGENTS)], "latency_s", value, 1.0, "warning")
        for n, (at, value) in enumerate(zip(small.tolist(), level.tolist(), strict=True))
    ]
    columns = ["day", "agent_id", "metric", "value", "threshold", "severity"]
    frame = pl.DataFrame(rows, schema=columns, orient="row").sort("day")
    n = len(frame)
    seen = frame["day"] * 86400 + pl.Series(rng.exponential(1800.0, n) + 60)
    closed = seen + pl.Series(rng.exponential(40_000.0, n) + 600)
    number = pl.int_range(1, pl.len() + 1)
    return frame.select(
        "agent_id",
        "metric",
        "severity",
        "threshold",
        pl.col("value").round(3),
        alert_id=named("al-", number, 3),
        opened_at=moments((pl.col("day") * 86400).round(3)),
        acknowledged_at=moments(pl.lit(seen.round(3))),
        closed_at=pl.when(number <= n - 2).then(moments(pl.lit(closed.round(3)))),
        finding=pl.format("{} is above its band", "metric"),
    )


def predictions(log: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """A forecast of each agent's interactions a week ahead, made daily, with what came to pass."""
    daily = (
        log.group_by("agent_id", pl.col("occurred_at").dt.date().alias("day"))
        .agg(actual=pl.len().cast(pl.Float64))
        .filter(pl.col("day") >= p.START + timedelta(days=_HORIZON))
        .sort("day", "agent_id")
    )
    n = len(daily)
    actual = daily["actual"].to_numpy()
    spread = np.maximum(np.sqrt(actual), 1.0) * 1.5
    estimate = actual + rng.normal(0.0, 1.0, n) * spread
    return daily.select(
        prediction_id=named("f", pl.int_range(1, pl.len() + 1), 5),
        made_at=(pl.col("day") - timedelta(days=_HORIZON)).cast(pl.Datetime("us", "UTC")),
        target_at=pl.col("day").cast(pl.Datetime("us", "UTC")),
        agent_id="agent_id",
        metric=pl.lit("interactions"),
        unit=pl.lit("count"),
        level=pl.lit(LEVEL),
        estimate=pl.Series(np.round(estimate, 2)),
        estimate_low=pl.Series(np.round(estimate - _Z * spread, 2)),
        estimate_high=pl.Series(np.round(estimate + _Z * spread, 2)),
        actual="actual",
    )


def _effects(rng: np.random.Generator, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    base = np.array([_FINDINGS[k % len(_FINDINGS)][2] for k in range(n)])
    size = base * rng.lognormal(0.0, 0.4, n)
    return size, np.abs(size) * rng.uniform(0.25, 0.7, n)


def _pick(words: tuple[str, ...] | list[str]) -> pl.Expr:
    return (pl.col("n") % len(words)).replace_strict(dict(enumerate(words)), return_dtype=pl.String)
