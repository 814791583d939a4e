"""Leads from each printed number of a page to its entry in the result: links, and their list.

Works on the page as it is set, so that every renderer's will do; without scripts.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.render.html import environment
from assay.workbench.render.quotes import texts_of
from assay.workbench.trace.entries import Entry
from assay.workbench.trace.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.render.page import Page

Json = dict[str, Any]

MOST: Final = 1500
"""Numbers of one page that are looked up; a page with more is a table of data."""
NUMBERS: Final = "numbers"

_MENU: Final = re.compile(r"(<nav\b(?:(?!</nav>).)*)(?=</ol>)", re.DOTALL)
_TOKEN: Final = re.compile(
    r"<(script|style|svg|math|template|pre|code|title|button|select|textarea)\b.*?</\1\s*>"
    r"|<!--.*?-->|<[^>]*>|[^<]+",
    re.DOTALL | re.IGNORECASE,
)
_LONG: Final = 36
_NAME: Final = re.compile(r"</?([a-z][a-z0-9]*)", re.IGNORECASE)
_PASSED_OVER: Final = frozenset({"a", "nav", "footer", "summary"})
_ROWS: Final = {"tr": "</tr>", "p": "</p>", "figcaption": "</figcaption>", "caption": "</caption>"}
_TILE: Final = re.compile(r'class="tile\b')
_KEPT: Final = re.compile(r'id="(?:provenance|numbers)"')


@dataclass(slots=True)
class Traced:
    """One entry of the result, and where the page prints it."""

    id: str
    entry: Entry
    printed: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)

    @property
    def exact(self) -> str:
        """The recorded value, with its unit."""
        return _number(self.entry.value, self.entry.unit)

    @property
    def interval(self) -> str:
        """Of the estimate, "" where it has none."""
        low, high = self.entry.low, self.entry.high
        if low is None and high is None:
            return ""
        return f"{_end(low)} to {_end(high)}"

    @property
    def n(self) -> str:
        """What stands beside it as n."""
        return "" if self.entry.n is None else f"{self.entry.n:,}".replace(",", "\u202f")


def traced(page_html: str, page: Page) -> str:
    """The page with its numbers as links to a list of where they come from.

    A number whose entry is not certain is left as it is; so is a page without a result, and one in
    a language that writes numbers otherwise.
    """
    begin, end = page_html.find("<body"), page_html.rfind("</main>")
    english = re.search(r'<html[^>]* lang="en', page_html[:begin])
    if not page.result.get("units") or not english or end < 0:
        return page_html
    walk = _Walk(Sources(page.result, page.manifest), _places(page))
    body = "".join(walk.over(page_html[begin:end]))
    if not walk.found:
        return page_html
    listed = environment().get_template("numbers.html.j2")
    appendix = listed.render(id=NUMBERS, found=list(walk.found.values()), inputs=_inputs(page))
    body = _MENU.sub(rf'\1<li><a href="#{NUMBERS}">Where the numbers come from</a></li>', body, 1)
    return f"{page_html[:begin]}{body}{appendix}{page_html[end:]}"


class _Walk:
    """Over the page, token by token; knows what stands around each text."""

    def __init__(self, sources: Sources, places: dict[str, str]) -> None:
        self.found: dict[str, Traced] = {}
        self._sources, self._places = sources, places
        self._looked = 0
        self._row = self._tile = self._term = self._caption = ""
        self._heading, self._into_heading = "head", False
        self._labels: list[str] = []
        self._column = -1
        self._in_head = self._in_table = False
        self._closed: list[str] = []

    def over(self, text: str) -> Iterator[str]:
        """The same markup, with links."""
        for match in _TOKEN.finditer(text):
            token = match[0]
            if token.startswith("<"):
                self._element(token, text, match)
                yield token
            elif self._closed or self._in_head or self._looked > MOST or not token.strip():
                self._note(token)
                yield token
            else:
                self._note(token)
                yield self._linked(html.unescape(token))

    def _element(self, token: str, text: str, match: re.Match[str]) -> None:
        named = _NAME.match(token)
        name = named[1].lower() if named and not match[1] else ""
        closing = token.startswith("</")
        if self._closed:
            self._inside_closed(name, closing=closing)
            return
        if not closing and (name in _PASSED_OVER or (name == "details" and _KEPT.search(token))):
            self._closed = [name]
            return
        if name in _ROWS:
            self._row = "" if closing else _plain(text, match.end(), _ROWS[name])
            self._column = -1
        self._tables(name, token, text, match.end(), closing=closing)
        if _TILE.search(token):
            self._tile = _plain(text, match.end(), '<div class="tile')[:400]
        if name in {"h2", "main"}:
            self._tile = self._caption = ""
        if name in {"h1", "h2"}:
            self._into_heading = not closing
            self._heading = self._heading if closing else ""

    def _tables(self, name: str, token: str, text: str, at: int, *, closing: bool) -> None:
        if name == "table":
            self._in_table = not closing
            self._labels = []
        elif name == "caption" and not closing:
            self._caption = _plain(text, at, "</caption>")
        elif name == "thead":
            self._in_head = not closing
        elif name in {"th", "td"} and not closing:
            self._column += 1
            if self._in_head:
                self._labels.append("" if token.endswith("/>") else _plain(text, at, "</t"))
        elif name == "dt" and not closing:
            self._term = _plain(text, at, "</dt>")
        elif name == "dl":
            self._term = ""

    def _inside_closed(self, name: str, *, closing: bool) -> None:
        if name != self._closed[0]:
            return
        if closing:
            self._closed.pop()
        else:
            self._closed.append(name)

    def _note(self, token: str) -> None:
        if self._into_heading:
            self._heading += html.unescape(token)

    def _linked(self, text: str) -> str:
        known = 0 <= self._column < len(self._labels)
        label = self._labels[self._column] if known else ""
        row = " ".join(filter(None, (label, self._row, self._tile, self._term)))
        near = f"{self._caption} {self._heading}"
        written, done = [], 0
        for quoted in self._sources.quoted(text, row=row, near=near):
            self._looked += 1
            if quoted.entry is None:
                continue
            printed = quoted.printed
            told = self._of(quoted.entry, printed.text, text)
            shown = text[printed.start : printed.end]
            written.append(html.escape(text[done : printed.start], quote=False))
            title = html.escape(f"{told.entry.at}: {told.exact}")
            still = ' tabindex="-1"' if self._in_table else ""
            written.append(
                f'<a class="n" href="#{told.id}" title="{title}"{still}>{html.escape(shown)}</a>'
            )
            done = printed.end
        written.append(html.escape(text[done:], quote=False))
        return "".join(written)

    def _of(self, entry: Entry, printed: str, text: str) -> Traced:
        told = self.found.get(entry.at)
        if told is None:
            told = Traced(id=f"n-{len(self.found) + 1}", entry=entry)
            self.found[entry.at] = told
        if printed not in told.printed:
            told.printed.append(printed)
        cell = self._places.get(_norm(self._row)) or self._places.get(_norm(text), "")
        place = cell or ("tile" if self._tile else _shortened(_norm(self._heading)) or "head")
        if place not in told.places:
            told.places.append(place)
        return told


def _places(page: Page) -> dict[str, str]:
    """Texts, and rows of tables, by the cell that printed them."""
    found: dict[str, str] = {}
    for text in texts_of(page.notebook, page.result):
        if text.place.startswith("cell"):
            told = ", ".join(filter(None, (_shortened(text.section), text.place)))
            for key in (text.text, text.row.partition(" ")[2]):
                found.setdefault(_norm(key), told)
    found.pop("", None)
    return found


def _shortened(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def _plain(text: str, at: int, until: str) -> str:
    end = text.find(until, at)
    inner = text[at : end if end >= 0 else at + 400]
    return _norm(html.unescape(re.sub(r"<[^>]*>", " ", inner)))


def _norm(text: str) -> str:
    return " ".join(text.split())


def _inputs(page: Page) -> list[str]:
    return [
        f"{found['name']} ({found['path']}, SHA-256 {str(found.get('sha256') or '–')[:12]})"
        for found in page.manifest.get("inputs") or ()
    ]


def _number(value: float, unit: str) -> str:
    text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return f"{text} {unit}".strip() if unit not in {"1", ""} else text


def _end(value: float | None) -> str:
    return "unbounded" if value is None else repr(value)
