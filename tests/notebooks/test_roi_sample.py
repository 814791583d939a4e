"""The page on a change's worth, on made-up states and on the sample."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from assay.analysis.costs.roi import Assumptions, assess_return
from assay.core.result import record
from assay.data.read import scan
from assay.features.before_after import before_after
from assay.params import Metric
from assay.present import roi
from assay.present.blocks import Details, Section, Table
from assay.present.prose import roi as words

if TYPE_CHECKING:
    from pathlib import Path

TRUTH = 0.045
"""Lift of `greeting-v2` on the control's share solved, in truth.json of the sample."""


@pytest.fixture(scope="module")
def answer(sample_project: Path) -> dict[str, Any]:
    given = before_after(
        scan(sample_project / "data/sample/interactions.parquet"),
        [
            Metric(name="Task success", kind="ratio", numerator="succeeded", unit="share"),
            Metric(name="Cost", kind="ratio", numerator="cost_usd", better="down", unit="USD"),
        ],
        changed_on=date(2026, 10, 9),
        group="variant",
        treated=["greeting-v2"],
        compared=["control"],
        whom={"agent_id": "concierge"},
    )
    assumed = Assumptions.declared(
        value={"likely": 1.2, "low": 0.6, "high": 2.4},
        of="a solved task",
        costs=[{"name": "Building", "likely": 6000, "low": 4500, "high": 9000}],
        kept=0.85,
        discount=0.08,
    )
    result = assess_return(
        given, assumed, subject="the new greeting", changed_on=date(2026, 10, 9), random=True
    )
    return roi.tell(record(result, kind="cost-roi"))


def test_the_planted_lift_is_found(answer: dict[str, Any]) -> None:
    first = answer["measured"][0]
    truth = TRUTH * first["compared_after"]
    assert first["effect"]["low"] <= truth <= first["effect"]["high"]
    assert first["effect"]["low"] > 0
    cost = answer["measured"][1]["effect"]
    assert cost["low"] <= 0 <= cost["high"]


def test_the_head_says_what_may_come_of_it(answer: dict[str, Any]) -> None:
    brief = roi.brief(answer)
    assert brief.title.startswith("The new greeting may lose or gain over two years: −$")
    assert brief.decision.title == "Do not count on a gain yet"
    assert "It turns at a worth of a solved task of $" in brief.decision.text
    assert "an effect on task success of +" in brief.decision.text
    assert brief.evidence == "randomised"
    assert len(brief.tiles) == 3


def test_each_section_has_a_finding_and_its_figure(answer: dict[str, Any]) -> None:
    for blocks in (
        roi.worth_blocks,
        roi.effect_blocks,
        roi.course_blocks,
        roi.driver_blocks,
        roi.trust_blocks,
    ):
        section, *rest = blocks(answer)
        assert isinstance(section, Section)
        assert rest
    assert isinstance(roi.method_details(answer), Details)


@pytest.mark.parametrize(
    ("state", "low", "high", "told"),
    [
        ("pays", 4123.0, 19321.0, "It is worth $4 120 to $19 300 over 12 months"),
        ("does not pay", -19321.0, -412.0, "It loses $412 to $19 300 over 12 months"),
        ("undecided", -412.0, 19321.0, "It may lose or gain over 12 months: −$412 to $19 300"),
    ],
)
def test_titles(state: str, low: float, high: float, told: str) -> None:
    made = {
        "subject": "it",
        "months": 12,
        "worth": {"value": 1.0, "low": low, "high": high},
        "findings": [{"state": state}],
    }
    assert words.title(made).replace("\u202f", " ").replace("\u00a0", " ") == told


def test_a_break_even_that_may_never_come_says_so() -> None:
    assert words.even({"even": None, "months": 24}) == "not within two years"
    open_end = {"even": {"value": 12.4, "low": 3.2, "high": None}, "months": 24}
    assert words.even(open_end) == "12 months [3, beyond]"


def test_without_a_comparison_group_the_page_says_so(answer: dict[str, Any]) -> None:
    alone = {**answer, "design": "before-after", "compared": 0, "earlier": None}
    assert "Nobody is there to compare with" in roi.effect_blocks(alone)[0].lead
    table = roi.effect_blocks(alone)[1]
    assert isinstance(table, Table)
    assert [name for name, _ in table.columns] == ["Metric", "With it", "Effect"]
    checks = roi.trust_blocks(alone)[1]
    assert isinstance(checks, Table)
    assert any("not possible" in str(cell) for row in checks.rows for cell in row)
