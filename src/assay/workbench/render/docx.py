"""The body of a Word document: plain markdown, pictures as PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.workbench.render.blocks import Code, Pairs, Paragraph, Subhead
from assay.workbench.render.escape import inert, printable
from assay.workbench.render.fonts import font_folder
from assay.workbench.render.head import DECISION
from assay.workbench.render.paper import ON_SCREEN
from assay.workbench.render.publication import file_name
from assay.workbench.render.tables import TALL, left_out
from assay.workbench.render.words import ENGLISH, Say

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

SCALE: Final = 2.0
"""Dots for each unit of a drawing."""


class DocxWriter:
    """Blocks as markdown of the plainest kind, which Word's own styles dress."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.inserts: dict[str, str] = {}
        self.say: Say = ENGLISH

    def decision(self, decision: dict[str, Any]) -> str:
        """What to do, and why."""
        said = [decision.get("text", ""), decision.get("note", "")]
        facts = [(fact["label"], fact["value"]) for fact in decision.get("facts", ())]
        words = "\n\n".join(inert(text) for text in said if text)
        return f"## {inert(decision['title'])} {{#{DECISION}}}\n\n{words}\n\n{_pairs(facts)}"

    def tiles(self, found: tuple[HeadTile, ...]) -> str:
        """At most four headline numbers."""
        return _pairs(
            [
                (tile.name, " ".join(t for t in (tile.value, tile.interval, tile.detail) if t))
                for tile in found
            ]
        )

    def section(self, section: Section) -> str:
        """Heading with its id, and the lead."""
        return f"## {inert(section.heading)} {{#{section.id}}}\n\n{inert(section.lead)}"

    def table(self, table: Table, name: str) -> str:
        """Its first rows, as on paper."""
        rules = ["--:" if column.align == "right" else ":--" for column in table.columns]
        rows = [
            [" ".join(text for text in (cell.mark, cell.text) if text) for cell in row]
            for row in table.rows[:TALL]
        ]
        lines = [_row([inert(column.label) for column in table.columns]), _row(rules)]
        lines += [_row([inert(text) for text in row]) for row in rows]
        place = table.label or name.lower().replace(" ", "-")
        caption = f"[]{{#{place}}}**{inert(name)}.** {inert(table.caption)}" if name else ""
        return "\n".join([caption, "", *lines, "", inert(left_out(table, self.say))])

    def note(self, note: Note) -> str:
        """A quotation, which Word sets apart."""
        return f"> {inert(note.text)}"

    def details(self, details: Details) -> str:
        """An appendix."""
        parts = [f"## {inert(details.summary)} {{#{details.id}}}"]
        for block in details.blocks:
            match block:
                case Paragraph(p=text):
                    parts.append(inert(text))
                case Subhead(h=text):
                    parts.append(f"### {inert(text)}")
                case Pairs(dl=pairs):
                    parts.append(_pairs(list(pairs)))
                case Code(code=text):
                    parts.append(_code(text))
                case tabled:
                    parts.append(self.table(tabled.table, ""))
        return "\n\n".join(parts)

    def figure(self, figure: Figure, name: str) -> str:
        """The picture, and below it what it is called."""
        target = self.image(figure.alt, figure.data, figure.media)
        place = figure.label or name.lower().replace(" ", "-")
        words = f"**{inert(name)}.** {inert(figure.caption)}"
        return f"![{inert(figure.alt)}]({target})\n\n[]{{#{place}}}{words}"

    def listing(self, listing: Listing) -> str:
        """Printed text, or code."""
        return _code(listing.text)

    def markup(self, markup: Markup) -> str:
        """What was HTML."""
        return "\n\n".join(inert(part) for part in printable(markup.text).split("\n\n"))

    def live(self, live: Live) -> str:  # noqa: ARG002
        """A document runs no script."""
        return f"> {inert(ON_SCREEN)}"

    def image(self, alt: str, data: bytes, media: str) -> str:  # noqa: ARG002
        """Where the picture lies; drawings become PNG, which every Word shows."""
        if media == "image/svg+xml":
            data, media = _drawn(data.decode()), "image/png"
        name = file_name(data, media)
        self.files[name] = data
        return name


def _drawn(drawing: str) -> bytes:
    import vl_convert  # noqa: PLC0415  loads a JavaScript engine

    vl_convert.register_font_directory(str(font_folder()))
    return bytes(vl_convert.svg_to_png(drawing, scale=SCALE))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _pairs(pairs: list[tuple[str, str]]) -> str:
    lines = (f"- {inert(label)}: **{inert(value)}**" for label, value in pairs if value)
    return "\n".join(lines)


def _code(text: str) -> str:
    shown = printable(text).replace("{{<", "{{\u2060<")  # no shortcode for Quarto
    return "\n".join(f"    {line}" for line in shown.split("\n"))
