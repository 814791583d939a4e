"""The report on cohorts: planted users whose fate is known, and data that say little."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.cohorts import CohortReport, assess_cohorts, foretold_users
from assay.analysis.cohorts.cells import told_steps
from assay.analysis.cohorts.result import Parted
from assay.analysis.cohorts.starts import told_parts
from assay.core.errors import DataError, ParameterError
from assay.core.result import record, result_schema
from assay.features.activity import user_activity

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday


def planted(seed=1, users=900, days=140):
    """Users of two kinds: `stays` stop after a use in 4 % of cases, `leaves` in 30 %.

    They begin on any day; uses are at 10 o'clock, of a tenth of the users at 23 o'clock.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(users):
        stays = k % 3 == 0
        rate, night = rng.gamma(3, 0.08), k % 10 == 0
        at = rng.uniform(0, days)
        while at < days:
            moment = BEGIN + timedelta(days=int(at), hours=23 if night else 10)
            rows.append((f"u{k}", moment, rng.gamma(4, 0.25), "stays" if stays else "leaves"))
            if rng.random() < (0.04 if stays else 0.3):
                break
            at += rng.exponential(1 / rate)
    return pl.DataFrame(
        rows, schema=["user_id", "occurred_at", "cost_usd", "user_type"], orient="row"
    )


@pytest.fixture(scope="module")
def activity():
    end = (BEGIN + timedelta(days=139)).date()
    return user_activity(planted().lazy(), by="user_type", end=end)


@pytest.fixture(scope="module")
def report(activity):
    return assess_cohorts(activity, by="user_type", every="week", smallest_cell=10)


def test_it_can_be_recorded(report):
    told = record(report, kind="cohorts")
    assert told["units"]["/cohorts/5/cells/0/share/value"] == "share"
    assert result_schema(CohortReport, kind="cohorts")["properties"]["lapses"]


def test_every_cell_is_there_and_open_ones_say_so(report):
    assert report.first == "2026-01-05"
    last = report.cohorts[-1]
    assert last.cells[0].share.value == 1
    for one in report.cohorts:
        weeks = (date.fromisoformat(report.last) - date.fromisoformat(one.start)).days // 7 + 1
        assert len(one.cells) == weeks
        assert not any(cell.open for cell in one.cells)  # the last day is a Sunday
        assert all((cell.active is None) == cell.withheld for cell in one.cells)
        assert one.found == (date.fromisoformat(one.start) < date(2026, 2, 2))
    assert report.ages[0].share.value == 1
    assert all(one.share.low <= one.share.value <= one.share.high for one in report.ages)
    assert {one.users for one in report.mature} == {report.mature[0].users}


def test_users_planted_to_leave_lapse_sooner(report):
    told = {one.name: one for one in report.lapses.parted if one.kind == "group"}
    assert told["leaves"].differs
    assert told["leaves"].seen > told["leaves"].expected
    assert told["leaves"].difference.high < 0 < told["stays"].difference.low
    states = {one.key: one.state for one in report.findings}
    assert states["lapses/group/leaves"] == "lapse sooner"
    assert report.lapses.groups_p < 1e-6
    # starts do not differ by plan
    assert sum(one.differs for one in report.lapses.parted if one.kind == "start") == 0


def test_expected_use_is_tested_and_groups_are_in_order(report, activity):
    returns = report.returns
    assert returns.reason == ""
    assert returns.model.low <= returns.expected.value <= returns.model.high
    assert returns.expected.low <= returns.model.low
    assert returns.tested.days == 28
    assert returns.tested.held > 0.9
    assert returns.tested.mean < 0.05
    ahead = {one.group: one for one in returns.groups}
    assert ahead["leaves"].away.low > ahead["stays"].away.value
    assert ahead["stays"].expected.low > ahead["leaves"].expected.high
    assert returns.away.low < sum(one.users * one.away.value for one in returns.groups)
    assert returns.away.value == pytest.approx(
        sum(one.users * one.away.value for one in returns.groups)
    )
    assert sum(one.expected.value for one in returns.bands) == pytest.approx(returns.expected.value)
    for one in returns.tested.tenths:
        assert one.gap.value == pytest.approx(one.seen.value - one.foretold)
        assert one.gap.low <= one.gap.value <= one.gap.high
    assert sum(band.users for band in returns.bands) <= returns.users
    assert returns.worth.verdict == "holds"
    again = activity.days.filter(pl.col("day") > pl.col("day").min().over("who"))
    assert returns.worth.mean.value == pytest.approx(again["spend"].mean(), rel=0.03)
    worth = returns.expected.value * returns.worth.mean.value
    assert returns.worth.ahead.value == pytest.approx(worth, rel=0.05)
    # of two factors: wider than what either alone would make of it, within their product
    product = returns.expected.high * returns.worth.mean.high
    assert returns.expected.high * returns.worth.mean.value < returns.worth.ahead.high < product


