"""Charts as specifications: what is drawn where, read back from the marks."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree  # noqa: ICN001

import altair as alt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import RenderError
from assay.present.charts.dots import Side, dot_chart, stacked
from assay.present.charts.intervals import DRAWN, WIDEST, Interval, extent, interval_chart
from assay.present.experiments import dots_figure, lift_figure, segment_blocks
from assay.present.figures import SVG, VEGA_LITE, Figure, draw
from assay.present.theme import PALETTE, PAPER_WIDTH, colour, tone
from present.ab_examples import RECORDS

INF = float("inf")


def interval(**changes) -> Interval:
    usual = {
        "label": "Task success",
        "note": "primary",
        "value": 4.5,
        "low": 2.9,
        "high": 6.1,
        "figures": "+4.5 %",
        "verdict": "better",
        "meaning": "better",
    }
    return Interval(**usual | changes)


def rows_of(chart) -> list[dict]:
    """The data of an interval chart, in the order of its rows."""
    spec = chart.to_dict()
    data = spec["datasets"][spec["layer"][0]["data"]["name"]] if "datasets" in spec else None
    return data or spec["layer"][0]["data"]["values"]


def axis_of(chart) -> list[float]:
    return chart.to_dict()["layer"][0]["encoding"]["x"]["scale"]["domain"]


def test_meanings_have_colours_of_their_own_in_light_and_dark():
    for paper in ("light", "dark"):
        colours = [getattr(ink, paper) for ink in PALETTE.values()]
        assert len(set(colours)) == len(colours)
        assert all(re.fullmatch(r"#[0-9a-f]{6}", one) for one in colours)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours.

    Reference: W3C, Web Content Accessibility Guidelines 2.1, relative luminance.
    """

    def luminance(hexes: str) -> float:
        parts = [int(hexes[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("paper", ["light", "dark"])
def test_words_and_marks_stand_out_from_their_paper(paper):
    on = {name: getattr(ink, paper) for name, ink in PALETTE.items()}
    for text in ("ink", "muted"):
        for behind in ("paper", "band"):
            assert contrast(on[text], on[behind]) >= 4.3, (text, behind)
    for mark in ("estimate", "better", "worse"):
        assert contrast(on[mark], on["paper"]) >= 3
    assert contrast(on["undecided"], on["paper"]) >= 2.5  # drawn hollow, and said in words


def test_tones_of_words():
    assert [tone(m) for m in ("better", "worse", "attention", "estimate", "undecided")] == [
        "good",
        "bad",
        "attention",
        "neutral",
        "neutral",
    ]


def test_an_interval_is_drawn_from_end_to_end_in_the_colour_of_its_meaning():
    (row,) = rows_of(interval_chart([interval()], axis="change, %"))
    assert (row["from"], row["to"], row["value"]) == (2.9, 6.1, 4.5)
    assert row["closed"]
    assert not row["open"]
    assert row["shown"]
    assert row["colour"] == row["fill"] == colour("better")


def test_undecided_is_hollow_so_that_colour_is_not_alone():
    (row,) = rows_of(interval_chart([interval(meaning="undecided")], axis="x"))
    assert row["fill"] == colour("paper")
    assert row["stroke"] == colour("undecided")


def test_an_end_without_a_bound_runs_to_the_edge():
    chart = interval_chart([interval(low=None, high=None), interval()], axis="x")
    low, high = axis_of(chart)
    row = rows_of(chart)[0]
    assert (row["from"], row["to"]) == (low, high)
    assert row["open"]
    assert not row["closed"]


def test_nothing_is_drawn_where_there_is_no_value():
    (row,) = rows_of(interval_chart([interval(value=None, low=None, high=None)], axis="x"))
    assert not row["open"]
    assert not row["closed"]
    assert not row["shown"]


def test_one_interval_far_longer_than_the_others_is_cut_and_marked():
    rows = [interval(), interval(), interval(value=60.0, low=-10.0, high=130.0)]
    chart = interval_chart(rows, axis="x")
    _, high = axis_of(chart)
    far = rows_of(chart)[2]
    assert high < 60
    assert far["cut_right"]
    assert not far["cut_left"]
    assert not far["shown"]
    assert far["to"] == high


def test_an_estimate_without_ends_does_not_stretch_the_axis():
    chart = interval_chart([interval(value=6_700.0, low=None, high=None), interval()], axis="x")
    _, high = axis_of(chart)
    row = rows_of(chart)[0]
    assert high < 10
    assert row["cut_right"]
    assert not row["cut_left"]
    assert not row["shown"]


def test_long_names_leave_room_for_the_marks():
    long = interval(label="A name as long as a headline, or longer, as somebody will write it")
    spec = interval_chart([long], axis="x").to_dict()
    ranges = {
        tuple(end["expr"] for end in layer["encoding"]["x"]["scale"]["range"])
        for layer in spec["layer"]
        if "scale" in layer["encoding"].get("x", {})
    }
    ((left, right),) = ranges
    beside = int(left.rpartition(": ")[2]) + int(right.rpartition("- ")[2])
    assert beside <= 2 * WIDEST
    assert PAPER_WIDTH - beside >= DRAWN
    limits = [layer["mark"]["limit"]["expr"] for layer in spec["layer"] if "limit" in layer["mark"]]
    assert len(limits) == 4


def test_charts_of_one_scale_share_axis_and_room():
    rows = [interval(), interval(label="A longer name", low=-20.0)]
    parts = [interval_chart([row], axis="x", among=rows).to_dict() for row in rows]
    scales = [
        json.dumps([layer["encoding"].get("x", {}).get("scale") for layer in part["layer"]])
        for part in parts
    ]
    assert scales[0] == scales[1]


def test_zero_bands_and_limits_are_always_inside_the_axis():
    chart = interval_chart([interval(band=1.0, limit=-12.0)], axis="x")
    low, high = axis_of(chart)
    assert low < -12.0
    assert high > 6.1


@given(
    st.lists(
        st.tuples(st.floats(-500, 500), st.floats(0, 500), st.floats(0, 500)),
        min_size=1,
        max_size=8,
    )
)
def test_the_axis_holds_zero_and_every_interval_of_the_usual_length(estimates):
    rows = [interval(value=v, low=v - a, high=v + b) for v, a, b in estimates]
    low, high = extent(rows)
    assert low <= 0 <= high
    assert low < high
    reaches = sorted(max(abs(row.low), abs(row.high)) for row in rows)
    for row in rows:
        if max(abs(row.low), abs(row.high)) <= reaches[len(reaches) // 2]:
            assert low <= row.low <= row.high <= high


SIDES = [
    Side(low=-INF, high=-1, meaning="worse", words="worse"),
    Side(low=-1, high=1, meaning="undecided", words="small"),
    Side(low=1, high=INF, meaning="better", words="better"),
]


def words_of(chart) -> list[str]:
    text = json.dumps(chart.to_dict())
    return re.findall(r"\d+ of \d+: \w+", text)


def test_dots_are_counted_by_side():
    chart = dot_chart([-1.5, -0.5, 0.5, 1.5, 1.6], SIDES, axis="x")
    assert words_of(chart) == ["1 of 5: worse", "2 of 5: small", "2 of 5: better"]


def lines_of(chart) -> list[str]:
    """How far below the first line each caption stands, in pixels, where there is room."""
    marks = [layer["mark"] for layer in chart.to_dict()["layer"]]
    return [m["dy"]["expr"].rpartition(" ")[2] for m in marks if m["type"] == "text"]


def test_captions_that_would_touch_stand_on_lines_of_their_own():
    near = [replace(side, words=f"{side.words} by more than one percent") for side in SIDES]
    assert lines_of(dot_chart([-1.2, -0.2, 0.2, 1.2], near, axis="x")) == ["0", "15", "30"]
    assert lines_of(dot_chart([-90.0, 0.0, 90.0], SIDES, axis="x")) == ["0", "0", "0"]


def test_a_side_without_dots_is_not_named():
    assert words_of(dot_chart([2.0, 2.5, 3.0], SIDES, axis="x")) == ["3 of 3: better"]


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=50).map(sorted), st.floats(0.01, 5))
def test_every_value_is_one_dot_on_its_own_side(quantiles, step):
    dots = stacked(quantiles, SIDES, step)
    for value, dot in zip(quantiles, dots, strict=True):
        side = next(s for s in SIDES if s.low <= value < s.high)
        assert dot["side"] == side.words
        assert side.low <= dot["x"] <= side.high
        assert abs(dot["x"] - value) <= 0.75 * max(step, 1e-9) or dot["side"] == "small"
    places = [(dot["x"], dot["place"]) for dot in dots]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("name", RECORDS)
def test_every_figure_of_every_report_can_be_drawn(name):
    record = RECORDS[name]
    found = [lift_figure(record), *dots_figure(record)]
    found += [block for block in segment_blocks(record) if isinstance(block, Figure)]
    for figure in found:
        drawing = figure.svg()
        assert drawing.startswith("<svg")
        assert "NaN" not in drawing
        assert "undefined" not in drawing
        assert 'width="720"' in drawing


def test_a_figure_hands_over_specification_drawing_and_words(monkeypatch):
    monkeypatch.setenv("ASSAY_RUN_DIR", "somewhere")
    figure = lift_figure(RECORDS["ship"])
    data, metadata = figure._repr_mimebundle_()
    assert set(data) == {VEGA_LITE, SVG, "text/plain"}
    assert data[VEGA_LITE]["width"] == "container"
    assert data[VEGA_LITE]["usermeta"]["assay"]["dark"][colour("better")] == PALETTE["better"].dark
    assert metadata == {"assay": {"caption": figure.caption, "alt": figure.alt}}
    assert "better" in figure.alt
    assert "n = 48" in figure.alt


def test_the_lab_gets_a_live_chart_that_needs_no_network(monkeypatch):
    monkeypatch.delenv("ASSAY_RUN_DIR", raising=False)
    data, _ = lift_figure(RECORDS["ship"])._repr_mimebundle_()
    page = data["text/html"]
    assert "<iframe" in page
    assert not re.search(r"(src|href)=&quot;https?://", page)


def test_last_bits_do_not_show():
    row = interval()
    nudged = interval(low=2.9 + 1e-13, high=6.1 - 1e-13, value=4.5 + 1e-13)
    one, other = (Figure(interval_chart([r], axis="x"), "c", "a") for r in (row, nudged))
    assert one.spec() == other.spec()
    assert one.svg() == other.svg()


def test_places_are_cut_and_words_keep_their_digits():
    title = "n = 3.14159 > 2, <d=\"M0.98765,1\"> d='2.71828'"
    rows = [{"what": "0.12345", "y": 1 / 3}, {"what": "rate 0.54321", "y": 2 / 7}]
    chart = alt.Chart(alt.Data(values=rows), title=title).mark_point()
    drawing = draw(Figure(chart.encode(x="what:N", y="y:Q"), "c", "mean 1.41421").spec())
    tree = ElementTree.fromstring(drawing)  # noqa: S314  of our own making
    words = "".join(tree.itertext())
    labels = " ".join(one.get("aria-label", "") for one in tree.iter())
    assert [text in words for text in (title, "0.12345", "rate 0.54321")] == [True] * 3
    assert f"Title text '{title}'" in labels
    places = [one.get(name, "") for one in tree.iter() for name in ("d", "transform", "x2", "y2")]
    assert any(re.search(r"\.\d\d\b", place) for place in places)
    assert not [place for place in places if re.search(r"\.\d{3}", place)]


def test_drawing_again_in_another_process_gives_the_same_bytes():
    program = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from present.ab_examples import RECORDS\n"
        "from assay.present.experiments import lift_figure\n"
        "sys.stdout.write(lift_figure(RECORDS['ship']).svg())"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root
    )
    draw(lift_figure(RECORDS["worse"]).spec())
    assert run.stdout == lift_figure(RECORDS["ship"]).svg()


@pytest.mark.parametrize(("caption", "alt"), [("", "said"), ("said", " ")])
def test_a_figure_without_words_is_refused(caption, alt):
    with pytest.raises(RenderError, match="empty, expected a sentence"):
        Figure(interval_chart([interval()], axis="x"), caption, alt)
