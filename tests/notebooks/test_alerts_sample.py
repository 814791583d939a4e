"""What is watched in the sample raises alerts of what is planted in it, and no others."""

import json
from contextlib import chdir
from datetime import date, timedelta
from pathlib import Path

import pytest

from assay.analysis.alerts import Alarm, detect
from assay.app.watching import watched_series
from assay.workbench.alerts.watchlist import read_watchlist
from assay.workbench.project import Project

RELEASES = {
    "reviewer": ("2026-07-20", "2026-10-12"),
    "planner": ("2026-08-18",),
    "researcher": ("2026-09-22",),
}
"""Of versions and routes, as the simulation plants them; the planner's is in truth.json, too."""
QUIET = ("2026-07-15", "2026-08-15")
"""The weeks in which hardly anybody but the concierge is used, until the writer's release."""


@pytest.fixture(scope="module")
def alarms(sample_project: Path) -> list[Alarm]:
    with chdir(sample_project):
        watchlist = read_watchlist(Project.at(sample_project))
        series = watched_series(watchlist, today=date(2027, 1, 1), time_zone="UTC", given=False)
    return list(detect(series, budget=watchlist.budget).alarms)


def held(alarm: Alarm, day: str) -> bool:
    """Within the interval of its begin, give or take the day at whose end a point stands."""
    low, high = (date.fromisoformat(end) for end in (alarm.since_low, alarm.since_high))
    return low - timedelta(days=1) <= date.fromisoformat(day) <= high + timedelta(days=1)


def test_every_alert_of_an_agent_holds_the_day_of_its_release(alarms) -> None:
    of_agents = [(dict(each.by).get("agent_id"), each) for each in alarms if each.kind != "mix"]
    seen = [(agent, each) for agent, each in of_agents if agent]
    assert {agent for agent, _ in seen} == set(RELEASES)
    for agent, each in seen:
        assert any(held(each, day) for day in RELEASES[agent]), (each.subject, each.since)


def test_the_planners_slow_version_costs_money_and_ends_when_it_does(
    alarms, sample_project
) -> None:
    truth = json.loads((sample_project / "data/sample/truth.json").read_text())
    planted = truth["events"]["latency_regression"]
    (found,) = (each for each in alarms if each.kind == "degradation" and each.usd_per_day > 1)
    assert (found.subject, found.by) == ("Latency", (("agent_id", planted["agent"]),))
    assert (found.since, found.ending) == (planted["first_day"], "recovered")
    assert found.until > planted["last_day"]
    assert 1 + found.size_low <= planted["ratio"] <= 1 + found.size_high


def test_what_is_of_no_agent_is_of_the_weeks_in_which_few_are_used(alarms) -> None:
    others = [each for each in alarms if "agent_id" not in dict(each.by)]
    assert {each.kind for each in others} == {"improvement", "mix"}
    assert all(QUIET[0] <= each.since <= QUIET[1] for each in others)
    assert len(alarms) - len(others) == 7
