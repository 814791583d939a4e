"""Why a piece is refused: the most frequent reasons, each with a masked example, and what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.data.intake.account import Account

SHOWN_REASONS: Final = 3
_LONGEST: Final = 100
"""Signs of an excerpt that are told."""
_TABLE: Final = "table"
_HELP: Final = {
    ("is not a time", "is not a day"): "how times are written tells `unit` (of numbers: s, ms, us, "
    "ns) or `format` (of texts) of the mapping",
    ("is not a number", "is not a whole number"): "what stands before decimals tells `decimal` of "
    "the mapping",
    ("the mapping does not name",): "name the value under `values` of the mapping",
}


def examples_of(rejected: pl.DataFrame, reasons: Iterable[str]) -> dict[str, str]:
    """For each of the reasons the first row that is rejected for it, masked.

    Args:
        rejected: as `REJECTED`.
        reasons: those that are sought; where no row has one, there is no example.
    """
    found = {}
    for reason in reasons:
        first = rejected.filter(pl.col("reasons").list.contains(reason)).head(1)
        for row, text in first.select("row", "excerpt").iter_rows():
            shown = "" if text is None else f": {' '.join(text.split())}"
            found[reason] = f"row {row:,}{_cut(shown)}"
    return found


def refusal(label: str, adapter: str, account: Account, *, most: float) -> DataError | None:
    """The error for a piece of which more than the share `most` is rejected; None for others."""
    rejected, rows = account.rejected + account.broken, account.rows + account.broken
    if not rows or rejected <= most * rows:
        return None
    common = account.reasons.most_common(SHOWN_REASONS)
    told = []
    for reason, count in common:
        example = account.examples.get(reason)
        like = f", first {example}" if example else ""
        told.append(f"{reason} ({count:,} rows){like}")
    helping = _helping([reason for reason, _ in common]) if adapter == _TABLE else []
    return DataError(
        f"{rejected:,} of {rows:,} rows of {label} ({rejected / rows:.1%}) are rejected, expected "
        f"at most {most:.1%}: {'; '.join(told)}",
        remedy="; ".join([*helping, "check --format and --mapping; nothing of it was imported"])
        + ". To keep the valid rows all the same, allow more: --max-rejected 1",
    )


def _helping(reasons: Iterable[str]) -> list[str]:
    matters = [matter for reason in reasons for matter in _HELP if _is_of(reason, matter)]
    return [_HELP[matter] for matter in dict.fromkeys(matters)]


def _is_of(reason: str, matter: tuple[str, ...]) -> bool:
    return any(words in reason for words in matter)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
