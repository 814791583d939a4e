"""Rows of spans of one shape, column by column: each step is one pass in C."""

from __future__ import annotations

from itertools import repeat
from math import isfinite
from operator import sub
from typing import TYPE_CHECKING, Any, Final, TypeVar

from assay.data.adapters.otel.names import AROUND, OPERATIONS
from assay.data.adapters.otel.packing import Column, Same, spread
from assay.data.adapters.otel.spans import agent_of, operation_of, outcome_of, usage_of
from assay.data.adapters.otel.tally import Tally
from assay.data.adapters.otel.wire import CODES, WHOLE, ZEROS, plain
from assay.data.adapters.tokens import BESIDE, disjoint
from assay.data.adapters.values import Given, number, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from assay.data.adapters.otel.alike import Group
    from assay.data.adapters.otel.tally import Wishes

T = TypeVar("T")

_NOTHING: Final = Same(None)
_FIRST: Final = 1_000
"""Nanoseconds since 1970: what is less is no time."""
_LAST: Final = 2**63
_LARGEST: Final = 2**62
_ALONE: Final = WHOLE | {"doubleValue", "double_value"}
"""Wrappers of numbers, as they are mostly."""
_LONGEST: Final = 20
"""Digits of a number in 64 bits, with its sign."""


class UnevenError(Exception):
    """The spans of a shape differ where they were taken to be alike: read them one by one."""


