"""Spans that are alike, taken together: of a column's values each step is done at once.

Spans of one source repeat few shapes: the same fields, with attributes of the same names in the
same order. Each shape is looked at once. Where a span has anything that its shape does not settle,
all that share it are read one by one, so that the answer never depends on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from assay.data.adapters.otel.names import INTERACTIONS
from assay.data.adapters.otel.packing import Column, Same, pack, spread
from assay.data.adapters.otel.spans import (
    CONTEXTUAL,
    NO_GENAI,
    OURS,
    UNKNOWN,
    Told,
    add_around,
    add_context,
    add_span,
    around_of,
    target_of,
)
from assay.data.adapters.otel.tally import Tally, Wishes
from assay.data.adapters.otel.together import UnevenError, rows_together

if TYPE_CHECKING:
    from assay.data.adapters.otel.packing import Packed

_OTHER: Final = frozenset(
    {"trace_id", "span_id", "parent_span_id", "start_time_unix_nano", "end_time_unix_nano"}
)
"""Fields by the names that few exporters give them."""
_NEEDED: Final = frozenset({"traceId", "spanId", "startTimeUnixNano", "endTimeUnixNano"})
_MOST_SHAPES: Final = 2_000
_TOGETHER: Final = 100
"""Spans that wait until some are settled: more of them do not fit the processor's cache."""
_MOST_WAITING: Final = 200
"""Spans that wait at most."""
_WORTH: Final = 32
"""Spans of a shape that need not wait for more."""
_FEWEST: Final = 6
"""Spans of a shape of which fewer are read faster one by one."""
_MOST_UNEVEN: Final = 2
"""Times that spans of a shape were not alike before the rest is read one by one."""
_UNEVEN: Final = (
    *(UnevenError, ArithmeticError, AttributeError, KeyError, RecursionError),
    *(TypeError, ValueError),
)
"""What tells that values are not what they were taken for."""
Part = tuple[list[int], list[Column]]
"""Places of some interactions, and their columns."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a span by its fields and by the names of its attributes.

    Attributes:
        genai: whether it is one of generative AI.
        places: matter → place of the attribute that is believed first.
        own: places of the attributes that are the user's own values.
        names: the fields.
    """

    genai: bool
    places: dict[str, int]
    own: tuple[int, ...]
    names: frozenset[str]


@dataclass(slots=True)
class Group:
    """Spans of one shape and one resource.

    Attributes:
        values: of their attributes.
        rows, places: their numbers among the records, and among the interactions.
        uneven: times that they were not alike.
    """

    shape: Shape
    base: dict[str, Any]
    spans: list[dict[str, Any]] = field(default_factory=list)
    values: list[list[Any]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    uneven: int = 0


@dataclass(frozen=True, slots=True)
class Among:
    """The groups of spans of one resource.

    Attributes:
        around: what the resource says of all of them that is the user's own.
    """

    base: dict[str, Any]
    around: dict[str, Any]
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], Group | None]


