"""Files from the systems that we know that are in none of our formats, and what helps instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

_COLLECTOR: Final = (
    "send the spans through a collector with the file exporter, which writes OTLP as JSON lines"
)
_KIN: Final[tuple[tuple[frozenset[str], str, str], ...]] = (
    (
        frozenset({"startTime", "spend", "models", "users"}),
        "LiteLLM's daily totals",
        "ask /spend/logs with summarize=false, or export the table LiteLLM_SpendLogs",
    ),
    (
        frozenset({"spend", "api_requests", "successful_requests"}),
        "LiteLLM's daily totals",
        "export the table LiteLLM_SpendLogs, which has one row per request",
    ),
    (
        frozenset({"context.span_id", "context.trace_id", "span_kind"}),
        "a table of Phoenix's spans",
        "write a mapping of its columns (docs/formats.md): --mapping FILE",
    ),
    (
        frozenset({"start_timestamp", "span_id", "span_name", "attributes"}),
        "Logfire's records",
        "use a mapping: --mapping params/mappings/logfire.yaml",
    ),
    (
        frozenset({"context", "start_time", "attributes"}),
        "spans in a form that is not OTLP",
        _COLLECTOR,
    ),
    (
        frozenset({"batches"}),
        "traces of Tempo",
        "write its `batches` as `resourceSpans`: it is OTLP otherwise",
    ),
    (
        frozenset({"traceID", "spans"}),
        "traces of Jaeger",
        _COLLECTOR,
    ),
    (
        frozenset({"span_id", "start_time_unix_nano", "attributes"}),
        "spans without the resourceSpans of OTLP around them",
        _COLLECTOR,
    ),
)


def kin_of(names: Collection[str]) -> tuple[str, str] | None:
    """What a file with these columns is, and what to do; None where it is not known either."""
    have = set(names)
    return next(((what, remedy) for marks, what, remedy in _KIN if marks <= have), None)
