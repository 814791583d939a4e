"""Langfuse's usage details: buckets of tokens, summed into ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from assay.data.adapters.tokens import BESIDE
from assay.data.adapters.values import Given, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.data.adapters.records import Account
    from assay.data.adapters.tokens import Habit

_INPUT: Final = ("input", "prompt_tokens", "input_tokens", "promptTokens", "inputTokens")
_OUTPUT: Final = (
    "output",
    "completion_tokens",
    "output_tokens",
    "completionTokens",
    "outputTokens",
)
_TOTAL: Final = ("total", "total_tokens", "totalTokens")
_READ: Final = frozenset(
    {
        "input_cached_tokens",
        "input_cache_read",
        "input_cached",
        "cache_read_input_tokens",
        "cached_tokens",
        "input_cache_read_tokens",
        "cache_read",
    }
)
_WRITTEN: Final = frozenset(
    {
        "cache_creation_input_tokens",
        "input_cache_creation",
        "input_cache_write",
        "input_cache_creation_tokens",
        "input_cache_creation_5m",
        "input_cache_creation_1h",
        "cache_write",
    }
)
_WRITTEN_1H: Final = frozenset({"input_cache_creation_1h"})
_REASONING: Final = frozenset({"output_reasoning_tokens", "output_reasoning", "reasoning_tokens"})


class Usage(NamedTuple):
    """Disjoint counts, with the reasoning inside the output."""

    input_tokens: Given
    cache_read_tokens: Given
    cache_write_tokens: Given
    cache_write_1h_tokens: Given
    output_tokens: Given
    reasoning_tokens: Given


def usage_of(details: Mapping[str, Given], cached: Habit | None, account: Account) -> Usage:
    """Our counts out of the buckets.

    Langfuse prices every bucket by itself, so they are disjoint: `input` excludes
    `input_cached_tokens`, `output` excludes `output_reasoning_tokens`. Where the total is no more
    than input and output together, the other buckets are inside them.
    """
    given, output = _named(details, _INPUT), _named(details, _OUTPUT)
    read, written = _summed(details, _READ), _summed(details, _WRITTEN)
    reasoning = _summed(details, _REASONING)
    other_in = _others(details, "input_", _READ | _WRITTEN | set(_INPUT))
    other_out = _others(details, "output_", _REASONING | set(_OUTPUT))
    beside_out = reasoning if "reasoning_tokens" not in details else None
    if type(given) is int:
        inside = _inside(details, given, _count(output))
        if cached is not None:
            inside = cached == "inside"
        cached_tokens = _count(read) + _count(written)
        if inside and cached_tokens <= given:
            given -= cached_tokens
        elif inside:
            account.warn(BESIDE)
        else:
            given += other_in
    if type(output) is int and not _inside(details, _count(given), output):
        output += _count(beside_out) + other_out
    return Usage(given, read, written, _summed(details, _WRITTEN_1H), output, reasoning)


def _inside(details: Mapping[str, Given], given: int, output: int) -> bool:
    total = _named(details, _TOTAL)
    return type(total) is int and total == _count(_named(details, _INPUT)) + output and given >= 0


def _named(details: Mapping[str, Given], names: tuple[str, ...]) -> Given:
    return next((whole(details[name]) for name in names if details.get(name) is not None), None)


def _summed(details: Mapping[str, Given], names: frozenset[str]) -> Given:
    """All buckets of one kind; the first that is no count, where there is one."""
    values = [whole(value) for name, value in details.items() if name in names]
    values = [value for value in values if value is not None]
    odd = [value for value in values if type(value) is not int]
    if odd:
        return odd[0]
    return sum(values) if values else None


def _others(details: Mapping[str, Given], prefix: str, known: frozenset[str] | set[str]) -> int:
    return sum(
        _count(whole(value))
        for name, value in details.items()
        if name.startswith(prefix) and name not in known
    )


def _count(value: Given) -> int:
    return value if type(value) is int and value > 0 else 0
