"""What the page says of a plan and of time, from results of the engine itself."""

from analysis.experiments.interim.test_plan import grouped, noise, summary_of
from assay.analysis.experiments import ab_test
from assay.core.result import record
from assay.params import Plan
from assay.present.blocks import Note, Section, Table
from assay.present.experiments import plan_blocks, timeline_blocks
from assay.present.figures import Figure
from assay.present.prose.experiments import brief, tell
from assay.present.prose.experiments import plan as prose


def told(days, plan=None, **more):
    return tell(record(ab_test(summary_of(days, **more), plan=plan), kind="ab-test"))


def section(blocks):
    return next(one for one in blocks if isinstance(one, Section))


def test_a_single_look_has_no_section_of_its_own():
    answer = told(noise(10, 20), timed=False)
    assert plan_blocks(answer) == ()
    assert brief(answer).look == "one planned look"
    assert "hold for one planned look" in prose.method(answer)


def test_a_look_of_a_plan_is_told_with_its_bounds():
    answer = told(noise(10, 20, seed=3), grouped(planned_effect=0.05))
    blocks = plan_blocks(answer)
    assert brief(answer).look == "look 2 of 4"
    assert section(blocks).heading.startswith("Look 2 of 4: value is still open")
    looks, outlook = (one for one in blocks if isinstance(one, Table))
    assert len(looks.rows) == 4
    assert "As hoped for" in [name for name, _ in outlook.columns]
    note = next(one for one in blocks if isinstance(one, Note))
    assert "over 4 looks" in str(note)
    assert "Four looks were planned" in prose.method(answer)


def test_waiting_for_the_first_look_is_said():
    answer = told(noise(3, 20), grouped())
    assert "No answer is due yet" in section(plan_blocks(answer)).heading
    assert brief(answer).look == "before the first of 4 looks"


def test_one_planned_look_is_told_as_one():
    waiting = told(noise(3, 20), grouped(looks=1))
    assert brief(waiting).look == "before the only look"
    assert section(plan_blocks(waiting)).heading.startswith("No answer is due yet: the only look")
    answer = told(noise(20, 20), grouped(looks=1))
    assert prose.method(answer).startswith("One look was planned, at which all of the 5\u00a0% is")
    shown = [*plan_blocks(waiting), *plan_blocks(answer)]
    assert "1 looks" not in f"{shown}{answer}{waiting}"


def test_an_answer_that_stands_says_since_when():
    words = section(plan_blocks(told(noise(12, 20, seed=3), grouped()))).lead
    assert "stands as of the look on 11" in words
    assert "13" in words


def test_after_the_last_look_nothing_waits_and_a_plan_that_ended_says_so():
    answer = told(noise(24, 20, seed=3), grouped())
    assert brief(answer).look == "look 4 of 4"
    words = section(plan_blocks(answer)).lead
    assert "wait for the next one" not in words
    assert "came after the end and do not count" in words
    assert "The plan has no look left" in brief(answer).decision.text
    assert "no look left" not in brief(told(noise(12, 20, seed=3), grouped())).decision.text


def test_an_open_window_is_valid_at_every_look():
    answer = told(noise(10, 20))
    assert brief(answer).look == "valid at every look"
    assert "confidence sequence" in prose.method(answer)
    assert "tightest" not in prose.method(answer)


def test_no_verdict_comes_from_a_trend_that_is_not_shown():
    blocks = timeline_blocks(told(noise(14, 30), Plan(design="anytime")))
    assert section(blocks).heading == "How the evidence on value built up"
    assert "is open" in section(blocks).lead
    assert sum(isinstance(one, Figure) for one in blocks) == 2


def test_a_trend_that_is_shown_is_the_heading():
    days = [(a, b + 1.5 - 0.1 * k) for k, (a, b) in enumerate(noise(14, 200))]
    heading = section(timeline_blocks(told(days, Plan(design="anytime")))).heading
    assert heading.startswith("The effect on value fades by ")
    assert "points a week [" in heading


def test_days_that_are_no_weeks_get_a_remark():
    blocks = timeline_blocks(told(noise(5, 30), Plan(design="anytime")))
    note = next(one for one in blocks if isinstance(one, Note))
    assert "Nobody came in on Saturdays and Sundays" in str(note)
