"""What agents and models did: interactions, the sessions they belong to, the tools they called."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from assay.schema import columns as c


class Interactions(dy.Schema):
    """One call of a model, or one turn of an agent.

    Token counts are disjoint: `input_tokens` excludes what was read from or written to the
    provider's cache, whatever the source's habit. Two counts are parts of another, so that sources
    which tell only the whole mean the same: `reasoning_tokens` of `output_tokens`, and
    `cache_write_1h_tokens`, kept for an hour, of `cache_write_tokens`; null counts as none.
    """

    interaction_id = c.key()
    trace_id = c.text()
    parent_id = c.text()
    occurred_at = c.moment(required=True)
    updated_at = c.moment()
    session_id = c.text()
    item_id = c.text()
    user_id = c.text()
    user_type = c.text()
    workspace_id = c.text()
    agent_id = c.text()
    agent_version = c.text()
    template_id = c.text()
    template_version = c.text()
    workflow_id = c.text()
    provider = c.text()
    model = c.text()
    service_tier = c.text()
    operation = c.text()
    tool = c.text()
    input_tokens = c.count()
    cache_read_tokens = c.count()
    cache_write_tokens = c.count()
    cache_write_1h_tokens = c.count()
    output_tokens = c.count()
    reasoning_tokens = c.count()
    prefix_hash = c.text()
    cache_hit = c.flag()
    cost_usd = c.amount()
    latency_s = c.amount()
    first_token_s = c.amount()
    succeeded = c.flag()
    error_type = c.text()
    error_message = c.text()
    retry_of = c.text()
    interventions = c.count()
    rating = c.share()
    consent = c.flag()
    experiment_id = c.text()
    variant = c.text()

    @dy.rule()
    def reasoning_within_output(cls) -> pl.Expr:
        """Reasoning tokens are part of the output tokens, never more than them."""
        return pl.col("reasoning_tokens") <= pl.col("output_tokens")

    @dy.rule()
    def hour_within_cache_write(cls) -> pl.Expr:
        """Tokens cached for an hour are part of those written to the cache, never more."""
        return pl.col("cache_write_1h_tokens") <= pl.col("cache_write_tokens")

    @dy.rule()
    def first_token_within_latency(cls) -> pl.Expr:
        """The first token arrives no later than the last."""
        return pl.col("first_token_s") <= pl.col("latency_s")

    @dy.rule()
    def updated_after_occurred(cls) -> pl.Expr:
        """A row is updated after it occurred, never before."""
        return pl.col("updated_at") >= pl.col("occurred_at")

    @dy.rule()
    def success_without_error(cls) -> pl.Expr:
        """What succeeded has no error type."""
        return ~pl.col("succeeded") | pl.col("error_type").is_null()

    @dy.rule()
    def retries_another(cls) -> pl.Expr:
        """A retry repeats another interaction, not itself."""
        return pl.col("retry_of") != pl.col("interaction_id")

    @dy.rule()
    def child_of_another(cls) -> pl.Expr:
        """A parent is another interaction, not the row itself."""
        return pl.col("parent_id") != pl.col("interaction_id")

    @dy.rule()
    def variant_has_experiment(cls) -> pl.Expr:
        """A variant is one of an experiment, which has to be named."""
        return pl.col("variant").is_null() | pl.col("experiment_id").is_not_null()


class Sessions(dy.Schema):
    """One conversation or working session."""

    session_id = c.key()
    user_id = c.text()
    agent_id = c.text()
    started_at = c.moment(required=True)
    ended_at = c.moment()
    outcome = c.one_of("completed", "abandoned", "escalated")
    satisfaction = c.share()

    @dy.rule()
    def ends_after_start(cls) -> pl.Expr:
        """A session ends at or after its start."""
        return pl.col("ended_at") >= pl.col("started_at")


class Calls(dy.Schema):
    """One call of a tool or an integration."""

    call_id = c.key()
    interaction_id = c.text()
    integration = c.text(required=True)
    started_at = c.moment(required=True)
    duration_s = c.amount()
    requests = c.count()
    bytes = c.count()
    succeeded = c.flag()
    error_type = c.text()

    @dy.rule()
    def success_without_error(cls) -> pl.Expr:
        """What succeeded has no error type."""
        return ~pl.col("succeeded") | pl.col("error_type").is_null()
