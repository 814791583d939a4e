"""A chart with its caption and its words, as a notebook output that every reader can show.

The output carries the live specification, a drawing that stands where no script runs, and the text
for whoever cannot see it. In JupyterLab a live chart is added; it needs no network.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

from altair import TopLevelMixin

from assay.core.errors import RenderError
from assay.present.theme import PAPER_WIDTH, dressed

VEGA_LITE: Final = "application/vnd.vegalite.v6+json"
SVG: Final = "image/svg+xml"
RUN_VARIABLE: Final = "ASSAY_RUN_DIR"
SCRIPTS_VARIABLE: Final = "ASSAY_LAB_SCRIPTS"
"""Address at which the Lab that we started gives Vega out; elsewhere each chart carries its own."""
DIGITS: Final = 6
"""Significant digits of a number in a specification."""
_LONG: Final = re.compile(r"-?\d+\.\d{3,}")
_TAG: Final = re.compile(r'<\w+(?:\s+[\w:-]+="[^"]*")+\s*/?>')
_ATTRIBUTE: Final = re.compile(r'(\s+)([\w:-]+)="([^"]*)"')
_PLACES: Final = frozenset({
    "d", "points", "transform", "x", "y", "x1", "y1", "x2", "y2", "cx",
    "cy", "fx", "fy", "r", "rx", "ry", "dx", "dy", "width", "height",
})  # fmt: skip
"""Attributes of SVG that say where something is; only their numbers are cut."""

_STYLE: Final = (
    "body { margin: 0; background: #fff; font-family: sans-serif } "
    "#vega-chart { display: flex; width: 100% } #vega-chart > svg { max-width: 100% }"
)
_SETTING: Final = {"renderer": "svg", "actions": {"export": True, "source": True, "editor": False}}
_MENU: Final = 40
"""Pixels for the menu of a live chart, which opens below its corner."""

Bundle = tuple[dict[str, Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Figure:
    """An Altair chart, what it shows, and how to read it.

    Attributes:
        caption: how to read it; the page puts the number before it.
        alt: the finding and its numbers, for whoever cannot see the chart.

    Raises:
        RenderError: where caption or alt is missing.
    """

    chart: TopLevelMixin
    caption: str
    alt: str

    def __post_init__(self) -> None:
        for name in ("caption", "alt"):
            if not getattr(self, name).strip():
                raise RenderError(f"a figure's {name} is empty, expected a sentence")

    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification, as wide as the column it stands in."""
        drawn = _named(_rounded(self.chart.to_dict()))
        return dressed({**drawn, "width": "container", "description": self.alt})

    def svg(self) -> str:
        """The drawing, at the width of paper; the same bytes for the same chart."""
        return draw(self.spec())

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        spec = self.spec()
        drawing = draw(spec)
        data: dict[str, Any] = {VEGA_LITE: spec, SVG: drawing, "text/plain": self.alt}
        if RUN_VARIABLE not in os.environ:
            data["text/html"] = live(spec, drawing, alt=self.alt, caption=self.caption)
        return data, {"assay": {"caption": self.caption, "alt": self.alt}}


def draw(spec: dict[str, Any], *, width: int = PAPER_WIDTH) -> str:
    """The specification as SVG, set in the typeface that comes with the package."""
    drawing: str = _converter().vegalite_to_svg({**spec, "width": width})
    return _own_ids(_TAG.sub(lambda tag: _ATTRIBUTE.sub(_cut, tag[0]), drawing))


def _cut(attribute: re.Match[str]) -> str:
    """A hundredth of a pixel is enough for places; labels and words keep their digits."""
    if attribute[2] not in _PLACES:
        return attribute[0]
    places = _LONG.sub(lambda number: f"{float(number[0]):.2f}", attribute[3])
    return f'{attribute[1]}{attribute[2]}="{places}"'


def _rounded(value: Any) -> Any:  # noqa: ANN401  any JSON
    """Parallel sums differ in their last bits from run to run; what is drawn must not.

    A null character in the data would end the whole process where they are drawn.
    """
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value


def _named(spec: dict[str, Any]) -> dict[str, Any]:
    """Altair names its data by a hash of what they were before they were rounded."""
    names = {name: f"rows-{i}" for i, name in enumerate(spec.get("datasets", {}))}
    text = json.dumps(spec)
    for name, plain in names.items():
        text = text.replace(f'"{name}"', f'"{plain}"')
    named: dict[str, Any] = json.loads(text)
    return named


def _own_ids(drawing: str) -> str:
    """Ids count up over the process; from the content they are the same on every run."""
    stem = (
        "f" + hashlib.sha256(re.sub(r"\b(clip|gradient_)\d+", "", drawing).encode()).hexdigest()[:8]
    )
    order = {name: i for i, name in enumerate(dict.fromkeys(re.findall(r'id="([^"]+)"', drawing)))}
    for name, i in order.items():
        drawing = drawing.replace(f'id="{name}"', f'id="{stem}-{i}"')
        drawing = drawing.replace(f"url(#{name})", f"url(#{stem}-{i})")
    return drawing


@cache
def _converter() -> Any:  # noqa: ANN401  a compiled module without types
    import ttf_opensans  # noqa: PLC0415  both only where something is drawn
    import vl_convert  # noqa: PLC0415

    vl_convert.register_font_directory(str(Path(ttf_opensans.__file__).parent / "ttf"))
    return vl_convert


def live_chart(chart: TopLevelMixin) -> Bundle:
    """What JupyterLab shows of a chart that is no figure: alive, and without the network."""
    spec = chart.to_dict()
    drawing = _converter().vegalite_to_svg(spec)
    page = live(spec, drawing, alt=str(spec.get("description") or "Chart"))
    return {VEGA_LITE: spec, SVG: drawing, "text/html": page, "text/plain": repr(chart)}, {}


def live(spec: dict[str, Any], drawing: str, *, alt: str, caption: str = "") -> str:
    """A page of its own in a frame, so that one chart's scripts never meet another's.

    The drawing stands there until the scripts have come, and stays where they do not.
    """
    address = os.environ.get(SCRIPTS_VARIABLE)
    scripts = f' src="{escape(address)}">' if address else f">{_bundle()}"
    height = int(re.search(r'height="(\d+)', drawing)[1]) + _MENU  # type: ignore[index]
    page = (
        f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style>'
        f'<div id="vega-chart">{drawing}</div><script{scripts}</script>'
        f"<script>window.vegaEmbed && vegaEmbed('#vega-chart', {_in_script(spec)}, "
        f"{_in_script(_SETTING)})</script>"
    )
    told = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return (
        f'<figure><iframe title="{escape(alt)}" srcdoc="{escape(page)}" '
        f'style="width:100%;height:{height}px;border:0"></iframe>{told}</figure>'
    )


def _in_script(value: object) -> str:
    """JSON that cannot end the script it stands in."""
    return json.dumps(value).replace("<", "\\u003c")


@cache
def _bundle() -> str:
    """Vega as one script, for readers that were not started by us."""
    script: str = _converter().javascript_bundle("window.vegaEmbed=vegaEmbed;")
    return script.replace("</script", "<\\/script")
