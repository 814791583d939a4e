"""What was changed: single parameters of an agent, and versions of agents, templates, workflows."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from assay.schema import columns as c


class Configurations(dy.Schema):
    """One changed parameter of an agent, in one of its versions."""

    agent_id = c.text(required=True)
    version = c.text(required=True)
    parent_version = c.text()
    workspace_id = c.text()
    user_id = c.text()
    changed_at = c.moment(required=True)
    changed_by = c.text()
    kind = c.one_of("prompt", "behaviour", "interface", "workflow", "integration", "knowledge")
    category = c.text()
    element = c.text()
    change = c.one_of("added", "removed", "modified")
    parameter = c.text(required=True)
    old_value = c.text()
    new_value = c.text()
    impact_level = c.text()
    claimed_impact = c.one_of("performance", "satisfaction", "efficiency", "stability")
    valid = c.flag()
    validation_errors = c.texts()
    compatible = c.flag()
    rollback_available = c.flag()

    @dy.rule()
    def changed_once(cls) -> pl.Expr:
        """A version changes a parameter once, for a workspace and a user."""
        return pl.struct(
            "agent_id", "version", "workspace_id", "user_id", "category", "element", "parameter"
        ).is_unique()

    @dy.rule()
    def descends_from_another(cls) -> pl.Expr:
        """A version descends from another one, not from itself."""
        return pl.col("parent_version") != pl.col("version")

    @dy.rule()
    def added_from_nothing(cls) -> pl.Expr:
        """What is added has no old value."""
        return (pl.col("change") != "added") | pl.col("old_value").is_null()

    @dy.rule()
    def removed_to_nothing(cls) -> pl.Expr:
        """What is removed has no new value."""
        return (pl.col("change") != "removed") | pl.col("new_value").is_null()

    @dy.rule()
    def valid_without_errors(cls) -> pl.Expr:
        """What is valid has no validation errors."""
        return ~pl.col("valid") | (pl.col("validation_errors").list.len().fill_null(0) == 0)


class Versions(dy.Schema):
    """One version of an agent, a template or a workflow."""

    subject = c.one_of("agent", "template", "workflow", key=True)
    subject_id = c.key()
    version = c.key()
    name = c.text()
    content = c.text()
    variables = c.texts()
    customization_level = c.text()
    is_active = c.flag()
    is_default = c.flag()
    created_by = c.text()
    created_at = c.moment()
    activated_at = c.moment()

    @dy.rule()
    def activated_after_created(cls) -> pl.Expr:
        """A version is activated after it was created."""
        return pl.col("activated_at") >= pl.col("created_at")
