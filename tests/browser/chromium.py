"""The browser of this machine, and where it is looked for."""

import os
import shutil

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
