"""Small logs on disk, read whole, and held to their account."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from assay.data.adapters import ADAPTERS, Chunk, Options


@dataclass(frozen=True)
class LogFile:
    path: Path
    kind: str = "JSON lines"
    label: str = "log"


def log_file(folder: Path, name: str, content: bytes | str) -> LogFile:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    kinds = {"csv": "CSV", "parquet": "Parquet"}
    return LogFile(path, kinds.get(name.split(".")[1], "JSON lines"))


def read_all(piece: LogFile, adapter: str, **options: Any) -> list[Chunk]:
    chunks = list(ADAPTERS[adapter].read(piece, Options(**options)))
    account(chunks)
    return chunks


def account(chunks: Iterable[Chunk]) -> None:
    """Every record is in a found row, or broken, or skipped."""
    for chunk in chunks:
        rows = {row for found in chunk.found for row in found.frame["row"].to_list()}
        rows |= {broken.row for broken in chunk.broken}
        assert len(rows) + sum(chunk.skipped.values()) == chunk.read, chunk


def rows_of(chunks: Iterable[Chunk], table: str = "interactions") -> list[dict[str, Any]]:
    frames = [found.frame for chunk in chunks for found in chunk.found if found.table == table]
    return pl.concat(frames, how="diagonal_relaxed").to_dicts() if frames else []


def only(chunks: Iterable[Chunk], table: str = "interactions") -> dict[str, Any]:
    (row,) = rows_of(chunks, table)
    return row


def tokens(row: dict[str, Any]) -> tuple[Any, ...]:
    """Input, cache read, cache write, output, reasoning."""
    names = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
    return tuple(row.get(name) for name in (*names, "reasoning_tokens"))
