"""Executed notebook → blocks: what a reader is shown, in order, whatever the format."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import RenderError
from assay.workbench.render import clean, svg
from assay.workbench.render.blocks import (
    NEUTRAL,
    Block,
    Figure,
    Listing,
    Prose,
    Table,
    parse,
)
from assay.workbench.render.bundle import VEGALITE_VERSION
from assay.workbench.render.escape import printable
from assay.workbench.render.options import Options, without_options

if TYPE_CHECKING:
    from nbformat import NotebookNode

STREAM_LINES: Final = 200
_VEGALITE: Final = re.compile(r"^application/vnd\.vegalite\.v\d+([.+]json)?$")
_ANSI: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_KERNEL_PATH: Final = re.compile(r"(?:/[\w.~-]+)*/ipykernel_\d+/\d+\.py")
_EMBEDDED: Final = re.compile(r"\}\)\((\{.*\}), \{\"mode\": \"vega-lite\".*?\}\);", re.DOTALL)
_BARE: Final = re.compile(r"^(?:<[\w.]+[^>]*>|\[<.*>\]|alt\.\w+\(.*\)|Figure\(.*\)|\(?array\(.*)$", re.DOTALL)
_WIDGET: Final = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A block, and the cell that it comes from ("cell 5")."""

    block: Block
    place: str


def collect(cells: list[NotebookNode]) -> Iterator[Placed]:
    """Every block that is shown, in order.

    Raises:
        RenderError: where an output is an error, a figure has no alternative text, or an output
            has no form that can be published; the message names the cell.
    """
    for number, cell in enumerate(cells, 1):
        place = f"cell {number}"
        if cell.cell_type == "markdown":
            yield from _markdown(cell, place)
        elif cell.cell_type == "code":
            yield from _code(cell, place)
        elif number > 1 and cell.source.strip():
            raise RenderError(
                f"{place} is a raw cell, which has no meaning on a page",
                remedy="make it markdown, or remove it",
            )


def _markdown(cell: NotebookNode, place: str) -> Iterator[Placed]:
    if cell.source.strip():
        yield Placed(block=Prose(text=cell.source), place=place)


def _code(cell: NotebookNode, place: str) -> Iterator[Placed]:
    for output in cell.outputs:
        if output.output_type == "error":
            raise RenderError(
                f"{place} ended with {output.ename}: {_ANSI.sub('', output.evalue)[:200]}",
                remedy="mend the notebook and run it again; a failed run is never published",
            )
    options = Options.of(cell, place=place)
    if not options.include:
        return
    if options.echo and (source := without_options(cell.source)):
        folded = options.code_fold is True
        yield Placed(block=Listing(text=source, language="python", folded=folded), place=place)
    if options.output is False:
        return
    figures = tables = 0
    for block in _outputs(cell.outputs, options, place):
        named = block
        if isinstance(block, Figure):
            named = _captioned(block, options, figures, place)
            figures += 1
        elif isinstance(block, Table):
            caption = block.caption or _nth(options.tbl_cap, tables)
            label = block.label or _label(options.label, "tbl", tables)
            named = block.model_copy(update={"caption": caption, "label": label})
            tables += 1
        yield Placed(block=named, place=place)


def _outputs(outputs: list[NotebookNode], options: Options, place: str) -> Iterator[Block]:
    printed: dict[str, str] = {}
    for output in outputs:
        if output.output_type == "stream":
            printed[output.name] = printed.get(output.name, "") + output.text
            continue
        yield from _streams(printed, options)
        printed = {}
        data = {kind: _joined(value) for kind, value in output.data.items()}
        yield from _bundle(data, output.get("metadata", {}).get("assay", {}), place)
    yield from _streams(printed, options)


def _streams(printed: dict[str, str], options: Options) -> Iterator[Block]:
    for name, text in printed.items():
        if name == "stderr" and not options.warning:
            continue
        if name == "stdout" and options.output == "asis":
            yield Prose(text=text)
        elif shown := _as_on_a_terminal(text):
            yield Listing(text=shown)


