"""What a reader takes from a page: pictures, and data for a spreadsheet."""

import base64
import csv
import io
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Download

from assay.workbench.render import render
from browser.chromium import Open, Shown
from browser.test_report_page import violations
from render.concierge_page import TABLE, cell, chart, plain_page, shows
from render.test_outputs import PIXEL, display

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser

ROWS = [
    {"name": 'say "hi", twice', "n": -1.5, "when": "2026-11-01"},
    {"name": "=HYPERLINK(1)", "n": 2, "when": None},
    {"name": "@cmd", "n": 1e-7, "extra": ["a", 1]},
    {"name": "-2+3\nnext", "n": 0},
]
BARS = {
    "data": {"name": "rows"},
    "datasets": {"rows": ROWS},
    "mark": {"type": "bar", "color": "#1f2430"},
    "encoding": {
        "x": {"field": "n", "type": "quantitative"},
        "y": {"field": "name", "type": "nominal"},
    },
}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" viewBox="0 0 20 10"><rect width="5" height="5" fill="#ff0000"/></svg>'
TWO = {
    "data": {"values": ROWS},
    "layer": [
        {key: BARS[key] for key in ("mark", "encoding")},
        {"data": {"values": [{"n": 1}]}, "mark": "rule", "encoding": {}},
    ],
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    large = {
        "caption": "Many.",
        "columns": [{"label": f"c{i}", "align": "right"} for i in range(9)],
        "rows": [[f"{row}", *["1\u202f234.5", "\u22122"] * 4] for row in range(60)],
    }
    small = {
        "columns": [{"label": "arm"}, {"label": "change"}],
        "rows": [["=1+1", {"text": "better", "tone": "good", "mark": "▲", "tag": True}]],
    }
    made = plain_page(
        cell(chart(BARS, alt="bars", caption="Bars."), chart(TWO, alt="two", caption="Two.")),
        cell(
            display({"image/svg+xml": SVG}, assay={"alt": "red"}),
            display({"image/png": PIXEL}, assay={"alt": "dot"}),
            shows(TABLE, large),
            shows(TABLE, small),
        ),
        report="ab-test",
        set_name="default",
    )
    return render(made, tmp_path_factory.mktemp("take"), renderer="embedded").html


def choose(shown: Shown, name: str, what: str, nth: int = 0) -> None:
    shown.page.get_by_role("button", name=f"{name}: copy or save").nth(nth).click()
    shown.page.get_by_role("button", name=what, exact=True).click()


def saved(shown: Shown, name: str, what: str, nth: int = 0) -> Download:
    with shown.page.expect_download() as told:
        choose(shown, name, what, nth)
    return told.value


def rows_of(download: Download) -> list[list[str]]:
    text = download.path().read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])


CORNER = """async (data) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + data;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const brush = canvas.getContext('2d');
  brush.drawImage(image, 0, 0);
  return [...brush.getImageData(canvas.width - 1, canvas.height - 1, 1, 1).data];
}"""
READ = """async () => {
  const [item] = await navigator.clipboard.read();
  const out = {};
  for (const type of item.types) {
    const bytes = new Uint8Array(await (await item.getType(type)).arrayBuffer());
    out[type] = btoa([...bytes].map((b) => String.fromCharCode(b)).join(''));
  }
  return out;
}"""
CLIPBOARD = ["clipboard-read", "clipboard-write"]


def test_data_of_a_chart_are_saved_as_csv(show: Open, page: Path) -> None:
    shown = show(page)
    file = saved(shown, "Figure 1", "Save data (CSV)")
    assert file.suggested_filename == "ab-test-figure-1.csv"
    assert file.path().read_bytes().count(b"\r\n") == 5
    assert rows_of(file) == [
        ["name", "n", "when", "extra"],
        ['say "hi", twice', "-1.5", "2026-11-01", ""],
        ["'=HYPERLINK(1)", "2", "", ""],
        ["'@cmd", "1e-7", "", '["a",1]'],
        ["'-2+3\nnext", "0", "", ""],
    ]
    assert shown.requests == []
    assert shown.said == []


def test_layers_with_data_of_their_own_are_told_apart(show: Open, page: Path) -> None:
    head, *lines = rows_of(saved(show(page), "Figure 2", "Save data (CSV)"))
    assert head[0] == "part"
    assert [line[0] for line in lines] == ["1"] * 4 + ["2"]


