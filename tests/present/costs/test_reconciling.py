"""What the section on reconciliation says, of a record made by hand."""

import pytest

from assay.present.costs import reconciling_blocks, tell
from assay.present.costs.reconciling import Details, Note, Section, Table

HELD = {
    "requests": 40,
    "logged": 90.0,
    "listed": 120.0,
    "input": 60.0,
    "cache_read": 20.0,
    "cache_write": 0.0,
    "output": 40.0,
    "request": 0.0,
}
MODEL = {"provider": "openai", "model": "gpt", "tier": None}
RULE = MODEL | {
    "cache": "inside",
    "reasoning": "as is",
    "price": "day",
    "label": "",
    "factor": 1.0,
    "fee": 0.0,
    "prices": [],
    "requests": 38,
    "first": "2026-05-01",
    "last": "2026-05-20",
    "logged": 88.0,
    "listed": 118.0,
    "by_rule": 88.0,
}
BILL = {
    "month": "2026-05",
    "provider": "openai",
    "state": "differs",
    "billed": 100.0,
    "currency": "USD",
    "amount": 100.0,
    "logged": 90.0,
    "spent": 90.0,
    "gap": 10.0,
    "share": 0.1,
    "without_price": 3,
    "days": 20,
    "of_days": 31,
    "nearest": "",
}


def finding(key, state, value, **more):
    size = None if value is None else {"value": value, "low": value, "high": value}
    return {
        "key": key,
        "what": "openai",
        "state": state,
        "size": size,
        "n": 38,
        "confidence": 0.95,
        "needs_decision": False,
    } | more


def told(**more):
    found = {
        "requests": 50,
        "logged": 41,
        "looked_at": 41,
        "total": 10_080.0,
        "total_without": 90.0,
        "apart": [
            MODEL
            | {
                "interaction_id": "x-1",
                "at": "2026-05-07T10:00:00",
                "tokens": 10_033,
                "logged": 9_990.0,
                "usual": 0.02,
                "times": 499_500.0,
            }
        ],
        "apart_requests": 1,
        "reproduced": {"value": 0.05, "low": 0.05, "high": 0.05},
        "named": {"value": 1.0, "low": 1.0, "high": 1.0},
        "held": HELD,
        "unpriced": 2,
        "unpriced_usd": 1.5,
        "unpriced_tokens": 0.03,
        "models": [
            MODEL
            | {"held": HELD, "looked_at": 40, "reproduced": 2, "explained": 38}
            | {"days": 20, "days_off": 19}
        ],
        "days": [
            MODEL | {"day": "2026-05-02", "held": HELD, "reason": "by a rule", "reason_requests": 3}
        ],
        "days_off": 19,
        "rules": [RULE],
        "reasons": [
            {
                "reason": "dearer, no rule explains it",
                "certainty": "none",
                "requests": 1,
                "models": 1,
                "logged": 2.0,
                "listed": 1.0,
                "implied": 0,
                "whole": 0,
            }
        ],
        "strays": [
            MODEL
            | {
                "interaction_id": "s-1",
                "day": "2026-05-02",
                "logged": 2.0,
                "listed": 3.0,
                "explained": 2.0,
                "reason": "by a rule",
                "rule": 0,
                "tokens": None,
            }
        ],
        "stray_requests": 39,
        "bills": [BILL],
    } | more
    findings = [
        finding("reconciling/twice/openai", "twice", -30.0, needs_decision=True),
        finding("reconciling/bill/openai/2026-05", "bill: differs", 10.0, needs_decision=True),
        finding("reconciling/apart", "set apart", 9_990.0, n=1),
        finding("reconciling/open", "unexplained", 1.0, n=1),
    ]
    return tell({"reconciliation": found, "findings": findings})


def plain(text):
    return text.replace("\xa0", " ").replace("\u202f", " ")


def cells(table):
    return [[plain(one if isinstance(one, str) else one.text) for one in row] for row in table.rows]


