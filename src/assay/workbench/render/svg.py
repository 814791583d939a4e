"""SVG that may stand inside a page: known elements, own ids, the same bytes each time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from assay.core.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Sequence

SVG: Final = "http://www.w3.org/2000/svg"
CALM: Final = 0.1
"""Part of its own size that a number must move to fill a sparkline."""
DEEPEST: Final = 200
XLINK: Final = "http://www.w3.org/1999/xlink"
_ELEMENTS: Final = frozenset(
    [
        "svg",
        "g",
        "defs",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "textPath",
        "clipPath",
        "mask",
        "linearGradient",
        "radialGradient",
        "stop",
        "pattern",
        "use",
        "image",
        "symbol",
        "marker",
    ]
)
_POINTLESS: Final = frozenset(
    [
        "role",
        "class",
        "style",
        "version",
        "pointer-events",
        "aria-label",
        "aria-hidden",
        "aria-roledescription",
    ]
)
_REFERENCE: Final = re.compile(r"url\(\s*['\"]?#([^)'\"\s]+)['\"]?\s*\)")
_STYLE: Final = re.compile(r"([a-z-]+)\s*:\s*([^;]+)")
_FONT: Final = re.compile(
    r"(?:(?P<style>italic|oblique)\s+)?(?:(?P<weight>bold|\d{3})\s+)?"
    r"(?P<size>[\d.]+(?:px|pt))\s+(?P<family>[^;{}()]+)"
)
_EVERYTHING: Final = re.compile(r"\s*\*\s*\{([^{}]*)\}\s*")
_PRESENTATION: Final = frozenset(
    [
        "fill",
        "stroke",
        "stroke-width",
        "stroke-dasharray",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-opacity",
        "stroke-miterlimit",
        "fill-opacity",
        "fill-rule",
        "opacity",
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "text-anchor",
        "clip-path",
        "display",
        "stop-color",
        "stop-opacity",
        "dominant-baseline",
    ]
)


def clean(source: str | bytes, *, prefix: str, place: str) -> str:
    """The drawing without scripts, outside references, and ids that differ from run to run.

    vl-convert numbers clip paths over the whole process; here they are numbered anew, under
    `prefix`, so that two charts on a page never share one.

    Raises:
        RenderError: where it is not well-formed XML with an `svg` at its root.
    """
    text = source.decode(errors="replace") if isinstance(source, bytes) else source
    if "<!ENTITY" in text:
        raise RenderError(f"{place}: SVG with entity declarations", remedy="save it without them")
    try:
        root = ET.fromstring(text)  # noqa: S314  entities are refused above
    except ET.ParseError as error:
        raise RenderError(
            f"{place}: SVG is not well-formed ({error})", remedy="save the figure again, or as PNG"
        ) from error
    if _local(root.tag) != "svg":
        raise RenderError(f"{place}: picture is <{_local(root.tag)}>, expected <svg>")
    found: dict[str, str] = {}
    if _depth(root) > DEEPEST:
        raise RenderError(f"{place}: SVG nests more than {DEEPEST} elements deep")
    _inherit_style(root)
    _prune(root)
    for element in root.iter():
        _tidy(element, found, prefix)
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    return ET.tostring(root, encoding="unicode")


def sparkline(numbers: Sequence[float | None], *, width: int = 150, height: int = 34) -> str:
    """A line over versions that ends in a dot, in the colour of the text around it.

    Needs at least two numbers, oldest first; None leaves a gap, and a number between two gaps is a
    dot. What moves by less than a tenth of itself is drawn as the little that it is, so that the
    last digits of a number look like no trend.
    """
    known = [number for number in numbers if number is not None]
    least = CALM * max(abs(number) for number in known)
    middle = (min(known) + max(known)) / 2
    low = min(*known, middle - least / 2)
    high = max(*known, middle + least / 2)
    span = (high - low) or 1.0
    pad = 4
    step = (width - 2 * pad) / (len(numbers) - 1)
    points = [
        None
        if number is None
        else (pad + i * step, height - pad - (number - low) / span * (height - 2 * pad))
        if high > low
        else (pad + i * step, height / 2)
        for i, number in enumerate(numbers)
    ]
    x, y = next(point for point in reversed(points) if point is not None)
    return (
        f'<svg xmlns="{SVG}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'preserveAspectRatio="xMinYMid">'
        f"{''.join(_stroke(run) for run in _runs(points))}"
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="currentColor"/></svg>'
    )


Point = tuple[float, float]


def _runs(points: Sequence[Point | None]) -> list[list[Point]]:
    """What lies between two gaps."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _stroke(run: list[Point]) -> str:
    if len(run) == 1:
        return f'<circle cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="1.4" fill="currentColor"/>'
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
    return (
        f'<polyline points="{path}" fill="none" stroke="currentColor" stroke-width="1.8" '
        f'stroke-linejoin="round" stroke-linecap="round"/>'
    )


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _depth(root: ET.Element) -> int:
    level, deep = [root], 0
    while level and deep <= DEEPEST:
        deep += 1
        level = [child for element in level for child in element]
    return deep


def _inherit_style(root: ET.Element) -> None:
    """Matplotlib sets how lines join in a style for everything; here it goes with the root."""
    for style in root.iter(f"{{{SVG}}}style"):
        if found := _EVERYTHING.fullmatch(style.text or ""):
            for name, value in _STYLE.findall(found[1]):
                if name in _PRESENTATION:
                    root.set(name, value.strip())


def _prune(parent: ET.Element) -> None:
    for child in list(parent):
        if child.tag == f"{{{SVG}}}a":
            child.tag = f"{{{SVG}}}g"  # what a link holds is drawn, its target is not kept
        empty = _local(child.tag) == "path" and not child.get("d")
        foreign = str(child.tag).startswith("{") and not str(child.tag).startswith(f"{{{SVG}}}")
        if _local(child.tag) not in _ELEMENTS or empty or foreign:
            parent.remove(child)
        else:
            _prune(child)


def _style_as_attributes(element: ET.Element) -> None:
    for name, value in _STYLE.findall(element.get("style", "")):
        if name in _PRESENTATION:
            element.set(name, value.strip())
        elif name == "font" and (font := _FONT.fullmatch(value.strip())):
            for part, written in font.groupdict().items():
                if written:
                    element.set(f"font-{part}", written)


def _tidy(element: ET.Element, found: dict[str, str], prefix: str) -> None:
    def own(name: str) -> str:
        return found.setdefault(name, f"{prefix}-{len(found)}")

    _style_as_attributes(element)
    for key, value in list(element.attrib.items()):
        name = _local(key)
        picture = _local(element.tag) == "image" and value.startswith("data:image/")
        inside = value.startswith("#") or picture
        if (
            name in _POINTLESS
            or name.startswith(("on", "aria-", "data-"))
            or (name == "href" and not inside)
            or (name in {"target", "ping", "base"})
        ):
            del element.attrib[key]
        elif name == "id":
            element.set(key, own(value))
        elif name == "href" and value.startswith("#"):
            element.set(key, f"#{own(value[1:])}")
        elif "url(" in value:
            inner = _REFERENCE.sub(lambda match: f"url(#{own(match[1])})", value)
            if "url(" in _REFERENCE.sub("", value):
                del element.attrib[key]
            else:
                element.set(key, inner)
