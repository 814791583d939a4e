"""From users' activity to everything that the report on cohorts prints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.cohorts.cells import cells_of
from assay.analysis.cohorts.cycle import cycle_of
from assay.analysis.cohorts.findings import with_findings
from assay.analysis.cohorts.foretold import returns_of
from assay.analysis.cohorts.habits import RULE, habits_of
from assay.analysis.cohorts.result import CohortReport
from assay.analysis.cohorts.starts import ages_of, cohorts_of, lapses_of
from assay.core.errors import DataError, ParameterError
from assay.features.activity import in_spells
from assay.privacy.disclosure import merge_small, withheld
from assay.stats.lifetimes import Rule, activity, retention_of

if TYPE_CHECKING:
    from assay.features.activity import Spell, UserActivity

RULES: Final[dict[str, tuple[int, int]]] = {"day": (7, 28), "week": (2, 4), "month": (2, 4)}
"""Periods of absence from which on a user is dormant, and lost, unless it is said otherwise."""


def assess_cohorts(  # noqa: PLR0913  periods, the rule, how far ahead, what is told, how sure
    given: UserActivity,
    *,
    every: Spell = "week",
    by: str = "",
    dormant: int | None = None,
    lost: int | None = None,
    days: int = 28,
    ahead: int = 4,
    mature: int = 8,
    newest: int = 26,
    burn_in: int | None = None,
    smallest_cell: int = 10,
    alpha: float = 0.05,
    seed: int = 1,
) -> CohortReport:
    """Who stays: retention by start, lapses, states, expected use, and habits.

    Args:
        given: of `features.activity.user_activity`.
        every: what retention and states are counted by.
        by: the column that groups users, for the words; empty where there is none.
        dormant: periods of absence from which on a user is so; by default that of `RULES`.
        lost: the same; a lapse is an absence that makes somebody lost.
        days: horizon of what is expected of users.
        ahead: periods ahead for which sizes of states are foreseen.
        mature: ages that a start has to have for the curve of mature ones.
        newest: starts that are told one by one; older ones are in the curves alone.
        burn_in: periods at the beginning of the data whose users may have begun before; by default
            `lost`, as who was away for longer would be told to be lost.
        smallest_cell: groups of fewer users are not told.
        alpha: one minus the confidence of intervals.
        seed: of draws.

    Raises:
        ParameterError: where a number is out of range.
        DataError: where the rule is none, or no period is complete.
    """
    least = {
        "days": days,
        "ahead": ahead,
        "mature": mature,
        "newest": newest,
        "smallest_cell": smallest_cell,
    }
    for name, value in least.items():
        if value < 1:
            raise ParameterError(f"{name}={value}, expected 1 or more")
    if not 0 < alpha < 1:
        raise ParameterError(f"alpha={alpha}, expected between 0 and 1")
    if burn_in is not None and burn_in < 0:
        raise ParameterError(f"burn_in={burn_in}, expected 0 or more")
    rule = Rule(
        dormant=RULES[every][0] if dormant is None else dormant,
        lost=RULES[every][1] if lost is None else lost,
    )
    level, k = 1 - alpha, smallest_cell
    burn_in = rule.lost if burn_in is None else burn_in
    spells = in_spells(given, every)
    if spells.complete < 1:
        raise DataError(
            f"no {every} is over: the data cover {given.first} to {given.last}",
            remedy="give rows of more days, or count by day",
        )
    users = activity(spells.who, spells.period, complete=spells.complete)
    table = retention_of(users, settle=rule.lost, periods=len(spells.starts))
    counted = table.start >= burn_in
    hidden = withheld(table.size, k).cells
    told = counted & (table.size > 0) & ~hidden
    small = _small_groups(given, k)
    if given.users.height >= k:
        given = replace(given, users=merge_small(given.users, "group", person="user", k=k))
    groups = given.users["group"].to_numpy().astype(np.str_)
    several = np.unique(groups).size > 1
    triangle = cells_of(table, told=~hidden, counted=told, newest=newest, mature=mature, k=k)
    report = CohortReport(
        users=given.users.height,
        uses=int(given.users["uses"].sum()),
        every=every,
        time_zone=given.time_zone,
        first=given.first.isoformat(),
        last=given.last.isoformat(),
        by=by,
        k=k,
        hidden=int(hidden.sum()) + small,
        confidence=level,
        cohorts=cohorts_of(table, spells.starts, triangle, counted=counted, level=level),
        ages=ages_of(table, triangle, counted=told, k=k, level=level),
        later=ages_of(table, triangle, counted=told, k=k, level=level, unbounded=True),
        mature=ages_of(table, triangle, counted=told, k=k, level=level, mature=mature),
        lapses=lapses_of(
            users,
            rule.lost,
            spells.starts,
            groups if several else None,
            counted=users.start >= burn_in,
            newest=newest,
            k=k,
            seed=seed,
            level=level,
        ),
        cycle=cycle_of(
            users,
            rule,
            spells.starts,
            every,
            ahead=ahead,
            since=burn_in,
            k=k,
            seed=seed,
            level=level,
        ),
        returns=returns_of(given, days, k=k, seed=seed, level=level),
        habit_rule=RULE,
        habits=habits_of(given, k=k, level=level),
        left_out=given.left_out,
        findings=(),
    )
    return with_findings(report)


def _small_groups(given: UserActivity, k: int) -> int:
    sizes = given.users.group_by("group").len()["len"]
    return int((sizes < k).sum()) if len(sizes) > 1 else 0