def test_tables_are_saved_with_numbers_that_a_spreadsheet_reads(show: Open, page: Path) -> None:
    shown = show(page)
    large = rows_of(saved(shown, "Table 1", "Save as CSV"))
    assert len(large) == 61
    assert large[0] == [f"c{i}" for i in range(9)]
    assert large[60] == ["59", *["1234.5", "-2"] * 4]
    file = saved(shown, "Table", "Save as CSV", nth=-1)
    assert file.suggested_filename == "ab-test-table-2.csv"
    assert rows_of(file) == [["arm", "change"], ["'=1+1", "▲\u00a0better"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_have_a_light_ground_in_every_scheme(show: Open, page: Path, scheme: str) -> None:
    shown = show(page, color_scheme=scheme)
    shown.charts_are_drawn()
    for name in ("Figure 1", "Figure 3", "Figure 4"):
        png = saved(shown, name, "Save PNG").path().read_bytes()
        assert min(size_of(png)) > (10 if name != "Figure 4" else 0)
        data = base64.b64encode(png).decode()
        if name != "Figure 4":
            assert shown.page.evaluate(CORNER, data) == [255, 255, 255, 255]
    vector = saved(shown, "Figure 1", "Save SVG").path().read_text()
    assert vector.startswith("<svg")
    assert '<rect x="0" y="0"' in vector
    assert 'fill="#ffffff"' in vector
    assert "#1f2430" in vector
    assert shown.said == []


def test_pictures_are_copied(show: Open, page: Path) -> None:
    shown = show(page, permissions=CLIPBOARD)
    choose(shown, "Figure 1", "Copy as PNG")
    shown.page.get_by_role("status").get_by_text("Copied").wait_for()
    copied = shown.page.evaluate(READ)
    assert size_of(base64.b64decode(copied["image/png"]))[0] > 700
    choose(shown, "Figure 1", "Copy as SVG")
    shown.page.wait_for_function(
        "async () => (await navigator.clipboard.readText()).startsWith('<svg')"
    )
    assert shown.said == []


@pytest.mark.parametrize(("what", "ending"), [("Copy as PNG", "png"), ("Copy as SVG", "svg")])
def test_what_the_clipboard_refuses_is_saved(
    show: Open, page: Path, what: str, ending: str
) -> None:
    shown = show(page)
    shown.page.evaluate("() => { navigator.clipboard.write = () => Promise.reject(new Error()); }")
    assert saved(shown, "Figure 3", what).suggested_filename == f"ab-test-figure-3.{ending}"
    assert f"saved as ab-test-figure-3.{ending}" in shown.page.get_by_role("status").inner_text()
    assert shown.said == []


def test_pixels_have_no_data_and_no_vector(show: Open, page: Path) -> None:
    shown = show(page)
    offered: Callable[[str], list[str]] = lambda name: (  # noqa: E731
        shown.page.get_by_label(name, exact=True).get_by_role("button").all_inner_texts()
    )
    for name, expected in {
        "Figure 1": ["Copy as PNG", "Copy as SVG", "Save PNG", "Save SVG", "Save data (CSV)"],
        "Figure 3": ["Copy as PNG", "Copy as SVG", "Save PNG", "Save SVG"],
        "Figure 4": ["Copy as PNG", "Save PNG"],
        "Table 1": ["Save as CSV"],
    }.items():
        shown.page.get_by_role("button", name=f"{name}: copy or save").click()
        assert offered(name) == expected


def test_menu_works_from_the_keyboard(show: Open, page: Path) -> None:
    shown = show(page)
    opener = shown.page.get_by_role("button", name="Figure 1: copy or save")
    opener.focus()
    press = shown.page.keyboard.press
    press("Enter")
    assert opener.get_attribute("aria-expanded") == "true"
    focused = "() => document.activeElement.textContent"
    press("Tab")
    assert shown.page.evaluate(focused) == "Copy as PNG"
    press("ArrowDown")
    assert shown.page.evaluate(focused) == "Copy as SVG"
    press("ArrowUp")
    press("ArrowUp")
    assert shown.page.evaluate(focused) == "Save data (CSV)"
    assert violations(shown) == []
    press("Escape")
    assert opener.get_attribute("aria-expanded") == "false"
    assert opener.evaluate("e => e === document.activeElement")


def test_nothing_of_it_without_scripts_or_on_paper(show: Open, page: Path) -> None:
    still = show(page, java_script_enabled=False)
    assert still.page.get_by_role("button").count() == 0
    shown = show(page)
    shown.page.emulate_media(media="print")
    assert shown.page.locator(".tools >> visible=true").count() == 0


@pytest.mark.parametrize("width", [1200, 390])
def test_a_large_table_scrolls_in_its_box(show: Open, page: Path, width: int) -> None:
    shown = show(page, width=width)
    box = shown.page.get_by_role("region", name="Table 1. Many.")
    assert box.get_attribute("tabindex") == "0"
    assert shown.page.get_by_text("60 rows.").is_visible()
    assert not shown.page.get_by_text("more rows").is_visible()
    box.focus()
    box.evaluate("e => { e.scrollTop = 300; e.scrollLeft = 50; }")
    top, _left = box.evaluate("""e => { const a = e.getBoundingClientRect();
      const h = e.querySelector('thead th').getBoundingClientRect(); return [h.top - a.top, h.left - a.left]; }""")
    assert abs(top) <= 2
    assert violations(shown) == []
    needed, given = shown.page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert needed <= given


def test_paper_shows_the_first_rows_and_how_many_are_left(show: Open, page: Path) -> None:
    shown = show(page)
    shown.page.emulate_media(media="print")
    assert shown.page.locator("#table-1 tbody tr >> visible=true").count() == 40
    assert shown.page.get_by_text("… 20 more rows in the page").is_visible()