def test_a_double_count_is_said_first_and_with_what_to_do():
    blocks = reconciling_blocks(told())
    assert isinstance(blocks[0], Section)
    assert (
        plain(blocks[0].heading)
        == "5.0 % of logged costs that have a list price agree with it to 1 %; in sum $30.00 below it"
    )
    assert "without one record set apart as implausible: $90.00" in plain(blocks[0].lead)
    notes = [plain(one.text) for one in blocks if isinstance(one, Note)]
    assert notes[0].startswith(
        "Cached tokens were counted twice for openai: 38 requests come out $30.00 above what was "
        "logged; declare `cached: inside`"
    )
    assert notes[1].startswith("The bill of openai for May 2026 is $10.00 (10.0 % of it) above")
    assert "3.0 % of all tokens" in notes[2]


def test_tables_hold_models_reasons_bills_and_the_appendix():
    reasons, bills = (one for one in reconciling_blocks(told()) if isinstance(one, Table))
    folded = [one for one in reconciling_blocks(told()) if isinstance(one, Details)]
    (models,), (apart, days, strays) = (one.blocks for one in folded)
    assert cells(models)[0][:4] == ["openai: gpt", "40", "$90.00", "$120.00"]
    assert cells(models)[0][-2:] == ["−$30.00", "5.0 %"]
    assert cells(reasons)[0][0] == ("Cached tokens were counted twice: the input still holds them")
    assert cells(reasons)[1] == [
        "Dearer, no rule explains it",
        "1 model",
        "1",
        "$2.00",
        "$1.00",
        "open",
    ]
    assert cells(bills)[0][-1] == "differs; three requests without cost and price"
    assert cells(apart)[0][3:] == ["10 033", "$9 990", "$0.02"]
    assert "the largest 1 of 19" in days.caption
    assert cells(strays)[0][-1] == "Cached tokens were counted twice: the input still holds them"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"cache": "as is", "fee": 0.01}, "A fee of $0.01 per request, or a few of them"),
        ({"cache": "as is", "factor": 100.0}, "100 times the list price (cents, it seems)"),
        ({"cache": "as is", "factor": 1.055}, "1.055 times the list price"),
        (
            {"cache": "as is", "price": "date", "label": "2025-01-01"},
            "At the price from 1 January 2025 on, another one",
        ),
        ({"cache": "as is", "price": "tier", "label": "batch"}, "At the price of tier batch"),
        (
            {"cache": "as is", "prices": [3.5, 0.0, 0.0, 1.05]},
            "At prices that the list has not: $3.500 input and $1.050 output per million tokens",
        ),
        (
            {"reasoning": "beside"},
            (
                "Cached tokens were counted twice: the input still holds them; reasoning is "
                "charged beside the output, which lacks it"
            ),
        ),
    ],
)
def test_a_rule_is_said_in_words(rule, words):
    reasons = next(
        one for one in reconciling_blocks(told(rules=[RULE | rule])) if isinstance(one, Table)
    )
    assert cells(reasons)[0][0] == words


@pytest.mark.parametrize(
    ("bill", "words"),
    [
        ({"state": "no data", "gap": None, "share": None}, "no data in this month"),
        ({"state": "unknown provider", "nearest": "openai"}, "did you mean openai?"),
        ({"state": "part of the month"}, "data on 20 of 31 days"),
        ({"currency": "EUR", "amount": 85.5}, "billed 85.50 EUR"),
    ],
)
def test_what_a_bill_lacks_is_said(bill, words):
    tables = [
        one for one in reconciling_blocks(told(bills=[BILL | bill])) if isinstance(one, Table)
    ]
    assert words in cells(tables[1])[0][-1]


def test_nothing_is_shown_where_nothing_was_held():
    assert reconciling_blocks({"reconciliation": None, "findings": []}) == ()
    found = told()["reconciliation"] | {"reproduced": None, "models": [], "rules": []}
    empty = {"reconciliation": found | {"reasons": [], "bills": [], "strays": []}, "findings": []}
    assert reconciling_blocks(empty)[0].heading == (
        "No logged cost can be held against a list price"
    )
