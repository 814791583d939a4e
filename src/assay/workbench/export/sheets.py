"""Everything of a version that is a table: findings, numbers, the page's tables, charts' data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.render.blocks import Details, Figure, Table, Tabled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.export.content import Content

Value = str | int | float | bool | None

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{3,8}")
_ENDS: Final = frozenset({"value", "low", "high"})
_NAMES: Final = (
    "name", "what", "metric", "label", "column", "segment", "group", "level", "arm", "agent",
    "model", "key", "day",
)  # fmt: skip
"""Fields that say which of its kind a record is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of plain values.

    Attributes:
        name: short and unlike every other ("Findings", "Table 1").
        about: what it shows; the caption.
        printed: whether its cells are text as the page prints it.
        units: name of the column that holds each row's unit, "" where there is none.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    about: str = ""
    printed: bool = False
    units: str = ""


def sheets_of(content: Content) -> tuple[Sheet, ...]:
    """Findings and numbers first, then what the page shows, in its order."""
    return (findings(content.result), numbers(content.result), *_shown(content))


FINDING_COLUMNS: Final = (
    "key", "what", "state", "tone", "needs_decision", "evidence", "measure", "value", "low", "high",
    "unit", "n", "confidence", "title", "action", "reason", "pointer",
)  # fmt: skip


def findings(result: dict[str, Any]) -> Sheet:
    """A row for each estimate of a finding; one without numbers for a finding that has none."""
    rows = []
    for i, finding in enumerate(result.get("findings") or ()):
        measures = [name for name, value in finding.items() if is_estimate(value)]
        for measure in measures or [""]:
            pointer = f"/findings/{i}/{measure}" if measure else f"/findings/{i}"
            estimate = finding.get(measure) or {}
            known = {
                **finding,
                **{end: estimate.get(end) for end in _ENDS},
                "measure": measure,
                "unit": _unit(result, pointer) if measure else "",
                "pointer": pointer,
            }
            rows.append(tuple(_plain(known.get(column)) for column in FINDING_COLUMNS))
    return Sheet(
        name="Findings",
        columns=FINDING_COLUMNS,
        rows=tuple(rows),
        about="One row for each estimate of a finding; pointer leads to it in result.json.",
        units="unit",
    )


NUMBER_COLUMNS: Final = ("pointer", "name", "value", "low", "high", "unit", "n")


def numbers(result: dict[str, Any]) -> Sheet:
    """Every number of the result with its unit; an estimate is one row with its ends."""
    rows: dict[str, tuple[Value, ...]] = {}
    for pointer, unit in (result.get("units") or {}).items():
        path = _path(result, pointer.split("/")[1:])
        if path is None:
            continue
        above = [node for _, node in path[:-1]]
        leaf, value = path[-1]
        holder = above[-1] if above else result
        if leaf in _ENDS and is_estimate(holder):
            place, ends = pointer.rpartition("/")[0], holder
            value = holder.get("value")
            leaf, above = path[-2][0], above[:-1]
        elif base := _base(leaf, holder):
            place = f"{pointer.rpartition('/')[0]}/{base}"
            value, leaf = holder.get(base), base
            ends = {end: holder.get(f"{base}_{end}") for end in ("low", "high")}
        elif isinstance(holder, dict) and f"{leaf}_low" in holder:
            place = pointer
            ends = {end: holder.get(f"{leaf}_{end}") for end in ("low", "high")}
        else:
            place, ends = pointer, {}
        if place not in rows:
            rows[place] = (
                place,
                _name(above, leaf),
                _plain(value),
                _plain(ends.get("low")),
                _plain(ends.get("high")),
                str(unit),
                _n([result, *above]),
            )
    return Sheet(
        name="Numbers",
        columns=NUMBER_COLUMNS,
        rows=tuple(rows.values()),
        about="Every number of the report; pointer leads to it in result.json.",
        units="unit",
    )


def is_estimate(value: object) -> bool:
    """Whether it is a number with its interval."""
    return isinstance(value, dict) and value.keys() >= _ENDS


