"""Which look it is, by which rule it is read, and that looking again and again stays honest."""

from datetime import date, timedelta

import numpy as np
import pytest
from pydantic import ValidationError

from assay.analysis.experiments import ab_test
from assay.analysis.experiments.ab_test import evidence_of
from assay.analysis.experiments.interim.course import Course
from assay.analysis.experiments.interim.looks import timing_of
from assay.core.errors import ParameterError
from assay.features.arms import Design, Summary
from assay.features.summary import DaySamples, Sample
from assay.params import Plan
from assay.stats.moments import Moments
from assay.stats.sequential.spending import SPENDINGS

START = date(2026, 3, 2)
ARMS = ("a", "b")
VALUE = {"name": "value", "kind": "mean", "value": "x"}
RATE = {"name": "value", "kind": "rate", "value": "x"}


def arm_sample(values, *, rate=False):
    return Sample(
        moments=Moments.of(values),
        successes=int(np.sum(values)) if rate else None,
    )


def summary_of(days, *, metric=VALUE, window=None, timed=True, rate=False):
    """Days of (values of a, values of b), from START on."""
    design = Design.of(
        arm="arm", control="a", metrics=[metric], time="t" if timed else None, window=window
    )
    told = [
        DaySamples(
            day=START + timedelta(days=k),
            units={arm: len(v) for arm, v in zip(ARMS, both, strict=True)},
            samples={
                metric["name"]: {
                    arm: arm_sample(v, rate=rate) for arm, v in zip(ARMS, both, strict=True)
                }
            },
        )
        for k, both in enumerate(days)
    ]
    whole = {arm: np.concatenate([both[i] for both in days]) for i, arm in enumerate(ARMS)}
    return Summary(
        design=design,
        arms=ARMS,
        units={arm: len(v) for arm, v in whole.items()},
        rows=sum(len(v) for v in whole.values()),
        first=START if timed else None,
        last=told[-1].day if timed else None,
        left_out=(),
        samples={metric["name"]: {arm: arm_sample(v, rate=rate) for arm, v in whole.items()}},
        pairs={},
        days=tuple(told) if timed else (),
    )


def noise(days, per_arm, seed=0, gain=0.0):
    rng = np.random.default_rng(seed)
    return [(rng.normal(5, 1, per_arm), rng.normal(5 + gain, 1, per_arm)) for _ in range(days)]


def grouped(**more):
    return Plan.model_validate({"design": "group-sequential", "looks": 4, "planned_n": 800, **more})


def test_without_a_plan_a_finished_window_is_looked_at_once():
    end = (START + timedelta(days=9)).isoformat()
    ended = summary_of(noise(10, 20), window={"from": START.isoformat(), "to": end})
    assert timing_of(ended, None).kind == "once"
    assert timing_of(summary_of(noise(10, 20), timed=False), None).kind == "once"


def test_without_a_plan_data_that_may_go_on_are_read_at_any_time():
    assert timing_of(summary_of(noise(10, 20)), None).kind == "anytime"
    later = {"from": START.isoformat(), "to": (START + timedelta(days=30)).isoformat()}
    timing = timing_of(summary_of(noise(10, 20), window=later), None)
    assert timing.kind == "anytime"
    assert "later than the data" in timing.reason


def test_looks_are_told_from_sizes_by_day():
    """40 units a day, 800 planned: a quarter is there on day 5, half on day 10."""
    timing = timing_of(summary_of(noise(10, 20)), grouped())
    assert [one.number for one in timing.made] == [1, 2]
    assert timing.made[-1].day == START + timedelta(days=9)
    assert timing.fraction == pytest.approx(0.5)
    assert timing.held is None


def test_between_looks_the_last_answer_stands():
    """On day 12 the report says what it said on day 10, to the last digit."""
    days = noise(12, 20)
    then = ab_test(summary_of(days[:10]), plan=grouped())
    now = ab_test(summary_of(days), plan=grouped())
    assert now.plan.state.held == (START + timedelta(days=9)).isoformat()
    assert now.plan.state.seen == (START + timedelta(days=11)).isoformat()
    assert now.comparisons[0].lift.low == pytest.approx(then.comparisons[0].lift.low, rel=1e-12)
    assert now.n == then.n == 400


