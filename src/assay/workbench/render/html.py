"""The body of a page in HTML: each block as a raw block of the publication notebook."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup as Safe

from assay.workbench.render.escape import heading, printable, raw
from assay.workbench.render.head import DECISION
from assay.workbench.render.tables import table_html
from assay.workbench.render.words import Say

if TYPE_CHECKING:
    from assay.workbench.render.blocks import (
        Details,
        Figure,
        Listing,
        Live,
        Markup,
        Note,
        Section,
        Table,
    )
    from assay.workbench.render.head import HeadTile

LARGE: Final = 16_000
"""Characters of HTML from which on a block is set into the finished page."""


@cache
def environment() -> Environment:
    """Templates of the pages; everything is escaped unless a filter says that it is markup."""
    made = Environment(
        loader=PackageLoader("assay.workbench.render", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: printable(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    made.filters["drawing"] = Safe
    made.filters["inline_json"] = inline_json
    made.filters["data_address"] = data_address
    made.globals["table_html"] = table_html
    return made


def asset(name: str) -> str:
    """A file of the look, `base.css` for example."""
    return files("assay.workbench.render").joinpath("assets", name).read_text(encoding="utf-8")


def inline_json(value: object) -> Safe:
    """JSON that may stand in a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Safe(text)  # noqa: S704  no character is left that could end the element


class HtmlWriter:
    """Blocks as HTML."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.inserts: dict[str, str] = {}
        self.say: Say = Say()
        self._blocks: Any = environment().get_template("blocks.html.j2").module

    def decision(self, decision: dict[str, Any]) -> str:
        """The card that says what to do."""
        return raw(self._blocks.decision(decision, DECISION), "html")

    def tiles(self, found: tuple[HeadTile, ...]) -> str:
        """At most four headline numbers."""
        return raw(self._blocks.tiles(found), "html")

    def section(self, section: Section) -> str:
        """Heading with its id, and the lead."""
        lead = raw(self._blocks.lead(section.lead), "html") if section.lead else ""
        return f"## {heading(section.heading, 'html')} {{#{section.id}}}\n\n{lead}"

    def table(self, table: Table, name: str) -> str:
        """Numbered where it has a caption."""
        return self._raw(table_html(table, name, self.say))

    def note(self, note: Note) -> str:
        """A box."""
        return raw(self._blocks.note(note), "html")

    def details(self, details: Details) -> str:
        """Folded."""
        return raw(self._blocks.details(details, self.say), "html")

    def figure(self, figure: Figure, name: str) -> str:
        """Numbered, with its words."""
        drawing = source = ""
        if figure.spec is not None:
            drawing = figure.data.decode()
        else:
            source = data_address(figure.data, figure.media)
        name_id = figure.label or name.lower().replace(" ", "-")
        return self._raw(self._blocks.figure(figure, name, name_id, drawing, source))

    def listing(self, listing: Listing) -> str:
        """Printed text, or code."""
        summary = listing.summary or self.say("Code")
        return raw(self._blocks.listing(listing, summary), "html")

    def markup(self, markup: Markup) -> str:
        """What was HTML."""
        return raw(self._blocks.markup(markup), "html")

    def live(self, live: Live) -> str:
        """What a trusted notebook draws by a script; it never passes through the renderer."""
        return self._raw(f'<div class="output live">{live.html}</div>', large=True)

    def image(self, alt: str, data: bytes, media: str) -> str:  # noqa: ARG002
        """Where the author's image lies."""
        return data_address(data, media)

    def _raw(self, html: str, *, large: bool = False) -> str:
        """What is large goes past the renderer, which would take seconds to read it."""
        if len(html) < LARGE and not large:
            return raw(html, "html")
        digest = hashlib.sha256(html.encode()).hexdigest()
        self.inserts[digest] = html
        return raw(insert(digest), "html")


def insert(digest: str) -> str:
    """Stands in the notebook for a large part of the page; nothing else can look like it."""
    return f'<div data-insert="{digest}"></div>'


def data_address(data: bytes, media: str) -> str:
    """A picture as an address that a page carries in itself."""
    return f"data:{media};base64,{base64.b64encode(data).decode()}"
