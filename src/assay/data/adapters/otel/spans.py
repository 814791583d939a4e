"""One OTLP span as a row, whatever it looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.data.adapters.otel.names import AROUND, CONTEXT, MARKS, OPERATIONS, OWN, TARGETS
from assay.data.adapters.otel.scores import score_of
from assay.data.adapters.otel.wire import as_id, events_of, listed, plain, status_of
from assay.data.adapters.tokens import BESIDE, disjoint
from assay.data.adapters.values import (
    Given,
    as_text,
    fields_of,
    number,
    since_nanoseconds,
    tags_of,
    whole,
)

if TYPE_CHECKING:
    from assay.data.adapters.otel.tally import Tally, Wishes

NO_GENAI: Final = "span without an attribute of generative AI"
TOTALS: Final = (
    "token and cost totals of agent and workflow spans were left out, since they repeat those of "
    "the model calls within; where there are no such calls, use --agent-totals"
)


class Told:
    """What a span's attributes tell, by matter; of several names the one that is believed first."""

    __slots__ = ("by_matter", "genai", "more")

    def __init__(self, span: dict[str, Any]) -> None:  # noqa: C901  one flat pass, for speed
        told: dict[str, Any] = {}
        ranks: dict[str, int] = {}
        genai = False
        self.more: list[tuple[str, Any]] = []
        for one in listed(span, "attributes"):
            try:
                key, value = one["key"], one["value"]
                target = _LEARNT.get(key) or _learn(key)
            except (AttributeError, KeyError, TypeError):
                continue
            matter, rank, mark = target
            if mark:
                genai = True
            if rank:
                if rank == UNKNOWN:
                    continue
                if rank == OURS:
                    self.more.append((key, plain(value)))
                    continue
                if ranks.get(matter, 0 if matter in told else rank + 1) <= rank:
                    continue
            if type(value) is dict:
                text = value.get("stringValue")
                value = plain(value) if text is None else text
            if value is not None:
                told[matter] = value
                if rank:
                    ranks[matter] = rank
                elif ranks:
                    ranks.pop(matter, None)
        self.by_matter, self.genai = told, genai


OURS: Final = 98
UNKNOWN: Final = 99
_MOST_LEARNT: Final = 10_000
_LEARNT: Final = dict(TARGETS)
"""What was looked up before, with the names that tell nothing."""


def target_of(key: str) -> tuple[str, int, bool]:
    """What a name tells, its rank among those that tell the same, and whether it is of GenAI."""
    return _LEARNT.get(key) or _learn(key)


def _learn(key: str) -> tuple[str, int, bool]:
    """What a name tells that stands in no list: the user's own, of GenAI at all, or nothing."""
    rank = OURS if key.startswith(_MORE) else UNKNOWN
    target = ("", rank, key.startswith(MARKS))
    if len(_LEARNT) < _MOST_LEARNT:
        _LEARNT[key] = target
    return target


_MORE: Final = (CONTEXT, OWN)


def add_span(span: dict[str, Any], base: dict[str, Any], tally: Tally, wishes: Wishes) -> None:
    """The interaction, call and scores of one span, or its skipping."""
    attributes = Told(span)
    events = span.get("events")
    failure, first_chunk, evaluations = events_of(events) if events else (None, None, ())
    if not attributes.genai and not evaluations:
        tally.skip(NO_GENAI)
        return
    told = attributes.by_matter
    trace, span_id = as_id(span, "traceId", "trace_id"), as_id(span, "spanId", "span_id")
    ours = f"{trace}-{span_id}" if trace and span_id else span_id
    session = told.get("session") or base.get("session")
    for place, evaluation in enumerate(evaluations):
        tally.scores.append(score_of(evaluation, trace, ours, session, place, tally.read))
    if not attributes.genai:
        return
    parent = as_id(span, "parentSpanId", "parent_span_id")
    parent = f"{trace}-{parent}" if trace and parent else parent
    start = span.get("startTimeUnixNano", span.get("start_time_unix_nano"))
    end = span.get("endTimeUnixNano", span.get("end_time_unix_nano"))
    occurred, latency = since_nanoseconds(start), seconds_between(start, end)
    outcome = outcome_of(span, told, failure, ended=latency is not None)
    operation, tool = operation_of(told, span)
    if operation == "execute_tool":
        tally.calls.append((ours, parent, tool, occurred, latency, *outcome[:2], tally.read))
    first = told.get("first_token")
    if first is None and first_chunk is not None:
        first = seconds_between(start, first_chunk)
    if attributes.more or not CONTEXTUAL.isdisjoint(told) or "environment" in base:
        add_context(told, base, attributes.more, tally, len(tally.interactions))
    tally.interactions.append(
        (
            ours,
            trace,
            parent,
            occurred,
            session,
            told.get("user") or base.get("user"),
            *agent_of(told, base),
            told.get("template"),
            told.get("template_version"),
            told.get("workflow"),
            told.get("provider"),
            told.get("model"),
            told.get("service_tier"),
            operation,
            tool,
            *usage_of(told, operation, tally, wishes),
            latency,
            first if first is None else number(first),
            *outcome,
            tally.read,
        )
    )


