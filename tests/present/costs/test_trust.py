"""What is said of how far the amounts can be trusted."""

from assay.present.blocks import Details, Mark, Note, Section, Table
from assay.present.costs import trust_blocks
from assay.present.format import NARROW, SPACE


def plain(text):
    return text.replace(SPACE, " ").replace(NARROW, " ")


def check(key, count=0, **more):
    return {
        "key": key,
        "count": count,
        "among": 200,
        "share": count / 200,
        "tokens": 0.0,
        "usd": 0.0,
        "looked": True,
    } | (more)


def record_of(*checks, **spending):
    doubt = {
        "provider": "acme",
        "model": "new",
        "reason": "no price of this model",
        "requests": 20,
        "tokens": 0.125,
        "logged": 0.5,
    }
    own = {"apart": 0, "models_unknown": [], "usd_with_apart": 0.0, "whole": {"usd": 192.69}}
    return {
        "spending": own | spending,
        "trust": {
            "checks": checks,
            "unpriced": [doubt],
            "more_unpriced": 2,
            "assumed": [],
            "more_assumed": 0,
        },
    }


def test_what_is_clean_says_so_and_what_was_not_looked_at_too():
    blocks = trust_blocks(record_of(check("cost"), check("price", looked=False), check("undated")))
    section, table = blocks[:2]
    assert isinstance(section, Section)
    assert section.heading == "Two checks passed"
    assert isinstance(table, Table)
    found = [(row[1], row[2].text) for row in table.rows]
    assert found == [
        ("none: every request has a cost", "fine"),
        ("not looked at: no price list was named", "not looked at"),
        ("none", "fine"),
    ]


def test_totals_that_are_too_low_and_both_totals_are_remarks():
    record = record_of(
        check("cost", 25, tokens=0.125),
        check("implausible", 1, usd=9990.01),
        check("empty days"),
        apart=1,
        usd_with_apart=10182.7,
        models_unknown=["new"],
    )
    section, *blocks = trust_blocks(record)
    assert section.heading == "One check passed, two remarks"
    notes = [plain(one.text) for one in blocks if isinstance(one, Note)]
    assert notes == [
        (
            "All totals are too low: 12.5 % of tokens are of requests (new) that have neither a "
            "logged cost nor a price. `assay prices missing` says what to add."
        ),
        "One record of an implausible cost is set apart: $192.69 were spent without, $10 183 with.",
    ]
    (table,) = (one for one in blocks if isinstance(one, Table))
    assert plain(table.rows[0][1]) == "25 of 200 (12.5 %), 12.5 % of tokens"
    assert table.rows[1][2] == Mark(f"$9{NARROW}990 in no total", "attention", tag=True)


def test_models_without_a_price_are_told_with_their_share_and_the_rest_counted():
    *_, details = trust_blocks(record_of(check("cost"), check("price", 20, tokens=0.125, usd=0.5)))
    assert isinstance(details, Details)
    table, rest = details.blocks
    assert [plain(cell) for cell in table.rows[0]] == [
        *("acme new", "No price of this model", "20", "12.5 %", "$0.50"),
    ]
    assert rest == "Two more models in result.json."
