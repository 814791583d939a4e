"""A card as the index shows it: every word that is printed, and every word it is found by."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.pages import printed_day, trusted

if TYPE_CHECKING:
    from assay.workbench.cards import Card

DECIDE: Final = "decide"
FAILED: Final = "failed"
OUTDATED: Final = "outdated"
RETIRED: Final = "retired"

STATES: Final = {
    DECIDE: "Needs a decision",
    FAILED: "Failed",
    OUTDATED: "Out of date",
    "stale": "Old data",
    RETIRED: "Retired",
}
"""What a card may be asked for; `stale` is found out where the page is read."""

SEVERITIES: Final = {
    "bad": "Serious",
    "attention": "To look into",
    "good": "Good",
    "neutral": "Neutral",
}
"""By the tone of a finding, the gravest first."""

_AGE: Final = {
    FAILED: "the last run failed",
    OUTDATED: "out of date: inputs or code have changed since",
    RETIRED: "no longer part of the project",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where one format of the newest version lies."""

    href: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A finding in the card's list, with its verdict in a word: never told by colour alone."""

    text: str
    tone: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A card as the page shows it; every text is escaped where it is set.

    Attributes:
        failed_at: when the last run failed, "" where it did not.
        states, kinds, agents, tags, severities: what it is filtered by, as JSON lists.
        spark: the headline number over versions, drawn; `trend` says the same in words.
    """

    tag: str
    tone: str
    about: str
    title: str
    sentence: str
    page: str
    thumbnail: str
    history: str
    day: str
    day_printed: str
    created: str
    created_printed: str
    failed_at: str
    failed_printed: str
    number: int
    report: str
    name: str
    age: str
    links: tuple[Link, ...]
    findings: tuple[Said, ...]
    labels: tuple[str, ...]
    states: str
    kinds: str
    agents: str
    tags: str
    severities: str
    stale_days: int | None
    headline: str
    spread: str
    spark: Any
    trend: str
    rank: int


def entry_of(card: Card) -> Entry:
    """What the index prints of a card."""
    from assay.workbench.render.svg import sparkline  # noqa: PLC0415  only to render

    brief, failed = card.brief, card.state == FAILED
    states = states_of(card)
    found = card.findings
    drawn = sum(number is not None for number in card.numbers) > 1
    return Entry(
        tag="not rendered" if failed else brief.get("state", "published"),
        tone="attention" if failed else brief.get("tone", "neutral"),
        about=" · ".join(text for text in (kind_of(card), brief.get("subject", "")) if text),
        title=str(brief.get("title") or card.title),
        sentence=_sentence(card),
        page=card.page,
        thumbnail=card.thumbnail,
        history=card.history,
        day=card.as_of[:10],
        day_printed=printed_day(card.as_of),
        created=card.created,
        created_printed=printed_day(card.created),
        failed_at=card.failed_at if failed else "",
        failed_printed=printed_day(card.failed_at),
        number=card.number,
        report=card.report,
        name=card.name,
        age=_AGE.get(card.state, ""),
        links=_links(card),
        findings=tuple(_said(finding) for finding in found),
        labels=(*card.agents, *card.tags),
        states=_listed(states),
        kinds=_listed([kind_of(card)]),
        agents=_listed(card.agents),
        tags=_listed(card.tags),
        severities=_listed(sorted({_tone(finding) for finding in (*found, brief)})),
        stale_days=None if card.state == RETIRED else card.stale_days,
        headline=card.trend[-1].headline if drawn else "",
        spread=_spread(card) if drawn else "",
        spark=trusted(sparkline(card.numbers)) if drawn else "",
        trend=_trend(card) if drawn else "",
        rank=0 if DECIDE in states else 1 if failed else 2,
    )


def states_of(card: Card) -> list[str]:
    """What somebody has to do about it, as far as it is known when the page is written."""
    decide = bool(card.brief.get("needs_decision")) and card.state in {"current", OUTDATED}
    return [*[DECIDE] * decide, *[card.state] * (card.state in _AGE)]


def kind_of(card: Card) -> str:
    """Experiment, Trend, …"""
    return str(card.brief.get("kind") or "Report")


def _sentence(card: Card) -> str:
    """Of a failed report: why, and what its last good version found."""
    if card.state != FAILED:
        return " ".join(text for text in (card.changed, card.brief.get("subtitle", "")) if text)
    found = card.brief.get("title", "")
    return f"{card.failure} — Last found: {found}" if found else card.failure


def _links(card: Card) -> tuple[Link, ...]:
    named = (("HTML", card.page), ("PDF", card.pdf), ("JSON", card.result))
    return tuple(Link(href=href, label=label) for label, href in named if href)


def _said(finding: dict[str, Any]) -> Said:
    text = next((finding[key] for key in ("plain", "title", "what", "key") if finding.get(key)), "")
    tone = _tone(finding)
    return Said(text=str(text), tone=tone, mark=str(finding.get("state") or ""))


def _tone(told: dict[str, Any]) -> str:
    tone = told.get("tone")
    return tone if isinstance(tone, str) and tone in SEVERITIES else "neutral"


def _ends(card: Card) -> tuple[str, str]:
    """The smallest and the largest headline as they were printed."""
    known = [(each.number, each.value) for each in card.trend if each.number is not None]
    return min(known)[1], max(known)[1]


def _spread(card: Card) -> str:
    low, high = _ends(card)
    return f"{low} to {high}" if low != high else f"always {low}"


def _trend(card: Card) -> str:
    """The line in words, for whoever does not see it."""
    low, high = _ends(card)
    known = sum(number is not None for number in card.numbers)
    gaps = len(card.numbers) - known
    first, newest = card.trend[0], card.trend[-1]
    told = (
        f"{newest.headline} over {known} versions from {printed_day(first.created)} to "
        f"{printed_day(newest.created)}: from {first.value} to {newest.value}, lowest {low}, "
        f"highest {high}"
    )
    return f"{told}; {gaps} without a comparable number" if gaps else told


def _listed(words: object) -> str:
    return json.dumps(list(words), ensure_ascii=False)  # type: ignore[call-overload]
