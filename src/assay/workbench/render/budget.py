"""How heavy a report may be: marks of a chart, bytes of a page; with advice on what weighs most."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import RenderError
from assay.core.language import ENGLISH
from assay.workbench.render.blocks import Figure, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.workbench.render.collect import Placed
    from assay.workbench.render.look import Look

MEGABYTE: Final = 1_000_000
_SHRINKING: Final = frozenset({"aggregate", "bin", "timeUnit"})


def too_many_marks(placed: Sequence[Placed], most: int) -> tuple[str, ...]:
    """A warning for each chart that draws more than `most` marks."""
    warnings = []
    for each in placed:
        if isinstance(each.block, Figure) and each.block.spec is not None:
            found = marks(each.block.spec)
            if found > most:
                warnings.append(
                    f"{each.place}: chart with about {_count(found)} marks, more than "
                    f"{_count(most)}: it is slow to draw and to scroll. Aggregate or sample its "
                    "rows, or show it as PNG; [report] max_marks sets the limit"
                )
    return tuple(warnings)


def marks(spec: dict[str, Any]) -> int:
    """About how many marks a chart draws: its rows, once for each layer that draws them.

    Layers that aggregate are counted by the distinct values that they are grouped by.
    """
    return _marks(spec, spec.get("datasets") or {}, None, {})


def _marks(
    spec: dict[str, Any],
    datasets: dict[str, Any],
    rows: list[Any] | None,
    encoding: dict[str, Any],
) -> int:
    own = _rows(spec.get("data"), datasets)
    rows = rows if own is None else own
    encoding = {**encoding, **(spec.get("encoding") or {})}
    inner = [
        view
        for name in ("layer", "hconcat", "vconcat", "concat")
        for view in spec.get(name) or ()
        if isinstance(view, dict)
    ]
    if isinstance(spec.get("spec"), dict):
        inner.append(spec["spec"])
    if inner:
        return sum(_marks(view, datasets, rows, encoding) for view in inner)
    if "mark" not in spec or rows is None:
        return 0
    channels = [c for c in encoding.values() if isinstance(c, dict)]
    transforms = [t for t in spec.get("transform") or () if isinstance(t, dict)]
    if any(_SHRINKING & c.keys() for c in channels) or any("aggregate" in t for t in transforms):
        return _groups(rows, channels)
    return len(rows)


def _groups(rows: list[Any], channels: list[dict[str, Any]]) -> int:
    plain = [
        c["field"]
        for c in channels
        if "field" in c and "aggregate" not in c and not {"bin", "timeUnit"} & c.keys()
    ]
    binned = sum(bool({"bin", "timeUnit"} & c.keys()) for c in channels)
    distinct = {
        json.dumps([row.get(name) for name in plain], default=str)
        for row in rows
        if isinstance(row, dict)
    }
    return min(len(rows), max(1, len(distinct)) * (50**binned if binned else 1))


def _rows(data: object, datasets: dict[str, Any]) -> list[Any] | None:
    if not isinstance(data, dict):
        return None
    values = data.get("values", datasets.get(str(data.get("name"))))
    return values if isinstance(values, list) else None


def within_budget(size: int, placed: Sequence[Placed], look: Look) -> None:
    """Raises RenderError where a report is too large; names what weighs most, and what to do."""
    if size <= look.max_bytes:
        return
    heaviest = sorted(_weights(placed), reverse=True)[:3]
    named = "; ".join(f"{_size(weight)} {what} in {place}" for weight, place, what in heaviest)
    advice = {
        "chart": "aggregate the chart's rows, sample them, or show it as PNG",
        "picture": "save the picture with fewer dots per inch, or as PNG",
        "table": "show the table's first rows, and hand over the rest as a file",
        "text": "print less",
    }
    remedy = advice[heaviest[0][2]] if heaviest else "show less"
    raise RenderError(
        f"the report has {_size(size)}, expected {_size(look.max_bytes)} at most"
        + (f"; the heaviest: {named}" if named else ""),
        remedy=f"{remedy}; [report] max_mb sets the limit",
    )


def _weights(placed: Sequence[Placed]) -> Iterator[tuple[int, str, str]]:
    for each in placed:
        match each.block:
            case Figure() as figure if figure.spec is not None:
                spec = len(json.dumps(figure.spec, default=str))
                yield len(figure.data) + spec, each.place, "chart"
            case Figure() as figure:
                yield len(figure.data), each.place, "picture"
            case Table() as table:
                yield sum(len(c.text) + 20 for row in table.rows for c in row), each.place, "table"
            case block:
                yield len(repr(block)), each.place, "text"


def _size(size: int) -> str:
    return f"{ENGLISH.digits(size / MEGABYTE, 1)} MB"


def _count(number: int) -> str:
    return ENGLISH.digits(number, 0)
