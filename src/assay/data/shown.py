"""What may be told of a value that is wrong: errors end in logs, manifests and published pages."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.privacy import excerpt, redacted
from assay.privacy.shapes import label_faults

if TYPE_CHECKING:
    from collections.abc import Iterable

MASKED: Final = "*"
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,8}(?:[.,]\d{0,8})?|[.,]\d{1,8})(?:[eE][+-]?\d{1,3})?%?")
_TIME: Final = re.compile(
    r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)


def shown(value: Any, wanted: pl.DataType) -> str | None:  # noqa: ANN401  a cell of any type
    """A cell as text, without what may point at a person or open a door; None for none.

    A number where a number is expected, and a date where a time is, can be read as given; of
    anything else only technical words and the shape of numbers are left, or `*`.

    >>> shown("-3.5", pl.Int64()), shown("2024-13-01", pl.Date()), shown("Ann", pl.Int64())
    ('-3.5', '2024-13-01', '*')
    """
    if value is None:
        return None
    text = value.isoformat() if isinstance(value, date) else str(value)
    form = _TIME if wanted.is_temporal() and _TIME.fullmatch(text.strip()) else _NUMBER
    readable = wanted.is_numeric() or wanted.is_temporal() or wanted == pl.Boolean
    if readable and form.fullmatch(text.strip()) and redacted(text) == text:
        return text
    return excerpt(text)


def told_context(columns: Iterable[str]) -> tuple[list[str], int]:
    """The user's own columns that may be called by their names, and how many others there are.

    A log may have a key for each person it tells of, so a name that is more than a word, or holds
    what looks personal, is not told.

    >>> told_context(["ctx_team", "ctx_ann@example.org"])
    (['ctx_team'], 1)
    """
    names = {column.removeprefix("ctx_"): column for column in columns}
    odd = label_faults(pl.Series(list(names), dtype=pl.String), shape=True, version=False)
    return sorted(names[name] for name in names.keys() - odd.keys()), len(odd)
