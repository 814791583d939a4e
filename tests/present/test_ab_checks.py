"""What an A/B report says of the checks that were made."""

from dataclasses import replace

import pytest

from assay.analysis.experiments.validity.checks import Check, Part
from assay.core.provenance import LeftOut
from assay.core.result import record
from assay.present.experiments import (
    brief,
    checks_section,
    checks_table,
    method_details,
    remarks,
    tell,
)
from present.ab_examples import RESULTS, comparison, result

FINE = Check(
    key="sample ratio by/platform", kind="sample ratio by", subject="platform", status="passes",
    p_value=0.4, threshold=0.001, where="app", parts=(Part(label="a", count=5, whole=9),),
)  # fmt: skip
WRONG = replace(
    FINE, status="warns", p_value=2e-9, since="2026-10-20",
    parts=(Part(label="control", count=7100, whole=13000), Part(label="b", count=5900, whole=13000)),
)  # fmt: skip
CROSSED = Check(
    key="several arms", kind="several arms", subject="user_id", status="blocks", share=0.08,
    threshold=0.05, reason="8 % of the units were in more than one arm",
    remedy="find out why units change arms",
)  # fmt: skip
LACKING = Check(
    key="missing/Rating", kind="missing", subject="Rating", status="blocks", p_value=1e-6,
    threshold=0.001, reason="30 % of control and 40 % of b have no value of Rating",
    parts=(Part(label="control", count=300, whole=1000), Part(label="b", count=400, whole=1000)),
)  # fmt: skip
BEFORE = Check(
    key="before/visits/b", kind="before", subject="visits", status="passes", p_value=0.3,
    threshold=0.001, where="b",
)  # fmt: skip
FAR = Check(
    key="outliers/Spend/b", kind="outliers", subject="Spend", status="warns", moved=-2.4,
    threshold=2.0, where="b", parts=(Part(label="farthest out", count=3, whole=2400),),
)  # fmt: skip
SPILL = Check(
    key="shared/workspace_id", kind="shared", subject="workspace_id", status="warns", share=0.57,
    threshold=0.05, parts=(Part(label="with several arms", count=2, whole=5),),
)  # fmt: skip


def plain(text):
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-")


def of(*checks, **changes):
    return record(result(comparison(), checks=checks, left_out=(), **changes), kind="ab-test")


def rows(told):
    return {
        plain(name): (plain(found), verdict.text)
        for name, found, verdict in checks_table(told).rows
    }


def said(told):
    return [plain(note.text) for note in remarks(told)]


def test_a_fault_is_told_where_it_is_and_since_when():
    told = of(WRONG)
    assert rows(told)["Sizes within each platform"] == (
        "7 100 : 5 900 where platform is app; p < 0.0001", "not as planned there",
    )  # fmt: skip
    assert "It shows from 20 October 2026 on." in said(told)[0]
    assert rows(of(FINE))["Sizes within each platform"] == (
        "every platform as planned", "as planned",
    )  # fmt: skip


def test_what_was_there_before_is_alike_or_not():
    assert rows(of(BEFORE))["Before the exposure: visits"] == (
        "alike in all arms; p = 0.300", "alike",
    )  # fmt: skip
    told = of(replace(BEFORE, status="warns", p_value=1e-5))
    assert rows(told)["Before the exposure: visits"][0] == "differs in b; p < 0.0001"
    assert "whether arms were drawn at random" in said(told)[0]


def test_units_that_decide_alone():
    told = of(FAR)
    assert rows(told)["Farthest units: spend"] == (
        "without three units of 2 400 its difference moves by 2.4 standard errors",
        "rests on a few",
    )
    assert "winsorising" in said(told)[0]
    quiet = of(replace(FAR, status="passes", moved=0.31))
    assert rows(quiet)["Farthest units"][1] == "no matter"
    unseen = of(replace(FAR, status="open", moved=None, reason="values are not kept"))
    assert rows(unseen)["Farthest units"] == ("values are not kept", "not looked at")
    assert checks_section(unseen).heading == "Three checks passed, one could not be made"


def test_arms_that_meet():
    told = of(SPILL)
    assert rows(told)["Arms in one workspace"] == (
        "2 of 5 workspaces hold several arms, with 57.0 % of the units", "may spill over",
    )  # fmt: skip
    assert "assign the workspace, not the unit" in said(told)[0]
    assert (
        rows(of(replace(SPILL, status="passes", share=0.0)))["Arms in one workspace"][1] == "apart"
    )


def test_too_many_units_in_several_arms_withhold_the_verdict():
    left = LeftOut(
        what="units in more than one arm",
        count=800,
        reason="which arm acted on them cannot be told",
        share=0.08,
    )
    blocked = replace(comparison(), verdict="blocked", reason=CROSSED.reason)
    made = result(
        blocked, verdict="blocked", reason=CROSSED.reason, checks=(CROSSED,), left_out=(left,)
    )
    told = tell(record(made, kind="ab-test"))
    assert rows(told)["Units in more than one arm"][1] == "too many"
    assert checks_section(told).heading.startswith("A check failed: units in more than one arm")
    head = brief(told)
    assert "8 % of the units were in more than one arm" in plain(head.title)
    assert "Find out why units change arms." in plain(head.decision.text)
    assert "sizes" not in head.title


def test_missing_values_that_differ_silence_their_metric():
    rating = replace(
        comparison("Rating", role="secondary", missing=400, missing_control=300, n=600, n_control=700),
        verdict="blocked", reason=LACKING.reason,
    )  # fmt: skip
    made = result(comparison(), rating, checks=(LACKING,), left_out=())
    told = record(made, kind="ab-test")
    found, verdict = rows(told)["Missing values of rating"]
    assert (found, verdict) == ("30.0 % in control and 40.0 % in b; p < 0.0001", "differ")
    assert "nothing is concluded from it" in said(told)[0]


@pytest.mark.parametrize(
    ("test", "words"), [("monitor", "all looks together"), ("chi-square", "chi-square")]
)
def test_the_method_names_the_test_of_the_sizes(test, words):
    ratio = replace(RESULTS["ship"].sample_ratio, test=test)
    pairs = dict(method_details(of(sample_ratio=ratio)).blocks[2].pairs)
    assert words in pairs["Sizes of arms"]


def test_a_split_that_broke_says_since_when():
    broken = replace(RESULTS["blocked"].sample_ratio, since="2026-10-20")
    told = record(replace(RESULTS["blocked"], sample_ratio=broken), kind="ab-test")
    assert "It shows from 20 October 2026 on." in said(told)[0]


def test_the_card_says_where_the_split_broke():
    told = tell(record(replace(RESULTS["blocked"], checks=(WRONG,)), kind="ab-test"))
    text = plain(brief(told).decision.text)
    assert "It is seen where platform is app, from 20 October 2026 on. Find out what" in text
    whole = tell(record(replace(RESULTS["blocked"], checks=(FINE,)), kind="ab-test"))
    assert "It is seen" not in plain(brief(whole).decision.text)
