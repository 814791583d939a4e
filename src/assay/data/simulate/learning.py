"""People who train with the tutor: tries that get better with practice, and what they earn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.data.simulate.log import named, spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEAMS: Final = 30
TASKS: Final = 48
LOG_ODDS_PER_DOUBLING: Final = 0.45
"""Every doubling of a learner's tries adds this to the log odds of success."""
TIME_EXPONENT: Final = -0.22
"""A learner's n-th try takes n to this power times as long as the first."""
ROLES: Final = {
    "support agent": {"empathy": 0.7, "product": 0.6, "writing": 0.5},
    "analyst": {"data": 0.8, "prompting": 0.6, "writing": 0.5},
    "team lead": {"coaching": 0.7, "planning": 0.7, "data": 0.4},
}
SKILLS: Final = ("empathy", "product", "writing", "data", "prompting", "coaching", "planning")
_XP: Final = {"milestone": 100, "badge": 40, "certificate": 400}


def learners(users: pl.DataFrame) -> pl.DataFrame:
    """One row per learner: a team of fourteen, a role."""
    roles = list(ROLES)
    number = pl.int_range(pl.len())
    return users.filter(user_type="learner").select(
        learner_id="user_id",
        team_id=named("team-", number % TEAMS + 1, 2),
        role=(number * 7 % len(roles)).replace_strict(
            dict(enumerate(roles)), return_dtype=pl.String
        ),
    )


def roles() -> pl.DataFrame:
    """What every role asks of every skill that it needs."""
    rows = [(role, skill, level) for role, needs in ROLES.items() for skill, level in needs.items()]
    return pl.DataFrame(rows, schema=["role", "skill", "required_level"], orient="row")


def attempts(
    sessions: pl.DataFrame, people: pl.DataFrame, rng: np.random.Generator
) -> pl.DataFrame:
    """One to three tries in each of a learner's sessions, in the order of time."""
    own = sessions.filter(pl.col("user_id").is_in(people["learner_id"].implode()))
    count = rng.integers(1, 4, len(own))
    row = np.repeat(np.arange(len(own)), count)
    n = len(row)
    part = np.arange(n) - np.repeat(np.cumsum(count) - count, count)
    task = rng.integers(0, TASKS, n)
    frame = own[row].select(
        "session_id",
        learner_id="user_id",
        attempted_at=pl.col("started_at") + spans(pl.Series(part * 700.0 + rng.uniform(0, 40, n))),
        task=pl.Series(task),
    )
    frame = frame.sort("attempted_at", "learner_id").with_columns(
        nth=pl.int_range(1, pl.len() + 1).over("learner_id")
    )
    return _results(frame.join(people, on="learner_id", how="left", maintain_order="left"), rng)


def _results(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    n = len(frame)
    nth, task = frame["nth"].to_numpy(), frame["task"].to_numpy()
    who = frame["learner_id"].str.slice(1).cast(pl.Int64).to_numpy()
    talent = rng.normal(0.0, 0.6, int(who.max()) + 1)[who]
    hard = rng.normal(0.0, 0.5, TASKS)[task]
    odds = -0.7 + talent - hard + LOG_ODDS_PER_DOUBLING * np.log2(nth)
    chance = 1 / (1 + np.exp(-odds))
    solved = rng.random(n) < chance
    total = 3 + task % 4
    done = np.where(solved, total, rng.binomial(total - 1, np.clip(chance, 0.05, 0.95)))
    score = np.clip(done / total - rng.beta(1.2, 9.0, n) * (done > 0), 0, 1)
    seconds = 600 * np.exp(0.25 * hard) * nth**TIME_EXPONENT * rng.lognormal(0.0, 0.35, n)
    return frame.select(
        attempt_id=named("a", pl.int_range(1, pl.len() + 1), 6),
        session_id="session_id",
        learner_id="learner_id",
        team_id="team_id",
        skills=_skills(task),
        task_id=named("task-", pl.col("task") + 1, 2),
        attempted_at="attempted_at",
        succeeded=pl.Series(solved),
        score=pl.Series(np.round(score, 3)),
        duration_s=pl.Series(np.round(seconds, 1)),
        objectives_done=pl.Series(done),
        objectives_total=pl.Series(total),
        cost_usd=pl.Series(np.round(0.002 * rng.lognormal(0.0, 0.5, n), 6)),
        hints=pl.Series(rng.poisson(2.2 * (1 - chance))),
    )


def _skills(task: NDArray[np.int64]) -> pl.Series:
    of_task = [[SKILLS[t % 7]] + [SKILLS[(t * 3 + 1) % 7]] * (t % 3 == 0) for t in range(TASKS)]
    return pl.Series([of_task[t] for t in task.tolist()])


def awards(tries: pl.DataFrame) -> pl.DataFrame:
    """A badge for the 10th success, a milestone for the 25th, a certificate for the 40th."""
    nth = tries.filter("succeeded").with_columns(
        nth=pl.int_range(1, pl.len() + 1).over("learner_id")
    )
    kinds = {10: "badge", 25: "milestone", 40: "certificate"}
    kind = pl.col("nth").replace_strict(kinds, return_dtype=pl.String, default=None)
    return (
        nth.with_columns(kind=kind)
        .filter(pl.col("kind").is_not_null())
        .select(
            "learner_id",
            "kind",
            awarded_at="attempted_at",
            expires_at=pl.when(pl.col("kind") == "certificate").then(
                pl.col("attempted_at").dt.offset_by("1y")
            ),
            xp=pl.col("kind").replace_strict(_XP, return_dtype=pl.Int64),
        )
        .sort("learner_id", "awarded_at")
    )
