"""Whether a chart would reach outside the page: data by address, pictures, computed addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DATA: Final = frozenset({"values", "datasets"})
_INSIDE: Final = "data:"


def outside(spec: Mapping[str, Any]) -> str:
    """The first address that a chart would fetch something from, "" where there is none."""
    columns: set[str] = set()
    for address in _addresses(spec, columns):
        if not address.strip().lower().startswith(_INSIDE):
            return address
    rows = _rows(spec) if columns else iter(())
    for row in rows:
        for column in columns & row.keys():
            value = row[column]
            if isinstance(value, str) and not value.strip().lower().startswith(_INSIDE):
                return value
    return ""


def _addresses(node: object, columns: set[str]) -> Iterator[str]:
    """What stands under `url`, wherever; columns that hold addresses are put into `columns`."""
    if isinstance(node, list):
        for each in node:
            yield from _addresses(each, columns)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "url":
                yield from _channel(value, columns)
            elif key not in _DATA:
                yield from _addresses(value, columns)


def _channel(value: object, columns: set[str]) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _channel(each, columns)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "field":
                columns.add(str(inner))
            elif key in {"expr", "signal"}:
                yield f"an expression: {inner}"
            elif key in {"value", "datum", "condition"}:
                yield from _channel(inner, columns)


def _rows(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "values" and isinstance(value, list):
                yield from (row for row in value if isinstance(row, dict))
            elif key == "datasets" and isinstance(value, dict):
                for rows in value.values():
                    yield from (row for row in rows if isinstance(row, dict))
            else:
                yield from _rows(value)
    elif isinstance(node, list):
        for each in node:
            yield from _rows(each)
