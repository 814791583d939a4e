"""Numbers that lead to their entries, and two versions side by side, in a browser."""

from copy import deepcopy
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from assay.workbench.render import render
from assay.workbench.render.beside import Part, comparison_page, figure_pairs, table_changes
from assay.workbench.render.blocks import Cell, Column, Section, Table
from assay.workbench.render.head import Head, Tag
from browser.chromium import Open
from browser.test_report_page import RULES
from render.concierge_page import brief, notebook, page

pytestmark = pytest.mark.browser

RESULT = {
    "schema": {"kind": "ab-test", "version": 1},
    "findings": [
        {
            "key": "Task success/new",
            "what": "Task success",
            "unit": "share",
            "lift": {"value": 0.0451, "low": 0.0288, "high": 0.0614},
            "n": 48210,
        }
    ],
    "units": {
        "/findings/0/lift/value": "share",
        "/findings/0/lift/low": "share",
        "/findings/0/lift/high": "share",
        "/findings/0/n": "count",
    },
    "brief": brief(),
}


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("traced")
    return render(page(result=RESULT), folder, renderer="embedded").html


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    before = notebook()
    after = deepcopy(before)
    head = Head(
        eyebrow=("Comparison", "ab-test"),
        tags=(Tag(text="keep → ship", tone="attention"),),
        title="The verdict went from keep to ship",
        subtitle="",
        meta=(("Before", "1"), ("After", "2")),
    )
    section = Section(heading="Figures side by side", nav="Figures", lead="On one scale.")
    assert table_changes(before, after) == ()
    table = Table(columns=(Column(label="Row"), Column(label="Before")), caption="Means",
                  rows=((Cell(text="new"), Cell(text="0.4")),))  # fmt: skip
    part = Part(
        section=section,
        tables=(table,),
        pairs=figure_pairs(before, after),
        folded=(("All numbers", table),),
    )
    file = tmp_path_factory.mktemp("beside") / "changes.html"
    file.write_text(comparison_page(head, [part], name="a → b", as_of="2026-11-19"))
    return file


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 390)])
@pytest.mark.parametrize("which", ["traced", "beside"])
def test_no_barrier_is_found(
    show: Open, traced: Path, beside: Path, which: str, scheme: str, width: int
) -> None:
    shown = show({"traced": traced, "beside": beside}[which], color_scheme=scheme, width=width)
    shown.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    found = Axe().run(shown.page, options=RULES).response["violations"]
    assert [f"{v['id']}: {[n['target'] for n in v['nodes']][:3]}" for v in found] == []
    box = shown.page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert box[0] <= box[1]
    assert shown.requests == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_number_leads_to_its_entry(show: Open, traced: Path, scripts: bool) -> None:  # noqa: FBT001
    shown = show(traced, java_script_enabled=scripts)
    link = shown.page.locator(".tile a.n", has_text="4.5").first
    assert "/findings/0/lift/value: 0.0451 share" in str(link.get_attribute("title"))
    assert link.evaluate("a => getComputedStyle(a).textDecorationLine") == "none"
    link.focus()
    link.press("Enter")
    entry = shown.page.locator(f"tr{link.get_attribute('href')}")
    entry.wait_for(state="visible", timeout=5000)
    told = entry.inner_text()
    assert "/findings/0/lift/value" in told
    assert "0.0451 share" in told
    assert "0.0288 to 0.0614" in told


def test_on_paper_nothing_of_it_is_seen(show: Open, traced: Path) -> None:
    shown = show(traced)
    shown.page.emulate_media(media="print")
    assert not shown.page.locator("#numbers").is_visible()
