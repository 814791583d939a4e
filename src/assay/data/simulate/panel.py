"""A panel: two models and a person judge the same answers every day, and one of them drifts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from assay.data.simulate import platform as p
from assay.data.simulate.log import named, spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUALITY: Final = "clarity"
DRIFTS_FROM: Final = date(2026, 10, 27)
DRIFT: Final = 0.15
"""From that day on, the drifting judge gives so many points more for the same answers."""
_DAILY: Final = 20
_JUDGES: Final = (
    ("claude-opus-4-8", "model", 0.1, 0.3),
    ("gpt-5.4", "model", 0.0, 0.3),
    ("anna", "human", -0.2, 0.4),
)
"""Name, kind, leniency and noise, in points."""
_DRIFTING: Final = 1


def reviews(log: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Twenty answers a day, each judged by all three, in tenths of points from 1 to 5."""
    answers = (
        log.filter(pl.col("operation") == "chat", pl.col("error_type").is_null(), pl.col("consent"))
        .sort("occurred_at", "interaction_id")
        .unique("session_id", keep="first", maintain_order=True)
        .with_columns(day=pl.col("occurred_at").dt.date())
    )
    answers = (
        answers.with_columns(lot=pl.Series(rng.random(len(answers))))
        .filter(pl.col("lot").rank("ordinal").over("day") <= _DAILY)
        .drop("lot")
    )
    late = (answers["day"] >= DRIFTS_FROM).to_numpy()
    worth = rng.normal(3.4, 0.4, len(answers))
    parts = [_judged(answers, worth, late, judge, rng) for judge in range(len(_JUDGES))]
    return (
        pl.concat(parts)
        .sort("judged_at", "interaction_id", "judge_id")
        .with_columns(score_id=named("r", pl.int_range(1, pl.len() + 1), 6))
    )


def _judged(
    answers: pl.DataFrame,
    worth: NDArray[np.float64],
    late: NDArray[np.bool_],
    judge: int,
    rng: np.random.Generator,
) -> pl.DataFrame:
    name, source, leniency, noise = _JUDGES[judge]
    n = len(answers)
    value = worth + leniency + rng.normal(0.0, noise, n)
    value += np.where(late & (judge == _DRIFTING), DRIFT, 0.0)
    return answers.select(
        "interaction_id",
        "session_id",
        name=pl.lit(QUALITY),
        value=pl.Series(np.clip(np.round(value, 1), 1, 5)),
        scale_low=pl.lit(1.0),
        scale_high=pl.lit(5.0),
        source=pl.lit(source),
        judge_id=pl.lit(name),
        comment=pl.lit(None, dtype=pl.String),
        judged_at=pl.col("updated_at") + spans(pl.Series(rng.exponential(400.0, n))),
    )


def told() -> dict[str, Any]:
    """What was planted, for `truth.json`."""
    return {
        "judge": _JUDGES[_DRIFTING][0],
        "name": QUALITY,
        "first_day": DRIFTS_FROM.isoformat(),
        "shift": DRIFT,
        "last_day": p.END.isoformat(),
    }
