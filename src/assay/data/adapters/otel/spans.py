"""OTLP documents as rows of ours: plain Python, so that other processes can do it."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

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
    name_of,
    number,
    since_nanoseconds,
    whole,
)

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
        for scope in _scopes(resource_spans, "scopeSpans", "scope_spans"):
            for span in listed(scope, "spans"):
                tally.read += 1
                if type(span) is dict:
                    _add_span(span, base, tally, wishes)
                else:
                    tally.broken.append((tally.read, NO_SPAN, as_text(span) or "null"))
    for resource_logs in listed(document, "resourceLogs", "resource_logs"):
        for scope in _scopes(resource_logs, "scopeLogs", "scope_logs"):
            for log in listed(scope, "logRecords", "log_records"):
                tally.read += 1
                if type(log) is dict:
                    _add_log(log, tally)
                else:
                    tally.broken.append((tally.read, NO_SPAN, as_text(log) or "null"))
    for resource_metrics in listed(document, "resourceMetrics", "resource_metrics"):
        for scope in _scopes(resource_metrics, "scopeMetrics", "scope_metrics"):
            for _ in listed(scope, "metrics"):
                tally.read += 1
                tally.skip(METRIC)
    if tally.read == before:
        tally.read += 1
        tally.skip(EMPTY)


def _scopes(resource: Given, *names: str) -> list[Any]:
    older = "instrumentationLibrarySpans"
    return listed(resource, *names, older) if "Spans" in names[0] else listed(resource, *names)


def _resource(resource_spans: Given) -> dict[str, Any]:
    """What the resource tells of all its spans, by matter."""
    base: dict[str, Any] = {}
    if type(resource_spans) is not dict:
        return base
    resource = resource_spans.get("resource")
    for one in listed(resource, "attributes"):
        if type(one) is dict and type(key := one.get("key")) is str and key in TARGETS:
            base.setdefault(TARGETS[key][0], plain(one.get("value")))
    return base


def _add_span(span: dict[str, Any], base: dict[str, Any], tally: Tally, wishes: Wishes) -> None:
    told: dict[str, Any] = {}
    ranks: dict[str, int] = {}
    genai = False
    more: list[tuple[str, Any]] | None = None
    for one in listed(span, "attributes"):
        try:
            key, value = one["key"], one["value"]
            target = TARGETS.get(key)
        except (KeyError, TypeError):
            continue
        if target is not None:
            matter, rank = target
            if rank < ranks.get(matter, 99) and (value := plain(value)) is not None:
                told[matter] = value
                ranks[matter] = rank
            genai = genai or key.startswith(MARKS)
        elif type(key) is str:
            genai = genai or key.startswith(MARKS)
            if key.startswith((CONTEXT, OWN)):
                more = more or []
                more.append((key, plain(value)))
    events = span.get("events")
    failure, first_chunk, evaluations = events_of(events) if events else (None, None, ())
    if not genai and not evaluations:
        tally.skip(NO_GENAI)
        return
    trace, span_id = as_id(span, "traceId", "trace_id"), as_id(span, "spanId", "span_id")
    ours = f"{trace}-{span_id}" if trace and span_id else span_id
    session = name_of(told.get("session", base.get("session")))
    for place, evaluation in enumerate(evaluations):
        tally.scores.append(_score(evaluation, trace, ours, session, place, tally.read))
    if not genai:
        return
    parent = as_id(span, "parentSpanId", "parent_span_id")
    parent = f"{trace}-{parent}" if trace and parent else parent
    start = span.get("startTimeUnixNano", span.get("start_time_unix_nano"))
    end = span.get("endTimeUnixNano", span.get("end_time_unix_nano"))
    latency = _seconds(start, end)
    succeeded, error, message = _outcome(span, told, failure, ended=latency is not None)
    occurred = since_nanoseconds(start)
    operation = told.get("operation")
    kind = told.get("span_kind")
    if kind is not None and (operation is None or kind in {"TOOL", "tool"}):
        operation = OPERATIONS.get(str(kind).lower(), kind)
    elif operation in OPERATIONS:
        operation = OPERATIONS[operation]
    tool = told.get("tool")
    if operation == "execute_tool":
        tool = tool or told.get("entity") or as_text(span.get("name"))
        integration = name_of(tool)
        tally.calls.append(
            (ours, parent, integration, occurred, latency, succeeded, error, tally.read)
        )
    tokens, cost = _usage(told, operation, tally, wishes)
    first = told.get("first_token")
    if first is None and first_chunk is not None:
        first = _seconds(start, first_chunk)
    service = told.get("agent") is None and base.get("agent") is None
    agent = told.get("agent", base.get("agent", base.get("service")))
    version = told.get("agent_version", base.get("agent_version"))
    if version is None and service:
        version = base.get("service_version")
    if (
        more
        or "tags" in told
        or "metadata" in told
        or "environment" in told
        or ("environment" in base)
    ):
        _add_context(told, base, more, tally)
    tally.interactions.append(
        (
            ours,
            trace,
            parent,
            occurred,
            session,
            name_of(told.get("user", base.get("user"))),
            name_of(agent),
            name_of(version),
            name_of(told.get("template")),
            name_of(told.get("template_version")),
            name_of(told.get("workflow")),
            name_of(told.get("provider")),
            name_of(told.get("model")),
            name_of(told.get("service_tier")),
            name_of(operation),
            name_of(tool),
            *tokens,
            cost,
            latency,
            number(first),
            succeeded,
            error,
            message,
            tally.read,
        )
    )


def _usage(
    told: dict[str, Any],
    operation: Given,
    tally: Tally,
    wishes: Wishes,
) -> tuple[tuple[Any, ...], Any]:
    """Disjoint input, cache read, cache write, output and reasoning tokens; and the cost."""
    given, output = told.get("input"), told.get("output")
    cost = told.get("cost")
    if operation in AROUND and not wishes.agent_totals:
        if given is not None or output is not None or cost is not None:
            tally.warn(TOTALS)
        return (None, None, None, None, None), None
    read, written = told.get("cache_read"), told.get("cache_write")
    if read is None and written is None:
        given = whole(given)
    else:
        given, odd = disjoint(
            given,
            read,
            written,
            output,
            told.get("total"),
            wishes.cached or "inside",
            sure=wishes.cached is not None,
        )
        read, written = whole(read), whole(written)
        if odd:
            tally.warn(BESIDE)
    return (given, read, written, whole(output), whole(told.get("reasoning"))), number(cost)


def _outcome(
    span: dict[str, Any],
    told: dict[str, Any],
    failure: tuple[Any, Any] | None,
    *,
    ended: bool,
) -> tuple[bool | None, str | None, str | None]:
    """Whether the span succeeded; a status that says so outweighs an exception on the way."""
    code, message = status_of(span)
    error = told.get("error_type")
    if code != "error" and error is None and (failure is None or code == "ok"):
        return (True if ended or code == "ok" else None), None, None
    if failure is not None:
        error = failure[0] if error is None else error
        message = failure[1] if message is None else message
    if message is None:
        message = told.get("error_message")
    return False, name_of(error), as_text(message)


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
    told: dict[str, Any], base: dict[str, Any], more: list[tuple[str, Any]] | None, tally: Tally
) -> None:
    place = len(tally.interactions)
    known: dict[str, Any] = dict(fields_of(told.get("metadata")))
    for name in ("tags", "environment"):
        if (value := told.get(name, base.get(name))) is not None:
            known[name] = value
    for key, value in more or ():
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
    tally.scores.append(_score(evaluation, trace, ours, name_of(session), 0, tally.read))


def _score(  # noqa: PLR0913, PLR0917
    evaluation: tuple[Any, dict[str, Any]],
    trace: str | None,
    interaction: str | None,
    session: str | None,
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
    return (key, named, session, name_of(name), value, as_text(comment), judged, row)


_VERDICTS: Final = {
    "pass": 1.0,
    "passed": 1.0,
    "true": 1.0,
    "fail": 0.0,
    "failed": 0.0,
    "false": 0.0,
}
"""Labels that say yes or no, where there is no value."""
