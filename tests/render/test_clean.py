"""HTML and SVG of unknown origin: what is kept of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import RenderError
from assay.workbench.render import svg
from assay.workbench.render.clean import FIRST_ROWS, markup, tables
from render.skeleton import read

PANDAS = """<div><style scoped>.dataframe tbody tr th {vertical-align: top;}</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>name</th><th>n</th></tr></thead>
<tbody><tr><th>0</th><td>a &lt;b&gt;</td><td>1.5</td></tr><tr><th>1</th><td>c</td><td>-2,000</td></tr></tbody></table></div>"""
POLARS = """<div><style>.dataframe > td {text-align: right}</style><small>shape: (2, 2)</small>
<table border="1" class="dataframe"><thead><tr><th>arm</th><th>n</th></tr><tr><td>str</td><td>i64</td></tr></thead>
<tbody><tr><td>&quot;control&quot;</td><td>10</td></tr><tr><td>null</td><td>&hellip;</td></tr></tbody></table></div>"""


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


def test_spanning_heads_and_long_tables() -> None:
    rows = "".join(f"<tr><td>{i}</td><td>x</td></tr>" for i in range(FIRST_ROWS + 5))
    (table,) = tables(
        f"<table><caption>All</caption><thead><tr><th colspan=2>both</th></tr></thead><tbody>{rows}</tbody></table>",
        place="cell 1",
    )
    assert [c.label for c in table.columns] == ["both", ""]
    assert len(table.rows) == FIRST_ROWS
    assert table.total == FIRST_ROWS + 5
    assert table.caption == "All"


def test_headings_of_an_output_do_not_disturb_the_report_s() -> None:
    kept = read(markup("<h1>Big</h1><h5>small</h5>", place="cell 1").html)
    assert [(e.tag, e.text) for e in kept.all()] == [("p", "Big"), ("p", "small")]


def test_table_without_cells_is_refused() -> None:
    with pytest.raises(RenderError, match="cell 3: table without cells"):
        tables("<table><tr></tr></table>", place="cell 3")


@pytest.mark.parametrize(
    "source",
    [
        "<p onclick='x()'>a</p><script>evil()</script>",
        "a<iframe src='//evil'></iframe><img src=x onerror=evil()>",
        "<a href='javascript:evil()'>a</a>",
        "<p style='background:url(//evil)'>a</p><style>@import '//evil'</style>",
        "<svg><script>evil()</script></svg>a",
        "<p>a<script>evil()",
        "<form action='//evil'><input><button>a</button></form>",
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
        kept = markup(f"{source} word", place="cell 1").html
    except RenderError:
        return
    root = read(kept)
    assert all(not e.attributes for e in root.all())
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
