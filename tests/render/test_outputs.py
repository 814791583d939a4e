"""Which form of an output is taken, and what stops a page."""

import json

import pytest
from nbformat.v4 import new_markdown_cell, new_output

from assay.core.errors import RenderError
from assay.workbench.render.blocks import Cell, Column, Figure, Listing, Markup, Prose, Table
from assay.workbench.render.charts import draw
from assay.workbench.render.collect import collect
from assay.workbench.render.embedded import Embedded
from assay.workbench.render.html import HtmlWriter
from assay.workbench.render.publication import prepare
from assay.workbench.render.tables import table_html
from assay.workbench.render.words import Say
from render.concierge_page import SECTION, TABLE, cell, chart, drawn, forest, plain_page, shows
from render.skeleton import Element, read

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
ALT = '#| fig-alt: "A dot"\n#| fig-cap: "One dot."\n#| label: fig-dot'


def display(data: dict, **metadata: object):
    return new_output("display_data", data, metadata=metadata)


def blocks(*outputs, source: str = "x"):
    made = cell(source=source)
    made.outputs = list(outputs)
    return [placed.block for placed in collect([made])]


def main(*cells) -> Element:
    made = plain_page(*cells)
    return read(Embedded().html(prepare(made, HtmlWriter(), "html")).decode()).one("main")


def test_error_output_is_refused_with_its_cell() -> None:
    error = new_output("error", ename="ValueError", evalue="\x1b[31mno rows\x1b[0m", traceback=[])
    with pytest.raises(RenderError, match="cell 2 ended with ValueError: no rows"):
        list(collect([cell(), cell(error, source="#| include: false")]))


PLOT = """<svg xmlns="http://www.w3.org/2000/svg"><g id="figure_1"><g id="axes_1"><g id="matplotlib.axis_1">
<g id="xtick_1"><g id="text_1"><text>3</text></g></g><g id="text_2"><text>month</text></g></g><g id="matplotlib.axis_2">
<g id="text_3"><text>revenue</text></g></g><g id="text_4"><text>Sales</text></g>
<g id="legend_1"><g id="text_5"><text>2026</text></g></g></g></g></svg>"""


@pytest.mark.parametrize(
    ("output", "alt"),
    [
        (display({"image/png": PIXEL}), "Picture under the heading “Growth”."),
        (display({"image/svg+xml": PLOT}), "Sales. revenue against month, with 2026."),
        (chart({**forest(), "title": "Lifts"}, caption="c"), "Lifts. Chart: metric against "),
        (
            display({"image/png": PIXEL}, assay={"caption": "One dot."}),
            "One dot.",
        ),
    ],
)
def test_figure_without_words_is_described_by_what_it_says_itself(output, alt: str) -> None:
    made = cell(output)
    told = new_markdown_cell("# Report\n\n## *Growth* {#sec-growth}\n\nText.")
    figure = list(collect([told, made]))[1].block
    assert isinstance(figure, Figure)
    assert figure.alt.startswith(alt)


def test_figure_under_no_heading_names_its_cell() -> None:
    (figure,) = blocks(display({"image/png": PIXEL}))
    assert figure.alt == "Picture shown by cell 1. Its author gave no description."


def test_options_give_words_and_label() -> None:
    (figure,) = blocks(display({"image/png": PIXEL, "text/plain": "<Figure>"}), source=ALT)
    assert isinstance(figure, Figure)
    assert (figure.alt, figure.caption, figure.label) == ("A dot", "One dot.", "fig-dot")


def test_second_figure_has_its_own_words() -> None:
    two = [display({"image/png": PIXEL}), display({"image/svg+xml": PLOT})]
    assert [f.alt[:5] for f in blocks(*two, source=ALT)] == ["A dot", "Sales"]
    both = blocks(*two, source='#| fig-alt: ["one", "two"]\n#| label: fig-dots')
    assert [(f.alt, f.label) for f in both] == [("one", "fig-dots"), ("two", "fig-dots-2")]


