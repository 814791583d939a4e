"""What an A/B report must not claim."""

import json
from dataclasses import replace

from assay.core.result import record
from assay.present.experiments import brief, method_details, tell
from present.ab_examples import GAINLESS, HELD, SUCCESS, UNBOUNDED, UNSURE, result


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-")


def test_what_two_of_three_arms_need_is_told_for_all():
    three = result(replace(UNSURE, needed_n=48_210), verdict="undecided", n=96_420)
    card = brief(tell(record(three, kind="ab-test"))).decision
    assert "about 96 000 more users to decide, 42 days" in plain(card.text)
    assert ("Users so far / needed", "96 420 / 190 000") in [
        (fact.label, plain(fact.value)) for fact in card.facts
    ]


def test_a_margin_binds_guardrails_and_a_region_the_others():
    odd = result(replace(SUCCESS, margin=0.09), replace(HELD, margin=None, equivalence=0.08))
    told = tell(record(odd, kind="ab-test"))
    said = plain(json.dumps([method_details(told).blocks], default=str))
    assert "9 %" not in said
    assert "8 %" not in said
    assert "±1 %" in plain(brief(told).decision.note)


def test_a_region_is_not_held_against_a_change_without_bounds():
    odd = replace(UNBOUNDED, equivalence=0.01, verdict="undecided")
    card = brief(tell(record(result(odd, verdict="undecided"), kind="ab-test"))).decision
    assert "cannot be held against the 1 % of control" in plain(card.note)


def test_nothing_is_said_to_move_where_the_interval_contains_zero():
    card = brief(tell(record(result(GAINLESS, verdict="keep"), kind="ab-test"))).decision
    assert "goes from" not in card.text