CONTEXTUAL: Final = frozenset({"tags", "metadata", "environment"})


def agent_of(told: dict[str, Any], base: dict[str, Any]) -> tuple[Given, Given]:
    """The agent and its version; of a span that names none, the service."""
    agent = told.get("agent") or base.get("agent")
    version = told.get("agent_version") or base.get("agent_version")
    if agent is None:
        return base.get("service"), version or base.get("service_version")
    return agent, version


def operation_of(told: dict[str, Any], span: dict[str, Any]) -> tuple[Given, Given]:
    """What was done, in OpenTelemetry's words, and with which tool."""
    operation, kind, tool = told.get("operation"), told.get("span_kind"), told.get("tool")
    kind = kind.lower() if type(kind) is str else kind
    if kind is not None and (operation is None or kind == "tool"):
        operation = kind
    if type(operation) is str:
        operation = OPERATIONS.get(operation, operation)
    if operation == "execute_tool" and tool is None:
        tool = told.get("entity") or span.get("name")
    return operation, tool


def usage_of(
    told: dict[str, Any], operation: Given, tally: Tally, wishes: Wishes
) -> tuple[Given, ...]:
    """Disjoint input, cache read, cache write, output and reasoning tokens; and the cost."""
    given, output = told.get("input"), told.get("output")
    cost = told.get("cost")
    if type(operation) is str and operation in AROUND and not wishes.agent_totals:
        if given is not None or output is not None or cost is not None:
            tally.warn(TOTALS)
        return None, None, None, None, None, None
    read, written = told.get("cache_read"), told.get("cache_write")
    if read is None and written is None:
        given = given if type(given) is int else whole(given)
    else:
        sure = wishes.cached is not None
        given, odd = disjoint(
            given, read, written, output, told.get("total"), wishes.cached or "inside", sure=sure
        )
        read = read if type(read) is int else whole(read)
        written = written if type(written) is int else whole(written)
        if odd:
            tally.warn(BESIDE)
    output = output if type(output) is int else whole(output)
    return given, read, written, output, whole(told.get("reasoning")), number(cost)


def outcome_of(
    span: dict[str, Any],
    told: dict[str, Any],
    failure: tuple[Any, Any] | None,
    *,
    ended: bool,
) -> tuple[bool | None, Given, Given]:
    """Whether the span succeeded; a status that says so outweighs an exception on the way."""
    code, message = status_of(span)
    error: Given = told.get("error_type")
    if code != "error" and error is None and (failure is None or code == "ok"):
        return (True if ended or code == "ok" else None), None, None
    if failure is not None:
        error = failure[0] if error is None else error
        message = failure[1] if message is None else message
    if message is None:
        message = told.get("error_message")
    return False, error, message


def seconds_between(start: Given, end: Given) -> Given:
    """Time between two moments in nanoseconds; None where one of them is missing."""
    try:
        begun, done = int(start), int(end)
    except (TypeError, ValueError, OverflowError):
        return None
    if not 0 < begun < 2**64 or not 0 < done < 2**64:
        return None
    return (done - begun) / 1e9


def add_context(
    told: dict[str, Any],
    base: dict[str, Any],
    more: list[tuple[str, Any]],
    tally: Tally,
    place: int,
) -> None:
    """The user's own values of the interaction at a place."""
    metadata = fields_of(told.get("metadata"))
    known = {name: one for name, one in metadata.items() if type(one) not in {dict, list}}
    for name in ("tags", "environment"):
        if (value := told.get(name, base.get(name))) is not None:
            known[name] = tags_of(value)
    for key, value in more:
        if key.startswith(OWN):
            tally.context.setdefault(key.removeprefix(OWN), {})[place] = value
        else:
            known[key.removeprefix(CONTEXT)] = value
    for name, value in known.items():
        if value is not None and len(tally.context) < _MOST_CONTEXT:
            tally.context.setdefault(f"ctx_{name}"[:80], {})[place] = as_text(value)


def around_of(base: dict[str, Any]) -> dict[str, Given]:
    """Columns that `add_context` fills for a span that says nothing of its own."""
    if "environment" not in base:
        return {}
    given = {name: base[name] for name in ("tags", "environment") if base.get(name) is not None}
    known = {name: tags_of(value) for name, value in given.items()}
    return {f"ctx_{name}": as_text(one) for name, one in known.items() if one is not None}


def add_around(around: dict[str, Given], tally: Tally, place: int) -> None:
    """What the resource says, of the interaction at a place."""
    for name, value in around.items():
        if len(tally.context) < _MOST_CONTEXT:
            tally.context.setdefault(name, {})[place] = value


_MOST_CONTEXT: Final = 200
"""Columns of the user's own that are kept: more would be data in the names."""
