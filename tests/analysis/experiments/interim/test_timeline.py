"""The effect over time: cumulative and daily numbers, the trend, and the week."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from analysis.experiments.interim.test_plan import START, grouped, noise, summary_of
from assay.analysis.experiments import ab_test
from assay.analysis.experiments.interim.course import Course
from assay.analysis.experiments.interim.timeline import timelines
from assay.params import Plan
from assay.stats.sequential.confidence_sequences import multiplier


def test_the_last_day_of_the_sequence_is_the_reports_own_interval():
    found = ab_test(summary_of(noise(14, 30)), plan=Plan(design="anytime", planned_n=900))
    (line,) = found.timeline
    last, own = line.days[-1].cumulative, found.comparisons[0].lift
    assert (last.value, last.low, last.high) == pytest.approx((own.value, own.low, own.high))
    assert [one.so_far for one in line.days] == [60 * (k + 1) for k in range(14)]


def test_each_day_of_the_sequence_has_the_multiplier_of_its_size():
    days = noise(14, 30)
    (line,) = ab_test(summary_of(days), plan=Plan(design="anytime", planned_n=900)).timeline
    early = ab_test(summary_of(days[:6]), plan=Plan(design="anytime", planned_n=900))
    told = line.days[5].cumulative
    assert told.low == pytest.approx(early.comparisons[0].lift.low, rel=1e-10)
    assert early.plan.state.bound == pytest.approx(multiplier(360, 900, 0.05))


def test_looks_of_a_plan_stand_where_they_were_made():
    days = noise(10, 20)
    found = ab_test(summary_of(days), plan=grouped())
    (line,) = found.timeline
    looks = [one.day for one in line.days if one.look]
    assert looks == [(START + timedelta(days=k)).isoformat() for k in (4, 9)]
    bounded = [one.day for one in line.days if one.cumulative.low is not None]
    assert bounded == looks
    first = ab_test(summary_of(days[:5]), plan=grouped()).comparisons[0].lift
    assert line.days[4].cumulative.low == pytest.approx(first.low, rel=1e-10)


def test_a_day_alone_is_relative_to_the_whole_control():
    days = noise(12, 25)
    (line,) = ab_test(summary_of(days), plan=Plan(design="anytime")).timeline
    a, b = days[3]
    control = np.concatenate([both[0] for both in days]).mean()
    assert line.days[3].alone.value == pytest.approx((b.mean() - a.mean()) / control)


def test_an_effect_that_fades_is_told_by_the_week():
    rng = np.random.default_rng(5)
    days = [(rng.normal(10, 1, 200), rng.normal(10 + 1.0 - 0.05 * k, 1, 200)) for k in range(21)]
    (line,) = ab_test(summary_of(days), plan=Plan(design="anytime")).timeline
    assert line.drift.shown
    assert line.drift.per_week.low < -0.035 < line.drift.per_week.high  # 7 days · .05 of 10
    assert line.whole_weeks


def test_a_steady_effect_seldom_seems_to_fade():
    shown = sum(
        ab_test(summary_of(noise(14, 30, seed=s, gain=0.3)), plan=Plan(design="anytime"))
        .timeline[0]
        .drift.shown
        for s in range(40)
    )
    assert shown <= 7  # binomial(40, .05): 8 or more come in fewer than one of a thousand cases


def test_few_days_have_no_trend_and_a_weekday_may_be_missing():
    (line,) = ab_test(summary_of(noise(5, 30)), plan=Plan(design="anytime")).timeline
    assert line.drift.per_week.value is None
    assert "10 are needed" in line.drift.reason
    assert line.absent == ("Saturday", "Sunday")  # from a Monday on
    assert not line.whole_weeks


def test_without_days_there_is_no_timeline():
    assert ab_test(summary_of(noise(12, 30), timed=False)).timeline == ()


def test_days_do_not_add_up_to_a_quantile():
    summary = summary_of(noise(12, 30))
    (metric,) = summary.design.metrics
    middle = metric.model_copy(update={"kind": "quantile", "quantile": 0.5})
    course = Course.of(replace(summary, design=replace(summary.design, metrics=(middle,))), None)
    assert timelines(course, 0.05) == ()
