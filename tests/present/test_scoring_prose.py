"""What is said of scores, judges and goals."""

import pytest

from assay.present.format import SPACE
from assay.present.prose.scoring import (
    aimed,
    dated,
    decide,
    goal_sentence,
    likely,
    moved,
    pace,
    pace_told,
    tell,
    title,
)

GOAL = {
    "name": "Clarity",
    "metric": "clarity",
    "unit": "points",
    "target": 4.3,
    "by": "2026-12-31",
    "better": "up",
    "state": "off track",
    "probability": 0.101,
    "reason": "",
    "needed": 0.0134,
}
CHANGE = {
    "key": "change/clarity",
    "what": "clarity",
    "unit": "points",
    "n": 1200,
    "confidence": 0.95,
    "state": "fell",
    "size": {"value": -0.123, "low": -0.204, "high": -0.042},
}
SINCE = {"day": "2026-10-27", "first": "2026-10-25", "last": "2026-10-29"}


def plain(text: str) -> str:
    return text.replace(SPACE, " ")


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({}, "Goal “Clarity” is off track: a chance of 10 % for at least 4.3 by 31 December 2026"),
        (
            {"state": "at risk", "probability": 0.5, "better": "down"},
            "Goal “Clarity” is at risk: a chance of 50 % for at most 4.3 by 31 December 2026",
        ),
        (
            {"state": "on track", "probability": 0.9999},
            (
                "Goal “Clarity” is on track: a chance of over 99 % for at least 4.3 by "
                "31 December 2026"
            ),
        ),
        (
            {"state": "met", "probability": None},
            "Goal “Clarity” (at least 4.3 by 31 December 2026) was met",
        ),
        (
            {"state": "missed", "probability": None, "unit": "share", "target": 0.805},
            "Goal “Clarity” (at least 80.5 % by 31 December 2026) was missed",
        ),
        (
            {"state": "not enough data", "probability": None, "reason": "7 weeks, needs 8"},
            "Goal “Clarity” (at least 4.3 by 31 December 2026): not enough data, 7 weeks, needs 8",
        ),
    ],
)
def test_a_goal_has_words_for_each_state(told, sentence) -> None:
    assert plain(goal_sentence(GOAL | told)) == sentence


def test_chances_say_no_more_than_weeks_can_tell() -> None:
    assert [plain(likely(p)) for p in (0.0, 0.004, 0.013, 0.5, 0.994, 1.0)] == [
        *("under 1 %", "under 1 %", "1 %", "50 %", "over 99 %", "over 99 %"),
    ]


def test_targets_keep_their_digits_and_paces_have_two() -> None:
    assert aimed(GOAL | {"target": 4.0}) == "4"
    assert plain(aimed(GOAL | {"target": 0.02, "unit": "USD"})) == "$0.02"
    assert plain(pace(GOAL)) == "+0.013 a week"
    assert plain(pace_told(GOAL)) == "the pace needed, +0.013 a week"
    assert plain(pace_told(GOAL | {"better": "down"})) == (
        "it is reached now and may change by +0.013 a week"
    )
    assert plain(pace(GOAL | {"unit": "share", "needed": -0.0088})) == "−0.88 points a week"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({}, "Clarity fell in the days from 23 October 2026: −0.123 [−0.204, −0.042]"),
        (
            {"state": "rose", "size": {"value": 0.1, "low": 0.05, "high": 0.15}},
            "Clarity rose in the days from 23 October 2026: +0.100 [+0.050, +0.150]",
        ),
        (
            {"state": "steady", "size": {"value": 0.0, "low": -0.1, "high": 0.1}},
            "Clarity shows no change in the days from 23 October 2026: 0.00 [−0.10, +0.10]",
        ),
        (
            {"state": "not enough data", "size": None},
            "Clarity: not enough data to tell a change",
        ),
        (
            {"key": "judge/robot", "what": "judge robot", "state": "drifted"},
            "Judge robot became stricter: −0.123 [−0.204, −0.042]",
        ),
        (
            {"key": "judge/dated", "what": "judge dated", "state": "drifted"},
            "Judge dated became stricter since 27 October 2026: −0.123 [−0.204, −0.042]",
        ),
        (
            {"key": "judge/robot", "what": "judge robot", "state": "one of two"},
            "Either robot or the other judge of the same items changed its standard",
        ),
    ],
)
def test_changes_and_judges_have_words_for_each_state(told, sentence) -> None:
    drifts = [{"judge": "robot", "since": None}, {"judge": "dated", "since": SINCE}]
    record = {
        "findings": [CHANGE | told],
        "recent_from": "2026-10-23",
        "goals": [],
        "drifts": drifts,
    }
    (finding,) = tell(record)["findings"]
    assert plain(finding["title"]) == sentence
    assert finding["exact"].endswith("shared judgements." if "key" in told else "scores.")


def test_nothing_found_is_said_with_what_could_have_been_there() -> None:
    record = {
        "findings": [CHANGE | {"state": "steady", "title": ""}],
        "moves": [{"change": {"value": 0.0, "low": -0.04, "high": 0.06}, "unit": "points"}],
        "drifts": [{"verdict": "steady"}],
        "recent_from": "2026-10-23",
    }
    assert plain(title(record)) == (
        "No score changed by more than 0.06 since 23 October 2026, and no judge is seen to have "
        "drifted"
    )


def test_points_need_no_unit_and_shares_have_points() -> None:
    size = {"value": 0.01, "low": 0.005, "high": 0.015}
    assert moved(size, "points") == "+0.0100 [+0.0050, +0.0150]"
    assert plain(moved(size, "share")) == "+1.00 points [+0.50, +1.50]"


def test_the_decision_names_every_goal_that_is_in_danger() -> None:
    record = {
        "findings": [],
        "drifts": [],
        "moves": [],
        "means": [],
        "scores": 9,
        "items": 9,
        "goals": [
            GOAL,
            GOAL | {"name": "Relevance", "state": "missed", "probability": None},
            GOAL | {"name": "Tone", "state": "on track", "probability": 0.95},
        ],
    } | dict.fromkeys(("first", "last", "recent_from", "before_from"), "2026-01-01")
    decision = decide(record)
    assert decision.title == "Act on two goals, or move their target or day"
    assert plain(decision.text) == (
        "“Clarity” (at least 4.3 by 31 December 2026) is 10 % likely and “Relevance” (at least 4.3 "
        "by 31 December 2026) is missed."
    )


def test_a_day_comes_with_the_days_between_which_it_lies() -> None:
    assert plain(dated(SINCE)) == "27 October 2026 [25 October 2026, 29 October 2026]"
    assert plain(dated(SINCE | {"first": "2026-10-27", "last": "2026-10-27"})) == "27 October 2026"
    assert dated(None) == "–"
