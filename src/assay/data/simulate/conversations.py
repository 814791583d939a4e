"""What follows from the log: sessions with their outcome, calls of tools, judgements of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.data.simulate import platform as p
from assay.data.simulate.log import named, spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SATISFACTION_GIVEN: Final = 0.18
_CALL_SECONDS: Final = {"web-search": 1.4, "warehouse": 2.2, "document-store": 0.9}
_CALL_ERRORS: Final = ("timeout", "rate_limit", "server_error", "not_found")
_JUDGED: Final = 0.05
_QUALITIES: Final = ("coherence", "relevance", "adherence", "clarity")
_LEVEL: Final = (4.2, 3.9, 3.8, 4.1)
_REVIEWED: Final = 0.012
_REVIEWERS: Final = ("anna", "bela", "chidi", "dora")
_COMMENTS: Final = {
    1: ("wrong order number", "does not answer the question", "invented a policy"),
    2: ("half of the question is left open", "too long, the answer comes last"),
    3: ("correct, but hard to follow", "usable after editing"),
    4: ("good, one detail is missing", "clear and correct"),
    5: ("exactly right", "would have written it the same way"),
}


def sessions(log: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """One row per session; where a person stepped in it was escalated."""
    ends = pl.col("occurred_at") + spans(pl.col("latency_s"))
    found = (
        log.sort("occurred_at", "interaction_id")
        .group_by("session_id", maintain_order=True)
        .agg(
            pl.col("user_id", "agent_id").first(),
            started_at=pl.col("occurred_at").min(),
            ended_at=ends.max(),
            escalated=(pl.col("interventions") > 0).any(),
            solved=pl.col("succeeded").last(),
            share=pl.col("succeeded").mean().round(6),
        )
        .sort("session_id")
    )
    n = len(found)
    left = ~found["solved"].to_numpy() & (rng.random(n) < 0.62)
    stars = np.clip(np.round(1.6 + 2.6 * found["share"].to_numpy() + rng.normal(0, 0.8, n)), 1, 5)
    given = rng.random(n) < _SATISFACTION_GIVEN
    return found.select(
        "session_id",
        "user_id",
        "agent_id",
        "started_at",
        "ended_at",
        outcome=pl.when("escalated")
        .then(pl.lit("escalated"))
        .when(pl.Series(left))
        .then(pl.lit("abandoned"))
        .otherwise(pl.lit("completed")),
        satisfaction=pl.when(pl.Series(given)).then(pl.Series((stars - 1) / 4)),
    )


def calls(log: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """One row per call of an integration, within the time of its interaction."""
    able = log.filter(
        pl.col("parent_id").is_null(), pl.col("error_type").is_null(), ~pl.col("cache_hit")
    )
    agent = able["agent_id"].replace_strict({a.name: n for n, a in enumerate(p.AGENTS)}).to_numpy()
    count = rng.poisson(np.array([a.calls for a in p.AGENTS])[agent])
    row = np.repeat(np.arange(len(able)), count)
    n = len(row)
    tools = [p.AGENTS[a].tools for a in agent[row].tolist()]
    pick = np.floor(rng.random(n) ** 1.6 * np.array([len(t) for t in tools])).astype(np.int64)
    names = [tool[k] for tool, k in zip(tools, pick.tolist(), strict=True)]
    median = np.array([_CALL_SECONDS.get(name, 0.35) for name in names])
    failed = rng.random(n) < 0.021
    why = rng.choice(_CALL_ERRORS, n, p=[0.4, 0.25, 0.25, 0.1])
    begin = spans(pl.Series(able["latency_s"].to_numpy()[row] * rng.random(n) * 0.5))
    return (
        able[row]
        .select(
            "interaction_id",
            integration=pl.Series(names),
            started_at=pl.col("occurred_at") + begin,
            duration_s=pl.Series(np.round(median * rng.lognormal(0.0, 0.6, n), 4)),
            requests=pl.Series(1 + rng.poisson(0.15, n)),
            bytes=pl.Series(np.floor(rng.lognormal(8.6, 1.3, n)).astype(np.int64)),
            succeeded=pl.Series(~failed),
            error_type=pl.when(pl.Series(failed)).then(pl.Series(why.tolist())),
        )
        .sort("started_at", "interaction_id", "integration", "duration_s")
        .with_columns(call_id=named("k", pl.int_range(1, pl.len() + 1), 6))
    )


def scores(log: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Four qualities by a model that judges, and some of them by people, with a comment."""
    answers = log.filter(
        pl.col("operation") == "chat", pl.col("error_type").is_null(), pl.col("consent")
    )
    quality = rng.normal(0.0, 0.55, len(answers)) + 0.7 * (answers["succeeded"].to_numpy() - 0.7)
    by_model = _judged(answers, quality, rng.random(len(answers)) < _JUDGED, "model", rng)
    by_people = _judged(answers, quality, rng.random(len(answers)) < _REVIEWED, "human", rng)
    return (
        pl.concat([by_model, by_people])
        .sort("judged_at", "interaction_id", "source", "name")
        .with_columns(score_id=named("q", pl.int_range(1, pl.len() + 1), 6))
    )


def _judged(
    answers: pl.DataFrame,
    quality: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    source: str,
    rng: np.random.Generator,
) -> pl.DataFrame:
    row = np.repeat(np.flatnonzero(chosen), len(_QUALITIES))
    n, which = len(row), np.tile(np.arange(len(_QUALITIES)), int(chosen.sum()))
    people = source == "human"
    judge = rng.integers(0, len(_REVIEWERS), n) if people else np.zeros(n, dtype=np.int64)
    kind = np.array([0.15, -0.1, -0.35, 0.0])[judge] if people else 0.25
    noise = rng.normal(0.0, 0.7 if people else 0.5, n)
    value = np.clip(np.round(np.array(_LEVEL)[which] + quality[row] + kind + noise), 1, 5)
    pick = rng.random(n)
    remark = [
        said[int(u * len(said))]
        for said, u in zip((_COMMENTS[int(v)] for v in value.tolist()), pick.tolist(), strict=True)
    ]
    names = _REVIEWERS if people else ("claude-opus-4-8",)
    after = rng.exponential(2e5 if people else 400.0, n)
    return answers[row].select(
        "interaction_id",
        "session_id",
        name=pl.Series([_QUALITIES[k] for k in which.tolist()]),
        value=pl.Series(value),
        scale_low=pl.lit(1.0),
        scale_high=pl.lit(5.0),
        source=pl.lit(source),
        judge_id=pl.Series([names[k] for k in judge.tolist()]),
        comment=pl.when(pl.Series((rng.random(n) < 0.3) & people)).then(pl.Series(remark)),
        judged_at=pl.col("updated_at") + spans(pl.Series(after)),
    )
