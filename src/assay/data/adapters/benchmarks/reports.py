"""What reports of benchmarks have in common: a file is one run, and its rounds are readings."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from assay.core.errors import DataError
from assay.core.tags import tag
from assay.data.adapters.chunks import LONGEST_EXCERPT, Broken, Chunk
from assay.data.adapters.frames import found_of
from assay.data.adapters.records import Account, columns_of, scaled
from assay.data.adapters.stream import Stream
from assay.data.adapters.values import Given, as_json, missing, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assay.data.adapters.chunks import Piece

NO_TOKENS: Final = "it tells no tokens"
NO_TIME: Final = "the file does not tell when it was measured: its own time was taken"
NO_VALUE: Final = "without a value"
HASH: Final = 8
"""Digits of a revision; longer ones hold telephone numbers now and then, as far as one can tell."""
MB: Final = 1e-6
MILLISECONDS: Final = 1e-3
_LARGEST: Final = 256 << 20
_VERSION: Final = re.compile(r"\d\.\d{1,2}(?=[. ]|$)")
_MACHINES: Final = frozenset({
    "linux", "darwin", "macos", "windows", "freebsd",
    "x86_64", "amd64", "arm64", "aarch64", "i686", "ppc64le", "s390x", "riscv64",
})  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Run:
    """The readings of one run.

    Attributes:
        at: when it was, in microseconds since 1970, or what was given instead of a time. Readings
            follow each other by a microsecond where nothing tells their own time.
    """

    run_id: str
    suite: str
    at: Given
    revision: str | None = None
    environment: str | None = None
    account: Account = field(default_factory=Account)
    broken: list[Broken] = field(default_factory=list)
    records: int = 0
    _after: int = 0

    def add(  # noqa: PLR0913  a reading
        self,
        row: int,
        subject: Mapping[str, str | None],
        metric: str,
        unit: str,
        values: Iterable[Given],
        *,
        factor: float = 1.0,
        at: Given = None,
    ) -> int:
        """Readings of a metric, without those that hold nothing; how many there are."""
        added = 0
        for value in values:
            if missing(value):
                continue
            when = self.at if at is None else at
            if type(when) is int:
                when += self._after
                self._after += 1
            told = {
                "run_id": self.run_id,
                "suite": self.suite,
                **subject,
                "metric": metric,
                "unit": unit,
                "value": scaled(number(value), factor),
                "measured_at": when,
                "revision": self.revision,
                "environment": self.environment,
            }
            self.account.add("measurements", row, told)
            added += 1
        return added

    def set_apart(self, row: int, reason: str, record: Given) -> None:
        """A record that cannot be read."""
        text = as_json(record)[:LONGEST_EXCERPT]
        self.broken.append(Broken(row=row, reason=reason, text=text))

    def chunk(self, warnings: Iterable[str] = ()) -> Chunk:
        """All of it."""
        rows = self.account.rows
        return Chunk(
            found=tuple(found_of(table, columns_of(found)) for table, found in rows.items()),
            read=self.records,
            broken=tuple(self.broken),
            skipped=self.account.skipped,
            warnings=(*sorted(self.account.warnings), *sorted(warnings)),
            done=1.0,
        )


def document_of(piece: Piece, what: str, *keys: str) -> tuple[dict[str, Any], set[str]]:
    """The one JSON object that a file holds, and what is to be said of how it was read.

    Args:
        piece: the file.
        what: it should be, for the message of an error.
        keys: it has to have.

    Raises:
        DataError: where it is none, or lacks one of the keys.
    """
    if piece.kind in {"CSV", "Parquet", "query"}:
        raise DataError(f"{piece.label} is {piece.kind}, expected {what}")
    parts: list[bytes] = []
    with closing(Stream(piece)) as stream:
        while block := stream.read():
            parts.append(block)
            if sum(map(len, parts)) > _LARGEST:
                raise DataError(f"{piece.label} is larger than 256 MB, expected {what}")
        text = stream.text(b"".join(parts)).strip("\0 \t\r\n")
        warnings = set(stream.warnings)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{piece.label} is no JSON, expected {what}" if text else f"{piece.label} is empty",
            remedy="write it again: it may have been broken off",
        ) from error
    if not isinstance(value, dict):
        raise DataError(f"{piece.label} holds {type(value).__name__}, expected {what}")
    for key in keys:
        if key not in value:
            raise DataError(f"{piece.label} has no {key!r}, expected {what}")
    return value, warnings


def time_of_file(piece: Piece, account: Account) -> int:
    """When the file was last written, in microseconds, with a warning that it is no better."""
    account.warn(NO_TIME)
    return int(_path(piece).stat().st_mtime * 1e6)


def content_tag(piece: Piece) -> str:
    """Tells the content of one file from that of another."""
    with _path(piece).open("rb") as file:
        return tag(hashlib.file_digest(file, "sha256").hexdigest())


def stem_of(piece: Piece) -> str:
    """The file's name without its ending."""
    return _path(piece).name.partition(".")[0]


def machine_word(
    system: Given, machine: Given, cores: Given = None, python: Given = None, *, about: Given = None
) -> str:
    """A machine as one word, without any text of people's own in it.

    >>> machine_word("Linux", "x86_64", 2, "3.11.7", about="EPYC")
    'linux-x86_64-2cpu-py3.11-xmprwnbx'

    Args:
        system: a known name; others are left out.
        machine: as well.
        cores: a number.
        python: a version.
        about: whatever else tells machines apart.
    """
    version = _VERSION.match(str(python))
    parts = (
        *(str(one).lower() for one in (system, machine) if str(one).lower() in _MACHINES),
        *([f"{cores}cpu"] if type(cores) is int and 0 < cores < 10_000 else []),
        *([f"py{version[0]}"] if version else []),
        tag((system, machine, cores, python, about)),
    )
    return "-".join(parts)


def objects(value: Given) -> dict[str, Any]:
    """An object; an empty one where something else was given."""
    return value if isinstance(value, dict) else {}


def _path(piece: Piece) -> Path:
    return Path(cast("Path", getattr(piece, "path", None) or piece.label))
