"""The browser of this machine, and what is noted of a page that it shows."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
MISSING = f"no chromium was found (looked for {', '.join(NAMES)} on the path)"


def find_chromium() -> str | None:
    on_path = (shutil.which(name) for name in NAMES)
    placed = (place for place in PLACES if os.access(place, os.X_OK))
    return next((found for found in (*on_path, *placed) if found), None)


@dataclass
class Shown:
    """An open page, and what it did that it should not."""

    page: Page
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def charts_are_drawn(self) -> None:
        self.page.wait_for_selector("html[data-charts=drawn]", state="attached", timeout=15_000)


Open = Callable[..., Shown]
