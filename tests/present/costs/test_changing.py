"""The section on why spend changed: its sentences, and that what it shows adds up."""

import pytest

from assay.present.blocks import Mark, Section, Table
from assay.present.charts.waterfall import End, Step, waterfall_chart
from assay.present.costs import change_blocks, tell
from assay.present.figures import Figure
from assay.present.format import NARROW, SPACE

JUNE = {
    "first": "2026-06-01",
    "last": "2026-06-30",
    "days": 30,
    "spent": 8310.2,
    "beside": 0.0,
    "calls": 900,
    "idle": 0,
    "unknown": 0,
    "apart": 0.0,
}
JULY = JUNE | {"first": "2026-07-01", "last": "2026-07-31", "days": 31, "spent": 9550.37}
MADE = {"days": 270.0, "calendar": -60.0, "volume": 900.12, "input": 290.05, "price": -160.0}
PACE = {
    "before": 30.0,
    "after": 33.0,
    "change": {"value": 0.1, "low": 0.05, "high": 0.15},
    "worth": {"value": 900.12, "low": 450.0, "high": 1350.0},
    "beyond_noise": True,
    "reason": "",
}


def parts(**made):
    return [{"key": key, "amount": amount, "told": amount} for key, amount in made.items()]


def item(name, told, state="stays", **made):
    calls = sum(made.get(key, 0.0) for key in ("days", "calendar", "volume", "owners"))
    return {
        "names": [name],
        "state": state,
        "told": told,
        "calls": calls,
        "parts": parts(**made),
    }


def record(**more):
    agents = [
        item("planner", 1300.0, volume=700.0, owners=400.0, models=200.0),
        item("", -59.83, output=-59.83),
    ]
    change = {
        "before": JUNE,
        "after": JULY,
        "difference": 1240.17,
        "owner": ["agent_id"],
        "decimals": 2,
        "told": 1240.17,
        "parts": parts(**MADE),
        "by_calendar": 210.0,
        "seasons": [7],
        "pace": PACE,
        "drivers": [
            {"columns": ["agent_id"], "n": 2, "items": agents, "rest": 0.0},
            {"columns": ["service_tier"], "n": 2, "items": agents, "rest": 0.0},
        ],
        "findings": [],
    }
    return {"change": change | more}


def plain(text):
    return text.replace(SPACE, " ").replace(NARROW, " ")


def heading(**more):
    return plain(change_blocks(record(**more))[0].heading)


def test_the_heading_names_the_largest_parts_with_the_days_as_one():
    assert heading() == (
        "Spend is up $1 240 (+15 %): above all more calls a day +$900.12, longer prompts +$290.05, "
        "other days +$210.00"
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"told": -90.0, "difference": -90.0, "parts": parts(volume=-90.0)},
            "Spend is down $90.00 (−1.1 %): fewer calls a day −$90.00",
        ),
        ({"told": 0.0, "parts": []}, "Spend is the same in both periods"),
        (
            {"told": 0.0, "parts": parts(volume=5.0, price=-5.0)},
            "Spend is the same in both periods: more calls a day +$5.00, lower prices −$5.00",
        ),
        (
            {"before": JUNE | {"spent": 0.0}, "told": 7.0, "parts": parts(new=7.0)},
            "Spend is up $7.00: what is new +$7.00",
        ),
    ],
)
def test_headings_in_each_state(more, words):
    assert heading(**more) == words


def test_the_lead_tells_the_calendar_and_whether_calls_moved_beyond_noise():
    section = change_blocks(record())[0]
    assert isinstance(section, Section)
    assert plain(section.lead) == (
        "1 to 30 June 2026 cost $8 310.20, 1 to 31 July 2026 $9 550.37. By the calendar alone (31 "
        "days for 30 and their weekdays) it would be +$210.00. Calls of a usual day moved by "
        "+10.0 % [+5.0, +15.0], more than days differ by themselves."
    )
    unsure = PACE | {"change": None, "reason": "1 and 1 points"}
    assert "cannot be told: 1 and 1 points." in change_blocks(record(pace=unsure))[0].lead
    still = {"by_calendar": 0.0, "pace": PACE | {"beyond_noise": False}}
    lead = change_blocks(record(**still))[0].lead
    assert "no difference" in lead
    assert "no more than days differ" in lead


def test_the_waterfall_leads_from_one_total_to_the_other():
    figure = next(one for one in change_blocks(record()) if isinstance(one, Figure))
    spec = figure.spec()
    (rows,) = [rows for rows in spec["datasets"].values() if len(rows) > 1]
    assert [row["from"] for row in rows[1:-1]] == pytest.approx(
        [0, 270, 210, 1110.12, 1400.17], abs=0.01
    )
    assert rows[-1]["to"] == pytest.approx(1240.17, abs=0.01)
    assert [plain(row["figures"]) for row in rows][::6] == ["$8 310.20", "$9 550.37"]
    assert plain(figure.alt).endswith("lower prices −$160.00; +$1 240.17 in all.")


def test_tables_name_owners_and_models_and_add_up():
    tables = [one for one in change_blocks(record()) if isinstance(one, Table)]
    assert [table.columns[0][0] for table in tables] == ["Agent"]
    rows = [[plain(str(cell)) for cell in row] for row in tables[0].rows]
    assert rows == [
        ["planner", "+$1 300.00", "more calls +$1 100, a shift to dearer models +$200.00"],
        ["not said", "−$59.83", "shorter answers −$59.83"],
        ["All", "+$1 240.17", ""],
    ]


def test_a_new_item_says_so_and_many_are_cut_with_their_sum():
    agents = [item(f"a{i}", 100.0, state="new", new=100.0) for i in range(10)]
    many = {"columns": ["agent_id"], "n": 25, "items": agents, "rest": 40.17}
    (table,) = [one for one in change_blocks(record(drivers=[many])) if isinstance(one, Table)]
    assert table.rows[0][0] == Mark("a0 (new)")
    assert [plain(str(cell)) for cell in table.rows[8][:2]] == ["17 more", "+$240.17"]


def test_what_is_in_no_amount_is_said():
    odd = JULY | {"apart": 9990.01, "unknown": 3, "idle": 1}
    notes = [plain(one.text) for one in change_blocks(record(after=odd))[-3:]]
    assert notes == [
        "$9 990 of implausible records are set apart and in no amount, 1 to 31 July 2026.",
        "Three calls without price and logged cost are in no amount, 1 to 31 July 2026.",
        "One day without any call, 1 to 31 July 2026.",
    ]


def test_the_finding_is_told_and_no_section_without_one():
    finding = {"key": "change/spend", "confidence": 0.95, "size": None, "n": 1800}
    found = tell(record() | {"findings": [finding]})["findings"][0]
    assert plain(found["title"]).startswith("Spend is up $1 240")
    assert change_blocks({"change": None}) == ()


def test_a_waterfall_without_steps_has_an_axis():
    end = End(label="June", note="", figures="$1")
    step = Step(label="More", note="", amount=0.0, figures="$0", meaning="undecided")
    assert waterfall_chart(end, [step], end, axis="USD").to_dict()
