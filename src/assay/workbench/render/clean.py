"""HTML of a notebook's output: its tables as tables, its pictures, the rest without what acts.

The sanitiser (ammonia) decides what is kept; only what it wrote is read here, so that no browser
can read it in another way.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

import nh3

from assay.core.errors import RenderError
from assay.workbench.policy import source_hash
from assay.workbench.render.blocks import Figure, Live, Markup
from assay.workbench.render.escape import printable
from assay.workbench.render.grids import Grid, grid_table
from assay.workbench.render.pictures import pixels, shown_width

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from assay.workbench.render.blocks import Table

_BREAKS: Final = frozenset({
    "p", "br", "hr", "pre", "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "div",
})  # fmt: skip
_WORDS: Final = frozenset({
    "b", "strong", "i", "em", "u", "s", "small", "sub", "sup", "code", "kbd", "samp", "var", "span",
})  # fmt: skip
_GRID: Final = frozenset({"table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption"})
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_KEPT: Final = _BREAKS | _WORDS | _GRID | _HEADINGS | {"a", "img"}
_DROPPED: Final = frozenset({
    "script", "style", "head", "title", "template", "noscript", "object", "svg", "math", "iframe",
    "embed", "select", "textarea", "button", "audio", "video", "canvas",
})  # fmt: skip
_SPANS: Final = {"colspan", "rowspan"}
_ATTRIBUTES: Final = {"td": _SPANS, "th": _SPANS, "a": {"href"}, "img": {"src", "alt", "width"}}
_LINK: Final = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_VOID: Final = frozenset({"br", "hr"})

_SVG: Final = re.compile(r"<svg\b.*?</svg\s*>", re.DOTALL | re.IGNORECASE)
_ACTS: Final = re.compile(r"<(script|canvas|object|embed|applet)\b", re.IGNORECASE)
_FRAME: Final = re.compile(r"<i?frame\b[^>]*?\bsrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_SCRIPT: Final = re.compile(
    r"<script\b(?P<attributes>[^>]*)>(?P<code>.*?)</script\s*>", re.DOTALL | re.IGNORECASE
)
_PLACES: Final = re.compile(
    r"<(div|span|section|figure|canvas|object|embed|applet|svg)\b", re.IGNORECASE
)
"""Where a script could draw; one that finds no such place only drives the notebook itself."""
_SOURCE: Final = re.compile(r"\bsrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_LOADING: Final = re.compile(r"loading\b", re.IGNORECASE)
_PICTURE: Final = re.compile(
    r"data:(image/(?:png|jpeg|svg\+xml))(?:;[\w=-]+)*?(;base64)?,(.*)", re.DOTALL
)
_EMPTY: Final = re.compile(r"<(\w+)[^<>]*>\s*</\1>")
_SHAPE: Final = re.compile(r"([\d,_]+) rows × [\d,_]+ columns|shape: \(([\d_]+), [\d_]+\)")

TRUST: Final = "show a chart or an image; or trust the notebook and its data: docs/trust.md"


def parts(source: str, *, place: str) -> Iterator[Table | Figure | Markup]:
    """What may stand on a page of it, in order: tables, pictures, and plainly formatted text.

    Raises:
        RenderError: where nothing is left of what a script or another page would draw, or where a
            picture lies outside the notebook.
    """
    text = printable(source)
    found = [] if "<table" in text.lower() else list(_SVG.finditer(text))
    shown: list[Table | Figure | Markup] = []
    begin = 0
    for drawing in found:
        shown.extend(_read(text[begin : drawing.start()], place))
        shown.append(Figure(data=drawing[0].encode(), media="image/svg+xml", alt=""))
        begin = drawing.end()
    shown.extend(_read(text[begin:], place))
    said = " ".join(part.text for part in shown if isinstance(part, Markup))
    only_words = all(isinstance(part, Markup) for part in shown)
    waits = only_words and _LOADING.match(said) is not None
    _refuse_what_acts(text, place, left=not only_words or bool(said), waits=waits)
    yield from shown


def markup(source: str, *, place: str) -> Markup:
    """All of it as one piece that may stand on a page: text, plain formatting and tables.

    Raises:
        RenderError: where nothing is left.
    """
    kept = _kept(printable(source), without={"img", "a"})
    text = re.sub(r"\s*\n\s*", "\n", html.unescape(re.sub(r"<[^<>]*>", " ", kept))).strip()
    if not text:
        raise RenderError(f"{place}: HTML without any text", remedy=TRUST)
    return Markup(html=kept, text=text)


def live(source: str, *, place: str) -> Live:
    """HTML of a trusted notebook with its scripts, which the page's policy names by their hashes.

    Raises:
        RenderError: where it would load a script from elsewhere, which no page may.
    """
    text = printable(source)
    scripts = []
    for script in _SCRIPT.finditer(text):
        if outside := _SOURCE.search(script["attributes"]):
            raise RenderError(
                f"{place}: HTML output loads a script from {outside[1][:80]!r}",
                remedy="let the library write its script into the output (inline, not from a CDN)",
            )
        scripts.append(source_hash(script["code"]))
    return Live(html=text, scripts=tuple(scripts))


def acts(source: str) -> bool:
    """Whether a script is in it."""
    return _SCRIPT.search(source) is not None


def _refuse_what_acts(text: str, place: str, *, left: bool, waits: bool) -> None:
    still = _SCRIPT.sub("", text)
    if frame := _FRAME.search(still):
        raise RenderError(
            f"{place}: HTML output shows another page in a frame ({frame[1][:80]!r})",
            remedy="link to it in the text, or show a picture of it",
        )
    if _ACTS.search(text) and (waits or (_PLACES.search(still) and not left)):
        raise RenderError(
            f"{place}: HTML output without any text, drawn by a script perhaps", remedy=TRUST
        )


def _read(source: str, place: str) -> Iterator[Table | Figure | Markup]:
    """Parts of a text that has no drawing in it, or none that stands alone."""
    reader = _Reader(place)
    reader.feed(_kept(source))
    reader.close()
    yield from reader.parts()


def _kept(source: str, *, without: Collection[str] = ()) -> str:
    allowed = {tag: set(names) for tag, names in _ATTRIBUTES.items() if tag not in without}
    return nh3.clean(
        source,
        tags=set(_KEPT) - set(without),
        clean_content_tags=set(_DROPPED),
        attributes=allowed,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )


class _Reader(HTMLParser):
    """Splits clean HTML into its tables, its pictures and what stands between them."""

    def __init__(self, place: str) -> None:
        super().__init__(convert_charrefs=True)
        self._place = place
        self._parts: list[Grid | Figure | Markup] = []
        self._open: list[str] = []
        self._out: list[str] = []
        self._text = ""
        self._grid: Grid | None = None

    def parts(self) -> Iterator[Table | Figure | Markup]:
        self._flush()
        total: int | None = None
        for part in reversed(self._parts):
            if isinstance(part, Markup) and (shape := _SHAPE.fullmatch(part.text)):
                total = int(re.sub(r"[,_]", "", shape[1] or shape[2]))
        for part in self._parts:
            if isinstance(part, Grid):
                table = None if part.empty else grid_table(part, total=total, place=self._place)
                if table and (table.rows or any(column.label for column in table.columns)):
                    yield table
            elif isinstance(part, Figure) or not _SHAPE.fullmatch(part.text):
                yield part

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._grid is not None:
            self._grid.opens(tag, given)
        elif tag == "table":
            self._flush()
            self._grid = Grid()
        elif tag == "img":
            self._picture(given)
        elif tag in _HEADINGS:
            self._begin("p", "p")
            self._begin("strong", "strong")
        elif tag == "a":
            href = given.get("href", "")
            target = f' href="{html.escape(href)}" rel="noopener noreferrer"'
            self._begin("a", f"a{target}" if _LINK.match(href) else "span")
        elif tag not in _GRID:
            self._begin(tag, tag)

    def handle_endtag(self, tag: str) -> None:
        if self._grid is not None:
            if self._grid.closes(tag):
                self._parts.append(self._grid)
                self._grid = None
        elif tag in _HEADINGS:
            self._end()
            self._end()
            self._text += "\n"
        elif tag not in _GRID and tag not in _VOID and self._open:
            self._end()
            self._text += "\n" if tag in _BREAKS else ""

    def handle_data(self, data: str) -> None:
        if self._grid is not None:
            self._grid.says(data)
            return
        self._out.append(html.escape(data))
        self._text += data

    def _begin(self, tag: str, written: str) -> None:
        self._out.append(f"<{written}>")
        if tag in _BREAKS:
            self._text += "\n"
        if tag not in _VOID:
            self._open.append(written)

    def _end(self) -> None:
        self._out.append(f"</{self._open.pop().partition(' ')[0]}>")

    def _flush(self) -> None:
        closing = "".join(f"</{tag.partition(' ')[0]}>" for tag in reversed(self._open))
        text = re.sub(r"\s*\n\s*\n\s*", "\n\n", self._text).strip()
        if text:
            whole, empty = "".join(self._out) + closing, 1
            while empty:
                whole, empty = _EMPTY.subn("", whole)
            self._parts.append(Markup(html=whole, text=text))
        self._out = [f"<{tag}>" for tag in self._open]
        self._text = ""

    def _picture(self, given: dict[str, str]) -> None:
        source = given.get("src", "")
        found = _PICTURE.fullmatch(source)
        if found is None:
            raise RenderError(
                f"{self._place}: HTML output shows a picture from {source[:80]!r}",
                remedy="show it with IPython.display.Image(filename=…), so that the page holds it",
            )
        try:
            data = base64.b64decode(found[3]) if found[2] else unquote_to_bytes(found[3])
        except binascii.Error as error:
            raise RenderError(
                f"{self._place}: a picture in HTML output is not base64",
                remedy="run the notebook again",
            ) from error
        self._flush()
        self._parts.append(
            Figure(
                data=data,
                media=found[1],
                alt=given.get("alt", ""),
                width=pixels(given.get("width", "")) or shown_width(data, found[1], {}),
            )
        )
