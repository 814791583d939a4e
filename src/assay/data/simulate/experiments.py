"""Two experiments: who was put into which arm, and what became of each user.

The truth is exact by construction. Whether a turn of the concierge fails for a technical reason
does not depend on the arm; where it does not, it is solved with the user's own chance, which in the
variant is multiplied by 1.045 (no chance exceeds 0.95, so that the product stays below 1). The
number of turns does not depend on the arm either. So the expected share of interactions solved is
1.045 times the control's, whatever users do: over all turns, and user by user. Ratings and
escalations follow from success; cost, latency, visits and conversions do not depend on the arm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.data.simulate import platform as p

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.data.simulate.streams import Streams

FIRST: Final = p.day_number(p.EXPERIMENT_FROM)
LAST: Final = FIRST + p.EXPERIMENT_DAYS - 1
_WITHOUT_EVENTS: Final = 0.08
"""Share of those assigned who opened the page and asked nothing."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment on one agent, randomised by user."""

    name: str
    agent: str
    variant: str
    control: str = "control"


EXPERIMENTS: Final = (
    Experiment("greeting-v2", p.CONCIERGE, "greeting-v2"),
    Experiment("planner-prompt", p.PLANNER, "new-prompt"),
)


def assigned(
    experiment: Experiment, visits: pl.DataFrame, users: pl.DataFrame, streams: Streams
) -> pl.DataFrame:
    """One row per user in it: `user`, `arm` (0 or 1), `at` (seconds since the start)."""
    rng = streams(f"experiment {experiment.name}")
    came = (
        visits.filter(
            pl.col("agent") == p.AGENT_NAMES.index(experiment.agent),
            pl.col("day").is_between(FIRST, LAST),
        )
        .group_by("user")
        .agg(at=(pl.col("day") * 86400.0 + pl.col("second")).min())
        .sort("user")
    )
    at = came["at"].to_numpy() - rng.uniform(1.0, 20.0, len(came))
    kind = pl.col("user_type") == "employee"
    audience = users.filter(
        kind if experiment.agent == p.PLANNER else ~kind & (pl.col("user_type") != "learner"),
        pl.col("joined") <= LAST,
        pl.col("left") > FIRST,
    )["user"]
    silent = rng.choice(
        audience.filter(~audience.is_in(came["user"].implode())).to_numpy(),
        round(len(came) * _WITHOUT_EVENTS),
        replace=False,
    )
    looked = rng.uniform(FIRST * 86400.0, (LAST + 1) * 86400.0, len(silent))
    frame = pl.DataFrame(
        {
            "user": np.concatenate([came["user"].to_numpy(), silent]),
            "at": np.maximum(np.concatenate([at, looked]), FIRST * 86400.0),
        }
    ).sort("user")
    return frame.with_columns(arm=pl.Series(rng.integers(0, 2, len(frame))))


def arms_of(assignments: pl.DataFrame, user: NDArray[np.int64], *, users: int) -> NDArray[np.int64]:
    """The arm of each user, -1 where a user is in none."""
    arm = np.full(users, -1)
    arm[assignments["user"].to_numpy()] = assignments["arm"].to_numpy()
    return np.asarray(arm[user])
