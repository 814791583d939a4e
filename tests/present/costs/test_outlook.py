"""What is said of days to come and of budgets, in every state, from results of known spending."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.costs.outlook import outlook_findings, spend_outlook
from assay.core.budgets import THRESHOLDS, Budget, Plans, Scenario
from assay.core.result import record
from assay.present.blocks import Details, Mark, Note, Section, Table
from assay.present.charts.fan import FanLine, FanPoint, fan_chart
from assay.present.costs import outlook_blocks
from assay.present.figures import Figure
from assay.present.format import NARROW, SPACE
from assay.present.prose.costs import outlook as words

FIRST, THROUGH = date(2026, 6, 1), date(2026, 11, 15)
DAYS = (THROUGH - FIRST).days + 1


def plain(text: str) -> str:
    return text.replace(SPACE, " ").replace(NARROW, " ")


def lines(days: int = DAYS, usd: float = 15.0) -> pl.DataFrame:
    spent = usd * np.exp(0.1 * np.random.default_rng(21).normal(size=days))
    return pl.DataFrame(
        {
            "day": [THROUGH - timedelta(days=days - 1 - k) for k in range(days)],
            "provider": "lab",
            "model": "big",
            "service_tier": "standard",
            "agent_id": "ada",
            "apart": False,
            "requests": 100,
            "input_tokens": 1000,
            "output_tokens": 10,
            "spent_usd": spent,
        }
    )


def budget(name: str, usd: float, **said) -> Budget:
    said = {"per": "month", "scope": (), "first": None, "last": None, "owner": ""} | said
    said = {"amount": usd, "currency": "USD", "usd": usd} | said
    return Budget(name=name, thresholds=THRESHOLDS, place="budgets.yaml:3", **said)


def scenario(name: str, **said) -> Scenario:
    said = {"first": None, "scope": (), "traffic": 1.0, "replace": (), "prices": ()} | said
    return Scenario(name=name, place="budgets.yaml:9", **said)


BUDGETS = (
    budget("Over", 200),
    budget("Nearly", 430),
    budget("Even", 450, amount=400, currency="EUR"),
    budget("Ample", 900),
    budget("Nobody", 50, scope=(("agent_id", ("eve",)),), owner="eva"),
    budget("Later", 900, first=date(2028, 1, 1)),
    budget("Gone", 900, last=date(2026, 8, 31)),
)
SCENARIOS = (scenario("more", traffic=1.2), scenario("odd", prices=(("small", 0.5),)))


def made(rows: pl.DataFrame, plans: Plans) -> dict:
    outlook = spend_outlook(rows, plans=plans, by=["agent_id"])
    told = record(outlook, kind="cost")
    found = [
        {"key": one.key, "size": None if one.size is None else vars_of(one.size)}
        for one in outlook_findings(outlook)
    ]
    days = [
        {"day": one["day"].isoformat(), "usd": one["spent_usd"]}
        for one in rows.select("day", "spent_usd").iter_rows(named=True)
    ]
    return {"outlook": told, "findings": found, "spending": {"days": days}}


def vars_of(size) -> dict:
    return {"value": size.value, "low": size.low, "high": size.high}


@pytest.fixture(scope="module")
def told() -> dict:
    return made(lines(), Plans(budgets=BUDGETS, scenarios=SCENARIOS))


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("Over", "Over exceeded its $200 for November 2026 on 1"),
        ("Nearly", "Nearly will likely exceed its $430 for November 2026: a chance of"),
        ("Even", "Even may exceed its $450 for November 2026: a chance of"),
        ("Ample", "Ample keeps to its $900 for November 2026: $4"),
        ("Nobody", "Nothing can be said of Nobody, $50 for November 2026: no call has"),
        ("Later", "Later begins on 1 January 2028, too far ahead to be told"),
        ("Gone", "Gone kept to its $900 for August 2026: $"),
    ],
)
def test_each_state_of_a_budget_has_its_sentence(told: dict, name: str, begins: str) -> None:
    sentence = words.sentence({"key": f"outlook/budget/{name}", "size": None}, told)
    assert plain(sentence).startswith(begins)
    assert not sentence.endswith(".")


def test_what_was_exceeded_says_by_how_much_and_what_comes(told: dict) -> None:
    one = told["outlook"]["budgets"][0]
    over = one["spent"] - 200
    assert f"by ${over:.2f} so far, and $4" in plain(words.budget(one))


def test_the_page_has_both_sections_figures_and_tables(told: dict) -> None:
    blocks = outlook_blocks(told)
    sections = [one for one in blocks if isinstance(one, Section)]
    assert [one.nav for one in sections] == ["Forecast", "Budgets"]
    assert plain(sections[0].heading).startswith("The next 30 days cost $4")
    assert plain(sections[1].heading).startswith("Over exceeded its $200")
    assert "Seven budgets" in sections[1].lead
    figures = [one for one in blocks if isinstance(one, Figure)]
    assert len(figures) == 3
    assert all(one.spec()["description"] for one in figures)
    tables = [one for one in blocks if isinstance(one, Table)]
    standing = next(one for one in tables if "Where budgets stand" in one.caption)
    states = [row[-1].text for row in standing.rows if isinstance(row[-1], Mark)]
    assert states[:3] == ["exceeded", "likely over", "at risk"]
    assert plain(standing.rows[2][0]) == "Even (400 EUR)"
    assert any(isinstance(one, Details) for one in blocks)
    remarks = [plain(one.text) for one in blocks if isinstance(one, Note)]
    assert any(text.startswith("Of past days") for text in remarks)
    assert any(text.startswith("Taken for granted: the mix of calls") for text in remarks)


def test_scenarios_stand_beside_the_base_case(told: dict) -> None:
    tables = [one for one in outlook_blocks(told) if isinstance(one, Table)]
    table = next(one for one in tables if "different" in one.caption)
    base, more, odd = table.rows
    assert base[0] == "As things go"
    assert plain(more[1]) == "+20.0 % a day, by 100 % of the cost"
    assert plain(more[3]).startswith("+$8")
    assert "small" in odd[1]
    assert odd[2:] == ("–", "–")


def test_parts_are_told_beside_what_they_cost_lately(told: dict) -> None:
    folded = [one for one in outlook_blocks(told) if isinstance(one, Details)]
    (table,) = next(one.blocks for one in folded if one.summary == "What each agent will cost")
    assert [row[0] for row in table.rows] == ["ada"]


def test_too_few_days_have_words_and_no_figure() -> None:
    few = made(lines(days=8), Plans(budgets=(budget("B", 900),)))
    blocks = outlook_blocks(few)
    assert plain(blocks[0].heading) == (
        "What is to come cannot be told: not enough data: 8 values, expected 14 or more"
    )
    assert blocks[1].heading == "No budget can be told"
    assert words.method(few) == ()
    only = [one for one in blocks if isinstance(one, Figure)]
    assert len(only) == 1  # what is spent so far, against the budget


def test_bursts_are_told_as_far_as_their_sums_could_be_tested() -> None:
    """70 days hold four stretches of 11 days after two of them: a month cannot be tested."""
    rows = lines(days=70).with_columns(
        spent_usd=pl.when(pl.int_range(pl.len()) % 5 == 0).then("spent_usd").otherwise(0.0)
    )
    told = made(rows, Plans(budgets=(budget("B", 900), budget("Year", 9000, per="year"))))
    assert [one["label"] for one in told["outlook"]["totals"]] == ["7 days"]
    blocks = outlook_blocks(told)
    assert plain(blocks[0].heading) == (
        "What the next 30 days cost cannot be told: not enough data for such bursts"
    )
    assert plain(blocks[0].lead).startswith("From 16 November 2026 on")
    states = {one["name"]: (one["state"], one["reason"]) for one in told["outlook"]["budgets"]}
    reason = "the past is too short to test sums of more than 11 days of such spend"
    assert states["B"] == ("not enough data", reason)
    remarks = [plain(one.text) for one in blocks if isinstance(one, Note)]
    assert any(text.startswith("Not enough data for sums of more than 11") for text in remarks)


def test_without_an_outlook_there_is_no_section() -> None:
    assert outlook_blocks({"outlook": None}) == ()
    assert words.method({"outlook": None}) == ()


@pytest.mark.parametrize(
    ("chance", "text"),
    [
        (None, "–"),
        (0.005, "under 1 %"),
        (0.0, "0 %"),
        (0.347, "35 %"),
        (0.995, "over 99 %"),
        (1.0, "100 %"),
    ],
)
def test_chances_are_no_surer_than_the_past_allows(chance: float | None, text: str) -> None:
    assert plain(words.odds(chance)) == text


CROSSING = {"crossed": False, "probability": 0.6, "day": None, "first": None, "last": None}


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"crossed": True, "day": "2026-11-14"}, "14 November ✓"),
        ({"probability": None}, "–"),
        ({"probability": 0.02}, "not expected (2 %)"),
        ({"first": "2026-11-20"}, "20 November at the earliest (60 %)"),
        (
            {"first": "2026-11-20", "day": "2026-11-25"},
            "25 November (20 November or later, if at all)",
        ),
        (
            {"first": "2026-11-20", "day": "2026-11-25", "last": "2026-11-29"},
            "25 November (20 November to 29 November)",
        ),
        ({"first": "2026-11-25", "day": "2026-11-25", "last": "2026-11-25"}, "25 November"),
    ],
)
def test_days_of_crossing_have_their_interval(said: dict, text: str) -> None:
    assert plain(words.crossing(CROSSING | said)) == text


def test_a_line_far_above_the_fan_is_left_out_and_one_within_is_drawn() -> None:
    points = [
        FanPoint(
            day=date(2026, 11, 1) + timedelta(days=k),
            known=k < 2,
            usd=float(k),
            low_80=float(k),
            high_80=float(k),
            low=float(k),
            high=k + 1.0,
            words="",
        )
        for k in range(4)
    ]
    near, far = FanLine(usd=5.0, words="near"), FanLine(usd=500.0, words="far")
    drawn = str(fan_chart(points, [near, far], axis="USD").to_dict())
    assert "near" in drawn
    assert "far" not in drawn
