"""What is said of spending, in each state."""

import pytest

from assay.present.costs import brief, spending_blocks, tell
from assay.present.format import NARROW, SPACE
from assay.present.prose.costs.money import between, spread, usd

PERIOD = {"days": 28, "requests": 1200, "unknown": 0, "usd": 336.0, "daily": 12.0}
RECENT = PERIOD | {"first": "2026-10-23", "last": "2026-11-19"}
BEFORE = PERIOD | {"first": "2026-09-25", "last": "2026-10-22", "usd": 300.0, "daily": 10.71}
WHOLE = RECENT | {"first": "2026-09-25", "days": 56, "usd": 636.0, "requests": 2400}
RISE = {"value": 0.12, "low": 0.08, "high": 0.16}
FINDING = {
    "key": "spending/all",
    "state": "rose",
    "evidence": "before-after",
    "needs_decision": False,
    "size": {"value": 1.29, "low": 0.8, "high": 1.8},
    "lift": RISE,
    "confidence": 0.95,
    "n": 1200,
    "action": "",
}


def plain(text):
    return text.replace(SPACE, " ").replace(NARROW, " ")


def told(finding=FINDING, **spending):
    own = {
        "whole": WHOLE,
        "recent": RECENT,
        "before": BEFORE,
        "change": finding["size"],
        "why_not": "",
        "models_unknown": [],
        "days": [
            {"day": "2026-09-25", "usd": 10.0, "requests": 9},
            {"day": "2026-11-19", "usd": 14.0, "requests": 9},
        ],
    }
    record = {"findings": [finding], "spending": own | spending, "confidence": 0.95}
    record |= {"change": None, "trust": {"checks": []}}
    return tell(record)


@pytest.mark.parametrize(
    ("finding", "title"),
    [
        ({}, "Spending rose by 12.0 % [8.0, 16.0]"),
        (
            {"state": "fell", "lift": {"value": -0.12, "low": -0.16, "high": -0.08}},
            "Spending fell by 12.0 % [8.0, 16.0]",
        ),
        (
            {"state": "steady", "lift": {"value": 0.01, "low": -0.02, "high": 0.04}},
            "Spending is level: +1.0 % [−2.0, +4.0]",
        ),
        ({"lift": None}, "Spending rose by $1.29 [0.80, 1.80] a day"),
        (
            {"state": "not enough data", "size": None, "lift": None},
            "$636.00 were spent in 56 days, 25 September to 19 November 2026",
        ),
    ],
)
def test_the_title_says_what_became_of_spending(finding, title):
    assert plain(brief(told(FINDING | finding)).title) == title


def test_what_is_not_known_is_not_told_as_nothing():
    finding = FINDING | {"state": "not enough data", "size": None, "lift": None}
    whole = WHOLE | {"usd": 0.0, "unknown": WHOLE["requests"]}
    title = "What was spent is not known: 2 400 requests without cost or price"
    assert plain(brief(told(finding, whole=whole)).title) == title


def test_amounts_have_the_digits_that_they_can_bear():
    assert [plain(usd(value)) for value in (0.0, 3e-16, 0.00423, 12.5, 3181.4, -2.0, None)] == [
        *("$0.00", "$0.00", "$0.00423", "$12.50", "$3 181", "−$2.00", "–"),
    ]
    assert spread({"value": 52.1, "low": 30.2, "high": 74.0}, signed=True) == "+$52 [+30, +74]"
    assert spread({"value": 44.0, "low": 42.64, "high": 45.8}) == "$44.00 [42.64, 45.80]"
    assert spread({"value": 440.0, "low": 438.4, "high": 441.8}) == "$440 [438, 442]"
    assert between({"value": 430, "low": 410.2, "high": 450.9}) == "$410 to $451"


def test_a_single_day_has_words_but_no_figure():
    record = told(
        FINDING | {"state": "not enough data", "size": None, "lift": None},
        recent=None,
        before=None,
        days=[{"day": "2026-11-19", "usd": 14.0, "requests": 9}],
    )
    (section,) = spending_blocks(record)
    assert plain(section.heading).startswith("$636.00 in 56 days")


def test_the_figure_tells_both_means():
    _, figure = spending_blocks(told())
    assert "$12.00 a day in 23 October to 19 November 2026" in plain(figure.alt)
    assert "$10.71 a day" in plain(figure.alt)