def test_a_figure_shown_twice_in_a_row_stands_once() -> None:
    dated = PLOT.replace('<g id="figure_1">', '<metadata>12:00</metadata><g id="figure_1">')
    later = dated.replace("12:00", "12:01")
    named = new_output("execute_result", {"image/svg+xml": dated}, execution_count=1)
    assert len(blocks(named, display({"image/svg+xml": later}))) == 1
    assert len(blocks(named, display({"image/svg+xml": PLOT.replace("Sales", "Costs")}))) == 2


def test_what_a_notebook_displays_twice_stands_twice() -> None:
    assert len(blocks(display({"image/png": PIXEL}), display({"image/png": PIXEL}))) == 2


def test_plain_altair_is_drawn_and_stays_live() -> None:
    spec = {**forest(), "width": 400, "description": "five lifts"}
    by_media = display({"text/plain": "alt.Chart(...)"})
    by_media.data["application/vnd.vegalite.v6.json"] = (
        spec  # Altair's own name, which nbformat rejects
    )
    page = f'<div></div><script>(function(vegaEmbed){{}})({json.dumps(spec)}, {{"mode": "vega-lite"}});</script>'
    by_page = display({"text/html": page, "text/plain": "alt.Chart(...)"})
    for figure in blocks(by_media, by_page):
        assert isinstance(figure, Figure)
        assert figure.alt == "five lifts"
        assert figure.spec == spec
        assert figure.data.startswith(b"<svg")


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"url": "https://example.org/x.csv"}},
        {"data": {"url": "data/x.csv"}},
        {"mark": {"type": "image", "url": "http://example.org/x.png"}},
        {"encoding": {"url": {"value": "http://example.org/x.png"}}},
    ],
)
def test_chart_that_would_fetch_is_refused(change: dict) -> None:
    with pytest.raises(RenderError, match="cell 1: chart reads from"):
        blocks(
            chart({**forest(), **change}, alt="a")
            if "data" not in change
            else display({"application/vnd.vegalite.v6+json": {"mark": "bar", **change}})
        )


def test_chart_may_have_a_column_named_url() -> None:
    spec = {
        "data": {"values": [{"url": "https://example.org", "n": 1}]},
        "mark": "bar",
        "encoding": {"x": {"field": "n", "type": "quantitative"}},
    }
    (figure,) = blocks(
        display(
            {"application/vnd.vegalite.v6+json": spec, "image/svg+xml": drawn(spec)},
            assay={"alt": "a"},
        )
    )
    assert figure.spec == spec


def test_chart_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(RenderError, match="cell 1: chart cannot be drawn"):
        blocks(display({"application/vnd.vegalite.v6+json": {"mark": "nonsense"}}))


def test_chart_s_text_cannot_end_its_script() -> None:
    spec = {**forest(), "title": "</script><script>alert(1)</script>"}
    found = main(cell(chart(spec, alt="a")))
    assert json.loads(found.one("figure").one("script").text)["title"] == spec["title"]


def test_text_media_in_order() -> None:
    assert isinstance(blocks(display({"text/markdown": "*x*", "text/plain": "x"}))[0], Prose)
    assert isinstance(blocks(display({"text/latex": "$x$", "text/plain": "x"}))[0], Prose)
    assert isinstance(blocks(display({"text/html": "<p>x</p>", "text/plain": "x"}))[0], Markup)
    assert isinstance(
        blocks(display({"text/html": "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"}))[0],
        Table,
    )
    assert isinstance(blocks(display({"text/plain": "42"}))[0], Listing)


@pytest.mark.parametrize(
    "bare",
    [
        "<Axes: xlabel='x'>",
        "[<matplotlib.lines.Line2D at 0x7f>]",
        "alt.Chart(...)",
        "Text(0, 0.5, 'orders')",
        "([<matplotlib.axis.XTick object>], [Text(0, 0, 'a')])",
    ],
)
def test_bare_representation_is_no_content(bare: str) -> None:
    assert blocks(display({"text/plain": bare})) == []


