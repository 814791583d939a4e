"""The page of every element in a browser: tabs from the keyboard, no barrier, no overflow."""

from pathlib import Path

import pytest

from assay.workbench.render import render
from browser.chromium import Open
from browser.test_report_page import WIDTHS, violations
from render.elements_page import elements

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(elements(), tmp_path_factory.mktemp("elements"), renderer="embedded").html


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 390), ("light", 1600)])
def test_no_barrier_no_request_no_overflow(show: Open, page: Path, scheme: str, width: int) -> None:
    shown = show(page, color_scheme=scheme, width=width)
    assert violations(shown) == []
    needed, given = shown.page.evaluate(WIDTHS)
    assert needed <= given
    assert shown.requests == []
    assert shown.said == []


def test_tabs_are_chosen_by_mouse_and_keyboard(show: Open, page: Path) -> None:
    shown = show(page)
    tab = shown.page.get_by_role("tab", name="As a figure")
    figure = shown.page.locator("#fig-bars")
    assert not figure.is_visible()
    tab.click()
    assert figure.is_visible()
    shown.page.keyboard.press("ArrowRight")
    assert shown.page.get_by_role("tab", name="As a table").get_attribute("aria-selected") == "true"
    assert not figure.is_visible()


def test_link_into_a_tab_opens_it(show: Open, page: Path) -> None:
    assert show(page, at="#fig-bars").page.locator("#fig-bars").is_visible()


def test_every_tab_stands_without_scripts_and_on_paper(show: Open, page: Path) -> None:
    for shown in (show(page, java_script_enabled=False), show(page)):
        shown.page.emulate_media(media="print")
        assert shown.page.locator("#fig-bars").is_visible()
        assert shown.page.locator("#tbl-arms").is_visible()
        assert shown.page.locator(".tab > p:first-child >> visible=true").count() == 2
        assert shown.page.get_by_role("tab").count() == 0
