"""Executed notebook → blocks: what a reader is shown, in order, whatever the format."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import RenderError
from assay.workbench.render import clean, described, svg
from assay.workbench.render.blocks import (
    NEUTRAL,
    Block,
    Figure,
    Listing,
    Prose,
    Section,
    Table,
    parse,
)
from assay.workbench.render.charts import chart, specification
from assay.workbench.render.escape import printable
from assay.workbench.render.options import Options, without_options
from assay.workbench.render.pictures import shown_width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

    from assay.workbench.render.look import Showing

STREAM_LINES: Final = 200
LARGE_DRAWING: Final = 600_000
"""Characters of a drawing from which on its picture in pixels is taken, where there is one."""
_ANSI: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_KERNEL_PATH: Final = re.compile(r"(?:/[\w.~-]+)*/ipykernel_\d+/\d+\.py")
_BARE: Final = re.compile(
    r"^(?:\w+Registry\.enable\(.*\)|<[\w.]+[^>]*>|\[<.*>\]|alt\.\w+\(.*\)|\[?Text\(.*\)\]?|\(\[<.*\)|Figure\(.*\)|\(?array\(.*)$",
    re.DOTALL,
)
_SCRIPT: Final = "application/javascript"
_DATED: Final = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_HEADING: Final = re.compile(r"^ {0,3}#{1,6}[ \t]+([^\n{]+)", re.MULTILINE)
_PICTURES: Final = ("image/svg+xml", "image/png", "image/jpeg")
_WIDGET: Final = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A block, and the cell that it comes from ("cell 5"); `wide` may leave the column of text."""

    block: Block
    place: str
    wide: bool = False


def collect(
    cells: list[NotebookNode], code: Showing = "hide", *, trusted: bool = False
) -> Iterator[Placed]:
    """Every block that is shown, in order.

    Args:
        cells: of an executed notebook.
        code: whether cells show theirs unasked.
        trusted: whether HTML keeps its scripts.

    Raises:
        RenderError: where an output is an error, or has no form that can be published; names
            the cell.
    """
    heading = ""
    for number, cell in enumerate(cells, 1):
        place = f"cell {number}"
        heading = _last_heading(cell) or heading
        if cell.cell_type == "markdown":
            yield from _markdown(cell, place)
        elif cell.cell_type == "code":
            for placed in _code(cell, place, code, trusted=trusted):
                if isinstance(placed.block, Section):
                    heading = placed.block.heading
                yield _described(placed, heading)
        elif number > 1 and cell.source.strip():
            raise RenderError(
                f"{place} is a raw cell, which has no meaning on a page",
                remedy="make it markdown, or remove it",
            )


def _markdown(cell: NotebookNode, place: str) -> Iterator[Placed]:
    if cell.source.strip() and "remove-cell" not in cell.metadata.get("tags", ()):
        yield Placed(block=Prose(text=cell.source), place=place)


def _code(cell: NotebookNode, place: str, code: Showing, *, trusted: bool) -> Iterator[Placed]:
    for output in cell.outputs:
        if output.output_type == "error":
            raise RenderError(
                f"{place} ended with {output.ename}: {_ANSI.sub('', output.evalue)[:200]}",
                remedy="mend the notebook and run it again; a failed run is never published",
            )
    options = Options.of(cell, place=place)
    if not options.include:
        return
    wide = options.column == "page"
    shown = code != "hide" if options.echo is None else options.echo
    if shown and (source := without_options(cell.source)):
        yield Placed(block=_listing(source, options, code), place=place, wide=wide)
    if options.output is False:
        return
    figures = tables = 0
    for block in _outputs(cell.outputs, options, place, trusted=trusted):
        named = block
        if isinstance(block, Figure):
            named = _captioned(block, options, figures, place)
            figures += 1
        elif isinstance(block, Table):
            caption = block.caption or _nth(options.tbl_cap, tables)
            label = block.label or _label(options.label, "tbl", tables)
            named = block.model_copy(update={"caption": caption, "label": label})
            tables += 1
        yield Placed(block=named, place=place, wide=wide)


def _listing(source: str, options: Options, code: Showing) -> Listing:
    fold = options.code_fold
    return Listing(
        text=source,
        language="python",
        folded=code != "show" if fold is None else bool(fold),
        opened=fold == "show",
        summary=options.code_summary,
        paper=code == "show" or options.echo is True,
    )


def _outputs(
    outputs: list[NotebookNode], options: Options, place: str, *, trusted: bool
) -> Iterator[Block]:
    printed: dict[str, str] = {}
    before: NotebookNode | None = None
    for output in outputs:
        if before is not None and _again(before, output):
            continue
        before = output
        if output.output_type == "stream":
            printed[output.name] = printed.get(output.name, "") + output.text
            continue
        yield from _streams(printed, options)
        printed = {}
        data = {kind: _joined(value) for kind, value in output.data.items()}
        told = output.get("metadata", {})
        yield from _live(data, place) if trusted and _acts(data) else _bundle(data, told, place)
    yield from _streams(printed, options)


def _again(before: NotebookNode, output: NotebookNode) -> bool:
    """Whether a figure that ends its cell is shown by its name and by Matplotlib, too.

    What a notebook displays twice by itself stays twice.
    """
    if {before.output_type, output.output_type} != {"display_data", "execute_result"}:
        return False
    one, other = (
        {media: _DATED.sub("", _joined(each.data[media])) for media in each.data.keys() & _PICTURES}
        for each in (before, output)
    )
    return bool(one) and one == other


