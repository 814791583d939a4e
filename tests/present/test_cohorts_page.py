"""The page on cohorts: what is drawn is what the record holds, and what cannot be told is said."""

import re
from itertools import pairwise

import pytest

from analysis.cohorts.test_cohorts import BEGIN, one_day_users, planted
from assay.analysis.cohorts import assess_cohorts
from assay.core.result import record
from assay.features.activity import user_activity
from assay.present import cohorts as report
from assay.present.blocks import Note, Section, Table
from assay.present.charts.cells import GridCell, grid_chart
from assay.present.cohorts.staying import drawn_ages
from assay.present.figures import Figure
from assay.present.format import SPACE
from assay.present.prose.cohorts import ages, figures, nth
from assay.present.theme import colour

BLOCKS = (
    report.retention_blocks,
    report.lapse_blocks,
    report.cycle_blocks,
    report.return_blocks,
    report.habit_blocks,
    report.trust_blocks,
)


def told(rows, **options):
    found = assess_cohorts(rows, **options)
    return report.tell(record(found, kind="cohorts"))


@pytest.fixture(scope="module")
def given():
    end = (BEGIN.replace(month=5, day=22)).date()  # a Friday: the last week is open
    return user_activity(planted(users=500).lazy(), by="user_type", end=end)


@pytest.fixture(scope="module")
def answer(given):
    return told(given, by="user_type", every="week")


def marks(chart, state):
    """The rows of the grid in one state."""
    return {(row["row"], row["column"]) for row in rows_of(chart) if row["state"] == state}


def rows_of(chart):
    """All rows of all layers."""
    spec = chart.to_dict()
    named = spec.get("datasets", {})
    found = []
    for layer in spec["layer"]:
        data = layer.get("data", spec.get("data", {}))
        found += named.get(data.get("name"), data.get("values", []))
    return found


def test_the_triangle_has_every_cell_frames_what_is_open_and_crosses_what_is_withheld():
    end = BEGIN.replace(month=4, day=10).date()  # a Friday, in the 14th week: all ages have room
    rows = user_activity(planted(users=500).lazy(), by="user_type", end=end)
    answer = told(rows, by="user_type", every="week")
    figure = next(b for b in report.retention_blocks(answer) if isinstance(b, Figure))
    cells = [cell for one in answer["cohorts"] for cell in one["cells"]]
    is_open = sum(cell["open"] for cell in cells)
    assert is_open == len(answer["cohorts"])  # one a row: the week that is not over
    assert len(marks(figure.chart, "open")) == is_open
    withheld = sum(cell["withheld"] for cell in cells)
    assert withheld
    assert len(marks(figure.chart, "hidden")) == withheld
    assert "A cross:" in figure.caption
    assert len(marks(figure.chart, "told")) == len(cells) - is_open - withheld


def test_of_a_long_triangle_every_cell_of_the_ages_drawn_is_there(answer):
    figure = next(b for b in report.retention_blocks(answer) if isinstance(b, Figure))
    ages = drawn_ages(max(len(one["cells"]) for one in answer["cohorts"]), "week")
    assert ages == (*range(9), 9, 12, 15, 18)
    cells = [c for one in answer["cohorts"] for c in one["cells"] if c["age"] in ages]
    for state, many in (
        ("open", sum(cell["open"] for cell in cells)),
        ("hidden", sum(cell["withheld"] for cell in cells)),
        ("told", sum(cell["share"] is not None for cell in cells)),
    ):
        assert many
        assert len(marks(figure.chart, state)) == many
    assert "Drawn are ages up to 8, then every 3rd." in figure.caption


def test_every_section_stands_and_speaks(answer):
    for make in BLOCKS:
        blocks = make(answer)
        assert isinstance(blocks[0], Section)
        assert all(isinstance(b, Figure | Table | Note) for b in blocks[1:])
        assert all(b.alt and b.caption for b in blocks if isinstance(b, Figure))
    head = report.brief(answer)
    assert head.state == "lapse sooner"
    assert "leaves" in head.title
    assert head.needs_decision
    assert report.method_details(answer).blocks
    for one in answer["findings"]:
        assert one["title"]
        assert not re.search(r"None|nan|\{", one["exact"])


def test_crosses_stand_where_too_few_were_active(answer):
    grids = [b for b in report.habit_blocks(answer) if isinstance(b, Figure)]
    assert len(grids) == 1  # hours of both groups are those of all
    hidden = {
        (cell["weekday"], cell["hour"])
        for cell in answer["habits"][0]["hours"]
        if cell["share"] is None
    }
    assert len(marks(grids[0].chart, "hidden")) == len(hidden)


def test_little_data_make_a_short_page_that_says_why():
    nobody = told(user_activity(one_day_users().lazy()), every="week")
    texts = [b.text for make in BLOCKS for b in make(nobody) if isinstance(b, Note)]
    heads = [b for make in BLOCKS for b in make(nobody) if isinstance(b, Section)]
    assert any("cannot be told" in one.heading for one in heads)
    assert "came back" in report.brief(nobody).decision.text
    assert all(texts)
    one = told(user_activity(one_day_users(12).lazy()), every="day", smallest_cell=50)
    (section, _) = report.retention_blocks(one)
    assert section.heading == "Too few users began together"
    assert report.brief(one).state == "not enough data"


