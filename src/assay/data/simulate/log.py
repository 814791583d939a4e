"""The interactions as a platform would log them: names, times and words for what happened."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np
import polars as pl

from assay.data.simulate import platform as p
from assay.data.simulate.experiments import EXPERIMENTS
from assay.data.simulate.money import cost_usd
from assay.data.simulate.turns import CHILD, RETRY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.data.simulate.streams import Streams

_MIDNIGHT: Final = datetime.combine(p.START, datetime.min.time(), tzinfo=UTC)
_BATCHED: Final = 0.08
"""Share of the reviewer's calls that run in the provider's batch tier."""

ERRORS: Final = (
    ("timeout", 0.22, "request timed out after 60 s (request req_{})"),
    ("rate_limit", 0.33, "429: rate limit reached for tokens per minute, retry in {} ms"),
    ("overloaded", 0.22, "529: the model is overloaded, please try again (request req_{})"),
    ("tool_error", 0.13, "tool call failed: upstream returned 502 for job {}"),
    ("content_filter", 0.05, "the response was stopped by the content filter (id {})"),
    ("context_length", 0.05, "prompt is too long: {}000 tokens exceed the context window"),
)


def moments(seconds: pl.Expr) -> pl.Expr:
    """Seconds since the start of the sample as points in time."""
    return pl.lit(_MIDNIGHT) + spans(seconds)


def spans(seconds: pl.Series | pl.Expr) -> pl.Expr:
    """Seconds as lengths of time, to the microsecond."""
    value = pl.lit(seconds) if isinstance(seconds, pl.Series) else seconds
    return pl.duration(microseconds=(value * 1e6).round(0).cast(pl.Int64))


def named(letter: str, number: pl.Expr, width: int) -> pl.Expr:
    """`letter` and the number, padded with zeros: names that sort as they count."""
    return pl.lit(letter) + number.cast(pl.String).str.zfill(width)


def interactions(turns: pl.DataFrame, users: pl.DataFrame, streams: Streams) -> pl.DataFrame:
    """The table `interactions` of people's sessions, by time."""
    rng = streams("log")
    batch = (turns["agent"].to_numpy() == p.AGENT_NAMES.index(p.REVIEWER)) & (
        rng.random(len(turns)) < _BATCHED
    )
    rows = turns.with_columns(batch=pl.Series(batch), number=pl.int_range(1, pl.len() + 1))
    rows = rows.sort("at", "row").with_columns(number=pl.int_range(1, pl.len() + 1))
    rows = rows.with_columns(cost_usd=pl.Series(cost_usd(rows)))
    rows = _related(rows).with_columns(_error(rows, rng))
    people = users.select("user", "user_id", "user_type", "workspace_id", "consent")
    return rows.join(people, on="user", how="left", maintain_order="left").select(
        interaction_id=named("i", pl.col("number"), 7),
        trace_id=named("t", pl.col("root"), 7),
        parent_id=pl.when(kind=CHILD).then(named("i", pl.col("root"), 7)),
        occurred_at=moments(pl.col("at")),
        updated_at=moments(
            pl.col("at")
            + pl.col("latency_s")
            + pl.when(pl.col("rating").is_not_null()).then("rated_after").otherwise(0.0)
        ),
        session_id=named("s", pl.col("visit") + 1, 6),
        item_id=pl.lit(None, dtype=pl.String),
        user_id="user_id",
        user_type="user_type",
        workspace_id="workspace_id",
        agent_id=_word("agent", p.AGENT_NAMES),
        agent_version=_of_release([[r.version for r in a.releases] for a in p.AGENTS]),
        template_id=_word("agent", [f"{name}-system" for name in p.AGENT_NAMES]),
        template_version=_of_release(
            [[str(n + 1) for n, _ in enumerate(a.releases)] for a in p.AGENTS]
        ),
        workflow_id=_word("agent", [agent.workflow for agent in p.AGENTS]),
        provider=_word("model", [model.provider for model in p.MODELS]),
        model=_word("model", p.MODEL_NAMES),
        service_tier=pl.when("batch").then(pl.lit("batch")).otherwise(pl.lit("standard")),
        operation=pl.when(kind=CHILD).then(pl.lit("summarise")).otherwise(pl.lit("chat")),
        tool=pl.when(kind=CHILD).then(pl.lit("document-reader")),
        input_tokens="input_tokens",
        cache_read_tokens="cache_read_tokens",
        cache_write_tokens="cache_write_tokens",
        output_tokens="output_tokens",
        reasoning_tokens="reasoning_tokens",
        prefix_hash=_of_release([[_hash(a.name, r.version) for r in a.releases] for a in p.AGENTS]),
        cache_hit="cached",
        cost_usd="cost_usd",
        latency_s="latency_s",
        first_token_s=pl.col("first_token_s"),
        succeeded="succeeded",
        error_type="error_type",
        error_message="error_message",
        retry_of=pl.when(kind=RETRY).then(named("i", pl.col("root"), 7)),
        interventions="interventions",
        rating="rating",
        consent="consent",
        experiment_id=_word("trial", [e.name for e in EXPERIMENTS]),
        variant=pl.when(arm=0)
        .then(pl.lit("control"))
        .when(arm=1)
        .then(_word("trial", [e.variant for e in EXPERIMENTS])),
    )


def _related(rows: pl.DataFrame) -> pl.DataFrame:
    """The number of the turn that a retry repeats, that a sub-call works for, or the row's own."""
    roots = rows.filter(kind=0).select("visit", "turn", root="number")
    return rows.join(roots, on=["visit", "turn"], how="left", maintain_order="left")


def _error(rows: pl.DataFrame, rng: np.random.Generator) -> list[pl.Series]:
    failed = rows["failed"].to_numpy()
    edges = np.cumsum([share for _, share, _ in ERRORS])
    which = np.searchsorted(edges[:-1], rows["cause"].to_numpy(), side="right")
    overloaded = rows["incident"].to_numpy() & (which != 0)
    which = np.where(overloaded, [kind for kind, _, _ in ERRORS].index("overloaded"), which)
    number = rng.integers(1_000, 30_000, len(rows))
    return [
        _where(failed, [ERRORS[w][0] for w in which[failed].tolist()]).alias("error_type"),
        _where(
            failed,
            [
                ERRORS[w][2].format(n)
                for w, n in zip(which[failed].tolist(), number[failed].tolist(), strict=True)
            ],
        ).alias("error_message"),
    ]


def _where(here: NDArray[np.bool_], words: list[str]) -> pl.Series:
    at = pl.Series(np.cumsum(here) - 1)
    return pl.Series(words, dtype=pl.String).gather(at.set(pl.Series(~here), None))


def _word(column: str, words: tuple[str, ...] | list[str]) -> pl.Expr:
    """The word of each number, null where the number is negative."""
    number = pl.col(column)
    known = pl.when(number >= 0).then(number)
    return known.replace_strict(dict(enumerate(words)), return_dtype=pl.String, default=None)


def _of_release(words: list[list[str]]) -> pl.Expr:
    most = max(len(of_agent) for of_agent in words)
    flat = [word for of_agent in words for word in of_agent + [""] * (most - len(of_agent))]
    return (pl.col("agent") * most + pl.col("release")).replace_strict(
        dict(enumerate(flat)), return_dtype=pl.String
    )


def _hash(*parts: str) -> str:
    return f"{crc32('/'.join(parts).encode()):08x}"