def _streams(printed: dict[str, str], options: Options) -> Iterator[Block]:
    for name, text in printed.items():
        if name == "stderr" and not options.warning:
            continue
        if name == "stdout" and options.output == "asis":
            yield Prose(text=text)
        elif shown := _as_on_a_terminal(text):
            yield Listing(text=shown)


def _bundle(data: dict[str, Any], told: dict[str, Any], place: str) -> Iterator[Block]:
    """The best of an output's media types: neutral, chart, words, picture, table, then text."""
    neutral = next((media for media in NEUTRAL if media in data), None)
    picture = next((media for media in _PICTURES if media in data), None)
    if picture == _PICTURES[0] and "image/png" in data and len(data[picture]) > LARGE_DRAWING:
        picture = "image/png"
    markup = data.get("text/html", "")
    if neutral:
        yield parse(NEUTRAL[neutral], data[neutral], place=place)
    elif (spec := specification(data)) is not None:
        yield chart(spec, data.get("image/svg+xml"), told.get("assay", {}), place=place)
    elif "text/markdown" in data:
        yield Prose(text=data["text/markdown"])
    elif "text/latex" in data:
        yield Prose(text=f"$${data['text/latex'].strip().strip('$')}$$")
    elif picture:
        yield _picture(picture, data[picture], told, place)
    elif markup and _WIDGET not in data:
        yield from clean.parts(markup, place=place)
    else:
        yield from _plain(data, place)


def _acts(data: dict[str, Any]) -> bool:
    """Whether it is a script's, and no chart that is drawn without the author's scripts."""
    ours = any(media in data for media in NEUTRAL) or specification(data) is not None
    return not ours and (_SCRIPT in data or clean.acts(data.get("text/html", "")))


def _live(data: dict[str, Any], place: str) -> Iterator[Block]:
    script = f"<script>{data[_SCRIPT]}</script>" if _SCRIPT in data else ""
    yield clean.live(f"{data.get('text/html', '')}{script}", place=place)


def _plain(data: dict[str, Any], place: str) -> Iterator[Block]:
    text = _as_on_a_terminal(data.get("text/plain", ""))
    if _WIDGET in data and "%" not in text:
        raise RenderError(
            f"{place} shows a widget, which lives only while its kernel does",
            remedy="show a chart, a table or text instead",
        )
    if _WIDGET not in data and text and not _BARE.match(text):
        yield Listing(text=text)


def _picture(media: str, data: str, metadata: dict[str, Any], place: str) -> Figure:
    said = metadata.get("assay", {})
    try:
        content = (
            data.encode() if media == "image/svg+xml" else base64.b64decode(data, validate=False)
        )
    except binascii.Error as error:
        raise RenderError(
            f"{place}: {media} is not base64", remedy="run the notebook again"
        ) from error
    return Figure(
        data=content,
        media=media,
        alt=said.get("alt") or "",
        caption=said.get("caption") or "",
        label=said.get("label") or "",
        width=shown_width(content, media, metadata),
    )


def _captioned(figure: Figure, options: Options, number: int, place: str) -> Figure:
    caption = figure.caption or _nth(options.fig_cap, number)
    alt = figure.alt or _nth(options.fig_alt, number)
    label = figure.label or _label(options.label, "fig", number)
    data = figure.data
    if figure.media == "image/svg+xml":
        alt = alt or ("" if figure.spec else described.of_drawing(data.decode(errors="replace")))
        prefix = f"{place.replace(' ', '-')}-{number + 1}"
        data = svg.clean(data, prefix=prefix, place=place).encode()
    return replace(figure, data=data, alt=printable(alt), caption=caption, label=label)


def _described(placed: Placed, heading: str) -> Placed:
    """A figure that neither author nor drawing describes says at least where it stands."""
    figure = placed.block
    if not isinstance(figure, Figure) or figure.alt.strip():
        return placed
    kind = "Chart" if figure.spec is not None or figure.media == "image/svg+xml" else "Picture"
    alt = described.fallback(kind, caption=figure.caption, heading=heading, place=placed.place)
    return replace(placed, block=replace(figure, alt=alt))


def _last_heading(cell: NotebookNode) -> str:
    found = _HEADING.findall(cell.source) if cell.cell_type == "markdown" else []
    return re.sub(r"[*_`]", "", found[-1]).strip() if found else ""


def _nth(texts: tuple[str, ...], number: int) -> str:
    return texts[number] if number < len(texts) else ""


def _label(label: str, kind: str, number: int) -> str:
    if not label.startswith(f"{kind}-"):
        return ""
    return label if number == 0 else f"{label}-{number + 1}"


def _joined(value: Any) -> Any:  # noqa: ANN401
    return "".join(value) if isinstance(value, list) else value


def _as_on_a_terminal(text: str) -> str:
    """As one would have seen it at the end: no colours, progress bars at their last state."""
    lines = [
        line.rstrip("\r").rpartition("\r")[2].rstrip()
        for line in _ANSI.sub("", text).replace("\r\n", "\n").split("\n")
    ]
    shown = [_KERNEL_PATH.sub("notebook", printable(line)) for line in lines]
    while shown and not shown[-1]:
        shown.pop()
    if len(shown) > STREAM_LINES:
        left = len(shown) - STREAM_LINES
        shown = [*shown[:STREAM_LINES], f"… {left} more lines"]
    return "\n".join(shown)
