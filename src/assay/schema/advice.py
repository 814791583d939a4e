"""What Assay itself advised, what was done about it, and how it turned out."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from assay.schema import columns as c


def _in_order(name: str) -> pl.Expr:
    low, value, high = pl.col(f"{name}_low"), pl.col(name), pl.col(f"{name}_high")
    within = low.is_null() | value.is_null() | (low <= value)
    return (
        within
        & (high.is_null() | value.is_null() | (value <= high))
        & ~(low > high).fill_null(value=False)
    )


class Recommendations(dy.Schema):
    """One piece of advice, with the effect that it promises."""

    recommendation_id = c.key()
    made_at = c.moment(required=True)
    agent_id = c.text()
    finding = c.text(required=True)
    unit = c.text()
    estimate = c.number()
    estimate_low = c.number()
    estimate_high = c.number()
    status = c.one_of("pending", "applied", "dismissed", required=True)
    decided_by = c.text()
    decided_at = c.moment()
    held_out = c.flag()

    @dy.rule()
    def estimate_within_interval(cls) -> pl.Expr:
        """The estimate lies within its interval."""
        return _in_order("estimate")

    @dy.rule()
    def decided_after_made(cls) -> pl.Expr:
        """Advice is decided on after it was given."""
        return pl.col("decided_at") >= pl.col("made_at")

    @dy.rule()
    def pending_is_undecided(cls) -> pl.Expr:
        """What is pending has no moment of decision."""
        return (pl.col("status") != "pending") | pl.col("decided_at").is_null()


class Actions(dy.Schema):
    """One thing that was done, and the effect that was measured afterwards."""

    action_id = c.key()
    recommendation_id = c.text()
    agent_id = c.text()
    done_at = c.moment(required=True)
    done_by = c.text()
    description = c.text()
    unit = c.text()
    impact = c.number()
    impact_low = c.number()
    impact_high = c.number()
    measured_at = c.moment()

    @dy.rule()
    def impact_within_interval(cls) -> pl.Expr:
        """The measured effect lies within its interval."""
        return _in_order("impact")

    @dy.rule()
    def measured_after_done(cls) -> pl.Expr:
        """An effect is measured after the action."""
        return pl.col("measured_at") >= pl.col("done_at")


class Alerts(dy.Schema):
    """One alarm, from its opening to its closing."""

    alert_id = c.key()
    opened_at = c.moment(required=True)
    acknowledged_at = c.moment()
    closed_at = c.moment()
    agent_id = c.text()
    finding = c.text(required=True)
    severity = c.one_of("info", "warning", "critical")
    metric = c.text()
    value = c.number()
    threshold = c.number()

    @dy.rule()
    def acknowledged_after_opened(cls) -> pl.Expr:
        """An alarm is acknowledged after it was opened."""
        return pl.col("acknowledged_at") >= pl.col("opened_at")

    @dy.rule()
    def closed_after_opened(cls) -> pl.Expr:
        """An alarm is closed after it was opened."""
        return pl.col("closed_at") >= pl.col("opened_at")


class Predictions(dy.Schema):
    """One forecast, and what came to pass."""

    prediction_id = c.key()
    made_at = c.moment(required=True)
    target_at = c.moment(required=True)
    agent_id = c.text()
    metric = c.text(required=True)
    unit = c.text()
    level = c.share()
    estimate = c.number(required=True)
    estimate_low = c.number()
    estimate_high = c.number()
    actual = c.number()

    @dy.rule()
    def estimate_within_interval(cls) -> pl.Expr:
        """The estimate lies within its interval."""
        return _in_order("estimate")

    @dy.rule()
    def made_before_target(cls) -> pl.Expr:
        """A forecast is made before the moment that it is about."""
        return pl.col("made_at") < pl.col("target_at")
