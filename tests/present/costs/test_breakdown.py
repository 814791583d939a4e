"""What is said of where money went: singular and plural, nothing spent, nothing known."""

import pytest

from assay.present.blocks import Note, Section, Table
from assay.present.costs import breakdown_blocks, tell
from assay.present.figures import Figure
from assay.present.format import NARROW, SPACE

KEYS = {
    "per request": "USD",
    "per 1,000 tokens": "USD",
    "per success": "USD",
    "per rating point": "USD",
    "per session": "USD",
    "per user": "USD",
    "successes per 1,000 tokens": "1",
    "rating per 1,000 tokens": "1",
}
SIZE = {"value": 0.0153, "low": 0.0146, "high": 0.0159}


def plain(text):
    return text.replace(SPACE, " ").replace(NARROW, " ")


def ratios(estimate=SIZE, reason=""):
    return [
        {"key": key, "unit": unit, "estimate": estimate, "n": 1200.0, "groups": 64, "reason": reason}
        for key, unit in KEYS.items()
    ]  # fmt: skip


def group(name, usd, share, kind="group", **more):
    own = {"name": name, "kind": kind, "requests": 600, "unknown": 0, "tokens": 9000, "usd": usd}
    return own | {"share": share, "cumulative": share, "ratios": ratios()} | more


SPLIT = {
    "column": "agent_id",
    "values": 9,
    "folded": 7,
    "small": 1,
    "vital": 1,
    "vital_share": 0.8,
    "groups": [group("planner", 90.0, 0.9), group("", 10.0, 0.1, "others")],
}
PERIOD = {"complete": True, "usd": 50.0, "requests": 300, "ratios": ratios()}


def broken_down(**changed):
    own = {
        "first": "2026-10-01",
        "last": "2026-11-19",
        "unit": "user",
        "k": 10,
        "usd": 100.0,
        "requests": 1200,
        "unknown": 0,
        "unknown_tokens": 0.0,
        "part": 1.0,
        "ratios": ratios(),
        "splits": [SPLIT],
        "wasted": [
            {"kind": "failed", "usd": 24.0, "share": {"value": 0.24, "low": 0.23, "high": 0.25}},
            {"kind": "retried", "usd": 1.0, "share": {"value": 0.01, "low": 0.008, "high": 0.012}},
        ],
        "every": "month",
        "periods": [
            PERIOD | {"start": "2026-10-01"},
            PERIOD | {"start": "2026-11-01", "complete": False},
        ],
        "caches": [],
        "cached": None,
        "expenses": [],
        "expenses_usd": 0.0,
        "models_share": None,
    }
    return {"breakdown": own | changed, "findings": []}


def blocks(kind, record):
    return [one for one in breakdown_blocks(record) if isinstance(one, kind)]


def headings(record):
    return [plain(one.heading) for one in blocks(Section, record)]


def test_who_takes_most_what_a_success_costs_and_what_was_wasted():
    assert headings(broken_down()) == [
        "planner takes 90.0 % of spending; one of nine agents makes 80 %",
        "A success costs $0.01530 [0.01460, 0.01590]",
        "24.00 % [23.00, 25.00] of spending went to what failed; $1.00 to repeats",
    ]
    table = blocks(Table, broken_down())[0]
    assert [plain(cell) for cell in table.rows[1][:5]] == [
        "others",
        "$10.00",
        "10.0 %",
        "10.0 %",
        "600",
    ]
    (note,) = blocks(Note, broken_down())
    assert plain(note.text) == (
        "“others” are 7 agents together; one of them has fewer than 10 users and is told with "
        "others only."
    )
    assert [plain(one.alt).split(":")[0] for one in blocks(Figure, broken_down())] == [
        "Spending by agent",
        "Cost per success by agent",
        "Cost per success by month",
    ]


def test_what_caches_would_have_had_is_said_to_be_beside_the_others():
    size = {"value": 0.04, "low": 0.03, "high": 0.05}
    kinds = [{"kind": kind, "usd": 4.0, "share": size} for kind in ("failed", "cacheable")]
    waste = blocks(Section, broken_down(wasted=kinds))[-1]
    assert plain(waste.heading) == "4.0 % [3.0, 5.0] of spending went to what failed"
    assert waste.lead.endswith("is beside these, at the pace of the newest weeks.")
    alone = blocks(Section, broken_down(wasted=[kinds[0] | {"usd": 0.0}, kinds[1]]))[-1]
    saved = "Caches could save 4.0 % [3.0, 5.0] of spending, if prompts repeat"
    assert plain(alone.heading) == saved