def test_sizes_of_states_are_those_of_all_users(report, activity):
    cycle = report.cycle
    last = [one for one in cycle.standings if not one.ahead][-1]
    states = (last.new, last.current, last.returning, last.at_risk, last.dormant, last.lost)
    assert sum(one.value for one in states) == activity.users.height
    assert [one.start for one in cycle.standings if one.ahead] == [
        (date.fromisoformat(report.last) + timedelta(days=1 + 7 * k)).isoformat() for k in range(4)
    ]
    assert cycle.tested.periods == 4
    assert cycle.tested.sizes == 24
    assert cycle.tested.held >= 18
    for state in ("new", "at risk", "lost"):
        assert sum(m.share.value for m in cycle.moves if m.state == state) == pytest.approx(1)


def test_habits_are_local_and_every_user_is_one_voice(report):
    everybody, leaves, stays = report.habits
    assert (everybody.group, leaves.group, stays.group) == ("", "leaves", "stays")
    assert everybody.nights.low <= 0.1 <= everybody.nights.high
    assert sum(cell.share.value for cell in everybody.hours if cell.share) == pytest.approx(1)
    tuesday = next(c for c in everybody.hours if (c.weekday, c.hour) == (1, 10))
    assert tuesday.share.value == pytest.approx(0.9 / 7, rel=0.2)
    assert all(c.share.value == 0 for c in everybody.hours if c.hour not in {10, 23})
    # uses follow one another by chance; days cut short what is near nought
    assert stays.bursty.value < 0.1
    assert stays.even.value < 0.3
    assert stays.even.low < stays.even.value < stays.even.high
    shares = (stays.even.value, stays.bursty.value, stays.by_chance)
    assert sum(shares) == pytest.approx(1)


def test_a_row_for_every_user(activity):
    found = foretold_users(activity, 28, seed=1)
    assert found.columns == ["user", "group", "alive", "away", "expected", "low", "high"]
    assert found.height == activity.users.height
    assert found.select(
        pl.col("alive").is_between(0, 1).all() & pl.col("away").is_between(0, 1).all()
    ).item()
    assert (found["low"] <= found["high"]).all()


def test_small_groups_and_starts_are_hidden(activity):
    found = assess_cohorts(activity, every="week", smallest_cell=60)
    assert found.hidden == 20 - sum(one.users >= 60 for one in found.cohorts)
    assert all(one.users >= 60 for one in found.cohorts)
    assert assess_cohorts(activity, every="month", smallest_cell=700).habits[0].users == 900
    assert len(assess_cohorts(activity, every="month", smallest_cell=700).habits) == 1


def test_no_cell_of_few_is_told_nor_follows_from_the_others(report):
    """Whoever takes the told cells from the sums over all and over mature starts learns no cell."""
    k = report.k
    for one in report.cohorts:
        for cell in one.cells:
            told = cell.active
            assert told is None or told in {0, one.users} or k <= told <= one.users - k
    hidden = 0
    for rows, mature in ((report.ages, False), (report.mature, True)):
        for row in rows:
            cells = [
                (one.cells[row.age], one.users)
                for one in report.cohorts
                if not one.found
                and len(one.cells) > (8 if mature else row.age)
                and not one.cells[row.age].open
            ]
            assert sum(size for _, size in cells) == row.users
            left = [size for cell, size in cells if cell.withheld]
            hidden += len(left)
            told = sum(cell.active for cell, _ in cells if not cell.withheld)
            rest = round(row.share.value * row.users) - told
            assert (rest == 0) == (not left)
            for size in left:  # the others may be anything from 1 to all but one
                high = min(size - 1, rest - (len(left) - 1))
                low = max(1, rest - sum(other - 1 for other in left) + size - 1)
                assert high - low >= min(k, size - 2)
    assert hidden


def test_no_step_of_the_curve_of_lapses_tells_of_few(report):
    """From two told shares follow the lapses between them: k or more, at every step."""
    lapses = report.lapses
    assert lapses.untold > 0
    kept = 1.0
    for one in lapses.curve:
        assert one.at_risk * (1 - one.share.value / kept) >= report.k - 1e-6
        left = round(one.at_risk * one.share.value / kept)
        assert left == 0 or left >= report.k
        kept = one.share.value
    # shares told are those of the whole curve
    whole = assess_cohorts(
        user_activity(planted().lazy(), by="user_type", end=date(2026, 5, 24)), smallest_cell=1
    )
    exact = {one.age: one.share.value for one in whole.lapses.curve}
    assert whole.lapses.untold == 0
    assert all(exact[one.age] == pytest.approx(one.share.value) for one in lapses.curve)
    assert len(exact) == len(lapses.curve) + lapses.untold


