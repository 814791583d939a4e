"""OTLP documents as rows of ours: plain Python, so that other processes can do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.data.adapters.otel.names import TARGETS
from assay.data.adapters.otel.scores import add_log
from assay.data.adapters.otel.spans import add_span
from assay.data.adapters.otel.wire import listed, plain
from assay.data.adapters.values import Given, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.otel.alike import Alike
    from assay.data.adapters.otel.tally import Tally, Wishes

METRIC: Final = "metric: only spans and evaluations are read"
EMPTY: Final = "line that holds no span, log record or metric"
NO_SPAN: Final = "has a span or log record that is no object"


def add_document(document: dict[str, Any], tally: Tally, alike: Alike, wishes: Wishes) -> None:
    """Every span, log record and metric of one OTLP document.

    Spans that `alike` takes have their rows when it is asked for its columns.
    """
    before = tally.read
    for resource_spans in listed(document, "resourceSpans", "resource_spans"):
        base = _resource(resource_spans)
        among = alike.among(base)
        for span in _objects(tally, resource_spans, _SPANS, "spans"):
            if not alike.takes(span, among):
                add_span(span, base, tally, wishes)
    for resource_logs in listed(document, "resourceLogs", "resource_logs"):
        for log in _objects(tally, resource_logs, _LOGS, "logRecords", "log_records"):
            add_log(log, tally)
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


def _objects(
    tally: Tally, resource: Given, scopes: tuple[str, ...], *names: str
) -> Iterator[dict[str, Any]]:
    """What the scopes of a resource hold, counted, without what is no object."""
    for one in _inner(resource, scopes, *names):
        tally.read += 1
        if type(one) is dict:
            yield one
        else:
            tally.broken.append((tally.read, NO_SPAN, as_text(one) or "null"))


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
