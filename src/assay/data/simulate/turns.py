"""What happens in a session: turns with tokens, time, errors and outcome; retries, sub-calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.data.simulate import platform as p
from assay.data.simulate.experiments import EXPERIMENTS, FIRST, LAST, arms_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.data.simulate.streams import Streams

    Numbers = NDArray[np.float64]
    Indices = NDArray[np.int64]

_RETRIED: Final = 0.6
_CACHED: Final = 0.03
"""Share of the concierge's turns that the application answers from its own cache."""
_PEOPLE_SOLVE: Final = 0.72
"""Mean of the users' own chance; an agent's quality moves it up or down."""

ROOT, RETRY, CHILD = 0, 1, 2


def turns(
    visits: pl.DataFrame,
    users: pl.DataFrame,
    assignments: dict[str, pl.DataFrame],
    streams: Streams,
) -> pl.DataFrame:
    """One row per interaction, by session and time, with everything but its names."""
    rows = _repeated(visits, streams("turns"))
    rows = _routed(rows, streams("routes"))
    rows = _failing(rows, streams("errors"))
    rows = pl.concat([rows, _retries(rows, streams("retries"))])
    rows = pl.concat([rows, _children(rows, streams("children"))])
    rows = rows.sort("at", "visit", "turn", "kind", "part").with_row_index("row")
    rows = _sized(rows, streams("tokens"))
    rows = _timed(rows, streams("latency"))
    rows = _solved(rows, users, assignments, streams("outcomes"))
    return _rated(rows, users, streams("ratings"))


