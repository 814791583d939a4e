"""When people come: sessions by user and day, with weekly season, holidays and habits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.data.simulate import platform as p

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WEEK: Final = {
    "customer": (1.05, 1.08, 1.06, 1.03, 0.98, 0.84, 0.78),
    "employee": (1.0, 1.08, 1.08, 1.02, 0.84, 0.06, 0.04),
    "learner": (1.0, 1.1, 1.1, 1.0, 0.8, 0.35, 0.4),
}
_HOLIDAYS: Final = (71, 92)
"""First three weeks of August: offices are emptier."""
_EMPLOYEE_AGENTS: Final = (p.PLANNER, p.RESEARCHER, p.WRITER, p.REVIEWER)
_EMPLOYEE_TASTE: Final = (3.2, 0.8, 0.9, 0.9)


def visits(users: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """One row per session: user, agent, day, second of the day, turns; ordered by time."""
    kind = users["user_type"].replace(
        {"free": "customer", "plus": "customer", "business": "customer"}
    )
    per_day = users["rate"].to_numpy()[:, None] * _season(kind) * _active(users)
    counts = rng.poisson(per_day)
    user, day = np.nonzero(counts)
    user, day = (np.repeat(index, counts[user, day]) for index in (user, day))
    agent = _agent(kind, user, rng)
    turns = np.array([a.turns for a in p.AGENTS])[agent]
    return pl.DataFrame(
        {
            "user": user,
            "agent": agent,
            "day": day,
            "second": _second(users["hour"].to_numpy()[user], rng),
            "turns": rng.geometric(1 / turns),
        }
    ).sort("day", "second", "user")


def _season(kind: pl.Series) -> NDArray[np.float64]:
    weekday = (np.arange(p.DAYS) + p.START.weekday()) % 7
    week = {name: np.array(factors)[weekday] for name, factors in _WEEK.items()}
    week["employee"] = week["employee"].copy()
    week["employee"][slice(*_HOLIDAYS)] *= 0.72
    return np.stack([week[name] for name in kind.to_list()])


def _active(users: pl.DataFrame) -> NDArray[np.bool_]:
    day = np.arange(p.DAYS)
    joined, left = (users[name].to_numpy()[:, None] for name in ("joined", "left"))
    return np.asarray((joined <= day) & (day < left))


def _agent(kind: pl.Series, user: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    taste = np.cumsum(rng.dirichlet(_EMPLOYEE_TASTE, len(kind)), axis=1)
    choice = (rng.random(len(user))[:, None] > taste[user]).sum(axis=1)
    choice = np.minimum(choice, len(_EMPLOYEE_AGENTS) - 1)
    employee = np.array([p.AGENT_NAMES.index(name) for name in _EMPLOYEE_AGENTS])[choice]
    who = kind.to_numpy()[user]
    names = p.AGENT_NAMES
    return np.where(
        who == "customer",
        names.index(p.CONCIERGE),
        np.where(who == "learner", names.index(p.TUTOR), employee),
    )


def _second(hour: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    n = len(hour)
    habit = hour + rng.normal(0.0, 1.3, n)
    anytime = rng.uniform(6.5, 23.0, n)
    at = np.where(rng.random(n) < 0.85, habit, anytime) % 24
    return np.round(at * 3600, 3)
