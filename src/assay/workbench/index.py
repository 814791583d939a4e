"""The index of all published reports: one self-contained page, what needs a decision first."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.files import write_atomically
from assay.workbench.layout import INDEX_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assay.workbench.cards import Card
    from assay.workbench.project import Project

DECIDE: Final = "decide"
BROKEN: Final = "broken"
_STALE: Final = {
    "failed": "the last run failed",
    "outdated": "out of date: inputs or code have changed since",
    "retired": "no longer part of the project",
}
_TO_MEND: Final = frozenset({"failed", "outdated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where one format of the newest version lies."""

    href: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter: the group that a card must belong to, and what the button says."""

    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A card as the page shows it; every text is escaped where it is set."""

    tag: str
    tone: str
    about: str
    title: str
    sentence: str
    page: str
    day: str
    day_printed: str
    number: int
    name: str
    age: str
    links: tuple[Link, ...]
    groups: str
    spark: Any
    rank: int


def write_index(project: Project, cards: Sequence[Card]) -> None:
    """Write `index.html` into the folder of the published reports."""
    write_atomically(project.published / INDEX_FILE, index_page(project.name, cards))


def index_page(name: str, cards: Sequence[Card]) -> str:
    """The page itself.

    Order: what needs a decision, then what failed, then the rest; the newest first in each.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  only to render

    newest_first = sorted(cards, key=lambda card: (card.as_of, card.name), reverse=True)
    entries = sorted((_entry(card) for card in newest_first), key=lambda entry: entry.rank)
    script = _asset("assets/index.js")
    page = Environment(
        loader=PackageLoader("assay.workbench", "assets"),
        autoescape=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    ).get_template("index.html.j2")
    return page.render(
        project=name,
        summary=_summary(entries),
        cards=entries,
        chips=_chips(cards),
        css=_trusted(_asset("render/assets/base.css") + _asset("assets/index.css")),
        script=_trusted(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _entry(card: Card) -> Entry:
    from assay.workbench.render.svg import sparkline  # noqa: PLC0415  only to render

    brief, failed = card.brief, card.state == "failed"
    decide = bool(brief.get("needs_decision")) and card.state in {"current", "outdated"}
    groups = [_group(_kind(card)), *[DECIDE] * decide, *[BROKEN] * (card.state in _TO_MEND)]
    return Entry(
        tag="not rendered" if failed else brief.get("state", "published"),
        tone="attention" if failed else brief.get("tone", "neutral"),
        about=" · ".join(text for text in (_kind(card), brief.get("subject", "")) if text),
        title=_title(card),
        sentence=_sentence(card),
        page=card.page,
        day=card.as_of[:10],
        day_printed=_printed(card.as_of),
        number=card.number,
        name=card.name,
        age=_STALE.get(card.state, ""),
        links=_links(card),
        groups=" ".join(groups),
        spark=_trusted(sparkline(card.numbers)) if len(card.numbers) > 1 else "",
        rank=0 if decide else 1 if failed else 2,
    )


def _kind(card: Card) -> str:
    return str(card.brief.get("kind") or "Report")


def _group(kind: str) -> str:
    return "kind-" + "".join(c if c.isalnum() else "-" for c in kind.lower())


def _title(card: Card) -> str:
    if card.state != "failed":
        return str(card.brief.get("title") or card.title)
    if card.page:
        return f"The last run failed: the version of {_printed(card.as_of)} stays up"
    return "Not published yet: the run failed"


def _sentence(card: Card) -> str:
    """Of a failed report: why, and what its last good version found."""
    if card.state != "failed":
        return " ".join(text for text in (card.changed, card.brief.get("subtitle", "")) if text)
    found = card.brief.get("title", "")
    return f"{card.failure} — Last found: {found}" if found else card.failure


def _links(card: Card) -> tuple[Link, ...]:
    named = (("HTML", card.page), ("PDF", card.pdf), ("JSON", card.result))
    return tuple(Link(href=href, label=label) for label, href in named if href)


def _chips(cards: Iterable[Card]) -> tuple[Chip, ...]:
    kinds = sorted({_kind(card) for card in cards})
    broken = any(card.state in _TO_MEND for card in cards)
    return (
        Chip(key="all", label="All"),
        Chip(key=DECIDE, label="Needs a decision"),
        *(Chip(key=_group(kind), label=kind) for kind in kinds),
        *[Chip(key=BROKEN, label="Out of date or failed")] * broken,
    )


def _summary(entries: Sequence[Entry]) -> str:
    decide = sum(DECIDE in entry.groups.split() for entry in entries)
    broken = sum(BROKEN in entry.groups.split() for entry in entries)
    told = {0: "Nothing needs a decision", 1: "One report needs a decision"}.get(
        decide, f"{decide} reports need a decision"
    )
    failed = sum(entry.age == _STALE["failed"] for entry in entries)
    old = broken - failed
    stale = {0: "", 1: "; one is out of date"}.get(old, f"; {old} are out of date")
    stale += {0: "", 1: "; one failed"}.get(failed, f"; {failed} failed")
    return f"{told}{stale}."


def _printed(day: str) -> str:
    try:
        moment = date.fromisoformat(day[:10])
    except ValueError:
        return day
    return f"{moment.day} {moment:%b %Y}"


def _asset(name: str) -> str:
    return files("assay.workbench").joinpath(name).read_text(encoding="utf-8")


def _trusted(text: str) -> Any:  # noqa: ANN401  markupsafe's own type
    from markupsafe import Markup  # noqa: PLC0415  only to render

    return Markup(text)  # noqa: S704  our own CSS, script and drawing
