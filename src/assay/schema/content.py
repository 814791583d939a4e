"""What was published, who followed, and which contacts led to a sale."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from assay.schema import columns as c


class Posts(dy.Schema):
    """What one published item did on one day."""

    post_id = c.key()
    account_id = c.text()
    platform = c.text()
    published_at = c.moment()
    day = c.day_key()
    text = c.text()
    impressions = c.count()
    reach = c.count()
    engagements = c.count()
    clicks = c.count()
    leads = c.count()
    conversions = c.count()
    spend_usd = c.amount()
    revenue_usd = c.amount()

    @dy.rule()
    def counted_after_publication(cls) -> pl.Expr:
        """A day that counts is the day of publication or a later one."""
        return pl.col("day") >= pl.col("published_at").dt.date()

    @dy.rule()
    def reach_within_impressions(cls) -> pl.Expr:
        """Nobody is reached without an impression."""
        return pl.col("reach") <= pl.col("impressions")

    @dy.rule()
    def clicks_within_impressions(cls) -> pl.Expr:
        """Nobody clicks what was not shown."""
        return pl.col("clicks") <= pl.col("impressions")


class Accounts(dy.Schema):
    """One channel on one day."""

    account_id = c.key()
    platform = c.text()
    day = c.day_key()
    followers = c.count()


class Touches(dy.Schema):
    """One contact of a journey that may have ended in a sale."""

    journey_id = c.key()
    channel = c.key()
    touched_at = c.moment_key()
    converted = c.flag()
    revenue_usd = c.amount()

    @dy.rule()
    def revenue_from_conversion(cls) -> pl.Expr:
        """Revenue comes from a contact that converted."""
        return pl.col("converted") | (pl.col("revenue_usd").fill_null(0) == 0)