def test_groups_that_are_withheld_for_want_of_users_are_not_called_unknown():
    split = SPLIT | {"groups": [group("", 100.0, 1.0, "others")]}
    told = "Spending by agent is not told: too few users stand behind each"
    assert told in headings(broken_down(splits=[split]))


def test_what_has_no_price_is_never_told_as_nothing():
    unknown = group("secret", 0.0, 0.0, unknown=600)
    split = SPLIT | {"groups": [group("planner", 100.0, 1.0), unknown], "folded": 0, "values": 2}
    record = broken_down(splits=[split], unknown=600, unknown_tokens=0.031)
    assert plain(blocks(Table, record)[0].rows[1][1]) == "not known"
    first = blocks(Section, record)[0]
    assert plain(first.heading) == "planner takes 100.0 % of spending"
    assert "Of 600 requests (3.1 % of tokens) no cost is known" in plain(first.lead)


@pytest.mark.parametrize(
    ("cached", "heading"),
    [
        (
            {"read_tokens": 10, "net": 7.5, "saved": 8.0, "surcharge": 0.5},
            "Caches saved $7.50: 53.0 % of the tokens sent were read from one",
        ),
        (
            {"read_tokens": 10, "net": -2.0, "saved": 1.0, "surcharge": 3.0},
            "Caches cost $2.00 more than they saved: 53.0 % of the tokens sent were read from one",
        ),
        (
            {"read_tokens": 0, "net": 0.0, "saved": 0.0, "surcharge": 0.0},
            "No prompt was read from a cache",
        ),
    ],
)
def test_caches_save_or_cost(cached, heading):
    record = broken_down(cached=cached | {"share": 0.53, "sent_tokens": 100})
    assert headings(record)[-1] == heading


def test_other_costs_stand_beside_and_what_has_no_rate_in_no_sum():
    entries = {"entries": 2, "currencies": ["CHF"], "unconverted": 1}
    record = broken_down(
        expenses=[entries | {"category": "people", "usd": 300.0}],
        expenses_usd=300.0,
        models_share=0.25,
    )
    expected = "Costs beside models were $300.00; models are 25.0 % of all costs"
    assert headings(record)[-1] == expected
    note = plain(blocks(Note, record)[-1].text)
    assert note == "One entry in CHF is in no sum: no rate is in force on the day (rates.yaml)."


def test_without_money_outcomes_or_a_breakdown_little_is_said():
    none = ratios(None, "no success")
    nothing = group("planner", 0.0, 0.0) | {"ratios": none}
    record = broken_down(
        usd=0.0, splits=[SPLIT | {"groups": [nothing]}], ratios=none, periods=[], wasted=[]
    )
    assert headings(record) == [
        "Spending by agent is not told: no cost is known",
        "What an outcome costs is not known",
    ]
    assert breakdown_blocks({"breakdown": None}) == ()


@pytest.mark.parametrize(
    ("changed", "end"),
    [
        ({}, "Intervals know that a user’s requests resemble each other."),
        ({"part": 0.05}, "from a random 5.0 % of users; what was spent is of all."),
        ({"unit": "request"}, "as neither users nor sessions are known."),
    ],
)
def test_whose_ratios_they_are_is_said(changed, end):
    section = blocks(Section, broken_down(**changed))[1]
    assert plain(section.lead).endswith(end)


def test_findings_are_told_as_the_headings_are():
    cached = {"share": 0.53, "sent_tokens": 100, "read_tokens": 53, "net": 7.5}
    record = broken_down(cached=cached, unknown=1, unknown_tokens=0.001)
    keys = ("breakdown/agent_id", "breakdown/wasted/failed", "breakdown/cached")
    finding = {"size": None, "confidence": 0.95, "n": 1200}
    record["findings"] = [finding | {"key": key} for key in (*keys, "breakdown/unknown")]
    assert [plain(one["title"]) for one in tell(record)["findings"]] == [
        "planner takes 90.0 % of spending; one of nine agents makes 80 %",
        "24.00 % [23.00, 25.00] of spending went to what failed; $1.00 to repeats",
        "Caches saved $7.50: 53.0 % of the tokens sent were read from one",
        "Of one request (0.10 % of tokens) no cost is known",
    ]