def test_before_the_first_look_there_is_no_answer():
    found = ab_test(summary_of(noise(3, 20)), plan=grouped())
    assert found.plan.state.waiting == "the first of 4 looks is due at 200 units"
    assert found.comparisons[0].difference.low is None
    assert found.verdict == "undecided"


def test_an_overrun_plan_answers_as_of_its_end():
    """The end was reached on day 20; what came in the four days after it is not another look."""
    days = noise(24, 20)
    late = ab_test(summary_of(days), plan=grouped())
    then = ab_test(summary_of(days[:20]), plan=grouped())
    assert late.comparisons[0].p_value == pytest.approx(then.comparisons[0].p_value, rel=1e-12)
    assert late.plan.state.look == 4
    assert late.plan.state.held == (START + timedelta(days=19)).isoformat()


def test_an_end_that_comes_larger_than_planned_spends_what_is_left():
    """Few looks, large days: the last look falls at 1.2 of the plan, and all of alpha is spent."""
    found = ab_test(summary_of(noise(3, 160)), plan=grouped(looks=[0.4, 0.8, 1.0]))
    state = found.plan.state
    assert state.look == 3
    assert state.fraction == pytest.approx(1.2)
    assert state.overrun
    assert state.spent == pytest.approx(0.05)


def test_looks_of_days_spend_by_the_calendar():
    days = [(START + timedelta(days=k)).isoformat() for k in (4, 9, 19)]
    plan = Plan.model_validate({"design": "group-sequential", "looks": days})
    state = ab_test(summary_of(noise(10, 20)), plan=plan).plan.state
    assert (state.look, state.looks) == (2, 3)
    assert state.schedule[1].spent == pytest.approx(SPENDINGS["obrien-fleming"](0.5, 0.05))
    assert state.schedule[1].n == 400


def test_without_a_time_the_look_has_to_be_said():
    plain = summary_of(noise(10, 21), timed=False)  # 420 units, 5 % beyond the second look
    waiting = ab_test(plain, plan=grouped()).plan.state.waiting
    assert "after look 2 of 4" in waiting
    said = ab_test(plain, plan=grouped(look=2))
    assert said.plan.state.waiting is None
    assert said.comparisons[0].difference.low is not None


def test_data_beyond_the_end_without_a_time_are_refused():
    beyond = summary_of(noise(10, 48), timed=False)  # 960 of 800
    assert "nothing of alpha is left" in ab_test(beyond, plan=grouped()).plan.state.waiting


def test_one_planned_look_is_not_taken_early():
    plan = Plan(design="once", planned_end=START + timedelta(days=19))
    early = ab_test(summary_of(noise(10, 20)), plan=plan)
    assert "one look was planned" in early.plan.state.waiting
    assert early.comparisons[0].difference.low is None
    done = ab_test(summary_of(noise(20, 20)), plan=plan)
    assert done.comparisons[0].difference.low is not None
    assert done.plan.state.design == "once"


def test_a_plan_of_days_needs_days():
    with pytest.raises(ParameterError, match="no time"):
        Course.of(
            summary_of(noise(2, 20), timed=False), {"design": "once", "planned_end": "2026-04-01"}
        )


