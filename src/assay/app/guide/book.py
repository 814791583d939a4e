"""The pages of the guide in the order of their table of contents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assay.app.guide.commands import commands_page
from assay.app.guide.results import results_page

PAGES: Final = Path(__file__).with_name("pages")
CONTENTS: Final[dict[str, tuple[str, ...]]] = {
    "Start": ("index", "first-report", "own-report", "lab"),
    "Reports": (
        "data-quality-report", "ab-test-report", "design-report", "portfolio-report",
        "averages-report", "glossary",
    ),
    "Work": (
        "writing", "parameters", "runs", "publishing", "comparing", "baselines",
        "benchmarks", "schedules",
        "alerts", "quality", "costs", "segments", "cohorts", "personalisation",
        "providers", "experiments", "trust",
    ),
    "Data": ("formats", "sources", "store", "privacy", "live", "engines", "tables"),
    "Help": ("troubleshooting",),
    "Reference": ("commands", "results"),
}  # fmt: skip
MORE: Final = "More"
"""The group of pages that have no place in the contents yet."""
_TITLE: Final = re.compile(r"^# +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One page; `name` is that of its file, without an ending."""

    name: str
    group: str
    title: str
    markdown: str


def leaves() -> tuple[Leaf, ...]:
    """All pages, written and made, in order."""
    written = {path.stem: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    texts = written | {"commands": commands_page(), "results": results_page()}
    placed = [(group, name) for group, names in CONTENTS.items() for name in names]
    known = {name for _, name in placed}
    placed += [(MORE, name) for name in sorted(texts.keys() - known)]
    return tuple(
        Leaf(name=name, group=group, title=_title(texts[name], name), markdown=texts[name])
        for group, name in placed
        if name in texts
    )


def _title(text: str, name: str) -> str:
    found = _TITLE.search(text)
    return found[1].replace("`", "") if found else name
