"""Helicone exports as interactions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from assay.data.adapters.durations import Durations
from assay.data.adapters.records import between, context_of, first, read_fields, read_records
from assay.data.adapters.tokens import BESIDE, disjoint
from assay.data.adapters.values import Given, moment, name_of, number, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.data.adapters.batches import Record
    from assay.data.adapters.chunks import Chunk, Look, Options, Piece
    from assay.data.adapters.records import Account

PROPERTIES: Final = {
    "session_id": ("Helicone-Session-Id",),
    "workflow_id": ("Helicone-Session-Name",),
    "template_id": ("Helicone-Prompt-Id",),
    "template_version": ("Helicone-Prompt-Version",),
    "user_id": ("Helicone-User-Id",),
}
"""Columns of ours → properties of a request that fill them, in any spelling of their case."""
_FILLED: Final = frozenset(name.lower() for names in PROPERTIES.values() for name in names)


class Helicone:
    """Helicone requests (CSV or JSON lines)."""

    name: Final = "helicone"
    habit: Final = (
        "the export does not tell cached tokens, so that input tokens still hold those that the "
        "provider read from its cache; where it has them, they are inside and taken off"
    )

    def recognises(self, look: Look) -> bool:
        """Whether there are the columns of requests and their responses."""
        return "request_created_at" in look.names and bool(
            look.names & {"response_id", "response_status", "request_properties"}
        )

    def read(self, piece: Piece, options: Options) -> Iterator[Chunk]:
        """One interaction per request.

        Raises:
            DataError: where the piece cannot be read to its end.
        """
        durations = Durations(options.latency_unit, "ms")
        return read_records(piece, options, partial(_add, durations=durations, options=options))


def _add(
    record: Record, row: int, account: Account, *, durations: Durations, options: Options
) -> None:
    given = read_fields(record, "request_properties", account)
    properties = {str(name).lower(): value for name, value in given.items()}
    start = moment(record.get("request_created_at"))
    end = moment(record.get("response_created_at"))
    latency = first(record, "latency", "delay_ms")
    seconds = (
        between(start, end)
        if latency is None
        else durations.seconds(latency, durations.unit(latency, start, end, account))
    )
    succeeded, error = _outcome(first(record, "response_status"))
    values: dict[str, Given] = {
        "interaction_id": name_of(first(record, "request_id", "response_id")),
        "occurred_at": start,
        "user_id": name_of(first(record, "request_user_id")),
        "provider": name_of(first(record, "provider")),
        "model": name_of(first(record, "model", "response_model", "request_model")),
        **_tokens(record, account, options),
        "cost_usd": number(first(record, "costUSD", "cost_usd", "cost")),
        "latency_s": seconds,
        "first_token_s": durations.seconds(first(record, "time_to_first_token"), "ms"),
        "succeeded": succeeded,
        "error_type": error,
    }
    for column, names in PROPERTIES.items():
        if values.get(column) is None:
            values[column] = name_of(first(properties, *(name.lower() for name in names)))
    own = {name: value for name, value in given.items() if str(name).lower() not in _FILLED}
    account.add("interactions", row, context_of(own) | values)


def _tokens(record: Record, account: Account, options: Options) -> dict[str, Given]:
    read = first(record, "prompt_cache_read_tokens")
    written = first(record, "prompt_cache_write_tokens")
    output = whole(first(record, "completion_tokens"))
    given, odd = disjoint(
        first(record, "prompt_tokens"),
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
        "output_tokens": output,
        "reasoning_tokens": whole(first(record, "reasoning_tokens")),
    }


def _outcome(status: Given) -> tuple[Given, str | None]:
    """By the status of HTTP; below zero is Helicone's own, for what was not answered yet."""
    code = whole(status)
    if type(code) is not int:
        return code, None
    if 200 <= code < 400:
        return True, None
    return (False, str(code)) if code >= 400 else (None, None)
