"""The index in a browser: offline, readable in every light and width, found by words and chips."""

from dataclasses import replace
from pathlib import Path

import pytest

from assay.workbench.cards import Card
from assay.workbench.index import index_page
from browser.chromium import Open, Shown
from browser.test_report_page import WIDTHS, violations
from workbench.index_cards import BRIEF, a_card

pytestmark = pytest.mark.browser

LONG = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"


def told(name: str, **brief: object) -> Card:
    own = {"subject": name, "title": f"Ship {name}: task success rises by 2.9 to 6.1 %"}
    return a_card(name, brief=BRIEF | own | brief)


CARDS = (
    told("greeting"),
    told("planner", state="undecided", tone="neutral", needs_decision=False),
    told("latency", kind="Trend", state="look into it", tone="attention"),
    told(LONG, title=f"<img src=x onerror=alert(1)> {LONG}", tone="bad", state="keep"),
    replace(told("scores"), state="failed", failure="scores.parquet was not found"),
    replace(told("older"), state="outdated"),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "index.html"
    path.write_text(index_page("Assay", CARDS), encoding="utf-8")
    return path


def seen(shown: Shown) -> int:
    return shown.page.locator(".card >> visible=true").count()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_no_barrier_no_request_no_overflow(
    show: Open, index: Path, scheme: str, width: int
) -> None:
    shown = show(index, color_scheme=scheme, width=width)
    assert violations(shown) == []
    needed, given = shown.page.evaluate(WIDTHS)
    assert needed <= given
    assert shown.requests == []
    assert shown.said == []


def test_search_keeps_the_cards_that_hold_every_word(show: Open, index: Path) -> None:
    shown = show(index)
    assert seen(shown) == len(CARDS)
    shown.page.get_by_role("searchbox").fill("SHIP greeting")
    assert seen(shown) == 1
    assert shown.page.get_by_role("status").inner_text() == f"1 of {len(CARDS)} reports"
    shown.page.get_by_role("searchbox").fill("nothing like it")
    assert seen(shown) == 0
    assert shown.page.get_by_text("No report matches.").is_visible()
    assert violations(shown) == []
    shown.page.get_by_role("searchbox").fill("")
    assert seen(shown) == len(CARDS)
    assert shown.page.get_by_role("status").count() == 0


@pytest.mark.parametrize(
    ("chip", "shows"),
    [("All", 6), ("Needs a decision", 4), ("Trend", 1), ("Out of date or failed", 2)],
)
def test_chips_filter_from_the_keyboard(show: Open, index: Path, chip: str, shows: int) -> None:
    shown = show(index)
    button = shown.page.get_by_role("button", name=chip, exact=True)
    button.focus()
    shown.page.keyboard.press("Enter")
    assert seen(shown) == shows
    assert button.get_attribute("aria-pressed") == "true"
    assert shown.page.locator(".chip[aria-pressed=true]").count() == 1
    assert violations(shown) == []


def test_chip_and_search_hold_together(show: Open, index: Path) -> None:
    shown = show(index)
    shown.page.get_by_role("button", name="Needs a decision").click()
    shown.page.get_by_role("searchbox").fill("planner")
    assert seen(shown) == 0


def test_without_scripts_every_card_stands_and_nothing_is_offered_that_does_not_work(
    show: Open, index: Path
) -> None:
    shown = show(index, java_script_enabled=False)
    assert seen(shown) == len(CARDS)
    assert shown.page.locator(".bar >> visible=true").count() == 0
    assert shown.page.locator(".card h2 a >> visible=true").count() == len(CARDS)


def test_the_line_over_versions_has_the_colour_of_its_tone(show: Open, index: Path) -> None:
    shown = show(index, color_scheme="light")
    colour = "e => getComputedStyle(e).color"
    card = shown.page.locator(".card", has_text="Ship greeting")
    assert card.locator(".spark").evaluate(colour) == "rgb(27, 127, 92)"
    assert card.locator(".spark").get_attribute("aria-label") == "Over 3 versions"