def test_prints_are_joined_and_shown_as_on_a_terminal() -> None:
    parts = [
        new_output("stream", name="stdout", text="\x1b[32mone\x1b[0m\n"),
        new_output("stream", name="stdout", text=" 10%\r 50%\r100%\ntwo\n\n"),
        new_output(
            "stream", name="stderr", text="/var/x/ipykernel_123/456.py:1: UserWarning: odd\n"
        ),
    ]
    shown = blocks(*parts)
    assert [b.text for b in shown] == ["one\n100%\ntwo", "notebook:1: UserWarning: odd"]


def test_long_print_is_cut_and_says_so() -> None:
    (shown,) = blocks(new_output("stream", name="stdout", text="x\n" * 500))
    assert shown.text.endswith("… 300 more lines")


def test_progress_widget_is_dropped_and_any_other_refused() -> None:
    widget = "application/vnd.jupyter.widget-view+json"
    assert blocks(display({widget: {}, "text/plain": " 40%|####      |"})) == []
    with pytest.raises(RenderError, match="cell 1 shows a widget"):
        blocks(display({widget: {}, "text/plain": "IntSlider(value=7)"}))


def test_a_chart_that_cannot_be_drawn_leaves_the_next_one_alone() -> None:
    plain = {"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a"}}}
    linked = {**plain, "encoding": {"href": {"value": "javascript:alert(1)"}}}
    with pytest.raises(RenderError, match="cannot be drawn"):
        draw(linked, "cell 1")
    assert draw(plain, "cell 2").startswith("<svg")


def test_output_drawn_by_a_script_is_refused() -> None:
    with pytest.raises(RenderError, match="cell 1: HTML output without any text"):
        blocks(display({"text/html": "<div id='x'></div><script>plot()</script>"}))


@pytest.mark.parametrize(
    ("media", "value", "field"),
    [
        (SECTION, {"nav": "x"}, "heading"),
        (TABLE, {"columns": [{"label": "a"}], "rows": [["1", "2"]]}, "row 1 has 2 cells"),
        (TABLE, {"columns": [], "rows": []}, "columns"),
    ],
)
def test_neutral_block_of_another_shape_is_refused(media: str, value: dict, field: str) -> None:
    with pytest.raises(RenderError, match=field) as refused:
        blocks(shows(media, value))
    assert "cell 1" in refused.value.message


def test_a_table_of_some_columns_says_in_each_cell_which_it_is_for_phones() -> None:
    columns = tuple(Column(label=label, align="right") for label in ("", "Spent", "Share", "<b>"))
    row = tuple(Cell(text=text) for text in ("planner", "$1", "2 %", "3"))
    table = Table(caption="", columns=columns, rows=(row,))
    page = str(table_html(table, "", Say("en")))
    assert 'class="scroll wide stack"' in page
    assert '<td class="right">planner</td>' in page
    assert '<td class="right" data-label="Spent">$1</td>' in page
    assert 'data-label="&lt;b&gt;"' in page
    few = Table(caption="", columns=columns[:3], rows=(row[:3],))
    assert "data-label" not in table_html(few, "", Say("en"))


def test_only_a_verdict_of_several_words_takes_two_lines() -> None:
    columns = tuple(Column(label=label, align="left") for label in ("Change", "Verdict"))
    rows = tuple(
        (Cell(text="planner"), Cell(text=text, tone="bad"))
        for text in ("worse", "worse beyond the margin")
    )
    told = str(table_html(Table(caption="", columns=columns, rows=rows), "", Say("en")))
    assert '<span class="told tone-bad">worse</span>' in told
    assert '<span class="told long tone-bad">worse beyond the margin</span>' in told
