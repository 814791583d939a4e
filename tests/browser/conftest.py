"""Pages as a reader's browser shows them, with the network cut."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, sync_playwright

from assay.workbench.render import render
from browser.chromium import ARGUMENTS, MISSING, Open, Shown, find_chromium
from render.concierge_page import page as hand_made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.skip(MISSING)
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(hand_made(), tmp_path_factory.mktemp("report"), renderer="embedded").html


@pytest.fixture
def show(browser: Browser, report: Path) -> Iterator[Open]:
    contexts = []

    def open_page(
        path: Path = report,
        *,
        at: str = "",
        width: int = 1200,
        trap: str = "",
        with_neighbours: bool = False,
        **options: object,
    ) -> Shown:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        if trap:
            context.add_init_script(f"({trap})()")
        shown = Shown(context.new_page())
        address = path.as_uri()

        def only_itself(route: Route) -> None:
            url = route.request.url.partition("#")[0]
            if url == address or (with_neighbours and url.startswith(path.parent.as_uri() + "/")):
                route.continue_()
            else:
                shown.requests.append(route.request.url)
                route.abort()

        context.route("**/*", only_itself)
        shown.page.on(
            "console", lambda message: shown.said.append(f"{message.type}: {message.text}")
        )
        shown.page.on("pageerror", lambda error: shown.said.append(f"error: {error}"))
        shown.page.goto(address + at)
        return shown

    yield open_page
    for context in contexts:
        context.close()
