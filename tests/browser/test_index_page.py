"""The index in a browser: offline, readable in every light and width, found by words and filters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay.workbench.cards import Card
from assay.workbench.index import index_page
from assay.workbench.project import Project
from assay.workbench.removal import remove
from assay.workbench.shelfpage import history_page
from assay.workbench.tombstones import Tombstone
from browser.chromium import Open, Shown
from browser.test_report_page import WIDTHS, violations
from workbench.index_cards import BRIEF, a_card, a_past
from workbench.shelved import put_up

pytestmark = pytest.mark.browser

LONG = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"
NOW = datetime.now(UTC)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8cfc0f01f0005050202c1a4e9ad0000000049454e44ae426082"
)


def days_ago(days: int) -> str:
    return (datetime.now().astimezone() - timedelta(days=days)).date().isoformat()


def told(name: str, **brief: object) -> Card:
    own = {"subject": name, "title": f"Ship {name}: task success rises by 2.9 to 6.1 %"}
    return a_card(name, brief=BRIEF | own | brief, as_of=days_ago(5))


CARDS = (
    replace(
        told("greeting"),
        agents=("Zoë",),
        tags=("weekly",),
        as_of=days_ago(0),
        findings=(
            {"plain": "Latency of the façade grew by 3 to 9 %.", "tone": "bad"},
            {"plain": "Cost fell by 2 %.", "tone": "good"},
        ),
    ),
    replace(
        told("planner", state="undecided", tone="neutral", needs_decision=False),
        agents=("planner", "Zoë"),
        tags=("weekly", "beta"),
    ),
    replace(
        told("latency", kind="Trend", state="look into it", tone="attention"),
        as_of=days_ago(12),
        stale_days=10,
    ),
    told(LONG, title=f"<img src=x onerror=alert(1)> {LONG}", tone="bad", state="keep"),
    replace(
        told("scores"),
        state="failed",
        failure="scores.parquet was not found",
        failed_at=(NOW - timedelta(days=3)).isoformat(timespec="seconds"),
    ),
    replace(told("older"), state="outdated"),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "index.html"
    path.write_text(index_page("Assay", CARDS), encoding="utf-8")
    for card in CARDS:
        (path.parent / card.thumbnail).parent.mkdir(parents=True)
        (path.parent / card.thumbnail).write_bytes(PIXEL)
    return path


def seen(shown: Shown) -> int:
    return shown.page.locator(".card >> visible=true").count()


def names(shown: Shown) -> set[str | None]:
    cards = shown.page.locator(".card >> visible=true")
    return {card.get_attribute("data-report") for card in cards.all()}


def chip(shown: Shown, name: str):
    return shown.page.locator(".chip", has_text=name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_no_barrier_no_request_no_overflow(
    show: Open, index: Path, scheme: str, width: int
) -> None:
    shown = show(index, color_scheme=scheme, width=width, with_neighbours=True)
    shown.page.get_by_text("More filters").click()
    for summary in shown.page.locator(".findings summary").all():
        summary.click()
    assert violations(shown) == []
    needed, given = shown.page.evaluate(WIDTHS)
    assert needed <= given
    assert shown.requests == []
    assert shown.said == []


def test_thumbnails_are_drawn_from_the_disk_and_stay_away_on_a_phone(
    show: Open, index: Path
) -> None:
    shown = show(index, with_neighbours=True)
    first = shown.page.locator(".thumbnail img").first
    assert first.get_attribute("loading") == "lazy"
    shown.page.wait_for_function("document.querySelector('.thumbnail img').naturalWidth === 1")
    assert not show(index, width=390).page.locator(".thumbnail").first.is_visible()


def test_search_finds_every_word_of_findings_too_whatever_its_accents(
    show: Open, index: Path
) -> None:
    shown = show(index, with_neighbours=True)
    assert seen(shown) == len(CARDS)
    box = shown.page.get_by_role("searchbox")
    box.fill("SHIP greeting")
    assert names(shown) == {"greeting"}
    assert shown.page.get_by_role("status").inner_text() == f"1 of {len(CARDS)} reports"
    box.fill("facade LATENCY")
    assert names(shown) == {"greeting"}
    box.fill("zoe beta")
    assert names(shown) == {"planner"}
    box.fill("nothing like it")
    assert seen(shown) == 0
    assert shown.page.get_by_text("No report matches.").is_visible()
    assert violations(shown) == []
    shown.page.get_by_role("button", name="Show all").click()
    assert seen(shown) == len(CARDS)
    assert shown.page.get_by_role("status").count() == 0
    assert box.input_value() == ""


@pytest.mark.parametrize(
    ("label", "shows"),
    [
        ("Needs a decision", {"greeting", "latency", LONG, "older"}),
        ("Trend", {"latency"}),
        ("Failed", {"scores"}),
        ("Out of date", {"older"}),
        ("Old data", {"latency"}),
    ],
)
def test_chips_filter_from_the_keyboard_and_say_how_many(
    show: Open, index: Path, label: str, shows: set[str]
) -> None:
    shown = show(index, with_neighbours=True)
    button = chip(shown, label)
    assert button.inner_text() == f"{label} {len(shows)}"
    button.focus()
    shown.page.keyboard.press("Enter")
    assert names(shown) == shows
    assert button.get_attribute("aria-pressed") == "true"
    assert chip(shown, "All").get_attribute("aria-pressed") == "false"
    shown.page.keyboard.press("Space")
    assert seen(shown) == len(CARDS)
    assert chip(shown, "All").get_attribute("aria-pressed") == "true"


def test_filters_hold_together_count_and_can_be_linked(show: Open, index: Path) -> None:
    shown = show(index, with_neighbours=True)
    shown.page.get_by_text("More filters").click()
    agent = shown.page.locator("select[name=agent]")
    assert agent.locator("option").all_inner_texts() == ["All", "Zoë (2)", "planner (1)"]
    agent.select_option("Zoë")
    assert names(shown) == {"greeting", "planner"}
    shown.page.locator("select[name=tag]").select_option("beta")
    assert names(shown) == {"planner"}
    assert agent.locator("option").all_inner_texts() == ["All", "Zoë (1)", "planner (1)"]
    assert chip(shown, "Trend").inner_text() == "Trend 0"
    chip(shown, "Needs a decision").click()
    assert seen(shown) == 0
    address = shown.page.evaluate("location.hash")
    assert address == "#state=decide&agent=Zo%C3%AB&tag=beta"
    shown.page.get_by_role("searchbox").fill("planner")
    again = show(index, at="#agent=Zo%C3%AB&tag=beta&q=planner", with_neighbours=True)
    assert names(again) == {"planner"}
    assert again.page.get_by_role("searchbox").input_value() == "planner"
    assert again.page.locator("select[name=agent]").is_visible()
    assert again.page.get_by_role("status").inner_text() == f"1 of {len(CARDS)} reports"


def test_findings_and_days_narrow_the_list(show: Open, index: Path) -> None:
    at = f"#finding=bad&from={days_ago(1)}"
    assert names(show(index, at=at, with_neighbours=True)) == {"greeting"}
    until = f"#to={days_ago(6)}"
    assert names(show(index, at=until, with_neighbours=True)) == {"latency"}
    nothing = "#dates=created&from=2026-11-21"
    assert seen(show(index, at=nothing, with_neighbours=True)) == 0
    some = "#dates=created&from=2026-11-20&to=2026-11-20"
    assert seen(show(index, at=some, with_neighbours=True)) == len(CARDS)


def test_an_address_that_means_nothing_shows_everything(show: Open, index: Path) -> None:
    shown = show(index, at="#agent=nobody&state=%3Cimg%3E&from=x&zzz=1", with_neighbours=True)
    assert seen(shown) == len(CARDS)
    assert shown.said == []


def test_ages_are_told_when_the_page_is_read(show: Open, index: Path) -> None:
    shown = show(index, with_neighbours=True)
    failed = shown.page.locator(".card[data-report=scores]")
    assert "The last run failed 3 days ago: the version of" in failed.inner_text()
    assert "the data end 12 days ago" in shown.page.locator("[data-report=latency]").inner_text()
    assert "data to today" in shown.page.locator("[data-report=greeting]").inner_text()
    still = show(index, java_script_enabled=False, with_neighbours=True)
    text = still.page.locator("[data-report=scores]").inner_text()
    assert f"failed on {int(CARDS[4].failed_at[8:10])} " in text
    assert "ago" not in text


def test_without_scripts_every_card_stands_and_nothing_is_offered_that_does_not_work(
    show: Open, index: Path
) -> None:
    shown = show(index, java_script_enabled=False, with_neighbours=True)
    assert seen(shown) == len(CARDS)
    assert shown.page.locator(".bar >> visible=true").count() == 0
    assert shown.page.locator("button >> visible=true").count() == 0
    assert shown.page.locator(".card h2 a >> visible=true").count() == len(CARDS)


def test_the_line_over_versions_has_the_colour_of_its_tone_and_says_what_it_shows(
    show: Open, index: Path
) -> None:
    shown = show(index, color_scheme="light", with_neighbours=True)
    card = shown.page.locator("[data-report=greeting]")
    colour = "e => getComputedStyle(e).color"
    assert card.locator(".spark").evaluate(colour) == "rgb(27, 127, 92)"
    assert card.locator(".spark > [role=img]").get_attribute("aria-label") == (
        "Task success over 3 versions from 1 Nov 2026 to 3 Nov 2026: from +3.0% to +4.5%, "
        "lowest +3.0%, highest +4.5%"
    )


def test_a_thousand_cards_are_searched_while_one_types(show: Open, tmp_path: Path) -> None:
    finding = {"plain": "Latency rises by 3 to 9 % for somebody, as before. " * 3, "tone": "bad"}
    cards = [
        replace(told(f"report-{i}"), findings=(finding,) * 5, thumbnail="", agents=(f"a{i % 30}",))
        for i in range(1000)
    ]
    (tmp_path / "index.html").write_text(index_page("Assay", cards), encoding="utf-8")
    shown = show(tmp_path / "index.html")
    box = shown.page.get_by_role("searchbox")
    script = """([box, words]) => { const begun = performance.now(); box.value = words;
        box.dispatchEvent(new Event("input", { bubbles: true }));
        document.body.offsetHeight; return performance.now() - begun; }"""
    took = [
        shown.page.evaluate(script, [box.element_handle(), words])
        for words in ("report-77", "rises somebody", "report-777 latency")
    ]
    assert shown.page.get_by_role("status").inner_text() == "1 of 1000 reports"
    assert min(took) < 400, took  # of a machine that does other things, too


PAST = replace(
    a_card(trend=a_past(0.1, 0.2), failure="no rows", failed_at=f"{days_ago(1)}T06:00:00+00:00"),
    summaries=a_past(0.03, 0.04),
)
GONE = Tombstone(
    version="2026-10-01T060000Z-00000000", cause="withdrawn", at="2026-11-05T10:00:00+00:00",
    reason="wrong prices", created="2026-10-01T06:00:00+00:00", as_of="2026-10-01", key="k",
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_the_page_of_versions_is_as_readable(
    show: Open, tmp_path: Path, scheme: str, width: int
) -> None:
    page = tmp_path / "versions.html"
    page.write_text(history_page("ab-test/default", PAST, (GONE,)), encoding="utf-8")
    shown = show(page, color_scheme=scheme, width=width)
    assert violations(shown) == []
    needed, given = shown.page.evaluate(WIDTHS)
    assert needed <= given
    assert (shown.requests, shown.said) == ([], [])
    assert shown.page.locator("h2 a").all_inner_texts() == [
        "Rises by 0.04", "Rises by 0.03", "Version of 1 Oct 2026",
    ]  # fmt: skip
    assert "Withdrawn on 5 Nov 2026: wrong prices" in shown.page.inner_text("main")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_notice_of_a_withdrawn_version_is_readable_and_leads_on(
    show: Open, tmp_path: Path, scheme: str
) -> None:
    (tmp_path / "assay.toml").write_text("")
    _, newest = (put_up(tmp_path, day) for day in ("2026-11-01", "2026-11-02"))
    project = Project.at(tmp_path)
    remove(project, [newest], cause="withdrawn", reason="wrong prices", now=NOW)
    shown = show(newest.folder / "index.html", color_scheme=scheme, width=390)
    assert violations(shown) == []
    needed, given = shown.page.evaluate(WIDTHS)
    assert needed <= given
    assert (shown.requests, shown.said) == ([], [])
    assert shown.page.get_by_role("heading").inner_text() == "This version was withdrawn"
    leads = shown.page.get_by_role("link", name="The newest version").get_attribute("href")
    assert (newest.folder / str(leads)).resolve().is_file()
