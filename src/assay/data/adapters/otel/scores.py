"""Evaluations of OTLP, as events of spans or as log records, as scores."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from assay.data.adapters.otel.names import EVALUATION
from assay.data.adapters.otel.wire import as_id, listed, plain
from assay.data.adapters.values import Given, number, since_nanoseconds

if TYPE_CHECKING:
    from assay.data.adapters.otel.tally import Row, Tally

NO_EVALUATION: Final = "log record that is no evaluation"


def add_log(log: dict[str, Any], tally: Tally) -> None:
    """One log record: a score where it is an evaluation."""
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
    tally.scores.append(score_of(evaluation, trace, ours, session, 0, tally.read))


def score_of(  # noqa: PLR0913, PLR0917
    evaluation: tuple[Any, dict[str, Any]],
    trace: str | None,
    interaction: str | None,
    session: Given,
    place: int,
    row: int,
) -> Row:
    """One evaluation as a row; its key is made of all that tells it from others."""
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
