"""LiteLLM spend logs as interactions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from assay.data.adapters.records import (
    between,
    context_of,
    first,
    read_fields,
    read_records,
    scaled,
)
from assay.data.adapters.tokens import BESIDE, disjoint
from assay.data.adapters.values import (
    Given,
    as_text,
    fields_of,
    moment,
    name_of,
    number,
    tags_of,
    truth,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.data.adapters.batches import Record
    from assay.data.adapters.chunks import Chunk, Look, Options, Piece
    from assay.data.adapters.records import Account

_OPERATIONS: Final = {
    "completion": "chat",
    "responses": "chat",
    "anthropic_messages": "chat",
    "generate_content": "generate_content",
    "embedding": "embeddings",
    "call_mcp_tool": "execute_tool",
}
NOBODY: Final = "default_user_id"
"""Whom LiteLLM names where a request came with its master key: nobody in particular."""
_FAILED: Final = frozenset({"failure", "failed", "error"})


class LiteLLM:
    """LiteLLM spend logs (JSON lines, a JSON array or CSV), or payloads of its logging callback."""

    name: Final = "litellm"
    habit: Final = (
        "`prompt_tokens` include what was read from and written to the provider's cache, which "
        "stands in metadata.usage_object; both are taken off"
    )

    def recognises(self, look: Look) -> bool:
        """Whether there are the columns of spend logs, or of the callback's payload."""
        logs = {"request_id", "spend"} <= look.names and bool(
            look.names & {"startTime", "custom_llm_provider", "call_type"}
        )
        payload = {"id", "response_cost", "startTime"} <= look.names
        return logs or payload

    def read(self, piece: Piece, options: Options) -> Iterator[Chunk]:
        """One interaction per logged request.

        Raises:
            DataError: where the piece cannot be read to its end.
        """
        return read_records(piece, options, partial(_add, options=options))


def _add(record: Record, row: int, account: Account, *, options: Options) -> None:
    metadata = read_fields(record, "metadata", account)
    usage = fields_of(metadata.get("usage_object"))
    start, end = moment(record.get("startTime")), moment(record.get("endTime"))
    tokens = _tokens(record, usage, account, options)
    succeeded, error, message = _outcome(record, metadata)
    answered = moment(record.get("completionStartTime"))
    values: dict[str, Given] = {
        "interaction_id": name_of(first(record, "request_id", "id")),
        "trace_id": name_of(record.get("trace_id")),
        "occurred_at": start,
        "session_id": name_of(record.get("session_id")),
        "user_id": _user(record),
        "workspace_id": name_of(first(record, "team_id", "organization_id")),
        "agent_id": name_of(record.get("agent_id")),
        "provider": name_of(record.get("custom_llm_provider")),
        "model": name_of(first(record, "model", "model_group")),
        "service_tier": name_of(usage.get("service_tier")),
        "operation": _operation(record.get("call_type")),
        "tool": name_of(record.get("mcp_namespaced_tool_name")),
        **tokens,
        "cache_hit": truth(record.get("cache_hit")),
        "cost_usd": number(first(record, "spend", "response_cost")),
        "latency_s": _latency(record, start, end),
        "first_token_s": None if answered == end else between(start, answered),
        "succeeded": succeeded,
        "error_type": error,
        "error_message": message,
        "ctx_model_group": as_text(record.get("model_group")),
        "ctx_tags": tags_of(first(record, "request_tags")),
    }
    account.add("interactions", row, context_of(metadata.get("spend_logs_metadata")) | values)


def _tokens(
    record: Record, usage: Mapping[str, Given], account: Account, options: Options
) -> dict[str, Given]:
    inside = fields_of(usage.get("prompt_tokens_details"))
    read = first(dict(usage), "cache_read_input_tokens")
    read = first(dict(inside), "cached_tokens") if read is None else read
    written = first(dict(usage), "cache_creation_input_tokens")
    written = first(dict(inside), "cache_creation_tokens") if written is None else written
    kept = usage.get("cache_creation") or inside.get("cache_creation_token_details")
    answer = fields_of(usage.get("completion_tokens_details"))
    prompt = first(record, "prompt_tokens")
    output = whole(first(record, "completion_tokens"))
    given, odd = disjoint(
        usage.get("prompt_tokens") if prompt is None else prompt,
        read,
        written,
        output,
        first(record, "total_tokens"),
        options.cached or "inside",
        sure=options.cached is not None,
    )
    if odd:
        account.warn(BESIDE)
    return {
        "input_tokens": given,
        "cache_read_tokens": whole(read),
        "cache_write_tokens": whole(written),
        "cache_write_1h_tokens": whole(fields_of(kept).get("ephemeral_1h_input_tokens")),
        "output_tokens": output,
        "reasoning_tokens": whole(answer.get("reasoning_tokens")),
    }


def _outcome(record: Record, metadata: Mapping[str, Given]) -> tuple[Given, Given, Given]:
    status = as_text(first(record, "status") or metadata.get("status"))
    if status is None:
        return None, None, None
    if status.strip().lower() == "success":
        return True, None, None
    if status.strip().lower() not in _FAILED:
        return truth(status), None, None
    told = fields_of(first(record, "error_information") or metadata.get("error_information"))
    kind = told.get("error_class") or told.get("error_code")
    message = told.get("error_message") or record.get("error_str")
    return False, name_of(kind), as_text(message)


def _user(record: Record) -> str | None:
    name = name_of(first(record, "end_user", "user"))
    return None if name == NOBODY else name


def _latency(record: Record, start: Given, end: Given) -> Given:
    if (milliseconds := first(record, "request_duration_ms")) is not None:
        return scaled(number(milliseconds), 0.001)
    if (seconds := between(start, end)) is not None:
        return seconds
    return number(record.get("response_time"))


def _operation(call_type: Given) -> str | None:
    name = name_of(call_type)
    if name is None:
        return None
    plain = name.removeprefix("a") if name.startswith(("acom", "aemb", "ares", "atext")) else name
    return _OPERATIONS.get(plain, plain)
