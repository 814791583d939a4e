"""Values inside objects: `usage.prompt_tokens` of a column `usage`, whatever it is written as."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_BETWEEN: Final = "."


def head_of(name: str, columns: Collection[str]) -> str | None:
    """The column that a path begins with; None where there is none, or the path is a column."""
    if name in columns:
        return None
    heads = (name[:place] for place in _ends(name))
    return next((head for head in heads if head in columns), None)


def reach(value: object, path: str) -> Any:  # noqa: ANN401  as it stands there
    """What stands at a path inside an object; None where nothing does.

    A name may hold dots itself: the longest that is there counts.
    """
    fields = _fields(value)
    if path in fields:
        return fields[path]
    for place in _ends(path):
        if path[:place] in fields:
            return reach(fields[path[:place]], path[place + 1 :])
    return None


def with_inner(frame: pl.LazyFrame, columns: Collection[str], names: Collection[str]) -> Inner:
    """The frame with those of the names that are paths into its columns, as texts."""
    paths = {name: head for name in names if (head := head_of(name, columns)) is not None}
    values = [
        pl.col(head)
        .map_batches(_reached(name[len(head) + 1 :]), return_dtype=pl.String, is_elementwise=True)
        .alias(name)
        for name, head in paths.items()
    ]
    return frame.with_columns(values), tuple(paths)


Inner = tuple[pl.LazyFrame, tuple[str, ...]]


def written(value: object) -> str | None:
    """A value as the text that a table would have."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=_written_alone)
    return _written_alone(value)


def _written_alone(value: object) -> str:
    """Bytes as the text that they are, or else in hexadecimal digits; all else as it says."""
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


def _reached(path: str) -> Any:  # noqa: ANN401  a function of Polars
    def texts(values: pl.Series) -> pl.Series:
        found = [written(reach(value, path)) for value in values.to_list()]
        return pl.Series(values.name, found, dtype=pl.String)

    return texts


def _ends(path: str) -> list[int]:
    return [place for place, sign in enumerate(path) if sign == _BETWEEN][::-1]


def _fields(value: object) -> Mapping[str, Any]:
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        pairs = [one for one in value if isinstance(one, dict) and "key" in one]
        return {str(one["key"]): one.get("value") for one in pairs}
    return {}
