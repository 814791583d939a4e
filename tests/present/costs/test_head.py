"""The title, the decision and the tiles, in each state of what the sections found."""

import pytest

from assay.present.costs import brief, tell
from assay.present.format import NARROW, SPACE

PERIOD = {"days": 28, "requests": 1200, "unknown": 0, "usd": 336.0, "daily": 12.0}
RECENT = PERIOD | {"first": "2026-10-23", "last": "2026-11-19"}
BEFORE = PERIOD | {"first": "2026-09-25", "last": "2026-10-22", "usd": 300.0, "daily": 10.71}
MOVED = {
    "key": "spending/all",
    "state": "rose",
    "evidence": "before-after",
    "needs_decision": False,
    "size": {"value": 1.29, "low": 0.8, "high": 1.8},
    "lift": {"value": 0.12, "low": 0.08, "high": 0.16},
    "confidence": 0.95,
    "n": 1200,
    "action": "",
}
LEVEL = MOVED | {"state": "steady", "lift": {"value": 0.01, "low": -0.02, "high": 0.04}}
CHANGE = {
    "owner": ["agent_id"],
    "parts": [
        {"key": "price", "amount": -9.0, "told": -9.0},
        {"key": "volume", "amount": 25.0, "told": 25.0},
    ],
}
MONTH = {
    "label": "this month",
    "first": "2026-11-01",
    "last": "2026-11-30",
    "spent": 228.0,
    "usd": {"value": 430.2, "low": 410.2, "high": 450.9},
    "held": {"share_80": 0.78, "share_95": 0.93, "tested": 27, "stretches": 5.5},
}
BUDGET = {
    "name": "everything",
    "whom": "",
    "per": "month",
    "state": "likely over",
    "probability": 0.88,
    "budget": 415.0,
    "days_left": 11,
    "spent": 300.52,
    "crossings": [{"share": 1.0, "day": "2026-11-29", "crossed": False}],
}
OVER = MOVED | {
    "key": "outlook/budget/everything",
    "what": "everything",
    "needs_decision": True,
    "action": "spend less on everything, or raise it",
    "title": "The budget everything will be exceeded (88 % likely)",
}
SAVING = {
    "key": "caching/ann",
    "what": "cache the prompt’s repeated start",
    "whom": "ann",
    "state": "advised",
    "saving": {"value": 15.0, "low": 12.1, "high": 18.4},
    "reason": "44 % of its prompt tokens repeat",
    "risks": ("The provider may drop the cache sooner.",),
}


def plain(text):
    return text.replace(SPACE, " ").replace(NARROW, " ")


def record_of(*findings, **sections):
    spending = {
        "whole": RECENT | {"first": "2026-09-25", "days": 56, "usd": 636.0},
        "recent": RECENT,
        "before": BEFORE,
        "change": findings[0]["size"],
        "why_not": "10 days, expected two weeks at least",
        "models_unknown": ["new-model"],
    }
    checks = [{"key": "cost", "tokens": 0.0}]
    base = {"spending": spending, "trust": {"checks": checks}, "change": None}
    told = tell({"findings": [findings[0]], "confidence": 0.95} | base | sections)
    told["findings"] += findings[1:]
    return told


def outlook(*budgets):
    return {"budgets": list(budgets), "totals": [MONTH]}


def opportunities(*found):
    return {"found": list(found), "together": found[0]["saving"]}


def test_the_title_says_what_moved_what_made_it_and_where_the_month_ends():
    head = brief(record_of(MOVED, change=CHANGE, outlook=outlook()))
    assert plain(head.title) == (
        "Spending rose by 12.0 % [8.0, 16.0], mostly more calls a day +$25.00; November will end "
        "at $410 to $451"
    )
    assert (head.state, head.needs_decision) == ("rose", False)
    assert head.decision.title == "Nothing to decide"
    facts = {one.label: plain(one.value) for one in head.decision.facts}
    assert facts == {
        "A day costs": "8.0 to 16.0 % more",
        "November will end at": "$410 to $451",
    }