def test_lapses_of_few_in_a_start_or_group_are_not_told(report):
    for one in report.lapses.parted:
        assert one.seen in {0, one.users} or report.k <= one.seen <= one.users - report.k
    loose = assess_cohorts(
        user_activity(planted().lazy(), by="user_type", end=date(2026, 5, 24)), smallest_cell=1
    )
    assert loose.lapses.starts_p is not None
    assert len(loose.lapses.parted) > len(report.lapses.parted)


def test_a_single_group_that_is_left_out_takes_another_with_it():
    """The lapses of 12 users of whom two did follow from those of all and of the others."""
    made = [
        Parted(
            kind="group", name=name, users=users, seen=seen, expected=seen, p_value=1.0,
            differs=False, at=None, difference=None,
        )
        for name, users, seen in (("a", 12, 2), ("b", 300, 150), ("c", 60, 40), ("d", 90, 45))
    ]  # fmt: skip
    assert [one.name for one in told_parts(made, "group", 10)] == ["b", "d"]
    assert [one.name for one in told_parts(made[1:], "group", 10)] == ["b", "c", "d"]
    assert told_parts(made, "start", 10) == []


@pytest.mark.parametrize(
    ("events", "at_risk", "told"),
    [
        ([20, 3, 3, 8], [100, 70, 60, 50], (0, 3)),  # 3 and 3 wait for the 8 after them
        ([20, 12, 4], [100, 70, 50], (0,)),  # the 4 left over join the 12 before
        ([20, 4], [100, 70], ()),  # and with them everything
        ([12, 30], [60, 36], (0,)),  # six of 36 left would be few
        ([12, 36], [60, 36], (0, 1)),  # nobody left is no small number
        ([4, 5], [40, 30], ()),
    ],
)
def test_steps_of_few_lapses_wait_for_those_after_them(events, at_risk, told):
    assert told_steps(np.array(events), np.array(at_risk), 10) == told


def test_bands_of_few_join_their_neighbours(report):
    for one in (report, assess_cohorts(one_day_users_and_regulars(), smallest_cell=10)):
        bands = one.returns.bands
        assert sum(band.users for band in bands) == one.returns.users
        assert all(band.users >= one.k for band in bands)


def one_day_users_and_regulars():
    """300 users who came once long ago, and five who come on every other day."""
    rows = [(f"once{k}", BEGIN + timedelta(days=k % 3)) for k in range(300)]
    rows += [(f"often{k}", BEGIN + timedelta(days=2 * t)) for k in range(5) for t in range(45)]
    rows += [(f"twice{k}", BEGIN + timedelta(days=k + d)) for k in range(40) for d in (0, 9)]
    return user_activity(pl.DataFrame(rows, schema=["user_id", "occurred_at"], orient="row").lazy())


def one_day_users(n=40):
    return pl.DataFrame(
        {
            "user_id": [f"u{k}" for k in range(n)] + ["late"],
            "occurred_at": [BEGIN + timedelta(days=k % 30) for k in range(n)]
            + [BEGIN + timedelta(days=60)],
        }
    )


def test_nobody_came_back():
    found = assess_cohorts(user_activity(one_day_users().lazy()), every="week")
    assert found.returns.expected is None
    assert "0 of 40 users came back" in found.returns.reason
    assert found.returns.worth is None
    states = {one.key: one.state for one in found.findings}
    assert states["returns"] == "not enough data"
    with pytest.raises(DataError, match="came back"):
        foretold_users(user_activity(one_day_users().lazy()), 28, seed=1)


def test_one_user_and_few_days():
    rows = pl.DataFrame(
        {"user_id": ["a"] * 8, "occurred_at": [BEGIN + timedelta(days=k) for k in range(8)]}
    )
    found = assess_cohorts(user_activity(rows.lazy()), every="day")
    assert found.cohorts == found.ages == found.habits == ()
    assert found.lapses is found.cycle is None
    assert found.returns.expected is None
    record(found, kind="cohorts")


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"alpha": 1.0}, {"burn_in": -1}, {"ahead": 0}, {"smallest_cell": 0}]
)
def test_numbers_out_of_range_are_refused(activity, wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        assess_cohorts(activity, **wrong)
    with pytest.raises(DataError, match="dormant"):
        assess_cohorts(activity, dormant=5, lost=3)
