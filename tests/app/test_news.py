"""What counts as a change: what is judged anew, and what moved by more than its errors."""

from typing import Any

import pytest

from assay.app.news import changes_between


def finding(**more: Any) -> dict[str, Any]:
    known = {
        "key": "ctr", "what": "CTR", "state": "undecided", "tone": "neutral",
        "needs_decision": False, "evidence": "randomised", "unit": "share", "n": 1000,
        "size": {"value": 0.04, "low": 0.01, "high": 0.07}, "lift": None, "confidence": 0.95,
        "action": "wait", "reason": "", "title": "CTR may rise", "plain": "", "exact": "",
    }  # fmt: skip
    return known | more


def result(*findings: dict[str, Any], kind: str = "t", **brief: Any) -> dict[str, Any]:
    return {
        "schema": {"kind": kind, "version": 1},
        "findings": list(findings),
        "brief": brief or None,
    }


BEFORE = result(finding())


@pytest.mark.parametrize(
    "now",
    [
        result(finding()),
        result(finding(n=2000, title="CTR may rise by 4.1 %")),
        result(finding(size={"value": 0.05, "low": 0.02, "high": 0.08})),  # within its errors
    ],
)
def test_what_says_the_same_or_moved_within_its_errors_is_no_news(now) -> None:
    assert changes_between(BEFORE, now) == ()


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (result(finding(state="ship")), "CTR: state undecided → ship"),
        (result(finding(needs_decision=True)), "CTR: needs a decision no → yes"),
        (result(finding(size={"value": 0.4, "low": 0.39, "high": 0.41})), "CTR: effect "),
        (result(), "Gone: CTR may rise"),
        (
            result(finding(), finding(key="cost", what="Cost", title="Cost falls")),
            "New: Cost falls",
        ),
        (result(finding(), kind="other"), "The result is of another kind than before"),
        (result(finding(), state="ship"), "State: – → ship"),
    ],
)
def test_a_change_is_told_in_a_sentence(now, told) -> None:
    assert any(sentence.startswith(told) for sentence in changes_between(BEFORE, now))


def test_a_notebook_that_hands_nothing_over_has_no_news() -> None:
    assert changes_between({}, BEFORE) == ()