@pytest.mark.parametrize(
    ("held", "ends"),
    [
        ({"share_80": 0.8, "share_95": 0.77}, "$451, but past 95 % intervals held only 77 %"),
        ({"share_80": 0.63, "share_95": 0.93}, "$451, but past 80 % intervals held only 63 %"),
        ({"share_80": None, "share_95": None}, "will end at $410 to $451"),
    ],
)
def test_the_title_says_where_past_intervals_held_less_than_they_promise(held, ends):
    month = MONTH | {"held": MONTH["held"] | held}
    head = brief(record_of(MOVED, outlook={"budgets": [], "totals": [month]}))
    assert plain(head.title).endswith(ends)


def test_what_made_a_move_is_not_told_of_spending_that_is_level():
    assert plain(brief(record_of(LEVEL, change=CHANGE)).title) == (
        "Spending is level: +1.0 % [−2.0, +4.0]"
    )


def test_a_budget_in_danger_comes_first_with_what_would_help():
    head = brief(
        record_of(MOVED, OVER, outlook=outlook(BUDGET), opportunities=opportunities(SAVING))
    )
    assert head.title == OVER["title"]
    assert (head.state, head.tone, head.needs_decision) == ("over budget", "bad", True)
    assert head.decision.title == "Spend less on everything, or raise it"
    assert plain(head.decision.text) == (
        "$300.52 of $415 are spent, with eleven days to go; as things go, all of it by 29 November "
        "2026. The largest saving in sight: cache the prompt’s repeated start (ann), worth $12.10 "
        "to $18.40 a month."
    )
    month = head.tiles[1]
    assert (month.name, month.value, month.tone) == ("November, expected", "$430", "bad")
    assert plain(month.detail) == "88 % to exceed $415"


def test_a_saving_is_the_decision_where_nothing_is_in_danger():
    head = brief(record_of(LEVEL, opportunities=opportunities(SAVING)))
    assert (head.state, head.tone) == ("save", "good")
    assert plain(head.decision.title) == (
        "Cache the prompt’s repeated start (ann): worth $12.10 to $18.40 a month"
    )
    assert head.decision.note.startswith(
        "What could go wrong: The provider may drop the cache sooner. Periods"
    )
    assert [tile.name for tile in head.tiles] == ["Spent in 28 days", "Savings to try, a month"]


def test_what_needs_a_trial_is_to_be_tried():
    one = SAVING | {"state": "try"}
    head = brief(record_of(LEVEL, opportunities=opportunities(one, one | {"whom": "bob"})))
    assert head.state == "try"
    assert plain(head.decision.title) == (
        "Try first: cache the prompt’s repeated start (ann), worth $12.10 to $18.40 a month"
    )
    assert "Next: cache the prompt’s repeated start (bob)" in head.decision.text


def test_no_evidence_of_a_saving_is_no_decision():
    none = SAVING | {"state": "no evidence"}
    head = brief(record_of(LEVEL, opportunities={"found": [none], "together": None}))
    assert head.decision.title == "Nothing to decide"
    assert len(head.tiles) == 1


@pytest.mark.parametrize(("tokens", "title"), [(0.049, "Nothing to decide"), (0.12, "Add prices")])
def test_prices_come_first_where_many_tokens_have_none(tokens, title):
    checks = [{"key": "cost", "tokens": tokens}]
    decision = brief(record_of(LEVEL, trust={"checks": checks})).decision
    assert decision.title.startswith(title)
    if tokens > 0.05:
        assert plain(decision.text).startswith("12.0 % of tokens are of requests without logged")


def test_too_few_days_are_a_reason_to_wait():
    none = MOVED | {"state": "not enough data", "size": None, "lift": None}
    decision = brief(record_of(none)).decision
    assert decision.title == "Wait for more data"
    assert decision.text == "10 days, expected two weeks at least."