def rows_together(group: Group, tally: Tally, wishes: Wishes) -> list[Column]:
    """The columns of `INTERACTIONS`; calls and warnings go to the tally, unless it raises.

    Raises:
        UnevenError: where the values do not all have one form; or whatever a value raises that is
            not of the type that it is taken for.
    """
    spans, base, values = group.spans, group.base, group.values
    told = {matter: _told([one[at] for one in values]) for matter, at in group.shape.places.items()}
    count = len(spans)
    traces = _ids([span["traceId"] for span in spans])
    own = _joined(traces, _ids([span["spanId"] for span in spans]))
    parents: Column = _NOTHING
    if "parentSpanId" in group.shape.names:
        given = [span["parentSpanId"] for span in spans]
        parents = _joined(traces, _ids(["" if one is None else one for one in given]))
    starts = _nanoseconds([span["startTimeUnixNano"] for span in spans])
    ends = _nanoseconds([span["endTimeUnixNano"] for span in spans])
    occurred = [start // 1000 for start in starts]
    latency = [(end - start) / 1e9 for start, end in zip(starts, ends, strict=True)]
    operations, tools = _operations(told, spans)
    usage, warned = _usage(told, operations, count, wishes)
    succeeded, errors, messages = _outcomes(group, told)
    first = told.get("first_token")
    columns = [
        own,
        traces,
        parents,
        occurred,
        _or(told.get("session"), base.get("session")),
        _or(told.get("user"), base.get("user")),
        *_agents(told, base, count),
        *(told.get(name, _NOTHING) for name in _PLAIN),
        operations,
        tools,
        *usage,
        latency,
        _NOTHING if first is None else _numbers(first),
        succeeded,
        errors,
        messages,
        group.rows,
    ]
    called = spread(operations, count)
    if "execute_tool" in called:
        of_calls = (own, parents, tools, occurred, latency, succeeded, errors, group.rows)
        calls = zip(*(spread(column, count) for column in of_calls), strict=True)
        told_calls = zip(called, calls, strict=True)
        tally.calls += [call for operation, call in told_calls if operation == "execute_tool"]
    for warning, times in warned.items():
        tally.warn(warning, times)
    return columns


_PLAIN: Final = ("template", "template_version", "workflow", "provider", "model", "service_tier")


def _told(column: list[Given]) -> list[Given]:
    """Values without their wrappers, none of them missing."""
    first = column[0]
    if type(first) is not dict:
        found = [_one(one) for one in column]
    elif "stringValue" in first:
        found = [one["stringValue"] for one in column]
    elif len(first) == 1 and (kind := next(iter(first))) in _ALONE:
        if set(map(len, column)) != {1}:
            raise UnevenError
        found = [one[kind] for one in column]
        if kind in WHOLE:
            found = _integers(found)
    else:
        found = [_one(one) for one in column]
    if None in found:
        raise UnevenError
    return found


def _one(value: Given) -> Given:
    if type(value) is not dict:
        return value
    text = value.get("stringValue")
    return plain(value) if text is None else text


def _ids(values: list[Given]) -> list[str | None]:
    """Ids in lower-case hex; zeros are none."""
    text = "\n".join(values)
    if "=" in text or not text.isascii() or text.count("\n") != len(values) - 1:
        raise UnevenError
    lower = text.lower()
    if lower != text:
        values = lower.split("\n")
    return [None if value in ZEROS else value for value in values]


def _joined(traces: list[str | None], ids: list[str | None]) -> list[str | None]:
    pairs = zip(traces, ids, strict=True)
    return [f"{trace}-{one}" if trace and one else one for trace, one in pairs]


def _nanoseconds(values: list[Given]) -> list[int]:
    found = _integers(values)
    if not (min(found) >= _FIRST and max(found) < _LAST):
        raise UnevenError
    return found


def _integers(values: list[Given]) -> list[int]:
    """Whole numbers, as numbers or as text; of what else has a length, none is a number."""
    if type(values[0]) is str:
        if max(map(len, values)) > _LONGEST:
            raise UnevenError
        return list(map(int, values))
    if set(map(type, values)) != {int}:
        raise UnevenError
    return values


def _or(column: list[Given] | None, other: Given) -> Column:
    if column is None:
        return Same(other)
    return column if all(column) else [one or other for one in column]


def _agents(
    told: dict[str, list[Given]], base: dict[str, Given], count: int
) -> tuple[Column, Column]:
    agents, versions = told.get("agent"), told.get("agent_version")
    if agents is None and versions is None:
        agent, version = agent_of({}, base)
        return Same(agent), Same(version)
    if agents is not None and all(agents):
        return agents, _or(versions, base.get("agent_version"))
    agents, versions = _each(
        2, lambda one, _: agent_of(one, base), told, ("agent", "agent_version"), range(count)
    )
    return agents, versions


def _operations(told: dict[str, list[Given]], spans: list[dict[str, Any]]) -> tuple[Column, Column]:
    operations = told.get("operation")
    if "span_kind" not in told:
        if operations is None:
            return _NOTHING, told.get("tool", _NOTHING)
        if set(map(type, operations)) == {str}:
            ours = {name: OPERATIONS.get(name, name) for name in set(operations)}
            if "execute_tool" not in ours.values():
                one = Same(*ours.values()) if len(ours) == 1 else None
                return one or [ours[name] for name in operations], told.get("tool", _NOTHING)
    names = ("operation", "span_kind", "tool", "entity")
    known, tools = _each(2, operation_of, told, names, spans)
    return known, tools


def _each(
    width: int,
    read: Callable[[dict[str, Given], T], tuple[Given, ...]],
    told: dict[str, list[Given]],
    names: Iterable[str],
    others: Iterable[T],
) -> list[list[Given]]:
    """Several columns, told for each span by itself of some matters."""
    have = [name for name in names if name in told]
    if have:
        parts = zip(*(told[name] for name in have), strict=True)
        rows = [
            read(dict(zip(have, part, strict=True)), other)
            for part, other in zip(parts, others, strict=True)
        ]
    else:
        rows = [read({}, other) for other in others]
    found = [list(column) for column in zip(*rows, strict=True)]
    if len(found) != width:
        raise UnevenError
    return found


_TOKENS: Final = (
    *("input", "output", "total", "cache_read", "cache_write", "reasoning"),
    "cost",
)


def _usage(
    told: dict[str, list[Given]], operations: Column, count: int, wishes: Wishes
) -> tuple[list[Column], dict[str, int]]:
    """Disjoint tokens and the cost, as `usage_of`; and what is to be told of them."""
    done = {operations.value} if isinstance(operations, Same) else set(operations)
    if not AROUND.isdisjoint(done):
        alone = Tally()
        found = _each(
            6,
            lambda mine, operation: usage_of(mine, operation, alone, wishes),
            told,
            _TOKENS,
            spread(operations, count),
        )
        return [*found], alone.warnings
    read, written = told.get("cache_read"), told.get("cache_write")
    given = told.get("input")
    warned: dict[str, int] = {}
    if given is not None and (read is not None or written is not None):
        given, odd = _disjoint(given, read, written, told, wishes)
        warned = {BESIDE: odd} if odd else {}
    elif given is not None:
        given = _wholes(given)
    reasoning, cost = told.get("reasoning"), told.get("cost")
    return [
        _NOTHING if given is None else given,
        *(_NOTHING if one is None else _wholes(one) for one in (read, written, told.get("output"))),
        _NOTHING if reasoning is None else list(map(whole, reasoning)),
        _NOTHING if cost is None else _numbers(cost),
    ], warned


def _disjoint(
    given: list[Given],
    read: list[Given] | None,
    written: list[Given] | None,
    told: dict[str, list[Given]],
    wishes: Wishes,
) -> tuple[list[Given], int]:
    """The input that was neither read from nor written to a cache, and how many are odd."""
    columns = [column for column in (given, read, written) if column is not None]
    sure = wishes.cached is not None
    usual = "total" not in told or sure
    if usual and all(set(map(type, column)) == {int} for column in columns):
        low, high = min(map(min, columns)), max(map(max, columns))
        if low >= 0 and high < _LARGEST:
            if wishes.cached == "beside":
                return given, 0
            left = given
            for column in columns[1:]:
                left = list(map(sub, left, column))
            if min(left) >= 0:
                return left, 0
    habit = wishes.cached or "inside"
    others = [
        repeat(None) if column is None else column
        for column in (read, written, told.get("output"), told.get("total"))
    ]
    pairs = [
        disjoint(one, in_read, in_written, output, total, habit, sure=sure)
        for one, in_read, in_written, output, total in zip(given, *others, strict=False)
    ]
    return [one for one, _ in pairs], sum(odd for _, odd in pairs)


def _wholes(column: list[Given]) -> list[Given]:
    if set(map(type, column)) == {int}:
        return column
    return [one if type(one) is int else whole(one) for one in column]


def _numbers(column: list[Given]) -> list[Given]:
    if set(map(type, column)) == {float} and isfinite(sum(column)):
        return column
    return list(map(number, column))


def _outcomes(group: Group, told: dict[str, list[Given]]) -> tuple[Column, Column, Column]:
    codes: list[Given] = []
    if "status" in group.shape.names:
        codes = [span["status"].get("code") for span in group.spans]
    if (
        "error_type" not in told
        and set(map(type, codes)) <= _CODED
        and all(CODES.get(code) != "error" for code in set(codes))
    ):
        return Same(value=True), _NOTHING, _NOTHING
    succeeded, errors, messages = _each(
        3,
        lambda one, span: outcome_of(span, one, None, ended=True),
        told,
        ("error_type", "error_message"),
        group.spans,
    )
    return succeeded, errors, messages


_CODED: Final = {int, str, type(None)}
