"""All tables of the sample, in the order in which one follows from the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.data.simulate.experiments import EXPERIMENTS, assigned
from assay.data.simulate.greeting import assignments, greeting_users
from assay.data.simulate.log import interactions
from assay.data.simulate.money import expenses, prices
from assay.data.simulate.people import people
from assay.data.simulate.streams import Streams
from assay.data.simulate.turns import turns
from assay.data.simulate.visits import visits

if TYPE_CHECKING:
    import polars as pl


def sample(seed: int) -> dict[str, pl.DataFrame]:
    """Every table by name."""
    streams = Streams(seed)
    users = people(streams("people"))
    sessions = visits(users, streams("visits"))
    arms = {e.name: assigned(e, sessions, users, streams) for e in EXPERIMENTS}
    rows = turns(sessions, users, arms, streams)
    log = interactions(rows, users, streams)
    units = assignments(arms, users)
    return {
        "interactions": log.drop("row"),
        "assignments": units,
        "greeting_users": greeting_users(log, units, streams("greeting users")),
        "prices": prices(),
        "expenses": expenses(streams("expenses")),
    }