def _shown(content: Content) -> Iterator[Sheet]:
    unnumbered = 0
    for shown in content.shown:
        block = shown.block
        inner = []
        if isinstance(block, Table):
            inner = [(shown.name, block)]
        elif isinstance(block, Details):
            inner = [("", part.table) for part in block.blocks if isinstance(part, Tabled)]
        for name, table in inner:
            unnumbered += not name
            yield _table(table, name or f"Other table {unnumbered}")
        if isinstance(block, Figure) and block.spec is not None:
            yield from _chart(block, shown.name)


def _table(table: Table, name: str) -> Sheet:
    return Sheet(
        name=name,
        columns=tuple(column.label for column in table.columns),
        rows=tuple(tuple(cell.text for cell in row) for row in table.rows),
        about=table.caption,
        printed=True,
    )


def _chart(figure: Figure, name: str) -> Iterator[Sheet]:
    """What it is drawn from; a chart of several layers may have several tables.

    Colours, and the lines and labels that stand once beside a larger table, are no data.
    """
    tables = list(_data(figure.spec, (figure.spec or {}).get("datasets") or {}))
    most = max(map(len, tables), default=0)
    found = [rows for rows in tables if len(rows) > 1 or most == 1]
    for i, rows in enumerate(found):
        columns = tuple(
            key
            for key in dict.fromkeys(k for row in rows for k in row)
            if not all(_is_colour(row.get(key)) for row in rows)
        )
        yield Sheet(
            name=name if len(found) == 1 else f"{name}{'abcdefghijklmnopqrstuvwxyz'[i % 26]}",
            columns=columns,
            rows=tuple(tuple(_plain(row.get(column)) for column in columns) for row in rows),
            about=figure.caption or figure.alt,
        )


def _is_colour(value: object) -> bool:
    return isinstance(value, str) and _COLOUR.fullmatch(value) is not None


def _data(spec: object, datasets: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """Each table once, in the order in which the chart names it."""
    seen: set[str] = set()
    for data in _named_data(spec):
        name = data.get("name")
        if isinstance(name, str) and name in datasets:
            if name in seen:
                continue
            seen.add(name)
            values = datasets[name]
        else:
            values = data.get("values")
        if isinstance(values, list) and values:
            yield [row if isinstance(row, dict) else {"data": row} for row in values]


def _named_data(spec: object) -> Iterator[dict[str, Any]]:
    if isinstance(spec, list):
        for part in spec:
            yield from _named_data(part)
    elif isinstance(spec, dict):
        data = spec.get("data")
        if isinstance(data, dict):
            yield data
        for key, part in spec.items():
            if key not in {"data", "datasets", "values", "usermeta", "config"}:
                yield from _named_data(part)


def _path(node: object, parts: list[str]) -> list[tuple[str, Any]] | None:
    """Names and values on the way to a number; a name may itself hold a slash."""
    if not parts:
        return []
    for taken in range(1, len(parts) + 1):
        name = "/".join(parts[:taken])
        inner = _step(node, name)
        if inner is None:
            continue
        rest = _path(inner, parts[taken:])
        if rest is not None:
            return [(name, inner), *rest]
    return None


def _step(node: object, name: str) -> Any:  # noqa: ANN401  any JSON
    if isinstance(node, dict):
        return node.get(name)
    if isinstance(node, list) and name.isdigit() and int(name) < len(node):
        return node[int(name)]
    return None


def _base(leaf: str, holder: object) -> str:
    """`lift` of `lift_low`, where that stands beside it."""
    for end in ("_low", "_high"):
        base = leaf.removesuffix(end)
        if base != leaf and isinstance(holder, dict) and base in holder:
            return base
    return ""


def _name(above: list[Any], leaf: str) -> str:
    told = [
        str(node[key])
        for node in above
        if isinstance(node, dict)
        for key in _NAMES
        if isinstance(node.get(key), str) and node[key]
    ]
    return " · ".join(dict.fromkeys([*told, leaf]))


def _n(above: list[Any]) -> Value:
    for node in reversed(above):
        if isinstance(node, dict) and isinstance(node.get("n"), int):
            return int(node["n"])
    return None


def _unit(result: dict[str, Any], pointer: str) -> str:
    units = result.get("units") or {}
    return next(
        (str(units[f"{pointer}/{end}"]) for end in _ENDS if f"{pointer}/{end}" in units), ""
    )


def _plain(value: object) -> Value:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return str(value)
