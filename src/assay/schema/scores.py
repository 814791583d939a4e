"""How good it was: judgements of people, models and rules, and readings of benchmarks."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from assay.schema import columns as c


class Scores(dy.Schema):
    """One judgement of an interaction or of a whole session, on a stated scale."""

    score_id = c.key()
    interaction_id = c.text()
    session_id = c.text()
    name = c.text(required=True)
    value = c.number(required=True)
    scale_low = c.number()
    scale_high = c.number()
    source = c.one_of("human", "model", "rule")
    judge_id = c.text()
    comment = c.text()
    judged_at = c.moment()

    @dy.rule()
    def judges_something(cls) -> pl.Expr:
        """A score belongs to an interaction or to a session."""
        return pl.col("interaction_id").is_not_null() | pl.col("session_id").is_not_null()

    @dy.rule()
    def scale_in_order(cls) -> pl.Expr:
        """The low end of the scale lies below its high end."""
        return pl.col("scale_low") < pl.col("scale_high")

    @dy.rule()
    def value_within_scale(cls) -> pl.Expr:
        """The value lies on its scale."""
        return (pl.col("scale_low").is_null() | (pl.col("value") >= pl.col("scale_low"))) & (
            pl.col("scale_high").is_null() | (pl.col("value") <= pl.col("scale_high"))
        )


class Measurements(dy.Schema):
    """One reading of a benchmark."""

    run_id = c.text(required=True)
    suite = c.text()
    workload = c.text()
    name = c.text()
    metric = c.text(required=True)
    unit = c.text()
    value = c.number(required=True)
    provider = c.text()
    measured_at = c.moment(required=True)
    revision = c.text()
    environment = c.text()

    @dy.rule()
    def read_once(cls) -> pl.Expr:
        """A run reads one metric of one workload once at one moment."""
        return pl.struct(
            "run_id", "suite", "workload", "name", "metric", "provider", "measured_at"
        ).is_unique()
