"""What the report of all experiments says: none, one, several; gains, losses, nothing sure."""

import pytest

from assay.analysis.experiments.portfolio import portfolio
from assay.core.result import record
from assay.present.experiments import portfolio as report

LIFT = {"value": 0.05, "low": 0.02, "high": 0.08}


def told(rows=(), past=()):
    return report.tell(record(portfolio(rows, past, as_of=""), kind="ab-portfolio"))


def row(name, state="running", **more):
    return {"experiment": name, "state": state, **more}


def past(gains, *, se=0.001):
    return [
        {
            "experiment": f"e{i}", "metric": "CTR", "log_lift": gain, "se": se,
            "concluded_at": "2026-01-01", "shipped": True, "volume": 1000.0,
        }
        for i, gain in enumerate(gains)
    ]  # fmt: skip


def test_without_an_experiment_it_says_how_to_begin():
    empty = told()
    (section,) = report.state_blocks(empty)
    assert section.heading == "There is no experiment yet"
    assert report.past_blocks(empty) == report.effects_blocks(empty) == ()
    brief = report.brief(empty)
    assert brief.title == "Nothing to decide: no experiment is registered"
    assert not brief.needs_decision


@pytest.mark.parametrize(
    ("names", "title", "heading"),
    [
        (["a"], "a waits for a decision", "One experiment waits for a decision"),
        (["a", "b"], "a and b wait for a decision", "Two experiments wait for a decision"),
        (["a", "b", "c"], "a and b and one more wait", "Three experiments wait for a decision"),
    ],
)
def test_what_waits_leads(names, title, heading):
    rows = [row(name, verdict="ship", metric="CTR", lift=LIFT) for name in names]
    found = told([*rows, row("z", "draft")])
    assert report.brief(found).title.startswith(title)
    section, table = report.state_blocks(found)
    assert section.heading == heading
    assert [cells[0] for cells in table.rows] == [*names, "z"]
    assert table.rows[0][4:] == ["+5.0\u00a0% [+2.0, +8.0]", "to be taken"]
    assert found["findings"][0]["title"] == "a waits for a decision"


def test_changes_and_mistakes_are_not_passed_over():
    found = told([row("a", deviations=2), row("b", mistake="'x' is not known.")])
    first, second = report.state_blocks(found)[2:]
    assert first.text.startswith("a: two changes after the start")
    assert "'x' is not known" in second.text


@pytest.mark.parametrize(
    ("gains", "begins"),
    [
        ((0.05, 0.06, 0.07), "What was shipped adds 1"),
        ((-0.05, -0.06, -0.07), "What was shipped costs: \u22121"),
        ((0.05, -0.05, 0.0), "What was shipped may add nothing: \u2212"),
    ],
)
def test_the_sum_says_on_which_side_of_nothing_it_lies(gains, begins):
    found = told(past=past(gains))
    section, figure, table = report.past_blocks(found)
    assert section.heading.startswith(begins)
    assert report.brief(found).title == section.heading == found["findings"][-1]["title"]
    assert len(table.rows) == 3
    assert "e0" in figure.alt


def test_the_figure_shows_the_newest_and_says_so():
    found = told(past=past([0.01 * i for i in range(20)]))
    _, figure, table = report.past_blocks(found)
    assert "The newest 14 of 20; the table has all." in figure.caption
    assert len(table.rows) == 20


def test_progress_is_told_with_what_was_planned():
    found = told([row("a", units=500, planned_units=2000, look=1, looks=4), row("b", units=7)])
    cells = [cells[2] for cells in report.state_blocks(found)[1].rows]
    assert cells == ["500 of 2\u202f000, 25\u00a0%, look 1 of 4", "7"]
