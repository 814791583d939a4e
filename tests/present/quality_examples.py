"""Results on data quality of simulated logs: clean, spoilt, short, and without what is needed."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl

from assay.analysis.quality import assess
from assay.core.result import record
from assay.features.profile import Scope, profile_rows
from assay.features.profile_tables import Rejection, TableCount
from assay.schema import schema_of

SCHEMA = {name: column.dtype for name, column in schema_of("interactions").columns().items()}
START = date(2026, 6, 1)
TABLES = {
    "attempts": TableCount(rows=900, rejected=0, persons=300, days=80),
    "configurations": TableCount(rows=12, rejected=0, persons=None, days=40),
    "posts": TableCount(rows=400, rejected=0, persons=None, days=70),
}


def log(days: int = 84, per_day: int = 60) -> pl.DataFrame:
    """Interactions of three hundred persons with two models, at fixed prices."""
    rng = np.random.default_rng(11)
    n = days * per_day
    tokens = rng.integers(50, 3_000, (n, 2))
    day = pl.lit(START) + pl.duration(days=pl.int_range(n) // per_day)
    frame = pl.DataFrame(
        {
            "interaction_id": [f"i{i}" for i in range(n)],
            "user_id": [f"u{i}" for i in rng.integers(0, 300, n)],
            "session_id": [f"s{i // 2}" for i in range(n)],
            "model": ["model-a" if one else "model-b" for one in rng.random(n) < 0.6],
            "agent_id": ["helper"] * n,
            "agent_version": ["1.0" if i < n // 2 else "1.1" for i in range(n)],
            "experiment_id": ["greeting"] * n,
            "variant": ["old" if one else "new" for one in rng.random(n) < 0.5],
            "input_tokens": tokens[:, 0],
            "output_tokens": tokens[:, 1],
            "cost_usd": (tokens @ np.array([3.0, 15.0])) / 1e6,
            "latency_s": rng.lognormal(0.0, 0.4, n),
            "succeeded": rng.random(n) < 0.7,
        }
    ).with_columns(occurred_at=day.cast(pl.Datetime("us", "UTC")))
    lacking = [pl.lit(None, dtype=t).alias(c) for c, t in SCHEMA.items() if c not in frame.columns]
    return frame.with_columns(lacking).select(list(SCHEMA)).cast(SCHEMA)


def _spoilt() -> pl.DataFrame:
    frame, row = log(), pl.int_range(pl.len())
    day = pl.col("occurred_at").dt.date()
    off = (day == START + timedelta(days=70)) | (
        (day == START + timedelta(days=75)) & (row % 4 != 0)
    )
    late = day >= START + timedelta(days=60)
    spoilt = frame.filter(~off).with_columns(
        cost_usd=pl.when(row == 99).then(9_990.0).otherwise("cost_usd"),
        user_id=pl.when(row % 5 == 0).then(None).otherwise("user_id"),
        model=pl.when(late & (row % 2 == 0)).then(pl.lit("model-c")).otherwise("model"),
    )
    copies = spoilt.head(7).with_columns(
        interaction_id=pl.concat_str(pl.lit("z"), "interaction_id")
    )
    return pl.concat([spoilt, copies])


@cache
def records() -> dict[str, dict]:
    """The record of each example by its name."""
    reject = (
        Rejection(told="latency_s is below 0", count=412, columns=("latency_s",)),
        Rejection(
            told="interaction_id appears more than once",
            count=2,
            columns=("interaction_id",),
            repeated=True,
        ),
    )
    scope = Scope(labels=("model", "agent_version"), mix=("model",))
    due = Scope(labels=("model",), mix=("model",), as_of=START + timedelta(days=90))
    cut = pl.when(pl.col("agent_version") == "1.1").then(0.8).otherwise(1.0)
    clean = profile_rows(log().lazy(), scope)
    found = {
        "clean": assess(clean, tables=TABLES),
        "no other tables": assess(clean),
        "price cut": assess(
            profile_rows(log().with_columns(pl.col("cost_usd") * cut).lazy(), scope), tables=TABLES
        ),
        "spoilt": assess(
            profile_rows(_spoilt().lazy(), due), rejections=reject, rejected=413, tables=TABLES
        ),
        "short": assess(profile_rows(log(days=9, per_day=5).lazy(), scope)),
        "one row": assess(profile_rows(log(days=1, per_day=1).lazy(), scope)),
        "bare": assess(
            profile_rows(
                log()
                .with_columns(
                    pl.lit(None, dtype=SCHEMA[name]).alias(name)
                    for name in ("cost_usd", "user_id", "succeeded", "variant", "latency_s")
                )
                .lazy(),
                scope,
            )
        ),
    }
    return {name: record(result, kind="data-quality") for name, result in found.items()}
