"""What two results say differently; every expected number is worked out by hand beside it."""

from copy import deepcopy
from typing import Any

import pytest

from assay.analysis.comparing import compare
from assay.core.errors import ParameterError


def finding(key: str = "Success/new", **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "what": key.partition("/")[0],
        "state": "undecided",
        "tone": "neutral",
        "needs_decision": False,
        "evidence": "randomised",
        "unit": "share",
        "size": {"value": 0.02, "low": 0.00, "high": 0.05},
        "lift": {"value": 0.04, "low": 0.00, "high": 0.10},
        "n": 1000,
        "confidence": 0.95,
        "action": "wait",
        "reason": "",
        "title": f"{key} is undecided",
    } | more


def result(*findings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "schema": {"kind": "ab-test", "version": 1},
        "findings": list(findings),
        "units": {},
        "brief": {"state": "undecided", "needs_decision": False, "title": "t"},
        "sources": [],
        "alpha": 0.05,
    } | more


def size(value: float, low: float | None, high: float | None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}


def test_the_same_is_the_same() -> None:
    found = compare(result(finding()), result(finding()))
    assert not found.differs
    assert [each.kind for each in found.findings] == ["same"]


def test_last_digits_of_a_parallel_sum_are_no_change() -> None:
    later = finding(size=size(0.02 * (1 + 1e-12), 0.0, 0.05))
    assert not compare(result(finding()), result(later)).differs


def test_a_change_within_both_errors_and_one_beyond() -> None:
    # Up by 0.04: errors facing each other are 0.05 − 0.02 = 0.03 and 0.06 − 0.04 = 0.02, sum 0.05.
    within = compare(result(finding()), result(finding(size=size(0.06, 0.04, 0.08)))).findings[0]
    assert within.size.judged == "within"
    assert within.size.change.low == pytest.approx(0.04 - 0.05)
    assert within.size.change.high == pytest.approx(0.08 - 0.00)
    assert within.size.change.relative == pytest.approx(2.0)
    # By squares √(0.03² + 0.02²) = 0.036: beyond, had the data nothing in common.
    alone = compare(
        result(finding()), result(finding(size=size(0.06, 0.04, 0.08))), independent=True
    )
    assert alone.findings[0].size.judged == "beyond"
    beyond = compare(result(finding()), result(finding(size=size(0.09, 0.06, 0.12))))
    assert (beyond.beyond, beyond.judged) == (1, 1)


def test_findings_are_matched_by_key_not_by_place() -> None:
    one, other = finding("A/new"), finding("B/new", size=size(0.5, 0.4, 0.6))
    found = compare(result(one, other), result(other, one))
    assert not found.differs


def test_findings_appear_and_vanish() -> None:
    found = compare(result(finding("A/new")), result(finding("B/new")))
    assert {each.key: each.kind for each in found.findings} == {
        "B/new": "appeared",
        "A/new": "vanished",
    }


def test_flips_come_first() -> None:
    moved = finding("A/new", size=size(0.5, 0.4, 0.6))
    flipped = finding("B/new", state="ship", needs_decision=True, action="ship")
    before = result(finding("A/new"), finding("B/new"))
    after = result(moved, flipped, brief={"state": "ship", "needs_decision": True, "title": "t"})
    found = compare(before, after)
    assert [each.key for each in found.findings] == ["B/new", "A/new"]
    told = [(flip.what, flip.before, flip.after) for flip in found.findings[0].flips]
    assert told == [
        ("state", "undecided", "ship"),
        ("needs a decision", "no", "yes"),
        ("action", "wait", "ship"),
    ]
    assert [flip.what for flip in found.flips] == ["state", "needs a decision"]


@pytest.mark.parametrize(
    ("later", "told"),
    [
        ({"confidence": 0.9}, "95 % confidence, then 90 %"),
        ({"evidence": "association"}, "known by randomised, then by association"),
        ({"unit": "USD"}, "the unit was share, is USD"),
    ],
)
def test_what_cannot_be_held_against_each_other_is_not(later: dict[str, Any], told: str) -> None:
    moved = finding(size=size(0.9, 0.8, 1.0), **later)
    found = compare(result(finding()), result(moved)).findings[0].size
    assert found.judged == "not comparable"
    assert told in found.reason
    assert found.change is None or found.change.low is None


def test_another_method_is_told() -> None:
    def with_method(name: str, low: float) -> dict[str, Any]:
        interval = size(0.2, low, 0.3)
        comparison = {"metric": "Success", "difference": interval, "method": {"name": name}}
        return result(finding(size=interval), comparisons=[comparison])

    found = compare(with_method("Welch t", 0.1), with_method("bootstrap", 0.11)).findings[0].size
    assert found.judged == "not comparable"
    assert found.reason == "the method was Welch t, is bootstrap"


def test_without_an_interval_a_change_is_no_evidence() -> None:
    before, after = (result(rows=rows, units={"/rows": "count"}) for rows in (100, 120))
    (rows, alpha) = sorted(compare(before, after).numbers, key=lambda each: each.name != "rows")
    assert (rows.judged, rows.change.value, rows.unit) == ("without interval", 20, "count")
    assert alpha.judged == "same"


def test_a_number_that_could_not_be_had_before() -> None:
    before = finding(size=size(0.0, None, None) | {"value": None})
    found = compare(result(before), result(finding())).findings[0]
    assert (found.size.judged, found.size.reason) == ("appeared", "there was no number")


def test_an_end_that_is_not_there() -> None:
    # Up: the earlier high end faces the later low end; the others may be missing.
    before = finding(size=size(0.02, None, 0.05), lift=None)
    after = finding(size=size(0.2, 0.1, None), lift=None)
    assert compare(result(before), result(after)).findings[0].size.judged == "beyond"
    assert compare(result(after), result(before)).findings[0].size.judged == "beyond"
    unknown = finding(size=size(0.02, 0.0, None), lift=None)
    moved = compare(result(unknown), result(after)).findings[0].size
    assert moved.judged == "without interval"


def test_rows_of_a_result_are_matched_by_what_they_are_about() -> None:
    def rows(*names: str) -> dict[str, Any]:
        at = {f"/segments/{i}/n": "count" for i in range(len(names))}
        return result(segments=[{"segment": n, "n": len(n)} for n in names], units=at)

    found = compare(rows("free", "business"), rows("business", "free", "plus"))
    moved = [each for each in found.numbers if each.differs]
    assert [(each.name, each.judged, each.at_after) for each in moved] == [
        ("segments/plus/n", "appeared", "/segments/2/n")
    ]


def test_another_level_of_the_whole_report() -> None:
    before = result(value={"value": 1.0, "low": 0.5, "high": 1.5}, units={"/value/value": "1"})
    after = deepcopy(before) | {"alpha": 0.1, "value": {"value": 9.0, "low": 8.0, "high": 9.5}}
    moved = {each.name: each for each in compare(before, after).numbers}["value"]
    assert (moved.judged, moved.unit) == ("not comparable", "1")


def test_results_of_another_kind_are_refused_and_of_another_form_told() -> None:
    other = result(schema={"kind": "trend", "version": 1})
    with pytest.raises(ParameterError, match="of kind 'ab-test' cannot be compared"):
        compare(result(), other)
    newer = result(schema={"kind": "ab-test", "version": 2})
    assert "version 1, then 2" in compare(result(), newer).remarks[0]
