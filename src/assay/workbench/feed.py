"""The feed of new versions: Atom, so that any reader tells of them.

References:
    RFC 4287, The Atom Syndication Format (2005).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from assay.workbench.files import write_atomically
from assay.workbench.layout import FEED_FILE, INDEX_FILE, PAGE_FILE, PDF_FILE
from assay.workbench.summaries import what_changed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.workbench.cards import Card
    from assay.workbench.project import Project
    from assay.workbench.summaries import Summary

ATOM: Final = "http://www.w3.org/2005/Atom"
NEWEST: Final = 50
_NEVER: Final = "1970-01-01T00:00:00+00:00"
_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_feed(project: Project, cards: Sequence[Card]) -> None:
    """Write `feed.xml` beside the index, where that says anything new."""
    file = project.published / FEED_FILE
    feed = feed_of(project.name, cards, url=project.settings.publishing.url)
    if not file.exists() or file.read_bytes() != feed:
        write_atomically(file, feed)


def feed_of(name: str, cards: Sequence[Card], *, url: str = "") -> bytes:
    """An entry for each of the newest versions; ids never change, whatever the site's address.

    Args:
        name: of the project.
        cards: with the summaries of their versions.
        url: where the site is served, ending in "/"; links are relative to the feed without it.
    """
    ET.register_namespace("", ATOM)
    feed = ET.Element(_tag("feed"))
    entries = sorted(
        (
            (summary.version, card.name, card, before, summary)
            for card in cards
            for before, summary in zip((None, *card.summaries), card.summaries, strict=False)
        ),
        key=lambda entry: entry[:2],
        reverse=True,
    )[:NEWEST]
    _text(feed, "id", _urn(f"assay:{name}"))
    _text(feed, "title", f"Reports · {name}")
    newest = (summary.created for *_, summary in entries)
    _text(feed, "updated", max(newest, default=_NEVER))
    _text(ET.SubElement(feed, _tag("author")), "name", name)
    _link(feed, "self", "application/atom+xml", f"{url}{FEED_FILE}")
    _link(feed, "alternate", "text/html", f"{url}{INDEX_FILE}")
    for _, _, card, before, summary in entries:
        _entry(feed, card, before, summary, url)
    ET.indent(feed, " ")
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _entry(
    feed: ET.Element, card: Card, before: Summary | None, summary: Summary, url: str
) -> None:
    entry = ET.SubElement(feed, _tag("entry"))
    place = f"{card.report}/{card.set_name}/{summary.version}"
    _text(entry, "id", _urn(f"assay:{place}"))
    _text(entry, "title", summary.title or card.title)
    _text(entry, "updated", summary.created)
    _text(entry, "published", summary.created)
    for term in dict.fromkeys((str(card.brief.get("kind") or ""), *card.agents, *card.tags)):
        if term:
            ET.SubElement(entry, _tag("category"), term=_plain(term))
    folder = f"{url}{quote(place)}"
    _link(entry, "alternate", "text/html", f"{folder}/{PAGE_FILE}")
    _link(entry, "related", "application/pdf", f"{folder}/{PDF_FILE}")
    told = (what_changed(before, summary), summary.subtitle, f"({card.name})")
    _text(entry, "summary", " ".join(text for text in told if text))


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, _tag(name)).text = _plain(text)


def _link(parent: ET.Element, rel: str, media: str, href: str) -> None:
    ET.SubElement(parent, _tag("link"), rel=rel, type=media, href=href)


def _tag(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _plain(text: str) -> str:
    """Without what no XML may hold, however it is escaped."""
    return _NOT_XML.sub("\ufffd", text)


def _urn(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, name)}"
