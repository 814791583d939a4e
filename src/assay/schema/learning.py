"""People who learn: their tries, what their roles ask of them, what they were awarded."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from assay.schema import columns as c


class Attempts(dy.Schema):
    """One try of a learner at a task."""

    attempt_id = c.key()
    session_id = c.text()
    learner_id = c.text(required=True)
    team_id = c.text()
    skills = c.texts()
    task_id = c.text()
    attempted_at = c.moment(required=True)
    succeeded = c.flag()
    score = c.share()
    duration_s = c.amount()
    objectives_done = c.count()
    objectives_total = c.count()
    cost_usd = c.amount()
    hints = c.count()

    @dy.rule()
    def objectives_within_total(cls) -> pl.Expr:
        """No more objectives are done than there are."""
        return pl.col("objectives_done") <= pl.col("objectives_total")


class Learners(dy.Schema):
    """One person who learns."""

    learner_id = c.key()
    team_id = c.text()
    role = c.text()


class Roles(dy.Schema):
    """The level that a role requires in a skill."""

    role = c.key()
    skill = c.key()
    required_level = c.share(required=True)


class Awards(dy.Schema):
    """One milestone, badge or certificate of a learner."""

    learner_id = c.key()
    kind = c.one_of("milestone", "badge", "certificate", key=True)
    awarded_at = c.moment_key()
    expires_at = c.moment()
    xp = c.count()

    @dy.rule()
    def expires_after_award(cls) -> pl.Expr:
        """An award expires after it was given."""
        return pl.col("expires_at") > pl.col("awarded_at")
