"""What words in a parameter stand for: days, told from the day of a run, and declared metrics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import NoneType
from typing import Any, get_args, get_origin

from assay.core.errors import ParameterError, nearest
from assay.params import Metric
from assay.workbench.dates import day_of, nearest_word, period_of
from assay.workbench.values import (
    entry_kind,
    expectation,
    field_kinds,
    item_kind,
    models,
    options,
)

_WORD = re.compile(r"(?=.*[a-z])[a-z0-9]+(_[a-z0-9]+)*(\.(from|to))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What one run takes words for.

    Attributes:
        as_of: the day that relative dates are told from; None where they are left as they are.
        metrics: what each name of a metric stands for.
    """

    as_of: date | None = None
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, value: Any, kind: Any, *, place: str) -> Any:  # noqa: ANN401  plain JSON
        """The value with its words replaced wherever the declared type takes what they stand for.

        Args:
            value: plain, as it was written.
            kind: the declared type.
            place: of the value, for messages.

        Raises:
            ParameterError: for a word that stands for nothing where only a day or period can be.
        """
        value = self._stood_for(value, options(kind), place)
        match value:
            case list():
                inner = item_kind(kind)
                return [
                    self.of(item, inner, place=f"{place}[{number}]")
                    for number, item in enumerate(value)
                ]
            case dict():
                return {
                    key: self.of(item, entry_kind(kind, key), place=f"{place}[{key!r}]")
                    for key, item in value.items()
                }
        return value

    def _stood_for(self, value: Any, kinds: tuple[Any, ...], place: str) -> Any:  # noqa: ANN401
        if any(takes_metric(kind) for kind in kinds):
            return self._metric(value, place)
        if self.as_of is None or not isinstance(value, str) or not _takes_words(kinds):
            return value
        periods = any(is_period(kind) for kind in kinds)
        if date in kinds and (day := day_of(value, self.as_of)) is not None:
            return day.isoformat()
        period = period_of(value, self.as_of)
        if period is None:
            if _WORD.fullmatch(value):
                expected = "a period" if periods else "a day"
                raise ParameterError(
                    f"parameter {place} is {value!r}, expected {expected}",
                    remedy=nearest_word(value),
                )
            return value
        if not periods:
            raise ParameterError(
                f"parameter {place} is {value!r}, a period, but takes one day",
                remedy=f"name an end of it: {value}.from or {value}.to",
            )
        return {"from": period.start.isoformat(), "to": period.end.isoformat()}

    def _metric(self, value: Any, place: str) -> Any:  # noqa: ANN401
        """A declared metric by its name, or one that `extends` it."""
        own = dict(value) if isinstance(value, dict) else {}
        name = own.pop("extends", None) if own else value
        if not isinstance(name, str):
            return value
        if name not in self.metrics:
            raise ParameterError(
                f"parameter {place} is {name!r}, which is no declared metric",
                remedy=f"{nearest(name, self.metrics)} (of metrics.yaml)",
            )
        return {**self.metrics[name], **own}


def takes(kind: Any) -> str:  # noqa: ANN401
    """A type in plain words, with the words that may stand for its values."""
    told, kinds = expectation(kind), options(kind)
    if any(models(one) == (Metric,) for one in kinds):
        told += ", or the name of a declared metric in its place"
    if _takes_words(kinds):
        some = "last_full_month" if any(map(is_period, kinds)) else "yesterday"
        told += f", or words such as {some}"
    return told


def takes_metric(kind: Any) -> bool:  # noqa: ANN401
    """Whether a type is a metric."""
    return kind is Metric


def _takes_words(kinds: tuple[Any, ...]) -> bool:
    """Whether no text is taken as it is, and a day or a period is."""
    return str not in kinds and any(kind is date or is_period(kind) for kind in kinds)


def is_period(kind: Any) -> bool:  # noqa: ANN401
    """Whether a type is a table of two days, `from` and `to`."""
    if get_origin(kind) is dict:
        return bool(set(options(get_args(kind)[1])) <= {date, NoneType}) and date in options(
            get_args(kind)[1]
        )
    ends = {name: options(inner) for name, inner in field_kinds(kind).items()}
    return {"from", "to"} <= set(ends) and all(date in ends[end] for end in ("from", "to"))