def _bundle(data: dict[str, Any], said: dict[str, str], place: str) -> Iterator[Block]:
    for media, kind in NEUTRAL.items():
        if media in data:
            yield parse(kind, data[media], place=place)
            return
    spec = next((data[media] for media in data if _VEGALITE.match(media)), None)
    markup = data.get("text/html", "")
    if spec is None and (embedded := _EMBEDDED.search(markup)):
        spec = json.loads(embedded[1])
    if spec is not None:
        yield _chart(spec, data.get("image/svg+xml"), said, place)
    elif "text/markdown" in data:
        yield Prose(text=data["text/markdown"])
    elif "text/latex" in data:
        yield Prose(text=f"$${data['text/latex'].strip().strip('$')}$$")
    elif picture := next((media for media in _PICTURES if media in data), None):
        yield _picture(picture, data[picture], said, place)
    elif "<table" in markup:
        yield from clean.tables(markup, place=place)
    elif _WIDGET in data:
        if "%" not in data.get("text/plain", "%"):
            raise RenderError(
                f"{place} shows a widget, which lives only while its kernel does",
                remedy="show a chart, a table or text instead",
            )
    elif markup:
        yield clean.markup(markup, place=place)
    elif (text := _as_on_a_terminal(data.get("text/plain", ""))) and not _BARE.match(text):
        yield Listing(text=text)


_PICTURES: Final = ("image/svg+xml", "image/png", "image/jpeg")


def _picture(media: str, data: str, said: dict[str, str], place: str) -> Figure:
    try:
        content = (
            data.encode() if media == "image/svg+xml" else base64.b64decode(data, validate=False)
        )
    except binascii.Error as error:
        raise RenderError(f"{place}: {media} is not base64", remedy="run the notebook again") from error
    return Figure(data=content, media=media, **_said(said))


def _chart(spec: dict[str, Any], drawn: str | None, said: dict[str, str], place: str) -> Figure:
    if address := _outside(spec):
        raise RenderError(
            f"{place}: chart reads its data from {address[:80]!r}, expected data inside the chart",
            remedy="read the file in the notebook and hand its rows to the chart",
        )
    kept = {key: value for key, value in spec.items() if key != "usermeta"}
    if drawn is None:
        import vl_convert  # noqa: PLC0415  loads a JavaScript engine

        try:
            drawn = vl_convert.vegalite_to_svg(kept, vl_version=VEGALITE_VERSION)
        except ValueError as error:
            raise RenderError(
                f"{place}: chart cannot be drawn ({str(error).splitlines()[0][:160]})",
                remedy="open the notebook and look at the chart there",
            ) from error
    figure = Figure(data=drawn.encode(), media="image/svg+xml", spec=kept, **_said(said))
    described = spec.get("description")
    if not figure.alt and isinstance(described, str):
        return Figure(
            data=figure.data, media=figure.media, spec=kept, **_said({**said, "alt": described})
        )
    return figure


def _said(said: dict[str, str]) -> dict[str, str]:
    return {name: str(said.get(name) or "") for name in ("alt", "caption", "label")}


def _captioned(figure: Figure, options: Options, number: int, place: str) -> Figure:
    caption = figure.caption or _nth(options.fig_cap, number)
    alt = figure.alt or _nth(options.fig_alt, number)
    if not alt.strip():
        raise RenderError(
            f"{place}: figure without alternative text",
            remedy='begin the cell with `#| fig-alt: "what the figure shows, with its numbers"`',
        )
    label = figure.label or _label(options.label, "fig", number)
    data = figure.data
    if figure.media == "image/svg+xml":
        prefix = f"{place.replace(' ', '-')}-{number + 1}"
        data = svg.clean(data, prefix=prefix, place=place).encode()
    return Figure(
        data=data,
        media=figure.media,
        alt=printable(alt),
        caption=caption,
        label=label,
        spec=figure.spec,
    )


def _nth(texts: tuple[str, ...], number: int) -> str:
    return texts[number] if number < len(texts) else ""


def _label(label: str, kind: str, number: int) -> str:
    if not label.startswith(f"{kind}-"):
        return ""
    return label if number == 0 else f"{label}-{number + 1}"


def _outside(spec: object) -> str:
    """The first address that a chart would fetch something from, "" where there is none."""
    if isinstance(spec, list):
        return next((found for value in spec if (found := _outside(value))), "")
    if not isinstance(spec, dict):
        return ""
    address = spec.get("url")
    if isinstance(address, dict):
        address = address.get("value")
    if isinstance(address, str) and not address.startswith("data:"):
        return address
    inner = (value for key, value in spec.items() if key not in {"values", "datasets"})
    return next((found for value in inner if (found := _outside(value))), "")


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
