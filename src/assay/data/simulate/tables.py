"""All tables of the sample, in the order in which one follows from the other."""

from __future__ import annotations

import polars as pl

from assay.data.simulate import advice, changes, content, conversations, evaluation, learning, money
from assay.data.simulate.experiments import EXPERIMENTS, assigned
from assay.data.simulate.greeting import assignments, greeting_users
from assay.data.simulate.log import interactions
from assay.data.simulate.panel import reviews
from assay.data.simulate.people import people
from assay.data.simulate.streams import Streams
from assay.data.simulate.turns import turns
from assay.data.simulate.visits import visits
from assay.schema import TABLES


def sample(seed: int) -> dict[str, pl.DataFrame]:
    """Every table by name, columns as in its schema; then `greeting_users` and `reviews`."""
    streams = Streams(seed)
    users = people(streams("people"))
    visited = visits(users, streams("visits"))
    arms = {e.name: assigned(e, visited, users, streams) for e in EXPERIMENTS}
    log = interactions(turns(visited, users, arms, streams), users, streams)
    units = assignments(arms, users)
    sessions = conversations.sessions(log, streams("sessions"))
    learners = learning.learners(users)
    attempts = learning.attempts(sessions, learners, streams("attempts"))
    advised = advice.recommendations(streams("recommendations"))
    tables = {
        "interactions": pl.concat(
            [log, evaluation.evaluation(streams("evaluation"))], how="diagonal"
        )
        .with_columns(cache_write_1h_tokens=pl.lit(None, pl.Int64))
        .sort("occurred_at", "interaction_id"),
        "sessions": sessions,
        "scores": conversations.scores(log, streams("scores")),
        "assignments": units,
        "attempts": attempts,
        "configurations": changes.configurations(streams("configurations")),
        "versions": changes.versions(),
        "calls": conversations.calls(log, streams("calls")),
        "posts": content.posts(streams("posts")),
        "accounts": content.accounts(streams("accounts")),
        "touches": content.touches(streams("touches")),
        "measurements": evaluation.measurements(streams("measurements")),
        "prices": money.prices().with_columns(cache_write_1h_per_mtok=pl.lit(None, pl.Float64)),
        "expenses": money.expenses(streams("expenses")),
        "learners": learners,
        "roles": learning.roles(),
        "awards": learning.awards(attempts),
        "recommendations": advised,
        "actions": advice.actions(advised, streams("actions")),
        "alerts": advice.alerts(streams("alerts")),
        "predictions": advice.predictions(log, streams("predictions")),
    }
    ordered = {name: table.select(TABLES[name].column_names()) for name, table in tables.items()}
    judged = reviews(log, streams("reviews")).select(TABLES["scores"].column_names())
    return {
        **ordered,
        "greeting_users": greeting_users(log, units, streams("greeting users")),
        "reviews": judged,
    }
