"""Rows of a table read back from files that each have only the columns that were not empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from assay.data.store.identity import as_context, canonical, type_named, wider

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Part:
    """Neighbouring rows of a file.

    Attributes:
        start: number of the first one among all rows that are looked at together.
        offset: its place in the file.
        context: the columns of the user's own that the file has, and their types.
    """

    path: Path
    start: int
    offset: int
    rows: int
    context: Mapping[str, str]


def widest(contexts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The columns of the user's own that any file has, in types that hold them all."""
    found: dict[str, str] = {}
    for context in contexts:
        for name, kind in context.items():
            found[name] = wider(found[name], kind) if name in found else kind
    return dict(sorted(found.items()))


def scan_files(
    table: str, files: Sequence[tuple[Path, Mapping[str, str]]], context: Mapping[str, str]
) -> pl.LazyFrame:
    """All rows of files, with the columns of the table and those of the user's own, lazily."""
    groups: dict[tuple[tuple[str, str], ...], list[Path]] = {}
    for path, own in files:
        narrow = tuple((name, own[name]) for name in context if name in own)
        differing = tuple((name, kind) for name, kind in narrow if kind != context[name])
        groups.setdefault(differing, []).append(path)
    kept = {**canonical(table), **{name: type_named(kind) for name, kind in context.items()}}
    if not groups:
        return pl.LazyFrame(schema=kept)
    frames = []
    for differing, paths in groups.items():
        given = {**kept, **{name: type_named(kind) for name, kind in differing}}
        frame = pl.scan_parquet(
            paths,
            schema=given,
            missing_columns="insert",
            extra_columns="ignore",
            glob=False,
            hive_partitioning=False,
        )
        casts = [as_context(name, given[name], context[name]) for name, _ in differing]
        frames.append(frame.with_columns(casts) if casts else frame)
    return pl.concat(frames) if len(frames) > 1 else frames[0]


def read_part(
    table: str, part: Part, columns: Sequence[str], context: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """The rows of a part, with columns that the file lacks as null."""
    rows = scan_files(table, [(part.path, part.context)], context or {})
    return rows.select(columns).slice(part.offset, part.rows).collect()


def read_keys(table: str, parts: Sequence[Part], columns: Sequence[str]) -> pl.DataFrame:
    """Some canonical columns of whole files, one below the other."""
    return scan_files(table, [(part.path, {}) for part in parts], {}).select(columns).collect()


def grouped(parts: Iterable[Part], rows: int) -> Iterator[list[Part]]:
    """Parts in their order, taken together up to so many rows."""
    group: list[Part] = []
    for part in parts:
        if group and sum(each.rows for each in group) + part.rows > rows:
            yield group
            group = []
        group.append(part)
    if group:
        yield group


def all_columns(table: str, context: Mapping[str, str]) -> list[str]:
    """Every column by name: those of the table, then the user's own."""
    return [*canonical(table), *context]
