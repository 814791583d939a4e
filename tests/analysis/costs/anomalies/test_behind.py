from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.costs.anomalies import places_of, shares_of, spend_anomalies, with_users
from assay.core.result import record
from assay.features.spenders import spenders
from assay.features.spending import spend_lines, spent

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS, USERS, ODD = 70, 30, 50


def calls(rng, day, agent, users, n, usd):
    return pl.DataFrame(
        {
            "occurred_at": [
                START + timedelta(days=day, seconds=int(at)) for at in rng.integers(0, 86_400, n)
            ],
            "agent_id": agent,
            "provider": "p",
            "model": "m",
            "user_id": pl.Series(rng.choice(users, n), dtype=pl.String),
            "input_tokens": 100,
            "output_tokens": 10,
            "cost_usd": usd * rng.lognormal(0, 0.2, n),
        }
    )


@pytest.fixture(scope="module")
def quiet():
    """Two agents of thirty users each, every user a few calls a day of about a cent."""
    rng = np.random.default_rng(5)
    users = [f"u{i}" for i in range(USERS)]
    return pl.concat(
        calls(rng, day, agent, users, 90, 0.01) for day in range(DAYS) for agent in ("ann", "bob")
    )


def told(quiet, *more):
    rows = pl.concat([quiet, *more]).lazy()
    lines = spent(spend_lines(rows, by=("agent_id",)), None)
    found = spend_anomalies(lines, by=("agent_id",))
    sums = spenders(rows, places_of(found), None, lines=lines)
    parts = shares_of(found, sums)
    return with_users(found, sums), parts


def runaway(users, n=90, usd=0.01, day=ODD, days=1):
    rng = np.random.default_rng(8)
    return pl.concat(calls(rng, day + i, "ann", users, n, usd) for i in range(days))


def test_a_runaway_user_who_calls_thirty_times_as_often_is_told_and_not_named(quiet):
    found, parts = told(quiet, runaway(["u7"]))
    (odd,) = found.days
    assert [label.value for label in odd.where] == ["ann"]
    whose = odd.whose
    assert whose.shape == "one user"
    day = (START + timedelta(days=ODD)).date()
    there = quiet.filter(pl.col("occurred_at").dt.date() == day, pl.col("agent_id") == "ann")
    users = there["user_id"].n_unique()
    assert (whose.days, whose.before, whose.users, whose.new) == (1, 28, users, 0)
    # 90 calls on top of the 3 a day that 90 calls of 30 users are.
    assert whose.calls == pytest.approx(31, rel=0.25)
    assert whose.dearer == pytest.approx(1, rel=0.1)
    assert whose.one > 0.85
    assert "u7" not in str(record(found, kind="anomalies"))
    assert parts["user_id"][0] == "u7"
    mine = parts.filter(pl.col("place") == 0)
    # Parts are of the whole: what was spent less what was expected, exactly.
    assert mine["share"].sum() == pytest.approx(1)
    assert (mine["usd"] - mine["usual"]).sum() == pytest.approx(odd.excess)


def test_a_new_user_of_few_dear_calls_is_new_and_dear(quiet):
    found, _ = told(quiet, runaway(["guest"], n=4, usd=0.25))
    whose = found.days[0].whose
    assert (whose.shape, whose.new, whose.made, whose.made_before) == ("one user", 1, 4, 0)
    assert whose.calls is None
    assert whose.dearer == pytest.approx(25, rel=0.3)


def test_five_users_and_all_users_are_told_apart_and_few_are_not_counted(quiet):
    found, _ = told(quiet, runaway([f"u{i}" for i in range(4)], n=120))
    whose = found.days[0].whose
    assert whose.shape == "few users"
    assert whose.one < 0.5 < whose.five
    found, _ = told(quiet, runaway([f"u{i}" for i in range(USERS)], n=90))
    whose = found.days[0].whose
    assert (whose.shape, whose.users) == ("spread", USERS)
    assert whose.calls == pytest.approx(2, rel=0.1)
    small = with_users(found, spend_of(quiet, found), k=USERS + 1)
    assert small.days[0].whose.users is None


def spend_of(quiet, found):
    rows = pl.concat([quiet, runaway([f"u{i}" for i in range(USERS)], n=90)]).lazy()
    return spenders(rows, places_of(found), None, lines=spend_lines(rows, by=("agent_id",)))


def test_calls_without_a_user_are_nobody(quiet):
    loose = runaway(["u1"]).with_columns(user_id=pl.lit(None, pl.String))
    whose = told(quiet, loose)[0].days[0].whose
    assert whose.shape == "no user"
    assert whose.nobody == pytest.approx(0.5, abs=0.01)
    every = pl.concat([quiet, loose]).with_columns(user_id=pl.lit(None, pl.String))
    assert told(every)[0].days[0].whose is None


def test_a_new_level_is_looked_at_in_its_first_days_and_compared_with_those_before(quiet):
    found, _ = told(quiet, runaway(["u7"], day=35, days=35))
    level = found.levels[0]
    place = places_of(found)[len(found.days)]
    first = date.fromisoformat(level.first)
    assert place.days == tuple(first + timedelta(days=i) for i in range(28))
    assert place.before == tuple(first + timedelta(days=i) for i in range(-28, 0))
    assert level.whose.shape == "one user"


def test_quiet_days_need_no_scan(quiet):
    found, parts = told(quiet)
    assert not places_of(found)
    assert parts.is_empty()
    assert not found.days
