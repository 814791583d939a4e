"""HTML and SVG of unknown origin: what is kept of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import RenderError
from assay.workbench.render import svg
from assay.workbench.render.blocks import Figure, Markup, Table
from assay.workbench.render.clean import parts
from assay.workbench.render.grids import ROWS
from render.skeleton import read

PANDAS = """<div><style scoped>.dataframe tbody tr th {vertical-align: top;}</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>name</th><th>n</th></tr></thead>
<tbody><tr><th>0</th><td>a &lt;b&gt;</td><td>1.5</td></tr><tr><th>1</th><td>c</td><td>-2,000</td></tr></tbody></table></div>"""
POLARS = """<div><style>.dataframe > td {text-align: right}</style><small>shape: (2, 2)</small>
<table border="1" class="dataframe"><thead><tr><th>arm</th><th>n</th></tr><tr><td>str</td><td>i64</td></tr></thead>
<tbody><tr><td>&quot;control&quot;</td><td>10</td></tr><tr><td>null</td><td>&hellip;</td></tr></tbody></table></div>"""


def tables(source: str, *, place: str = "cell 1") -> list[Table]:
    return [part for part in parts(source, place=place) if isinstance(part, Table)]


def markup(source: str, *, place: str = "cell 1") -> Markup:
    (part,) = (part for part in parts(source, place=place) if isinstance(part, Markup))
    return part


def texts(table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def test_pandas_table() -> None:
    (table,) = tables(PANDAS, place="cell 1")
    assert [(c.label, c.align) for c in table.columns] == [
        ("", "right"),
        ("name", "left"),
        ("n", "right"),
    ]
    assert texts(table) == [["0", "a <b>", "1.5"], ["1", "c", "-2,000"]]


def test_polars_table_loses_types_and_quotes() -> None:
    (table,) = tables(POLARS, place="cell 1")
    assert [(c.label, c.align) for c in table.columns] == [("arm", "left"), ("n", "right")]
    assert texts(table) == [["control", "10"], ["null", "…"]]


def test_heads_in_several_lines_become_one() -> None:
    (table,) = tables(
        "<table><caption>All</caption><thead><tr><th rowspan=2>arm<th colspan=2>cost</tr>"
        "<tr><th>before<th>after</tr></thead><tr><td>a<td>1<td>2</tr></table>"
    )
    assert [c.label for c in table.columns] == ["arm", "cost · before", "cost · after"]
    assert texts(table) == [["a", "1", "2"]]
    assert table.caption == "All"


def test_cells_that_span_rows_stand_in_each_of_them() -> None:
    (table,) = tables(
        "<table><thead><tr><th></th><th></th><th>n</th></tr><tr><th>city</th><th>arm</th><th></th></tr></thead>"
        "<tbody><tr><th rowspan='2'>Rome</th><th>a</th><td>1</td></tr><tr><th>b</th><td>2</td></tr></tbody></table>"
    )
    assert [c.label for c in table.columns] == ["city", "arm", "n"]
    assert texts(table) == [["Rome", "a", "1"], ["Rome", "b", "2"]]
    assert table.heads == 2


def test_title_groups_and_source_of_a_great_table() -> None:
    (table,) = tables(
        "<div id='x'><style>#x{}</style><table class='gt_table'><thead><tr class='gt_heading'><td colspan='2'>Sales</td></tr>"
        "<tr><th>month</th><th>EUR</th></tr></thead><tbody><tr><th colspan='2'>2026</th></tr><tr><td>May</td><td>€1,200</td></tr></tbody>"
        "<tfoot><tr><td colspan='2'>Source: ledger</td></tr></tfoot></table></div>"
    )
    assert table.caption == "Sales. Source: ledger"
    assert texts(table) == [["2026", ""], ["May", "€1,200"]]
    assert [c.align for c in table.columns] == ["left", "right"]


def test_long_tables_say_how_many_rows_there_are() -> None:
    rows = "".join(f"<tr><td>{i}</td><td>x</td></tr>" for i in range(ROWS + 5))
    (table,) = tables(f"<table><thead><tr><th>a</th><th>b</th></tr></thead>{rows}</table>")
    assert len(table.rows) == ROWS
    assert table.total == ROWS + 5


@pytest.mark.parametrize(
    ("said", "total"),
    [("<p>1,200 rows × 3 columns</p>", 1200), ("<p>2 rows × 3 columns</p>", None)],
)
def test_what_pandas_left_out_is_counted(said: str, total: int | None) -> None:
    (table,) = parts(PANDAS.replace("</div>", f"{said}</div>"), place="cell 1")
    assert table.total == total


def test_words_and_tables_stay_in_their_order() -> None:
    found = list(parts(f"<div><h3>Sales</h3>{PANDAS}<p>in <b>EUR</b></p></div>", place="cell 1"))
    assert [type(part).__name__ for part in found] == ["Markup", "Table", "Markup"]
    assert found[0].text == "Sales"
    assert found[2].html == "<div><p>in <b>EUR</b></p></div>"


def test_pictures_inside_html_become_figures() -> None:
    pixel = "data:image/png;base64,iVBORw0KGgo="
    found = list(parts(f"<p>a</p><img src='{pixel}' alt='dot' onerror='x()'>", place="cell 1"))
    assert isinstance(found[1], Figure)
    assert (found[1].alt, found[1].media, found[1].data[:4]) == ("dot", "image/png", b"\x89PNG")


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("<img src='https://example.org/x.png'>", "a picture from 'https://example.org/x.png'"),
        ("<img src='plots/x.png'>", "a picture from 'plots/x.png'"),
        ("<p>a</p><iframe src='https://example.org'></iframe>", "another page in a frame"),
        ("<div id=a></div><script>draw()</script>", "drawn by a script"),
        ("<p>Loading BokehJS ...</p><script>draw()</script>", "drawn by a script"),
        ("<canvas></canvas>", "drawn by a script"),
    ],
)
def test_what_would_be_missing_is_refused_with_a_remedy(source: str, what: str) -> None:
    with pytest.raises(RenderError, match=f"cell 4: HTML output.*{what}") as refused:
        list(parts(source, place="cell 4"))
    assert refused.value.remedy


@pytest.mark.parametrize(
    "source", ["<style>.container {width: 100%}</style>", "<!-- x -->", "<link rel=stylesheet>"]
)
def test_what_only_dresses_the_notebook_is_left_out(source: str) -> None:
    assert list(parts(source, place="cell 1")) == []


def test_headings_of_an_output_do_not_disturb_the_report_s() -> None:
    kept = read(markup("<h1>Big</h1><h5>small</h5>", place="cell 1").html)
    assert [(e.tag, e.text) for e in kept.all()] == [
        ("p", "Big"),
        ("strong", "Big"),
        ("p", "small"),
        ("strong", "small"),
    ]


def test_table_without_cells_is_refused() -> None:
    assert tables("<table></table>") == []
    with pytest.raises(RenderError, match="cell 3: table without cells"):
        tables("<table><tr></tr></table>", place="cell 3")


@pytest.mark.parametrize(
    "source",
    [
        "<p onclick='x()'>a</p><script>evil()</script>",
        "a<object data='//evil'></object><embed src='//evil'>",
        "<a href='javascript:evil()'>a</a>",
        "<p style='background:url(//evil)'>a</p><style>@import '//evil'</style>",
        "<svg><script>evil()</script></svg>a",
        "<p>a<script>evil()",
        "<form action='//evil'><input>a<button>b</button></form>",
        "<<p>a</p>script>evil()</script>",
    ],
)
def test_nothing_that_acts_is_left(source: str) -> None:
    kept = markup(source, place="cell 1").html
    assert "a" in read(kept).text
    assert all(not e.attributes for e in read(kept).all())
    assert not {e.tag for e in read(kept).all()} & {
        "script",
        "iframe",
        "img",
        "a",
        "style",
        "form",
        "svg",
    }


@given(st.text(alphabet="<>/abp scriptdivul=\"'&;!-", max_size=60))
def test_what_is_kept_is_well_formed(source: str) -> None:
    try:
        found = list(parts(f"{source} word", place="cell 1"))
    except RenderError:
        return
    for part in found:
        root = read(part.html) if isinstance(part, Markup) else read("")
        assert all(set(e.attributes) <= {"href", "rel"} for e in root.all())
        assert not {e.tag for e in root.all()} & {"script", "style", "template", "title"}


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="marks" width="10" height="10" viewBox="0 0 10 10" onload="evil()">'
    '<defs><clipPath id="clip56"><rect width="5" height="5"/></clipPath></defs><script>evil()</script><foreignObject><p>x</p></foreignObject>'
    '<a href="javascript:evil()"><text>t</text></a><image xlink:href="http://evil/x.png"/><path d="" /><style>@import "//evil"</style>'
    '<g clip-path="url(#clip56)" style="fill: #fff; behavior: url(//evil)" role="x" aria-label="y"><path d="M0,0" fill="url(http://evil#a)"/><use xlink:href="#clip56"/></g></svg>'
)


def test_drawing_keeps_what_is_drawn_only() -> None:
    kept = svg.clean(SVG, prefix="f1", place="cell 1")
    assert "evil" not in kept
    assert not re.search(r"script|foreignObject|onload|aria|<a |style", kept)
    assert 'id="f1-0"' in kept
    assert 'clip-path="url(#f1-0)"' in kept
    assert 'href="#f1-0"' in kept
    assert 'fill="#fff"' in kept


def test_drawing_is_the_same_whatever_number_its_ids_began_with() -> None:
    other = SVG.replace("clip56", "clip61")
    assert svg.clean(SVG, prefix="f", place="") == svg.clean(other, prefix="f", place="")


def test_cleaning_twice_changes_nothing() -> None:
    once = svg.clean(SVG, prefix="f", place="")
    assert svg.clean(once, prefix="f", place="") == once


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("<svg", "not well-formed"),
        ("<html/>", "expected <svg>"),
        (
            '<!DOCTYPE svg [<!ENTITY a "aa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
            "entity",
        ),
    ],
)
def test_what_is_no_drawing_is_refused(source: str, what: str) -> None:
    with pytest.raises(RenderError, match=what):
        svg.clean(source, prefix="f", place="cell 1")


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=40))
def test_sparkline_stays_inside_its_frame(numbers: list[float]) -> None:
    drawn = svg.sparkline(numbers)
    points = [
        tuple(map(float, p.split(","))) for p in re.search(r'points="([^"]+)"', drawn)[1].split()
    ]
    assert len(points) == len(numbers)
    assert all(0 <= x <= 150 and 0 <= y <= 34 for x, y in points)


def test_sparkline_of_last_digits_is_flat() -> None:
    def heights(numbers: list[float]) -> list[float]:
        points = re.search(r'points="([^"]+)"', svg.sparkline(numbers))[1].split()
        return [float(point.split(",")[1]) for point in points]

    still, stirred = heights([0.0452, 0.0452 + 1e-12]), heights([0.0452, 0.0455])
    assert still[0] == still[1] == 17
    assert 0 < stirred[0] - stirred[1] < 4
    assert heights([0.02, 0.06]) == [30, 4]
