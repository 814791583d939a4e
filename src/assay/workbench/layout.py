"""Names of the files that a run, a published version and the site around it consist of."""

from __future__ import annotations

from typing import Final

NOTEBOOK_FILE: Final = "notebook.ipynb"
RESULT_FILE: Final = "result.json"
MANIFEST_FILE: Final = "manifest.json"
ERROR_FILE: Final = "error.json"
LOG_FILE: Final = "kernel.log"
PAGE_FILE: Final = "index.html"
PDF_FILE: Final = "report.pdf"
THUMBNAIL_FILE: Final = "thumbnail.png"
LATEST_FILE: Final = "latest.html"
STATUS_FILE: Final = "status.json"
INDEX_FILE: Final = "index.html"
HISTORY_FILE: Final = "versions.html"
FEED_FILE: Final = "feed.xml"
PINS_FILE: Final = "pins.json"
TOMBSTONE_FILE: Final = "removed.json"
"""Lies where a version was taken away; the folder stays, so that links to it say why."""

SCHEDULES_FILE: Final = "schedules.yaml"
"""Lies beside the parameter sets: when reports are due, and who is told."""

REGISTRATIONS: Final = "experiments"
"""Folder beside the parameter sets: what is registered of experiments, and their records."""

RUN_FILES: Final = (NOTEBOOK_FILE, RESULT_FILE, MANIFEST_FILE)
"""What a complete run leaves."""

BESIDE_FILES: Final = ("model.json",)
"""What a notebook may hand over beside its result, for commands to go on from: a model without
rows. A run and a version may have it; what a site shows and whoever reads the page does without."""

VERSION_FILES: Final = (*RUN_FILES, PAGE_FILE, PDF_FILE, THUMBNAIL_FILE)
"""What a complete version has; a folder without one of them is no version."""
