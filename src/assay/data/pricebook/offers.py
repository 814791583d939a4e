"""LiteLLM's price table, as JSON or CSV, as prices of one day."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import orjson

from assay.core.errors import DataError, nearest
from assay.features.model_names import canonical_provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST: Final = 100_000_000
"""Bytes up to which a table is read; LiteLLM's has 1.5 million."""

_MODES: Final = frozenset({"chat", "completion", "responses", "embedding", "rerank"})
_AMOUNTS: Final = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
}
_TIERS: Final = {
    "standard": "",
    "flex": "_flex",
    "priority": "_priority",
    "above-128k": "_above_128k_tokens",
    "above-200k": "_above_200k_tokens",
    "above-272k": "_above_272k_tokens",
}
_BATCH: Final = "_batches"
_PER_QUERY: Final = "input_cost_per_query"
_DIGITS: Final = 9
"""Digits after the point of a price per million tokens; more is what doubles make of 1e-07."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a table says of a model in one tier, in USD per million tokens."""

    provider: str
    name: str
    tier: str
    input: float | None
    cache_read: float | None
    cache_write: float | None
    cache_write_1h: float | None
    output: float | None
    batch_factor: float | None
    per_request: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A price that was not taken, and why."""

    provider: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A table's prices.

    Attributes:
        held: models whose prices cannot be meant, each with the reason.
        skipped: why rows are no prices of tokens → how many.
    """

    offers: tuple[Offer, ...]
    held: tuple[Held, ...]
    skipped: Mapping[str, int]


def read_offers(path: Path, *, as_of: date) -> Offered:
    """The prices of a table; of a history (a column `seen_from`) those in force on the day.

    Raises:
        DataError: where the file cannot be read, or is no price table.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path.name} is larger than {LARGEST:,} bytes, expected a price table")
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    rows = (
        _csv_rows(content, path.name, as_of) if path.suffix == ".csv" else _json_rows(content, path)
    )
    offers: list[Offer] = []
    held: list[Held] = []
    skipped: Counter[str] = Counter()
    for key, row in rows:
        mode = str(row.get("mode") or "chat")
        if key == "sample_spec":
            continue
        if mode not in _MODES:
            skipped[f"mode {mode[:40]}"] += 1
            continue
        try:
            found = _offers(key, row)
        except ValueError as error:
            provider, name = _named(key, row)
            held.append(Held(provider=provider, name=name[:120], reason=str(error)))
            continue
        if not found:
            skipped["no price of tokens"] += 1
        offers += found
    if not offers:
        raise DataError(
            f"{path.name} holds no prices of models",
            remedy="give LiteLLM's model_prices_and_context_window.json, or a CSV with its columns",
        )
    return Offered(offers=tuple(offers), held=tuple(held), skipped=dict(skipped))


def _json_rows(content: bytes, path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        table = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise DataError(f"{path.name} is not JSON: {error.msg}, line {error.lineno}") from None
    if not isinstance(table, dict):
        raise DataError(f"{path.name} is no table of models, expected {{model: {{…}}, …}}")
    for key, row in table.items():
        if isinstance(row, dict):
            yield str(key), row


def _csv_rows(content: bytes, name: str, as_of: date) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        columns = set(reader.fieldnames or ())
        for needed in ("model", _AMOUNTS["input"], _AMOUNTS["output"]):
            if needed not in columns:
                raise DataError(f"{name} has no column {needed!r}", remedy=nearest(needed, columns))
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{name} is no CSV in UTF-8: {error}") from None
    newest: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for row in rows:
        seen = str(row.get("seen_from") or "")
        key = str(row.get("model") or "")
        if seen and not _is_day(seen):
            raise DataError(f"{name}: {key!r} has seen_from {seen!r}, expected a day")
        if not key or seen > as_of.isoformat():
            continue
        told = {column: value for column, value in row.items() if column and value}
        if key not in newest or newest[key][0] <= seen:
            newest[key] = (seen, told)
    yield from ((key, row) for key, (_, row) in newest.items())


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-01-01")


def _offers(key: str, row: Mapping[str, Any]) -> list[Offer]:
    provider, name = _named(key, row)
    if not provider:
        raise ValueError("names no provider")
    found: list[Offer] = []
    for tier, ending in _TIERS.items():
        values = {field: _per_mtok(row, column + ending) for field, column in _AMOUNTS.items()}
        query = _number(row, _PER_QUERY) if tier == "standard" else None
        if values["input"] is None and values["output"] is None and query is None:
            continue
        if tier == "standard" and not any((*values.values(), query)):
            raise ValueError("all prices are 0: free, or not known to the table")
        if tier != "standard" and values["output"] is None and found and found[0].output:
            raise ValueError(f"tier {tier} has no price of output")
        for field in ("cache_write", "cache_write_1h"):
            values[field] = values[field] or None
        factor = _batch_factor(row, values) if tier == "standard" else None
        found.append(
            Offer(
                provider=provider,
                name=name,
                tier=tier,
                **values,
                batch_factor=factor,
                per_request=query,
            )
        )
    return found if any(offer.tier == "standard" for offer in found) else []


def _named(key: str, row: Mapping[str, Any]) -> tuple[str, str]:
    return named(key, str(row.get("litellm_provider") or row.get("provider") or ""))


def named(key: str, provider: str) -> tuple[str, str]:
    """Provider and model as the book would call them.

    >>> named("gemini/gemini-2.5-pro", "gemini")
    ('gemini', 'gemini-2.5-pro')
    """
    seller = _sold_by(provider)
    head, slash, rest = key.partition("/")
    if slash and _sold_by(head) == seller:
        key = rest
    return seller, key.removeprefix("accounts/fireworks/models/")


def _sold_by(provider: str) -> str:
    name = canonical_provider(provider)
    return "vertex_ai" if name.startswith("vertex_ai") else name


def _batch_factor(row: Mapping[str, Any], values: Mapping[str, float | None]) -> float | None:
    """What batches cost of the standard price, where input and output agree on it."""
    ratios = set()
    for field in ("input", "output"):
        batch, full = _per_mtok(row, _AMOUNTS[field] + _BATCH), values[field]
        if batch and full:
            ratios.add(round(batch / full, 6))
    return ratios.pop() if len(ratios) == 1 and max(ratios) <= 1 else None


def _per_mtok(row: Mapping[str, Any], column: str) -> float | None:
    value = _number(row, column)
    return None if value is None else round(value * 1e6, _DIGITS)


def _number(row: Mapping[str, Any], column: str) -> float | None:
    value = row.get(column)
    if value is None or value == "":
        return None
    try:
        number = float("x") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{column} is {str(value)[:40]!r}, expected a number") from None
    if not (isfinite(number) and number >= 0):
        raise ValueError(f"{column} is {number}, expected 0 or more")
    return number
