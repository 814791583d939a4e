"""The greeting experiment user by user: the table that the A/B report starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from assay.data.simulate import platform as p
from assay.data.simulate.experiments import EXPERIMENTS, FIRST
from assay.data.simulate.log import moments

if TYPE_CHECKING:
    import numpy as np

    from assay.data.simulate.experiments import Experiment

_BUYS: Final = {"free": 0.055, "plus": 0.085, "business": 0.12}


def assignments(frames: dict[str, pl.DataFrame], users: pl.DataFrame) -> pl.DataFrame:
    """The table `assignments` of both experiments."""
    return pl.concat([_assignments(e, frames[e.name], users) for e in EXPERIMENTS]).sort(
        "experiment_id", "unit_id"
    )


def _assignments(experiment: Experiment, frame: pl.DataFrame, users: pl.DataFrame) -> pl.DataFrame:
    who = users.select("user", "user_id", "user_type")
    return frame.join(who, on="user", how="left", maintain_order="left").select(
        experiment_id=pl.lit(experiment.name),
        unit_id="user_id",
        variant=pl.when(arm=1)
        .then(pl.lit(experiment.variant))
        .otherwise(pl.lit(experiment.control)),
        assigned_at=moments(pl.col("at").round(3)),
        stratum="user_type",
    )


def greeting_users(
    log: pl.DataFrame, assigned: pl.DataFrame, rng: np.random.Generator
) -> pl.DataFrame:
    """One row per user assigned to `greeting-v2`, also those who asked nothing.

    `pre_interactions` and `pre_solved` count the 42 days before; `converted` (bought something
    within the 42 days) does not depend on the arm.
    """
    greeting = EXPERIMENTS[0]
    begin = moments(pl.lit((FIRST - p.EXPERIMENT_DAYS) * 86400.0))
    before = log.filter(
        pl.col("agent_id") == greeting.agent,
        pl.col("occurred_at").is_between(begin, moments(pl.lit(FIRST * 86400.0)), closed="left"),
    )
    during = log.filter(pl.col("experiment_id") == greeting.name)
    solved = pl.col("succeeded").sum().cast(pl.Int64)
    units = (
        assigned.filter(pl.col("experiment_id") == greeting.name)
        .select(user_id="unit_id", variant="variant", user_type="stratum")
        .join(
            during.sort("interaction_id")
            .group_by("user_id", maintain_order=True)
            .agg(
                interactions=pl.len().cast(pl.Int64),
                solved=solved,
                cost_usd=pl.col("cost_usd").sum().round(8),
                latency_s=pl.col("latency_s").mean().round(4),
                rating=pl.col("rating").mean().round(4),
                escalated=(pl.col("interventions") > 0).any(),
            ),
            on="user_id",
            how="left",
        )
        .join(
            before.group_by("user_id").agg(
                pre_interactions=pl.len().cast(pl.Int64), pre_solved=solved
            ),
            on="user_id",
            how="left",
        )
        .sort("user_id")
    )
    chance = units["user_type"].replace_strict(_BUYS, return_dtype=pl.Float64).to_numpy()
    return units.select(
        "user_id",
        "variant",
        "user_type",
        pl.col("interactions", "solved").fill_null(0),
        (pl.col("solved") / pl.col("interactions")).round(6).alias("solved_share"),
        pl.col("cost_usd").fill_null(0.0),
        "latency_s",
        "rating",
        pl.col("escalated").fill_null(value=False),
        pl.Series("converted", rng.random(len(units)) < chance),
        pl.col("pre_interactions", "pre_solved").fill_null(0),
    )