def _repeated(visits: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    count = visits["turns"].to_numpy()
    visit = np.repeat(np.arange(len(visits)), count)
    first = np.repeat(np.cumsum(count) - count, count)
    turn = np.arange(len(visit)) - first
    gap = 20.0 + rng.lognormal(4.0, 0.9, len(visit))
    gap[turn == 0] = 0.0
    waited = np.cumsum(gap)
    start = visits["day"].to_numpy() * 86400.0 + visits["second"].to_numpy()
    at = start[visit] + waited - waited[first]
    zero = np.zeros(len(visit), dtype=np.int64)
    return pl.DataFrame(
        {
            "visit": visit,
            "turn": turn,
            "kind": zero,
            "part": zero,
            "user": visits["user"].to_numpy()[visit],
            "agent": visits["agent"].to_numpy()[visit],
            "at": np.minimum(at, p.DAYS * 86400.0 - 1.0),
        }
    )


def _routed(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    visit, agent = rows["visit"].to_numpy(), rows["agent"].to_numpy()
    day = (rows["at"].to_numpy() // 86400).astype(np.int64)
    draw = rng.random(int(visit.max()) + 1)[visit]
    release, model = np.zeros_like(agent), np.zeros_like(agent)
    for a, spec in enumerate(p.AGENTS):
        for r, version in enumerate(spec.releases):
            here = (agent == a) & (day >= p.day_number(version.since))
            edges = np.cumsum([share for _, share in version.routes])[:-1]
            names = np.array([p.MODEL_NAMES.index(name) for name, _ in version.routes])
            release[here] = r
            model[here] = names[np.searchsorted(edges, draw[here], side="right")]
    return rows.with_columns(
        release=pl.Series(release),
        model=pl.Series(model),
        cached=pl.Series(
            (agent == p.AGENT_NAMES.index(p.CONCIERGE)) & _chance(rng, agent, _CACHED)
        ),
    )


def _failing(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    rate = np.array([model.errors for model in p.MODELS])[rows["model"].to_numpy()]
    hour = rows["at"].to_numpy() / 3600
    begin, end = (p.day_number(p.INCIDENT_DAY) * 24 + h for h in p.INCIDENT_HOURS)
    hit = np.array([model.provider == p.INCIDENT_PROVIDER for model in p.MODELS])
    during = (begin <= hour) & (hour < end) & hit[rows["model"].to_numpy()]
    rate = np.where(during, p.INCIDENT_ERRORS, rate)
    failed = (rng.random(len(rows)) < rate) & ~rows["cached"].to_numpy()
    return rows.with_columns(
        failed=pl.Series(failed),
        cause=pl.Series(rng.random(len(rows))),
        incident=pl.Series(during),
    )


def _retries(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    again = rows.filter(pl.col("failed") & pl.Series(rng.random(len(rows)) < _RETRIED))
    n = len(again)
    return again.with_columns(
        at=pl.Series(np.minimum(again["at"].to_numpy() + rng.uniform(2.0, 9.0, n), _end())),
        kind=pl.lit(RETRY, dtype=pl.Int64),
        failed=pl.Series(rng.random(n) < 0.08),
    )


def _children(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The researcher reads its sources with a small model: one to four calls below its turn."""
    parents = rows.filter(
        pl.col("agent") == p.AGENT_NAMES.index(p.RESEARCHER),
        ~pl.col("failed"),
        pl.Series(rng.random(len(rows)) < 0.55),
    )
    count = rng.integers(1, 5, len(parents))
    parent = np.repeat(np.arange(len(parents)), count)
    part = np.arange(len(parent)) - np.repeat(np.cumsum(count) - count, count) + 1
    children = parents[parent]
    later = children["at"].to_numpy() + part * rng.uniform(0.5, 2.5, len(parent))
    return children.with_columns(
        at=pl.Series(np.minimum(later, _end())),
        kind=pl.lit(CHILD, dtype=pl.Int64),
        part=pl.Series(part),
        model=pl.lit(p.MODEL_NAMES.index("gemini-3.5-flash-lite"), dtype=pl.Int64),
        failed=pl.lit(value=False),
    )


def _sized(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    agent, model, kind = (rows[name].to_numpy() for name in ("agent", "model", "kind"))
    n = len(rows)
    child = kind == CHILD
    ask = _of_agent("input_tokens")[agent] * rng.lognormal(0.0, 0.75, n)
    history = rows["turn"].to_numpy() * _of_agent("output_tokens")[agent] * 1.1
    prompt = _of_agent("prompt_tokens")[agent] * 1.0
    warm = (rows["turn"].to_numpy() > 0) | _chance(rng, agent, 0.45)
    writes = np.array([m.cache_write is not None for m in p.MODELS])[model]
    answer = _of_agent("output_tokens")[agent] * rng.lognormal(0.0, 0.7, n)
    answer = np.where(_chance(rng, agent, 0.012), answer * (1 + rng.pareto(1.6, n)), answer)
    thinks = np.array([m.reasoning for m in p.MODELS])[model]
    thought = answer * thinks * rng.gamma(2.0, 0.6, n)
    silent = rows["failed"].to_numpy() | rows["cached"].to_numpy()
    fresh = np.where(child, 2400 * rng.lognormal(0.0, 0.5, n), ask + np.where(warm, 0, prompt))
    tokens = {
        "input_tokens": np.where(writes & ~warm & ~child, fresh - prompt, fresh),
        "cache_read_tokens": np.where(warm & ~child, prompt + history, 0.0),
        "cache_write_tokens": np.where(writes & ~warm & ~child, prompt, 0.0),
        "output_tokens": np.where(child, 90 * rng.lognormal(0.0, 0.4, n), answer + thought),
        "reasoning_tokens": np.where(child, 0.0, thought),
    }
    return rows.with_columns(
        **{
            name: pl.Series(np.where(silent, 0, np.clip(value, 0, 900_000)).astype(np.int64))
            for name, value in tokens.items()
        }
    )


def _timed(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    model, n = rows["model"].to_numpy(), len(rows)
    hour = rows["at"].to_numpy() / 3600 % 24
    busy = 1 + 0.12 * np.exp(-((hour - 14.5) ** 2) / 12)
    read = (rows["input_tokens"] + rows["cache_write_tokens"]).to_numpy() / 45_000
    first = (_of_model("first_token_s")[model] + read) * rng.lognormal(0.0, 0.35, n) * busy
    speed = _of_model("tokens_per_s")[model] / rng.lognormal(0.0, 0.28, n) / busy
    total = first + rows["output_tokens"].to_numpy() / speed
    stuck = rng.random(n) < 0.006
    total = np.where(stuck, total * (1.5 + rng.pareto(1.5, n)), total)
    failed, cause = rows["failed"].to_numpy(), rows["cause"].to_numpy()
    gave_up = np.where(cause < _TIMEOUT, 60.0, 0.15 + rng.exponential(0.6, n))
    slow = (rows["agent"].to_numpy() == p.AGENT_NAMES.index(p.PLANNER)) & (
        rows["release"].to_numpy() == 1
    )
    factor = np.where(slow, p.REGRESSION_RATIO, 1.0)
    latency = np.where(failed, gave_up, np.minimum(total, 400.0)) * np.where(failed, 1.0, factor)
    hit = rows["cached"].to_numpy()
    latency = np.where(hit, rng.gamma(4.0, 0.015, n), latency)
    return rows.with_columns(
        latency_s=pl.Series(np.round(latency, 3)),
        first_token_s=pl.Series(np.round(np.minimum(first * factor, latency), 3)).set(
            pl.Series(failed | hit), None
        ),
    )


_TIMEOUT: Final = 0.22
"""Share of failures that are time-outs; the other causes follow it in `names.ERRORS`."""


def _solved(
    rows: pl.DataFrame,
    users: pl.DataFrame,
    assignments: dict[str, pl.DataFrame],
    rng: np.random.Generator,
) -> pl.DataFrame:
    user, agent = rows["user"].to_numpy(), rows["agent"].to_numpy()
    quality = _of_agent("solved")[agent] / _PEOPLE_SOLVE
    chance = np.minimum(users["ease"].to_numpy()[user] * quality, 0.95)
    day = rows["at"].to_numpy() // 86400
    arm = np.full(len(rows), -1)
    trial = np.full(len(rows), -1)
    for number, experiment in enumerate(EXPERIMENTS):
        table = assignments[experiment.name]
        here = (agent == p.AGENT_NAMES.index(experiment.agent)) & (day >= FIRST) & (day <= LAST)
        arm[here] = arms_of(table, user[here], users=len(users))
        trial[here] = number
    greeted = (trial == 0) & (arm == 1)
    chance = chance * np.where(greeted, 1 + p.GREETING_LIFT, 1.0)
    chance = np.where(rows["kind"].to_numpy() == CHILD, 0.985, chance)
    solved = (rng.random(len(rows)) < chance) & ~rows["failed"].to_numpy()
    escalates = np.where(solved, 0.002, _of_agent("escalated")[agent])
    return rows.with_columns(
        succeeded=pl.Series(solved),
        interventions=pl.Series((rng.random(len(rows)) < escalates).astype(np.int64)),
        arm=pl.Series(arm),
        trial=pl.Series(np.where(arm >= 0, trial, -1)),
    )


_STARS_IF_SOLVED: Final = np.cumsum([0.02, 0.05, 0.13, 0.35, 0.45])
_STARS_IF_NOT: Final = np.cumsum([0.30, 0.28, 0.24, 0.12, 0.06])


def _rated(rows: pl.DataFrame, users: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    n, agent = len(rows), rows["agent"].to_numpy()
    rates = rng.random(n) < _of_agent("rated")[agent]
    rates &= ~rows["failed"].to_numpy() & (rows["kind"].to_numpy() != CHILD)
    draw = rng.random(n)
    stars = np.where(
        rows["succeeded"].to_numpy(),
        np.searchsorted(_STARS_IF_SOLVED[:-1], draw),
        np.searchsorted(_STARS_IF_NOT[:-1], draw),
    )
    mood = np.round(users["generosity"].to_numpy()[rows["user"].to_numpy()])
    rating = np.clip(stars + mood * (draw < 0.5), 0, 4) / 4
    return rows.with_columns(
        rating=pl.Series(rating).set(pl.Series(~rates), None),
        rated_after=pl.Series(np.round(5 + rng.exponential(40.0, n), 3)),
    )


def _of_agent(name: str) -> Numbers:
    return np.array([getattr(agent, name) for agent in p.AGENTS], dtype=np.float64)


def _of_model(name: str) -> Numbers:
    return np.array([getattr(model, name) for model in p.MODELS], dtype=np.float64)


def _chance(rng: np.random.Generator, like: Indices, share: float) -> NDArray[np.bool_]:
    return np.asarray(rng.random(len(like)) < share)


def _end() -> float:
    return p.DAYS * 86400.0 - 1.0
