"""Alternative text for figures whose author wrote none: what their own words tell, no more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from assay.workbench.render.escape import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LONGEST: Final = 300
_MARKS: Final = {
    "bar": "Bar chart",
    "line": "Line chart",
    "area": "Area chart",
    "point": "Scatter plot",
    "circle": "Scatter plot",
    "square": "Scatter plot",
    "tick": "Strip plot",
    "rect": "Heat map",
    "boxplot": "Box plot",
    "arc": "Pie chart",
    "geoshape": "Map",
}
_INNER: Final = ("layer", "hconcat", "vconcat", "concat", "spec")
_PLOT: Final = "matplotlib.axis_"


def of_chart(spec: Mapping[str, Any]) -> str:
    """What a chart shows by its title, its axes and its colours; "" where it says nothing."""
    said: dict[str, bool] = {}
    for view in _views(spec):
        mark = view.get("mark")
        kind = mark.get("type") if isinstance(mark, dict) else mark
        encoding = {**_encoding(spec), **_encoding(view)}
        axes = [axis for axis in (_named(encoding.get(name)) for name in "yx") if axis]
        by = _named(encoding.get("color"))
        what = ", by ".join(filter(None, [" against ".join(axes), by]))
        if what:
            said[f"{_MARKS.get(str(kind), 'Chart')}: {what}"] = len(axes) == len("yx")
    whole = [text for text, both in said.items() if both]
    return _sentences([_title(spec.get("title")), *(whole or said)])


def of_drawing(svg: str) -> str:
    """What Matplotlib's drawing shows by its titles, axes and legend; "" where it says nothing."""
    try:
        root = ET.fromstring(svg)  # noqa: S314  cleaned before: no entities
    except ET.ParseError:
        return ""
    said = []
    groups = [(group.get("id") or "", group) for group in root.iter() if group.tag.endswith("}g")]
    for name, group in groups:
        if re.fullmatch(r"axes_\d+", name):
            titles = list(_texts(group, "text_"))
            axes = [
                " ".join(_texts(axis, "text_"))
                for axis in group
                if (axis.get("id") or "").startswith(_PLOT)
            ]
            legend = [
                text
                for inner in group
                if (inner.get("id") or "").startswith("legend_")
                for text in _texts(inner, "text_")
            ]
            what = " against ".join(filter(None, reversed(axes[:2])))
            lines = f"with {', '.join(legend)}" if legend else ""
            said.append(_sentences([" ".join(titles), ", ".join(filter(None, [what, lines]))]))
        elif re.fullmatch(r"figure_\d+", name):
            said.extend(_texts(group, "text_"))
    return _sentences(said)


def fallback(kind: str, *, caption: str, heading: str, place: str) -> str:
    """What can be said of a figure that says nothing of itself."""
    if caption:
        return caption
    under = f" under the heading “{heading}”" if heading else f" shown by {place}"
    return f"{kind}{under}. Its author gave no description."


def _views(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "mark" in spec:
        yield spec
    for key in _INNER:
        inner = spec.get(key)
        for each in inner if isinstance(inner, list) else [inner]:
            if isinstance(each, dict):
                yield from _views(each)


def _encoding(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    encoding = spec.get("encoding")
    return encoding if isinstance(encoding, dict) else {}


def _named(channel: object) -> str:
    if not isinstance(channel, dict):
        return ""
    axis = channel.get("axis")
    titles = (channel.get("title"), axis.get("title") if isinstance(axis, dict) else None)
    title = str(next((each for each in titles if isinstance(each, str) and each), ""))
    field, how = channel.get("field"), channel.get("aggregate")
    plain = field if isinstance(field, str) else ""
    if isinstance(how, str):
        plain = "number of rows" if how == "count" else f"{how} of {plain}"
    return one_line(title or plain)


def _title(title: object) -> str:
    if isinstance(title, dict):
        parts = [title.get("text"), title.get("subtitle")]
        return _sentences([_title(part) for part in parts])
    if isinstance(title, list):
        return " ".join(str(line) for line in title)
    return title if isinstance(title, str) else ""


def _texts(group: ET.Element, kind: str) -> Iterator[str]:
    """The words of the groups right below, in their order."""
    for inner in group:
        if (inner.get("id") or "").startswith(kind):
            text = one_line(
                " ".join("".join(map(str, t.itertext())) for t in inner.iter() if _is_text(t))
            )
            if text:
                yield text


def _is_text(element: ET.Element) -> bool:
    return str(element.tag).endswith("}text")


def _sentences(parts: Iterable[str]) -> str:
    whole = [one_line(part).rstrip(".") for part in parts if part and part.strip()]
    said = ". ".join(whole)
    return f"{said[:LONGEST]}." if said else ""
