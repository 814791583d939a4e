"""A report in a browser: offline, live, readable in every light and width, without scripts too."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_markdown_cell

from assay.workbench.render import render
from browser.chromium import Open, Shown
from render.concierge_page import TABLE, cell, chart, forest, plain_page, section, shows

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],  # of what is well only one place each is looked up
}
FILL_OF_AXIS_TITLE = """scope => [...document.querySelectorAll(scope + ' text')]
  .filter(t => t.textContent.startsWith('change against')).map(t => getComputedStyle(t).fill)"""
WIDTHS = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


def violations(shown: Shown) -> list[str]:
    found = Axe().run(shown.page, options=RULES).response["violations"]
    return [f"{v['id']}: {[n['target'] for n in v['nodes']][:4]}" for v in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_offline_and_quiet_with_every_chart_live(show: Open, scheme: str) -> None:
    shown = show(color_scheme=scheme)
    shown.charts_are_drawn()
    assert shown.page.locator(".chart").count() == 2
    assert shown.page.locator(".chart.drawn .live svg.marks").count() == 2
    assert shown.page.locator(".chart .still >> visible=true").count() == 0
    assert shown.requests == []
    assert shown.said == []


def test_without_scripts_the_drawings_stand(show: Open) -> None:
    shown = show(java_script_enabled=False)
    drawings = shown.page.locator(".chart .still svg")
    assert drawings.count() == 2
    for i in range(2):
        box = drawings.nth(i).bounding_box()
        assert box is not None
        assert box["width"] > 500
        assert box["height"] > 150
    assert shown.page.locator("nav a >> visible=true").count() == 7
    assert shown.requests == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_no_barrier_is_found(show: Open, scheme: str, width: int) -> None:
    shown = show(color_scheme=scheme, width=width)
    shown.charts_are_drawn()
    assert violations(shown) == []
    shown.page.evaluate(
        "() => document.querySelectorAll('details').forEach(d => { d.open = true; })"
    )
    assert violations(shown) == []


@pytest.mark.parametrize("scripts", ["on", "off"])
@pytest.mark.parametrize("width", [320, 390, 700, 861, 1000])
def test_no_width_overflows(show: Open, width: int, scripts: str) -> None:
    shown = show(width=width, java_script_enabled=scripts == "on")
    if scripts == "on":
        shown.charts_are_drawn()
        shown.page.evaluate(
            "() => document.querySelectorAll('details').forEach(d => { d.open = true; })"
        )
    needed, given = shown.page.evaluate(WIDTHS)
    assert needed <= given


def test_phone_folds_the_menu_and_narrows_the_charts(show: Open) -> None:
    shown = show(width=390)
    shown.charts_are_drawn()
    assert shown.page.locator("nav a >> visible=true").count() == 0
    shown.page.click("nav summary")
    assert shown.page.locator("nav a >> visible=true").count() == 7
    for box in (shown.page.locator(".live svg.marks").nth(i).bounding_box() for i in range(2)):
        assert box is not None
        assert 300 < box["width"] <= 390
    size = shown.page.evaluate(
        "() => getComputedStyle(document.querySelector('.live text')).fontSize"
    )
    assert float(size.removesuffix("px")) >= 10


def test_chart_follows_its_column(show: Open) -> None:
    shown = show(width=1200)
    shown.charts_are_drawn()
    for width in (700, 1200):
        shown.page.set_viewport_size({"width": width, "height": 900})
        shown.page.wait_for_function(
            """() => [...document.querySelectorAll('.chart')].every(c =>
              Math.abs(c.querySelector('svg.marks').getBoundingClientRect().width - c.clientWidth) < 3)"""
        )


def test_dark_changes_live_chart_and_drawing_alike(show: Open) -> None:
    light, dark = show(color_scheme="light"), show(color_scheme="dark")
    for shown, colour in ((light, "rgb(102, 112, 133)"), (dark, "rgb(163, 173, 191)")):
        shown.charts_are_drawn()
        assert shown.page.evaluate(FILL_OF_AXIS_TITLE, ".still") == [colour]
        assert shown.page.evaluate(FILL_OF_AXIS_TITLE, ".live") == [colour]


def test_tooltip_works_under_the_policy(show: Open) -> None:
    shown = show()
    shown.charts_are_drawn()
    point = shown.page.locator(".live .mark-symbol path").first
    point.scroll_into_view_if_needed()
    point.hover()
    tip = shown.page.locator("#vg-tooltip-element.visible")
    tip.wait_for(timeout=3000)
    assert "Task success" in tip.inner_text()
    assert shown.said == []


def test_menu_marks_where_the_reader_is(show: Open) -> None:
    shown = show()
    assert shown.page.locator("nav [aria-current]").all_inner_texts() == ["Decision"]
    shown.page.click("nav a >> text=How sure, since when")
    shown.page.wait_for_function(
        "() => document.querySelector('nav [aria-current]').textContent === 'How sure, since when'"
    )


def test_link_to_what_is_folded_opens_it(show: Open) -> None:
    shown = show(at="#provenance")
    assert shown.page.locator("#provenance").evaluate("d => d.open")
    shown.page.click("nav a >> text=How it was done")
    shown.page.wait_for_function("() => document.getElementById('method').open")


def test_on_paper_everything_is_open_and_light(show: Open) -> None:
    shown = show(color_scheme="dark")
    shown.charts_are_drawn()
    shown.page.emulate_media(media="print", color_scheme="dark")
    visible = "e => getComputedStyle(e).display !== 'none'"
    assert not shown.page.locator("nav").evaluate(visible)
    for i in range(2):
        assert shown.page.locator(".chart .still").nth(i).evaluate(visible)
        assert not shown.page.locator(".chart .live").nth(i).evaluate(visible)
    ground = shown.page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert shown.page.evaluate(FILL_OF_AXIS_TITLE, ".still") == ["rgb(102, 112, 133)"]
    assert (
        shown.page.locator(".tiles").evaluate(
            "e => getComputedStyle(e).gridTemplateColumns.split(' ').length"
        )
        == 4
    )
    shown.page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert shown.page.locator("main details:not([open])").count() == 0


def test_script_in_the_page_s_content_does_not_run(show: Open, tmp_path: Path) -> None:
    evil = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'
    spec = {
        **forest(),
        "title": {"text": "x", "subtitle": evil},
        "usermeta": {"embedOptions": {"actions": True}},
    }
    made = plain_page(
        cell(section(evil, evil, evil), chart(spec, caption=evil, alt=evil)),
        cell(shows(TABLE, {"caption": evil, "columns": [{"label": evil}], "rows": [[evil]]})),
    )
    shown = show(render(made, tmp_path, renderer="embedded").html)
    shown.charts_are_drawn()
    assert shown.page.evaluate("() => window.ran") is None
    assert shown.page.locator("h2").first.inner_text() == evil
    assert shown.requests == []
    assert shown.said == []


def test_chart_that_fails_leaves_its_drawing(show: Open, tmp_path: Path) -> None:
    broken = {**forest(), "layer": [{"mark": {"type": "text", "text": {"expr": "nosuch("}}}]}
    output = chart(forest(), caption="c", alt="a")
    output.data["application/vnd.vegalite.v6+json"] = broken
    shown = show(render(plain_page(cell(output)), tmp_path, renderer="embedded").html)
    shown.charts_are_drawn()
    assert shown.page.locator(".chart .still svg >> visible=true").count() == 1
    assert shown.page.locator(".chart .live >> visible=true").count() == 0


def test_wide_and_long_tables_scroll_inside_themselves(show: Open, tmp_path: Path) -> None:
    columns = [{"label": f"column number {i}", "align": "right"} for i in range(14)]
    rows = [[f"{i * 1_000_000}" for i in range(14)] for _ in range(60)]
    markdown = "| a | b |\n|---|---|\n| 1 | " + "long " * 40 + "|\n\n$$" + "x + " * 60 + "y$$"
    made = plain_page(
        cell(shows(TABLE, {"caption": "Wide.", "columns": columns, "rows": rows})),
        new_markdown_cell(markdown),
    )
    shown = show(render(made, tmp_path, renderer="embedded").html, width=390)
    needed, given = shown.page.evaluate(WIDTHS)
    assert needed <= given
    assert violations(shown) == []
