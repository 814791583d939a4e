"""Langfuse exports: observations as interactions, scores as scores."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from assay.data.adapters.durations import Durations
from assay.data.adapters.records import (
    between,
    context_of,
    first,
    read_fields,
    read_records,
    scaled,
)
from assay.data.adapters.usage import usage_of
from assay.data.adapters.values import (
    Given,
    as_text,
    fields_of,
    missing,
    moment,
    name_of,
    number,
    tags_of,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.batches import Record
    from assay.data.adapters.chunks import Chunk, Look, Options, Piece
    from assay.data.adapters.records import Account

OPERATIONS: Final = {
    "GENERATION": "chat",
    "EMBEDDING": "embeddings",
    "AGENT": "invoke_agent",
    "CHAIN": "chain",
    "TOOL": "execute_tool",
    "RETRIEVER": "retrieval",
    "EVALUATOR": "evaluation",
    "GUARDRAIL": "guardrail",
}
"""Types of observation that are a call of a model, or a step of an agent."""
_SOURCES: Final = {"ANNOTATION": "human", "EVAL": "model"}
_COUNTS: Final = (
    ("input_tokens", "prompt_tokens", "input_usage"),
    ("output_tokens", "completion_tokens", "output_usage"),
    ("total_tokens", "total_usage"),
)
"""Counts of older exports, each with its names."""
_GROUPS: Final = {
    "model": ("models", frozenset({"model", "provided_model_name", "internal_model_id"})),
    "usage": (
        "tokens and costs",
        frozenset(
            {"usage_details", "usage", "cost_details", "total_cost", "calculated_total_cost"}
            | {name for names in _COUNTS for name in names}
        ),
    ),
}
"""Groups of fields that the API leaves out unless it is asked for them, and what is in each."""
_CALLS: Final = frozenset({"GENERATION", "EMBEDDING"})
BARE: Final = (
    "the export lacks {what} of calls: ask the API for the groups that hold them: "
    "fields=core,basic,time,model,usage,prompt,metrics"
)
_MILLISECONDS: Final = ("latency_ms", "time_to_first_token_ms")
NO_CALL: Final = "observation of type {kind}, which is no call of a model and no step of an agent"
NO_NUMBER: Final = "score whose value is a text"
TRACE: Final = "trace: its calls are in the export of observations"
NEITHER: Final = "neither an observation nor a score"


class Langfuse:
    """Langfuse `observations_v2` and `scores` (CSV, JSON lines, Parquet), or objects of its API."""

    name: Final = "langfuse"
    habit: Final = (
        "the buckets of `usage_details` are disjoint, as Langfuse prices each by itself; where "
        "`total` is input plus output, cached tokens are inside the input and are taken off"
    )

    def recognises(self, look: Look) -> bool:
        """Whether there are the columns of observations, of scores or of traces."""
        names = {_snake(name) for name in look.names}
        observations = {"id", "trace_id", "start_time"} <= names and bool(
            names & {"type", "level", "provided_model_name", "usage_details"}
        )
        scores = {"id", "name", "trace_id"} <= names and bool(
            names & {"data_type", "string_value", "observation_id"}
        )
        traces = {"id", "timestamp", "bookmarked", "public"} <= names
        return observations or traces or (scores and bool(names & {"value", "string_value"}))

    def read(self, piece: Piece, options: Options) -> Iterator[Chunk]:
        """The observations or the scores of a piece, or both.

        Raises:
            DataError: where the piece cannot be read to its end.
        """
        durations = Durations(options.latency_unit, "s")
        return read_records(piece, options, partial(_add, durations=durations, options=options))


@lru_cache(maxsize=1024)
def _snake(name: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name)


def _add(
    record: Record, row: int, account: Account, *, durations: Durations, options: Options
) -> None:
    record = {_snake(name): value for name, value in record.items()}
    if "start_time" in record:
        _add_observation(record, row, account, durations=durations, options=options)
    elif "value" in record or "string_value" in record:
        _add_score(record, row, account)
    else:
        account.skip(TRACE if "timestamp" in record and "bookmarked" in record else NEITHER)


def _add_observation(
    record: Record, row: int, account: Account, *, durations: Durations, options: Options
) -> None:
    kind = str(as_text(record.get("type")) or "GENERATION").strip().upper()
    if kind not in OPERATIONS:
        shown = kind if kind in {"SPAN", "EVENT"} else "unknown to us"
        account.skip(NO_CALL.format(kind=shown))
        return
    if kind in _CALLS:
        _warn_of_bare(record, account)
    start, end = moment(record.get("start_time")), moment(record.get("end_time"))
    key, name = name_of(record.get("id")), name_of(record.get("name"))
    succeeded, message = _outcome(record, end)
    latency, first_token = _times(record, start, end, account, durations)
    usage = usage_of(_details(record, account), options.cached, account)
    tool = name if kind == "TOOL" else None
    trace = name_of(record.get("trace_id"))
    values: dict[str, Given] = {
        "interaction_id": key,
        "trace_id": trace,
        "parent_id": name_of(record.get("parent_observation_id")),
        "occurred_at": start,
        "updated_at": moment(record.get("updated_at")),
        "session_id": name_of(first(record, "session_id", "trace_id")),
        "user_id": name_of(record.get("user_id")),
        "agent_id": name if kind == "AGENT" else None,
        "agent_version": name_of(first(record, "version", "release")),
        "template_id": name_of(record.get("prompt_name")),
        "template_version": name_of(record.get("prompt_version")),
        "workflow_id": name_of(record.get("trace_name")),
        "model": name_of(first(record, "provided_model_name", "model", "internal_model_id")),
        "operation": OPERATIONS[kind],
        "tool": tool,
        **usage._asdict(),
        "cost_usd": _cost(record, account),
        "latency_s": latency,
        "first_token_s": first_token,
        "succeeded": succeeded,
        "error_message": message,
        "ctx_environment": as_text(record.get("environment")),
        "ctx_release": as_text(record.get("release")),
        "ctx_tags": tags_of(first(record, "tags", "trace_tags")),
        "ctx_name": name,
    }
    account.add("interactions", row, context_of(record.get("metadata")) | values)
    if kind == "TOOL":
        call = {
            "call_id": key,
            "interaction_id": values["parent_id"],
            "integration": tool,
            "started_at": start,
            "duration_s": latency,
            "succeeded": succeeded,
        }
        account.add("calls", row, call)


def _warn_of_bare(record: Record, account: Account) -> None:
    """A call with not even the fields that would hold its model, or its tokens and costs."""
    lacking = [what for what, names in _GROUPS.values() if record.keys().isdisjoint(names)]
    if lacking:
        account.warn(BARE.format(what=", ".join(lacking)))


def _details(record: Record, account: Account) -> dict[str, Given]:
    details = dict(read_fields(record, "usage_details", account))
    if not details:
        details = dict(fields_of(record.get("usage")))
    if not details:
        for name, *others in _COUNTS:
            if (value := first(record, name, *others)) is not None:
                details[name] = value
    return {name: value for name, value in details.items() if not missing(value)}


def _outcome(record: Record, end: Given) -> tuple[Given, str | None]:
    level = as_text(record.get("level"))
    if level is None:
        return None, None
    if level.strip().upper() == "ERROR":
        return False, as_text(record.get("status_message"))
    return (True if end is not None or "end_time" not in record else None), None


def _times(
    record: Record, start: Given, end: Given, account: Account, durations: Durations
) -> tuple[Given, Given]:
    latency = first(record, "latency")
    first_token = first(record, "time_to_first_token")
    told_ms = [scaled(number(first(record, name)), 0.001) for name in _MILLISECONDS]
    unit = durations.unit(latency, start, end, account) if latency or first_token else "s"
    seconds = told_ms[0] if latency is None else durations.seconds(latency, unit)
    first_seconds = told_ms[1] if first_token is None else durations.seconds(first_token, unit)
    if seconds is None:
        seconds = between(start, end)
    if first_seconds is None:
        first_seconds = between(start, moment(record.get("completion_start_time")))
    return seconds, first_seconds


def _cost(record: Record, account: Account) -> Given:
    cost = first(record, "total_cost", "calculated_total_cost")
    if cost is None:
        details = read_fields(record, "cost_details", account)
        cost = details.get("total")
        if cost is None and (parts := [number(part) for part in details.values()]):
            known = [part for part in parts if isinstance(part, float)]
            cost = sum(known) if len(known) == len(parts) else None
    return number(cost)


def _add_score(record: Record, row: int, account: Account) -> None:
    label = first(record, "string_value")
    kind = str(as_text(record.get("data_type")) or "NUMERIC").strip().upper()
    value = number(record.get("value"))
    if kind == "BOOLEAN" and value is None:
        verdict = truth(label)
        value = float(verdict) if isinstance(verdict, bool) else verdict
    if kind == "TEXT" or (kind == "CATEGORICAL" and value is None):
        account.skip(NO_NUMBER)
        return
    source = str(as_text(record.get("source")) or "").strip().upper()
    interaction = name_of(record.get("observation_id"))
    values: dict[str, Given] = {
        "score_id": name_of(record.get("id")),
        "interaction_id": interaction,
        "session_id": name_of(
            first(record, "session_id") or (None if interaction else record.get("trace_id"))
        ),
        "name": name_of(record.get("name")),
        "value": value,
        "scale_low": 0.0 if kind == "BOOLEAN" else None,
        "scale_high": 1.0 if kind == "BOOLEAN" else None,
        "source": _SOURCES.get(source),
        "judge_id": name_of(first(record, "author_user_id", "config_id")),
        "comment": as_text(first(record, "comment") or label),
        "judged_at": moment(first(record, "timestamp", "created_at")),
        "ctx_environment": as_text(record.get("environment")),
        "ctx_source": as_text(record.get("source")),
    }
    account.add("scores", row, values)
