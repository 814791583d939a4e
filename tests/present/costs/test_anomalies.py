"""The section on days and levels that stand out, in each state."""

from assay.present.blocks import Note, Table
from assay.present.costs import anomaly_blocks, tell
from assay.present.figures import Figure
from assay.present.format import NARROW, SPACE
from assay.present.prose.costs.anomalies import who

WHERE = [{"column": "agent_id", "value": "planner"}, {"column": "model", "value": "gpt-5.4"}]
DAY = {
    "kind": "day",
    "first": "2026-06-03",
    "last": "2026-06-03",
    "first_low": "2026-06-03",
    "first_high": "2026-06-03",
    "where": WHERE,
    "days": 1,
    "seen": 22.4,
    "expected": 10.0,
    "excess": 12.4,
    "daily": 12.4,
    "seen_daily": 22.4,
    "expected_daily": 10.0,
    "watched": WHERE[:1],
    "share": 0.92,
}
LEVEL = DAY | {
    "kind": "level",
    "last": "2026-06-30",
    "first_low": "2026-06-01",
    "first_high": "2026-06-05",
    "where": [],
    "days": 28,
    "seen": 560.0,
    "expected": 280.0,
    "excess": 280.0,
    "seen_daily": 20.0,
    "expected_daily": 10.0,
    "watched": [],
    "share": 1.0,
}
SPEND = [
    {"day": f"2026-06-{day:02d}", "seen": 10.0 + day, "expected": 10.0, "low": 5.0, "high": 40.0}
    for day in range(1, 31)
]


def found(**more):
    base = {
        "first": "2026-06-01",
        "last": "2026-06-30",
        "series": 12,
        "false_days": 0.009,
        "false_levels": 0.05,
        "days": [],
        "levels": [],
        "spend": SPEND,
        "apart": 0,
        "apart_usd": 0.0,
        "reason": "",
    }
    return {"anomalies": base | more}


WHOSE = {
    "shape": "one user",
    "days": 1,
    "before": 28,
    "users": 412,
    "one": 0.92,
    "five": 0.95,
    "nobody": 0.0,
    "new": 0,
    "made": 90,
    "made_before": 84,
    "calls": 30.2,
    "dearer": 1.1,
}


def plain(text):
    return text.replace(SPACE, " ").replace(NARROW, " ")


def test_headings_name_the_dearest():
    heads = [
        plain(anomaly_blocks(found(**more))[0].heading)
        for more in (
            {"days": [DAY]},
            {"days": [DAY], "levels": [LEVEL]},
            {"levels": [LEVEL, LEVEL]},
            {},
            {"reason": "20 days with a cost", "spend": []},
        )
    ]
    assert heads == [
        "One day stands out: planner × gpt-5.4 cost $12.40 more than expected, 3 June 2026",
        (
            "One day stands out and one new level was found: all spending cost $20.00 a day from "
            "3 June 2026, $10.00 before"
        ),
        "Two new levels were found: all spending cost $20.00 a day from 3 June 2026, $10.00 before",
        "No day and no new level stands out",
        "Whether days stand out cannot be told yet",
    ]


def test_tables_tell_place_money_and_share():
    tables = [b for b in anomaly_blocks(found(days=[DAY], levels=[LEVEL])) if isinstance(b, Table)]
    assert [plain(str(cell)) for cell in tables[0].rows[0]] == [
        "3 June 2026",
        "Planner × gpt-5.4",
        "$22.40",
        "$10.00",
        "+$12.40",
        "92 % of planner",
        "\N{EN DASH}",
    ]
    assert [plain(str(cell)) for cell in tables[1].rows[0]] == [
        "3 June 2026 [1 to 5 June 2026]",
        "All spending",
        "$10.00",
        "$20.00",
        "+$280.00",
        "100 % of all spending",
        "\N{EN DASH}",
    ]
    past = LEVEL | {"last": "2026-06-20", "first_low": "2026-06-03", "first_high": "2026-06-03"}
    (table,) = [b for b in anomaly_blocks(found(levels=[past])) if isinstance(b, Table)]
    assert plain(str(table.rows[0][0])) == "3 to 20 June 2026"


def test_the_chart_names_the_dearest_days_and_draws_what_is_usual():
    (figure,) = [b for b in anomaly_blocks(found(days=[DAY])) if isinstance(b, Figure)]
    values = [row for rows in figure.spec()["datasets"].values() for row in rows]
    assert "planner × gpt-5.4 +$12.40" in {plain(row.get("words", "")) for row in values}
    assert "planner × gpt-5.4 cost $12.40 more" in plain(figure.alt)


def test_records_set_apart_have_a_note_and_no_section_without_a_result():
    note = anomaly_blocks(found(apart=1, apart_usd=9990.01))[-1]
    assert isinstance(note, Note)
    assert plain(note.text).startswith("One implausible record of $9 990 is set apart")
    assert anomaly_blocks({"anomalies": None}) == ()


def test_findings_are_told():
    key = "anomalies/day/2026-06-03/planner+gpt-5.4"
    finding = {"key": key, "confidence": 0.99, "size": None, "n": 1}
    told = tell(found(days=[DAY]) | {"findings": [finding]})["findings"][0]
    assert plain(told["title"]) == ("Planner × gpt-5.4 cost $12.40 more than expected, 3 June 2026")


def test_whether_few_users_or_many_made_it_is_told_without_naming_any():
    seldom = {"calls": None, "made": 5, "made_before": 3, "dearer": 43.0}
    few = {"shape": "few users", "five": 0.61, "calls": 3.14, "dearer": 2.4}
    even = {"shape": "spread", "one": 0.04, "five": 0.14, "calls": 1.9, "dearer": None}
    told = [
        plain(who(DAY | {"whose": WHOSE | more}))
        for more in (
            {},
            {"new": 1, "calls": None, "made_before": 0, "dearer": 4.0},
            seldom,
            {"calls": 0.0, "made": 0, "dearer": None},
            few,
            few | {"users": None, "new": 2},
            even,
            even | {"calls": None, "made_before": 0},
            {"shape": "no user", "nobody": 0.83},
        )
    ]
    assert told == [
        "one user of 412 makes 92 %, 30 × as many calls a day as before",
        "one user of 412 makes 92 %, new there, each call 4.0 × as dear as calls there were",
        (
            "one user of 412 makes 92 %, with five calls and three in 28 days before, each call 43 × as "
            "dear as calls there were"
        ),
        "one user of 412 makes 92 %, without a call now",
        (
            "five of 412 users make 61 %, 3.1 × as many calls a day as before, each call 2.4 × as "
            "dear as calls there were"
        ),
        "few users make 61 %, two of them new there, each call 2.4 × as dear as calls there were",
        "spread over 412 users, the five with most make 14 %, 1.9 × as many calls a day as before",
        "spread over 412 users, the five with most make 14 %",
        "most by calls that name no user, 83 % of all calls",
    ]
    (table,) = [
        b for b in anomaly_blocks(found(days=[DAY | {"whose": WHOSE}])) if isinstance(b, Table)
    ]
    assert plain(str(table.rows[0][-1])).startswith("One user of 412 makes 92 %")
    key = "anomalies/day/2026-06-03/planner+gpt-5.4"
    finding = {"key": key, "confidence": 0.99, "size": None, "n": 1}
    (sentence,) = tell(found(days=[DAY | {"whose": WHOSE}]) | {"findings": [finding]})["findings"]
    assert "; one user of 412 makes 92 %, 30 ×" in plain(sentence["title"])
