"""OTLP documents as rows of ours: plain Python, so that other processes can do it."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from assay.data.adapters.otel.names import (
    AROUND,
    CONTEXT,
    EVALUATION,
    MARKS,
    OPERATIONS,
    OWN,
    TARGETS,
)
from assay.data.adapters.otel.wire import as_id, events_of, listed, plain, status_of
from assay.data.adapters.tokens import BESIDE, Habit, disjoint
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
    from collections.abc import Iterator

Row = tuple[Any, ...]

NO_GENAI: Final = "span without an attribute of generative AI"
NO_EVALUATION: Final = "log record that is no evaluation"
METRIC: Final = "metric: only spans and evaluations are read"
EMPTY: Final = "line that holds no span, log record or metric"
NO_SPAN: Final = "has a span or log record that is no object"
TOTALS: Final = (
    "token and cost totals of agent and workflow spans were left out, since they repeat those of "
    "the model calls within; where there are no such calls, import with agent totals"
)


@dataclass(slots=True)
class Tally:
    """Rows and the account of the records that were read."""

    read: int = 0
    interactions: list[Row] = field(default_factory=list)
    calls: list[Row] = field(default_factory=list)
    scores: list[Row] = field(default_factory=list)
    context: dict[str, dict[int, Any]] = field(default_factory=dict)
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)

    def skip(self, reason: str) -> None:
        """One more record that is none of ours."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def warn(self, warning: str) -> None:
        """One more record that the user should know of."""
        self.warnings[warning] = self.warnings.get(warning, 0) + 1


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user says of the source."""

    cached: Habit | None = None
    agent_totals: bool = False


def add_document(document: dict[str, Any], tally: Tally, wishes: Wishes) -> None:
    """Every span, log record and metric of one OTLP document."""
    before = tally.read
    for resource_spans in listed(document, "resourceSpans", "resource_spans"):
        base = _resource(resource_spans)
        for span in _inner(resource_spans, _SPANS, "spans"):
            tally.read += 1
            if type(span) is dict:
                _add_span(span, base, tally, wishes)
            else:
                tally.broken.append((tally.read, NO_SPAN, as_text(span) or "null"))
    for resource_logs in listed(document, "resourceLogs", "resource_logs"):
        for log in _inner(resource_logs, _LOGS, "logRecords", "log_records"):
            tally.read += 1
            if type(log) is dict:
                _add_log(log, tally)
            else:
                tally.broken.append((tally.read, NO_SPAN, as_text(log) or "null"))
    for resource_metrics in listed(document, "resourceMetrics", "resource_metrics"):
        for _ in _inner(resource_metrics, _METRICS, "metrics"):
            tally.read += 1
            tally.skip(METRIC)
    if tally.read == before:
        tally.read += 1
        tally.skip(EMPTY)


_SPANS: Final = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans")
_LOGS: Final = ("scopeLogs", "scope_logs", "instrumentationLibraryLogs")
_METRICS: Final = ("scopeMetrics", "scope_metrics", "instrumentationLibraryMetrics")


def _inner(resource: Given, scopes: tuple[str, ...], *names: str) -> Iterator[Given]:
    """What the scopes of a resource hold."""
    for scope in listed(resource, *scopes):
        yield from listed(scope, *names)


def _resource(resource_spans: Given) -> dict[str, Any]:
    """What the resource tells of all its spans, by matter."""
    base: dict[str, Any] = {}
    if type(resource_spans) is dict:
        for one in listed(resource_spans.get("resource"), "attributes"):
            if type(one) is dict and type(key := one.get("key")) is str and key in TARGETS:
                base.setdefault(TARGETS[key][0], plain(one.get("value")))
    return base


class _Told:
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
                if rank == _UNKNOWN:
                    continue
                if rank == _OURS:
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


_OURS: Final = 98
_UNKNOWN: Final = 99
_MOST_LEARNT: Final = 10_000
_LEARNT: Final = dict(TARGETS)
"""What was looked up before, with the names that tell nothing."""


def _learn(key: str) -> tuple[str, int, bool]:
    """What a name tells that stands in no list: the user's own, of GenAI at all, or nothing."""
    rank = _OURS if key.startswith(_MORE) else _UNKNOWN
    target = ("", rank, key.startswith(MARKS))
    if len(_LEARNT) < _MOST_LEARNT:
        _LEARNT[key] = target
    return target


_MORE: Final = (CONTEXT, OWN)