class Alike:
    """Spans by shape, until their rows are made."""

    def __init__(self, tally: Tally, wishes: Wishes) -> None:
        self._tally, self._wishes = tally, wishes
        self._among: dict[object, Among] = {}
        self._parts: list[Part] = []
        self._waiting = 0

    def among(self, base: dict[str, Any]) -> Among:
        """The spans of resources that tell the same."""
        key: object = ""
        if base:
            try:
                key = repr(base)
            except RecursionError:
                key = object()
        found = self._among.get(key)
        if found is None:
            found = self._among[key] = Among(base, around_of(base), {})
        return found

    def takes(self, span: dict[str, Any], among: Among) -> bool:
        """Whether the span is settled here; otherwise it is one to be read by itself."""
        attributes = span.get("attributes")
        try:
            names = tuple([one["key"] for one in attributes])  # type: ignore[union-attr]
            values = [one["value"] for one in attributes]  # type: ignore[union-attr]
            group = among.groups[tuple(span), names]
        except (TypeError, KeyError):
            if type(attributes) is not list:
                return False
            group = self._group(span, attributes, among)
            if group is None:
                return False
            names = tuple([one["key"] for one in attributes])
            values = [one["value"] for one in attributes]
        if group is None or group.uneven >= _MOST_UNEVEN:
            return False
        shape = group.shape
        if "events" in shape.names and span["events"]:
            return False
        if not shape.genai:
            self._tally.skip(NO_GENAI)
            return True
        place = len(self._tally.interactions)
        if among.around and not shape.own:
            add_around(among.around, self._tally, place)
        elif shape.own:
            self._add_context(shape, attributes, among.base, place)
        group.spans.append(span)
        group.values.append(values)
        group.rows.append(self._tally.read)
        group.places.append(place)
        self._tally.interactions.append(None)
        self._waiting += 1
        return True

    def _add_context(self, shape: Shape, attributes: Any, base: dict[str, Any], place: int) -> None:  # noqa: ANN401
        told = Told({"attributes": [attributes[index] for index in shape.own]})
        if told.more or told.by_matter or "environment" in base:
            add_context(told.by_matter, base, told.more, self._tally, place)

    @staticmethod
    def _group(span: dict[str, Any], attributes: list[Any], among: Among) -> Group | None:
        """The group of a shape that is met for the first time, None where it is none."""
        try:
            if not all(type(one) is dict and "value" in one for one in attributes):
                return None
            names = tuple([one["key"] for one in attributes])
        except KeyError:
            return None
        if not all(type(name) is str for name in names):
            return None
        shape = _shape(tuple(span), names)
        group = None if shape is None else Group(shape, among.base)
        if len(among.groups) < _MOST_SHAPES:
            among.groups[tuple(span), names] = group
            return group
        return None

    def settle(self, *, last: bool = False) -> None:
        """Make the rows of what waits, where it is enough of a shape; let its documents go."""
        if self._waiting < _TOGETHER and not last:
            return
        all_of_them = last or self._waiting >= _MOST_WAITING
        for among in self._among.values():
            for group in among.groups.values():
                if group is None or not group.spans:
                    continue
                if all_of_them or len(group.spans) >= _WORTH:
                    self._waiting -= len(group.spans)
                    self._settle(group)

    def _settle(self, group: Group) -> None:
        try:
            if len(group.spans) < _FEWEST:
                self._one_by_one(group)
            else:
                columns = rows_together(group, self._tally, self._wishes)
                self._parts.append((group.places, columns))
        except _UNEVEN:
            group.uneven += 1
            self._one_by_one(group)
        group.spans, group.values, group.rows, group.places = [], [], [], []

    def columns(self) -> tuple[Packed, ...]:
        """The interactions by column, all in the order of their spans; the calls are in it too."""
        self.settle(last=True)
        tally, parts = self._tally, self._parts
        tally.calls.sort(key=itemgetter(-1))
        alone = [place for place, row in enumerate(tally.interactions) if row is not None]
        if alone:
            rows = [tally.interactions[place] for place in alone]
            parts.append((alone, [list(column) for column in zip(*rows, strict=True)]))
        if not parts:
            return ()
        parts.sort(key=lambda part: part[0][0])
        places = list(chain.from_iterable(places for places, _ in parts))
        in_order = places == list(range(len(places)))
        return tuple(
            _merged([columns[index] for _, columns in parts], parts, in_order=in_order)
            for index in range(len(INTERACTIONS))
        )

    def _one_by_one(self, group: Group) -> None:
        tally = self._tally
        for span, row, place in zip(group.spans, group.rows, group.places, strict=True):
            alone = Tally(read=row)
            add_span(span, group.base, alone, self._wishes)
            (tally.interactions[place],) = alone.interactions
            tally.calls += alone.calls
            for warning, times in alone.warnings.items():
                tally.warn(warning, times)


def _shape(fields: tuple[str, ...], names: tuple[str, ...]) -> Shape | None:
    """None where spans of it are to be read one by one."""
    known = frozenset(fields)
    if len(set(names)) < len(names) or known & _OTHER:
        return None
    found: dict[str, tuple[int, int]] = {}
    own: list[int] = []
    genai = False
    for place, name in enumerate(names):
        matter, rank, mark = target_of(name)
        genai = genai or mark
        if rank == OURS or matter in CONTEXTUAL:
            own.append(place)
        elif rank != UNKNOWN:
            found[matter] = min(found.get(matter, (rank, place)), (rank, place))
    if genai and not known >= _NEEDED:
        return None
    places = {matter: place for matter, (_, place) in found.items()}
    return Shape(genai, places, tuple(own), known)


def _merged(columns: list[Column], parts: list[Part], *, in_order: bool) -> Packed:
    """One column of all parts, in the order of the places."""
    count = sum(len(places) for places, _ in parts)
    first = columns[0]
    if len(columns) == 1 or (isinstance(first, Same) and all(map(first.equals, columns))):
        return pack(first, count)
    merged: list[Any] = []
    if in_order:
        for (places, _), column in zip(parts, columns, strict=True):
            merged += spread(column, len(places))
        return pack(merged, count)
    merged = [None] * count
    for (places, _), column in zip(parts, columns, strict=True):
        if not isinstance(column, Same):
            for place, value in zip(places, column, strict=True):
                merged[place] = value
        elif column.value is not None:
            for place in places:
                merged[place] = column.value
    return pack(merged, count)
