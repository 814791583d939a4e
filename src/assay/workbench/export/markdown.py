"""A version as markdown: headings, text and tables, its figures as files beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.render.blocks import (
    Code,
    Details,
    Figure,
    Listing,
    Markup,
    Note,
    Pairs,
    Paragraph,
    Prose,
    Section,
    Subhead,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assay.workbench.export.content import Content, Shown

_ENDING: Final = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}
_MARKS: Final = re.compile(r"([\\`*_\[\]<>#|~$])")
_BREAKS: Final = re.compile(r"[\r\n\v\f\x85\u2028\u2029]+")
_LINKED: Final = re.compile(r"(!\[[^\]]*\]\()(cell-\d+-[^)]+\))")


def markdown(content: Content, folder: str) -> tuple[str, dict[str, bytes]]:
    """The text, and the files that it names, all of them in `folder`."""
    files = dict(content.files)
    parts = [*_head(content)]
    for shown in content.shown:
        parts.extend(_block(shown, folder, files))
    parts.extend(_origin(content))
    return "\n\n".join(part for part in parts if part) + "\n", files


def escaped(text: str) -> str:
    r"""Plain text that stays plain.

    >>> print(escaped("a*b | <c>"))
    a\*b \| \<c\>
    """
    return _MARKS.sub(r"\\\1", _BREAKS.sub(" ", text))


def pipe_table(columns: Iterable[tuple[str, bool]], rows: Iterable[Iterable[str]]) -> str:
    """A table; columns are (label, whether its cells stand to the right)."""
    heads = list(columns)
    lines = [
        f"| {' | '.join(escaped(label) for label, _ in heads)} |",
        f"|{'|'.join(' ---: ' if right else ' :--- ' for _, right in heads)}|",
        *(f"| {' | '.join(escaped(cell) for cell in row)} |" for row in rows),
    ]
    return "\n".join(lines)


def _head(content: Content) -> Iterator[str]:
    yield f"# {escaped(content.title)}"
    yield escaped(content.subtitle)
    brief = content.brief
    told = [
        brief.get("kind"),
        brief.get("subject"),
        brief.get("state"),
        brief.get("evidence"),
        f"data through {content.manifest.get('as_of', '')}",
        f"version {content.version}",
    ]
    yield f"*{' · '.join(escaped(str(text)) for text in told if text)}*"
    decision: dict[str, Any] = brief.get("decision") or {}
    if decision:
        yield f"## {escaped(str(decision.get('title', '')))}"
        yield escaped(str(decision.get("text", "")))
        yield escaped(str(decision.get("note", "")))
        facts = decision.get("facts") or ()
        if facts:
            cells = ((fact["label"], fact["value"]) for fact in facts)
            yield pipe_table((("", False), ("", True)), cells)
    if tiles := brief.get("tiles"):
        heads = (("Headline", False), ("Value", True), ("Interval", True), ("", False))
        keys = ("name", "value", "interval", "detail")
        yield pipe_table(heads, ([str(tile.get(key, "")) for key in keys] for tile in tiles))


def _block(shown: Shown, folder: str, files: dict[str, bytes]) -> Iterator[str]:
    match shown.block:
        case Prose(text=text):
            yield _LINKED.sub(rf"\1{folder}/\2", text.strip())
        case Section() as section:
            yield f"## {escaped(section.heading)}"
            yield escaped(section.lead)
        case Table() as table:
            yield from _table(table, shown.name)
        case Note() as note:
            yield f"> {escaped(note.text)}"
        case Details() as details:
            yield f"## {escaped(details.summary)}"
            for part in details.blocks:
                yield _part(part)
        case Figure() as figure:
            yield from _figure(figure, shown.name, folder, files)
        case Listing() as listing:
            yield _fenced(listing.text, listing.language)
        case Markup() as markup:
            yield escaped(markup.text)


def _part(part: object) -> str:
    match part:
        case Paragraph(p=text):
            return escaped(text)
        case Pairs(dl=pairs):
            return "\n".join(f"- **{escaped(label)}** {escaped(text)}" for label, text in pairs)
        case Code(code=code):
            return _fenced(code, "")
        case Subhead(h=heading):
            return f"### {escaped(heading)}"
        case _:
            return "\n\n".join(_table(getattr(part, "table"), ""))  # noqa: B009  a Tabled


def _table(table: Table, name: str) -> Iterator[str]:
    yield pipe_table(
        ((column.label, column.align == "right") for column in table.columns),
        ((f"{cell.mark} {cell.text}".strip() for cell in row) for row in table.rows),
    )
    if table.total and table.total > len(table.rows):
        yield f"{len(table.rows)} of {table.total} rows."
    if name or table.caption:
        yield f"**{name}.** {escaped(table.caption)}" if name else escaped(table.caption)


def _figure(figure: Figure, name: str, folder: str, files: dict[str, bytes]) -> Iterator[str]:
    file = f"{name.lower().replace(' ', '-')}.{_ENDING.get(figure.media, 'bin')}"
    files[file] = figure.data
    yield f"![{escaped(figure.alt)}]({folder}/{file})"
    if figure.caption:
        yield f"**{name}.** {escaped(figure.caption)}"


def _fenced(text: str, language: str) -> str:
    longest = max((len(found) for found in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _origin(content: Content) -> Iterator[str]:
    manifest = content.manifest
    yield "## Where it comes from"
    if command := manifest.get("command"):
        yield _fenced(str(command), "sh")
    inputs = manifest.get("inputs") or ()
    if inputs:
        heads = (("Input", False), ("Path", False), ("Rows", True), ("SHA-256", False))
        rows = (
            [
                str(source.get("name") or ""),
                str(source.get("path") or ""),
                "–" if source.get("rows") is None else str(source["rows"]),
                str(source.get("sha256") or "–")[:12],
            ]
            for source in inputs
        )
        yield pipe_table(heads, rows)