def _add_span(span: dict[str, Any], base: dict[str, Any], tally: Tally, wishes: Wishes) -> None:
    attributes = _Told(span)
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
        tally.scores.append(_score(evaluation, trace, ours, session, place, tally.read))
    if not attributes.genai:
        return
    parent = as_id(span, "parentSpanId", "parent_span_id")
    parent = f"{trace}-{parent}" if trace and parent else parent
    start = span.get("startTimeUnixNano", span.get("start_time_unix_nano"))
    end = span.get("endTimeUnixNano", span.get("end_time_unix_nano"))
    occurred, latency = since_nanoseconds(start), _seconds(start, end)
    outcome = _outcome(span, told, failure, ended=latency is not None)
    operation, tool = _operation(told, span)
    if operation == "execute_tool":
        tally.calls.append((ours, parent, tool, occurred, latency, *outcome[:2], tally.read))
    first = told.get("first_token")
    if first is None and first_chunk is not None:
        first = _seconds(start, first_chunk)
    if attributes.more or not _CONTEXTUAL.isdisjoint(told) or "environment" in base:
        _add_context(told, base, attributes.more, tally)
    tally.interactions.append(
        (
            ours,
            trace,
            parent,
            occurred,
            session,
            told.get("user") or base.get("user"),
            *_agent(told, base),
            told.get("template"),
            told.get("template_version"),
            told.get("workflow"),
            told.get("provider"),
            told.get("model"),
            told.get("service_tier"),
            operation,
            tool,
            *_usage(told, operation, tally, wishes),
            latency,
            first if first is None else number(first),
            *outcome,
            tally.read,
        )
    )


_CONTEXTUAL: Final = frozenset({"tags", "metadata", "environment"})


def _agent(told: dict[str, Any], base: dict[str, Any]) -> tuple[Given, Given]:
    """The agent and its version; of a span that names none, the service."""
    agent = told.get("agent") or base.get("agent")
    version = told.get("agent_version") or base.get("agent_version")
    if agent is None:
        return base.get("service"), version or base.get("service_version")
    return agent, version


def _operation(told: dict[str, Any], span: dict[str, Any]) -> tuple[Given, Given]:
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


def _usage(
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


def _outcome(
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


def _seconds(start: Given, end: Given) -> Given:
    """Time between two moments in nanoseconds; None where one of them is missing."""
    try:
        begun, done = int(start), int(end)
    except (TypeError, ValueError, OverflowError):
        return None
    if not 0 < begun < 2**64 or not 0 < done < 2**64:
        return None
    return (done - begun) / 1e9


def _add_context(
    told: dict[str, Any], base: dict[str, Any], more: list[tuple[str, Any]], tally: Tally
) -> None:
    place = len(tally.interactions)
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


_MOST_CONTEXT: Final = 200
"""Columns of the user's own that are kept: more would be data in the names."""


def _add_log(log: dict[str, Any], tally: Tally) -> None:
    told = {
        one["key"]: one.get("value")
        for one in listed(log, "attributes")
        if type(one) is dict and type(one.get("key")) is str
    }
    name = log.get("eventName", log.get("event_name")) or plain(told.get("event.name"))
    if name != EVALUATION:
        tally.skip(NO_EVALUATION)
        return
    trace, span = as_id(log, "traceId", "trace_id"), as_id(log, "spanId", "span_id")
    ours = f"{trace}-{span}" if trace and span else span
    when = (
        log.get("timeUnixNano", log.get("time_unix_nano"))
        or log.get("observedTimeUnixNano")
        or log.get("observed_time_unix_nano")
    )
    session = plain(told.get("gen_ai.conversation.id")) or plain(told.get("session.id"))
    evaluation = (when, {key: plain(value) for key, value in told.items()})
    tally.scores.append(_score(evaluation, trace, ours, session, 0, tally.read))


def _score(  # noqa: PLR0913, PLR0917
    evaluation: tuple[Any, dict[str, Any]],
    trace: str | None,
    interaction: str | None,
    session: Given,
    place: int,
    row: int,
) -> Row:
    when, told = evaluation
    name = told.get("gen_ai.evaluation.name")
    value = number(told.get("gen_ai.evaluation.score.value"))
    label = told.get("gen_ai.evaluation.score.label")
    if value is None and isinstance(label, str):
        value = _VERDICTS.get(label.strip().lower())
    comment = told.get("gen_ai.evaluation.explanation") or label
    marks = repr((trace, interaction, session, when, name, value, label, place))
    key = blake2b(marks.encode("utf-8", "replace"), digest_size=16).hexdigest()
    judged = since_nanoseconds(when)
    named = interaction or (None if session else trace)
    return (key, named, session, name, value, comment, judged, row)


_VERDICTS: Final = {
    "pass": 1.0,
    "passed": 1.0,
    "true": 1.0,
    "fail": 0.0,
    "failed": 0.0,
    "false": 0.0,
}
"""Labels that say yes or no, where there is no value."""