@pytest.mark.parametrize(
    "plan",
    [
        {"design": "group-sequential"},
        {"design": "group-sequential", "looks": 5},
        {"design": "group-sequential", "looks": [0.5, 0.4], "planned_n": 10},
        {"design": "group-sequential", "looks": [0.5, 0.8], "planned_n": 10},
        {"design": "group-sequential", "looks": [0.5, 1.0, 1.2], "planned_n": 10},
        {"design": "anytime", "looks": 3},
        {"design": "once", "spending": "pocock"},
        {"design": "sometimes"},
        {"design": "anytime", "planned_n": "many"},
        {"design": "group-sequential", "looks": 3, "planned_n": 100, "look": 4},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(plan):
    with pytest.raises(ValidationError):
        Plan.model_validate(plan)


def test_interim_looks_need_events():
    seven = np.concatenate([np.ones(7), np.zeros(393)])
    days = [(seven, np.concatenate([np.ones(20), np.zeros(380)])), (np.zeros(400), np.zeros(400))]
    found = ab_test(summary_of(days, metric=RATE, rate=True), plan=Plan(design="anytime"))
    reason = found.comparisons[0].reason
    assert "not enough data for a look before the end" in reason
    assert found.comparisons[0].difference.low is None
    assert "about n = 1,143 there" in reason  # 10 of 7 times 800


def test_the_interval_is_the_rules_own():
    found = ab_test(summary_of(noise(10, 20)), plan=Plan(design="anytime", planned_n=800))
    one = found.comparisons[0]
    assert one.method.critical_value == pytest.approx(found.plan.state.bound)
    assert (one.p_value < 0.05) == (one.difference.low > 0 or one.difference.high < 0)


def test_the_outlook_follows_the_data():
    strong = ab_test(summary_of(noise(10, 20, gain=0.4)), plan=grouped(planned_effect=0.06))
    (told,) = strong.plan.outlooks
    assert told.now == pytest.approx(0.5)
    assert told.better + told.worse + told.neither == pytest.approx(1)
    assert told.better > 0.8
    assert told.at_trend > told.at_zero
    weak = ab_test(summary_of(noise(10, 20, seed=3)), plan=grouped(futility=0.5))
    assert weak.plan.outlooks[0].better < 0.5
    assert weak.plan.advice.action == "stop for futility"


def test_the_rule_names_the_look_that_it_is_and_how_many_were_made():
    """All 800 units on one day: four looks fall due at once, which is one look, the last."""
    all_at_once = ab_test(summary_of(noise(1, 400)), plan=grouped()).plan.state
    assert (all_at_once.look, all_at_once.spent) == (4, pytest.approx(0.05))
    assert all_at_once.rule == "group-sequential, look 4 of 4 (1 made), obrien-fleming"
    each = ab_test(summary_of(noise(20, 20)), plan=grouped()).plan.state
    assert each.rule == "group-sequential, look 4 of 4, obrien-fleming"


def test_a_plan_of_one_look_speaks_of_one():
    waiting = ab_test(summary_of(noise(3, 20)), plan=grouped(looks=1)).plan.state
    assert waiting.waiting == "the only look is due at 800 units"
    assert waiting.reason == "one look was planned"


def test_harm_stops_it():
    found = ab_test(summary_of(noise(10, 20, gain=-1.0)), plan=grouped())
    assert found.plan.advice.action == "stop for harm"


def test_going_on_has_a_day():
    found = ab_test(summary_of(noise(10, 20, seed=3)), plan=grouped())
    assert found.plan.advice.action == "go on"
    assert found.plan.state.pace == pytest.approx(40)
    assert found.plan.advice.until == (START + timedelta(days=14)).isoformat()
    assert found.plan.state.end == (START + timedelta(days=19)).isoformat()


def test_chances_to_win_are_told_with_their_cost():
    peeking = ab_test(summary_of(noise(10, 20)), plan=Plan(design="anytime")).plan.state.peeking
    assert peeking.looks == 100
    assert peeking.error == pytest.approx(0.587, abs=0.02)


def test_a_report_made_every_day_errs_as_it_says():
    """The whole engine, rendered every third of 15 days without any plan, 200 A/A streams: a fixed look
    would be wrong on some day in about a fifth of them."""
    streams, wrong, naive = 200, 0, 0
    for seed in range(streams):
        days = noise(15, 40, seed=1_000 + seed)
        hit = fixed = False
        for k in range(3, 16, 3):
            course = Course.of(summary_of(days[:k]), None)
            evidence = evidence_of(course.summary, course.summary.design.metrics[0], "b")
            effect = course.effect(evidence, "b", 0.05)
            hit |= not effect.difference.low <= 0 <= effect.difference.high
            fixed |= evidence.contrast.p_value < 0.05
        wrong += hit
        naive += fixed
    assert wrong / streams <= 0.05 + 3 * (0.05 * 0.95 / streams) ** 0.5
    assert naive / streams > 0.1
