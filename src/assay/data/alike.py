"""Columns that are nearly ours, or nearly what was asked for; never taken, only told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from assay.core.errors import nearest
from assay.data.shown import told_context

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def nearly_ours(names: Iterable[str], ours: Collection[str]) -> dict[str, str]:
    """Column of ours → the column that differs from it in case, blanks and signs alone.

    >>> nearly_ours(["Interaction ID", "model"], ["interaction_id", "model"])
    {'interaction_id': 'Interaction ID'}
    """
    given = list(names)
    plain = {_plain(name): name for name in ours if name not in given}
    found: dict[str, str] = {}
    for name in given:
        mine = plain.get(_plain(name))
        if mine is not None and name not in ours:
            found.setdefault(mine, name)
    return found


def as_mapping(nearly: dict[str, str], table: str) -> str:
    """What to do about columns that are nearly ours: the mapping that makes them ours."""
    entries = ", ".join(f"{ours}: {_quoted(theirs)}" for ours, theirs in nearly.items())
    return (
        f"{len(nearly)} of its columns are nearly ours; a mapping makes them ours: "
        f"{{table: {table}, columns: {{{entries}}}}} in a file, with --mapping FILE"
    )


def nearest_column(name: str, columns: Iterable[str]) -> str:
    """A remedy that offers the closest column, or lists those that may be told.

    A table without a header has its first row's values for names, so that one that is more than a
    word, or holds what looks personal, is only counted.

    >>> nearest_column("model", ["ann@example.org", "team"])
    'known: team, and 1 that are more than a word'
    """
    given = list(columns)
    if nearly := nearly_ours(given, [name]):
        return f"did you mean {nearly[name]!r}?"
    told, odd = told_context(given)
    offer = nearest(name, told)
    if not odd or not offer.startswith("known: "):
        return offer
    return f"{offer}, and {odd} that are more than a word" if told else f"known: {odd} columns"


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())


def _quoted(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name, ensure_ascii=False)
