"""What is planted in series is told of them: breaks, seasons, single days, what went with them."""

from datetime import date

import numpy as np
import pytest

from analysis.trends.series_of import watched_of
from assay.analysis.trends import Question, assess
from assay.features.happenings import Happening

DAYS, BREAK = 140, 90
"""From 5 January 2026, a Monday; the break is on 5 April."""
WEEK = np.array([3.0, 2.0, 1.0, 0.0, -1.0, -2.0, -3.0])
DEPLOY = Happening(
    first=date(2026, 4, 5), last=date(2026, 4, 5), kind="deploy", what="b 2.0",
    about=(("agent", "b"),),
)  # fmt: skip
OTHER = Happening(
    first=date(2026, 4, 5),
    last=date(2026, 4, 5),
    kind="deploy",
    what="c 7",
    about=(("agent", "c"),),
)
OUTAGE = Happening(
    first=date(2026, 2, 3), last=date(2026, 2, 3), kind="incident", what="outage", passes=True
)


def planted(*, seed=1):
    rng = np.random.default_rng(seed)
    after = np.arange(DAYS) >= BREAK
    slow = 20 + np.tile(WEEK, DAYS // 7) + 4.0 * after + rng.normal(0, 1, DAYS)
    errors = 0.05 + 0.02 * after + rng.normal(0, 0.006, DAYS)
    calm = 50 + rng.normal(0, 1, DAYS)
    calm[29] += 12  # 3 February
    late = 10 + 2.0 * (np.arange(DAYS) >= 126) + rng.normal(0, 0.5, DAYS)
    return [
        watched_of(slow, metric="Latency", group=(("agent", "b"),), unit="s", better="down"),
        watched_of(errors, metric="Errors", group=(("agent", "b"),), unit="share", better="down"),
        watched_of(calm, metric="Latency", group=(("agent", "c"),), unit="s", better="down"),
        watched_of(late, metric="Rating", group=(("agent", "b"),)),
    ]


@pytest.fixture(scope="module")
def told():
    return assess(planted(), Question(workers=1), (DEPLOY, OTHER, OUTAGE))


def series(told, name):
    return next(one for one in told.series if one.name == name)


def test_a_break_is_found_in_the_interval_of_its_date_with_its_size(told):
    (change,) = series(told, "Latency · b").changes
    assert change.kind == "level"
    assert change.first <= "2026-04-05" <= change.last
    assert change.size.low <= 4.0 <= change.size.high
    assert change.relative.value == pytest.approx(change.size.value / change.before)
    assert change.standing
    assert not change.new
    assert change.confidence > 0.99


def test_what_concerns_the_group_stands_beside_its_break_and_nothing_of_another(told):
    (change,) = series(told, "Latency · b").changes
    assert [one.what for one in change.candidates] == ["b 2.0"]
    assert 0 < change.chance < 0.1


def test_latency_and_errors_broke_on_one_day(told):
    (group,) = told.together
    assert set(group.names) == {"Latency · b", "Errors · b"}
    assert group.since == "2026-04-05"
    assert group.upward == (True, True)
    assert group.probability > 0.9
    assert [one.what for one in group.candidates] == ["b 2.0"]


def test_the_season_is_told_with_its_strength_and_taken_off(told):
    one = series(told, "Latency · b")
    (season,) = one.seasons
    assert season.period == 7
    assert [part.label for part in season.parts] == [
        "Mon",
        "Tue",
        "Wed",
        "Thu",
        "Fri",
        "Sat",
        "Sun",
    ]
    added = [part.value for part in season.parts]
    assert added == pytest.approx(list(WEEK), abs=0.8)
    assert season.strength == pytest.approx(4 / 5, abs=0.1)  # its variance is 4, the noise's 1
    off = [point.adjusted - point.value for point in one.points[:7]]
    assert [value + more for value, more in zip(off, added, strict=True)] == pytest.approx([0] * 7)
    assert series(told, "Latency · c").seasons == ()


def test_an_incident_is_an_effect_of_its_day_and_no_break(told):
    one = series(told, "Latency · c")
    assert one.changes == ()
    (off,) = one.one_offs
    assert (off.what, off.first) == ("outage", "2026-02-03")
    assert off.effect.low <= 12 <= off.effect.high
    assert off.effect.low > 0
    assert one.points[29].off > 8
    assert one.visible_share == pytest.approx(one.visible / one.latest.value)


def test_the_line_lies_at_the_level_of_each_stretch(told):
    points = series(told, "Latency · b").points
    assert points[40].low <= 20 <= points[40].high
    assert points[120].low <= 24 <= points[120].high


def test_a_forecast_has_intervals_bounds_and_a_back_test(told):
    outlook = series(told, "Latency · b").outlook
    assert len(outlook.ahead) == 28
    assert outlook.ahead[0].label == "2026-05-25"
    assert all(one.low <= one.value <= one.high for one in outlook.ahead)
    seen = {test.method for test in outlook.tested}
    assert {"combination", "seasonal naive"} <= seen
    assert 0.8 <= outlook.coverage <= 1
    assert sum(t.weight for t in outlook.tested if t.method != "combination") == pytest.approx(1)


def test_news_comes_first_and_needs_a_decision_only_where_it_is_for_the_worse(told):
    first = told.findings[0]
    assert first.what == "Rating · b"
    assert first.tone == "good"
    assert not any(finding.needs_decision for finding in told.findings)
    upside_down = [one for one in planted() if one.metric == "Rating"]
    (worse,) = assess(
        [watched_of(upside_down[0].values, metric="Errors", better="down")], Question(workers=1)
    ).findings
    assert worse.needs_decision
    assert worse.tone == "bad"
    assert worse.since == "2026-05-11"
    assert worse.expected < worse.seen


def test_what_is_wide_and_sure_comes_before_what_is_large_and_small(told):
    rng = np.random.default_rng(4)
    jump = np.arange(DAYS) >= BREAK
    wide = watched_of(10 * (1 + 0.3 * jump) + rng.normal(0, 0.3, DAYS), group=(("a", "wide"),))
    large = watched_of(10 * (1 + 0.9 * jump) + rng.normal(0, 0.3, DAYS), group=(("a", "large"),))
    few = watched_of(large.values, group=(("a", "large"),), n=np.full(DAYS, 2))
    told = assess([few, wide], Question(workers=1))
    assert [one.name for one in told.series] == ["m · wide", "m · large"]
    assert [one.part for one in told.series] == pytest.approx([100 / 102, 2 / 102])
    alike = assess([large, wide], Question(workers=1))
    assert [one.name for one in alike.series] == ["m · large", "m · wide"]


def test_noise_alone_is_called_changed_in_few_reports():
    rng = np.random.default_rng(11)
    few = [watched_of(5 + rng.normal(0, 1, 60), metric=f"m{i}") for i in range(40)]
    told = assess(few, Question(workers=1, horizon=7, told=1))
    assert sum(one.verdict == "changed" for one in told.series) <= 1


def test_a_change_of_spread_is_told_and_moves_no_level():
    rng = np.random.default_rng(3)
    y = 10 + rng.normal(0, 1, 200) * np.where(np.arange(200) < 100, 1, 4)
    (one,) = assess([watched_of(y)], Question(workers=1)).series
    (change,) = one.changes
    assert change.kind == "variance"
    assert change.unit == "times"
    assert change.size.low <= 4 <= change.size.high
    (finding,) = assess([watched_of(y)], Question(workers=1)).findings
    assert finding.tone == "neutral"


def test_a_bend_is_told_with_its_slopes():
    rng = np.random.default_rng(3)
    step = np.arange(160)
    y = 10 + 0.5 * np.minimum(step, 80) + rng.normal(0, 1, 160)
    (one,) = assess([watched_of(y)], Question(workers=1)).series
    (change,) = one.changes
    assert change.kind == "slope"
    assert change.before == pytest.approx(0.5, abs=0.05)
    assert change.after == pytest.approx(0.0, abs=0.05)
    assert change.size.low <= -0.5 <= change.size.high
