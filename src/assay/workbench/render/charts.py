"""Vega-Lite charts among a notebook's outputs: found in every form that they come in, checked."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import RenderError
from assay.workbench.render.blocks import Figure
from assay.workbench.render.bundle import VEGALITE_VERSION
from assay.workbench.render.described import of_chart
from assay.workbench.render.escape import printable
from assay.workbench.render.fonts import font_folder
from assay.workbench.render.reaching import outside

if TYPE_CHECKING:
    from collections.abc import Mapping

_MEDIA: Final = re.compile(r"^application/vnd\.vegalite\.v\d+([.+]json)?$")
_EMBEDDED: Final = re.compile(r"\}\)\((?=\{)")
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{3,8}|[a-z]{3,20}")
WIDTH: Final = 720
_NOTHING: Final = {"data": {"values": [{}]}, "mark": "point"}
_ECHOES: Final = 2

DARK: Final = {
    "#1f2430": "#e8ebf1",
    "#475067": "#b9c1d0",
    "#667085": "#a3adbf",
    "#2458b8": "#7fa8f5",
    "#1b7f5c": "#4fc296",
    "#b3403a": "#f08a83",
    "#c98a1b": "#e3ae4f",
    "#98a2b3": "#8490a6",
    "#eef1f6": "#272e3c",
    "#e6e8ee": "#2c3342",
    "#cfd4de": "#3f495b",
    # Vega's own defaults, which charts without a theme have
    "#000": "#e8ebf1",
    "#000000": "#e8ebf1",
    "black": "#e8ebf1",
    "#888": "#8490a6",
    "#ddd": "#2c3342",
    "#fff": "#14181f",
    "#ffffff": "#14181f",
    "white": "#14181f",
    "#4c78a8": "#7fa8f5",
}
"""How the theme's colours change on a dark page, where a chart does not say so itself."""


def specification(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The chart of an output, also where Altair wrote it into a page of its own."""
    spec = next((data[media] for media in data if _MEDIA.match(media)), None)
    if spec is not None:
        return json.loads(spec) if isinstance(spec, str) else dict(spec)
    markup = data.get("text/html", "")
    if "vegaEmbed" in markup and (begin := _EMBEDDED.search(markup)) is not None:
        found, _ = json.JSONDecoder().raw_decode(markup, begin.end())
        return dict(found)
    return None


def chart(
    spec: dict[str, Any], drawn: str | None, said: Mapping[str, str], *, place: str
) -> Figure:
    """The chart with its drawing, which is made here where the notebook kept none.

    Raises:
        RenderError: where it would fetch something, or cannot be drawn.
    """
    if address := outside(spec):
        raise RenderError(
            f"{place}: chart reads from {address[:80]!r}, expected its data inside the chart",
            remedy="read the file in the notebook and hand its rows to the chart",
        )
    kept = {key: _plain(value) for key, value in spec.items() if key != "usermeta"}
    described = spec.get("description")
    told = described if isinstance(described, str) and described.strip() else of_chart(spec)
    alt = said.get("alt") or told
    return Figure(
        data=(drawn if drawn is not None else draw(kept, place)).encode(),
        media="image/svg+xml",
        alt=alt,
        caption=said.get("caption") or "",
        label=said.get("label") or "",
        spec=kept,
        dark=_dark(spec.get("usermeta")),
    )


def draw(spec: dict[str, Any], place: str) -> str:
    """The chart as SVG.

    Raises:
        RenderError: where it cannot be drawn; names the place.
    """
    plain = {key: _plain(value) for key, value in spec.items()}
    sized = {**plain, "width": WIDTH} if spec.get("width") == "container" else plain
    try:
        return _drawn(sized)
    except ValueError as error:
        # The engine raises the same error again at whatever is drawn next.
        for _ in range(_ECHOES):
            with suppress(ValueError):
                _drawn(_NOTHING)
        raise RenderError(
            f"{place}: chart cannot be drawn ({str(error).splitlines()[0][:160]})",
            remedy="open the notebook and look at the chart there",
        ) from error


def _drawn(spec: dict[str, Any]) -> str:
    import vl_convert  # noqa: PLC0415  loads a JavaScript engine

    vl_convert.register_font_directory(str(font_folder()))
    return str(vl_convert.vegalite_to_svg(spec, vl_version=VEGALITE_VERSION, allowed_base_urls=[]))


def _plain(value: Any) -> Any:  # noqa: ANN401  any JSON
    """Without control characters: one null in the data would end the whole process."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {printable(key): _plain(item) for key, item in value.items()}
    return value


def _dark(usermeta: object) -> dict[str, str]:
    match usermeta:
        case {"assay": {"dark": dict() as pairs}}:
            return {
                light: dark
                for light, dark in pairs.items()
                if _COLOUR.fullmatch(str(light)) and _COLOUR.fullmatch(str(dark))
            }
        case _:
            return {}