def test_a_monthly_page_of_five_months_has_no_lapses_yet(given):
    answer = told(given, every="month", by="user_type")
    assert [make is report.lapse_blocks for make in BLOCKS] == [not make(answer) for make in BLOCKS]


def test_every_cell_that_is_drawn_holds_its_number_and_the_words_tell_shares(answer):
    figure = next(b for b in report.retention_blocks(answer) if isinstance(b, Figure))
    shares = {
        (cell["age"], round(100 * cell["share"]["value"]))
        for one in answer["cohorts"]
        for cell in one["cells"]
        if cell["share"]
    }
    told = {
        (int(row["column"]), int(row["figure"]))
        for row in rows_of(figure.chart)
        if row["state"] == "told"
    }
    assert told == {one for one in shares if one[0] in {age for age, _ in told}}
    assert re.search(r"one week after, from \d+.% of \d+ \(.*\) to \d+.% of \d+", figure.alt)


def test_of_many_ages_some_are_drawn():
    assert drawn_ages(14, "week") == tuple(range(14))
    assert drawn_ages(26, "week") == (*range(9), 12, 16, 20, 24)
    assert drawn_ages(180, "day") == (*range(9), 35, 70, 105, 140, 175)
    assert all(len(drawn_ages(n, "day")) <= 14 for n in range(1, 800))


def test_the_group_whose_hours_differ_is_drawn_beside_all(answer):
    whole, leaves, stays = answer["habits"]
    late = {"value": 0.6, "low": 0.55, "high": 0.65}
    answer = {**answer, "habits": [whole, leaves, {**stays, "nights": late}]}
    grids = [b for b in report.habit_blocks(answer) if isinstance(b, Figure)]
    assert [one.caption.split(":")[0] for one in grids] == [
        "All users",
        "Stays, whose hours differ most",
    ]


def test_moves_are_drawn_with_their_shares(answer):
    figure = next(b for b in report.cycle_blocks(answer) if isinstance(b, Figure))
    drawn = {(row["row"].split(",")[0], row["column"]) for row in rows_of(figure.chart)}
    assert drawn == {
        (one["state"].capitalize(), one["to"].capitalize()) for one in answer["cycle"]["moves"]
    }
    assert "new to current" in figure.alt


def test_gaps_of_chances_are_points_with_the_largest_beside_them(answer):
    (one,) = [one for one in answer["findings"] if one["key"] == "churn"]
    said = one["title"].replace(SPACE, " ")
    pattern = r"by [\d.]+ points on average, by [+−][\d.]+ points \[.*\] in the tenth"
    assert re.search(pattern, said)
    assert "%" not in said


def test_no_jargon_stands_above_the_curve(answer):
    lead = report.lapse_blocks(answer)[0].lead
    assert "log-rank" not in lead
    assert "were all starts alike" in lead.lower()
    assert "users of type leaves" in report.brief(answer).title.lower()


def test_what_is_to_be_kept_in_mind_is_counted(answer):
    section, table = report.trust_blocks(answer)
    rows = {row[0]: row for row in table.rows}
    assert "Sizes of states ahead" in rows
    assert "intervals held" in rows["Sizes of states ahead"][1]
    doubts = sum(row[2].tone == "attention" for row in table.rows)
    assert section.heading.startswith({0: "No check", 1: "One", 2: "Two", 3: "Three"}[doubts])


def test_numbers_as_they_are_read():
    assert [nth(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd")
    ]
    share = {"value": 0.11659, "low": 0.1094, "high": 0.1242}
    assert figures(share).replace(SPACE, " ") == "11.7 % [10.9, 12.4]"
    assert ages({"value": 1.0, "low": 1.0, "high": 1.0}, "week") == "one week"
    assert ages({"value": 3.0, "low": 2.0, "high": 4.0}, "week") == "3 [2, 4] weeks"


def test_cells_without_numbers_are_shaded_evenly():
    steps = [k / 20 for k in range(21)]
    cells = [GridCell(row="a", column=str(k), strength=s) for k, s in enumerate(steps)]
    chart = grid_chart(cells, rows=["a"], columns=[c.column for c in cells], across="hour")
    told = sorted({row["strength"] for row in rows_of(chart) if row["state"] == "told"})
    gaps = [b - a for a, b in pairwise(told)]
    assert len(told) == 21
    assert max(gaps) == pytest.approx(min(gaps))


def test_a_number_in_a_full_cell_is_set_in_the_colour_of_the_paper():
    cells = [
        GridCell(row="a", column="0", strength=1.0, figure="90"),
        GridCell(row="a", column="1", strength=0.1, figure="9"),
        GridCell(row="b", column="0", strength=0.0, state="hidden"),
    ]
    chart = grid_chart(cells, rows=["a", "b"], columns=["0", "1"], across="weeks").to_dict()
    inks = [
        layer["mark"]["color"]
        for layer in chart["layer"]
        if layer["mark"].get("type") == "text" and "text" in layer["encoding"]
    ]
    assert inks == [colour("ink"), colour("paper")]
