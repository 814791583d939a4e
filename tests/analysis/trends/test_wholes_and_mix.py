"""Parts that add up to their total, and shares of the whole that move."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from analysis.trends.series_of import watched_of
from assay.analysis.trends import Question
from assay.analysis.trends.mix import MOST, mixes
from assay.analysis.trends.outlook import outlook
from assay.analysis.trends.wholes import total_of, wholes

WEEK = np.array([1.2, 1.1, 1.0, 1.0, 1.0, 0.5, 0.4])
ASKED = Question(workers=1, horizon=14)


def counts(mean, name, *, days=112, seed=0, shift=1.0):
    rng = np.random.default_rng(seed)
    rate = mean * np.tile(WEEK, days // 7) * np.where(np.arange(days) < days - 28, 1, shift)
    values = rng.poisson(rate).astype(float)
    return watched_of(
        values, metric="Rows", group=(("agent", name),), unit="count", total=True, low=0.0,
        errors=np.sqrt(values),
    )  # fmt: skip


def added_up(series):
    return wholes(series, [outlook(one, ASKED, periods=(7,))[0] for one in series], ASKED)


def test_forecasts_of_parts_add_up_to_their_total():
    parts = [counts(200, "a", seed=1), counts(60, "b", seed=2), counts(5, "c", seed=3)]
    (whole,) = added_up(parts)
    assert whole.left_out == ""
    assert sum(part.value for part in whole.parts) == pytest.approx(whole.total.value)
    assert [part.name for part in whole.parts] == ["a", "b", "c"]
    assert all(part.low >= 0 for part in whole.parts)
    assert whole.total.low <= 265 * WEEK[6] <= whole.total.high
    assert whole.at == "2026-05-10"
    gap = abs(whole.total.alone - sum(part.alone for part in whole.parts))
    assert 0 < gap / whole.total.alone <= whole.apart


def test_what_a_part_is_said_to_be_alone_is_its_own_outlook():
    parts = [counts(200, "a", seed=1), counts(60, "b", seed=2)]
    outlooks = [outlook(one, ASKED, periods=(7,))[0] for one in parts]
    (whole,) = wholes(parts, outlooks, ASKED)
    assert [part.alone for part in whole.parts] == [one.ahead[-1].value for one in outlooks]


def test_a_part_without_an_outlook_is_still_part_of_the_total():
    late = counts(60, "b", seed=2)
    late.values[-20:] = np.nan  # more periods without a value than are forecast
    parts = [counts(200, "a", seed=1), late]
    (whole,) = added_up(parts)
    assert outlook(late, ASKED, periods=(7,))[0] is None
    assert [part.name for part in whole.parts] == ["a", "b"]
    assert sum(part.value for part in whole.parts) == pytest.approx(whole.total.value)


def test_a_total_is_the_sum_of_those_that_log_something():
    one = watched_of([1.0, np.nan, np.nan], errors=[3.0, np.nan, np.nan], total=True, low=0.0)
    other = watched_of([2.0, 5.0, np.nan], errors=[4.0, 1.0, np.nan], total=True, low=0.0)
    total = total_of([one, other])
    assert total.values == pytest.approx([3.0, 5.0, np.nan], nan_ok=True)
    assert total.errors == pytest.approx([5.0, 1.0, np.nan], nan_ok=True)
    assert total.group == ()


def test_only_totals_of_groups_have_parts():
    rate = watched_of(np.ones(40), group=(("agent", "a"),))
    assert added_up([rate, replace(rate, group=(("agent", "b"),))]) == ()
    assert added_up([counts(5, "a")]) == ()


def test_parts_of_different_periods_are_left_out_with_the_reason():
    late = counts(50, "b")
    shifted = watched_of(
        late.values,
        metric="Rows",
        group=late.group,
        total=True,
        start=datetime(2026, 2, 1),  # noqa: DTZ001
    )
    (whole,) = added_up([counts(50, "a"), shifted])
    assert whole.total is None
    assert "not of the same periods" in whole.left_out


def test_a_share_that_moved_is_told_with_its_size_and_since_when():
    parts = [counts(100, "a", seed=4), counts(100, "b", seed=5), counts(100, "c", seed=6, shift=2)]
    (mix,) = mixes({"agent_id": parts}, Question(workers=1))
    assert mix.periods == 28
    assert mix.moved == pytest.approx(1 / 2 - 1 / 3, abs=0.02)
    first = mix.parts[0]
    assert (first.value, first.sure) == ("c", True)
    assert first.before == pytest.approx(1 / 3, abs=0.01)
    assert first.change.low <= 1 / 2 - 1 / 3 <= first.change.high
    assert first.since == "2026-03-30"  # 84 days from 5 January
    assert sum(part.after for part in mix.parts) == pytest.approx(1)


def test_a_mix_that_stays_has_no_sure_part():
    parts = [counts(100, name, seed=seed) for seed, name in enumerate("abc")]
    (mix,) = mixes({"agent_id": parts}, Question(workers=1))
    assert [part.sure for part in mix.parts] == [False] * 3
    assert mix.moved < 0.02


def test_a_column_of_one_value_or_of_few_days_has_no_mix():
    (one,) = mixes({"model": [counts(10, "a")]}, ASKED)
    assert one.parts == ()
    assert "expected two or more" in one.left_out
    short = [watched_of(np.ones(9), group=(("model", name),), total=True) for name in "ab"]
    (few,) = mixes({"model": short}, ASKED)
    assert "too few" in few.left_out


def test_of_many_values_those_of_the_largest_change_are_told():
    parts = [counts(40, f"m{i}", seed=i, shift=3 if i == 11 else 1) for i in range(12)]
    (mix,) = mixes({"model": parts}, Question(workers=1))
    assert (mix.values, len(mix.parts)) == (12, MOST)
    assert mix.parts[0].value == "m11"
