"""The audit log: what came in, went and was published, in a chain that shows what was altered.

One JSON object a line. Each holds the SHA-256 of the line before it, so that a change, a removal
or an insertion breaks the chain. Lines cut off at the end leave a shorter chain that is whole:
whoever keeps the head hash elsewhere finds that as well.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import math
import os
import stat
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import DataError, ParameterError, ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedRandom
    from pathlib import Path

Scalar = str | int | float | bool | None

START: Final = hashlib.sha256(b"assay audit log 1").hexdigest()
"""What the first entry names as the hash before it."""

PRIVATE: Final = 0o600
_FIELDS: Final = {"number", "at", "what", "details", "before"}
_LONGEST: Final = 500
_LONGEST_NAME: Final = 80
_TAIL: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened, at a moment in UTC."""

    number: int
    at: datetime
    what: str
    details: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """Whether the log is as it was written.

    Attributes:
        entries: that are in the chain, up to the first break.
        head: hash of the last of them; kept elsewhere, it proves that nothing was cut off.
        line: where the chain breaks first, from 1; None where it is whole.
        reason: why it breaks there, "" where it is whole.
        torn: unfinished lines that killed processes left; they are no break.
        mode: of the file, where others than its owner may read or write it.
    """

    entries: int
    head: str
    line: int | None = None
    reason: str = ""
    torn: int = 0
    mode: int | None = None

    @property
    def whole(self) -> bool:
        """Nothing was altered."""
        return self.line is None


def append(
    file: Path, what: str, details: Mapping[str, Scalar] | None = None, *, now: datetime
) -> str:
    """Write one entry at the end, and return its hash once it is on disk.

    Several processes may append at the same time. What a killed process left unfinished stays in
    place: the new entry continues from the last whole one and holds the hash of the torn bytes.

    Args:
        file: made with mode 600 where it is not there.
        what: a short name of what happened, `import` for example.
        details: single values; never what was removed, nor anything personal.
        now: with its time zone.

    Raises:
        ParameterError: where a detail is no single value, or the moment has no time zone.
        ProjectError: where the file cannot be written.
    """
    entry = _checked(what, dict(details or {}), now)
    with _writing(file) as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        return _append(opened, entry)


def make_ready(file: Path) -> None:
    """Makes sure that an entry can be written, before anything is done that it would tell.

    Raises:
        ProjectError: where the file cannot be written.
    """
    with _writing(file):
        pass


@contextmanager
def _writing(file: Path) -> Iterator[BufferedRandom]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE)
        with os.fdopen(handle, "r+b") as opened:
            yield opened
    except OSError as error:
        raise ProjectError(f"{file} cannot be written: {error.strerror}") from None


def verify(file: Path, *, head: str | None = None) -> AuditReport:
    """Read the whole chain and tell where it breaks first.

    Args:
        file: the log; one that is not there has no entries.
        head: a head hash that was kept elsewhere; the chain must still hold it.

    Raises:
        ProjectError: where the file cannot be read.
    """
    count, last, torn, mode, seen = 0, START, 0, loose_mode(file), head in {None, START}
    for step in _walk(file):
        torn += step.torn
        if step.reason:
            return AuditReport(
                entries=count, head=last, line=step.line, reason=step.reason, torn=torn, mode=mode
            )
        if step.entry is not None:
            count, last = count + 1, step.hash
            seen = seen or last == head
    if not seen:
        return AuditReport(
            entries=count,
            head=last,
            line=count + torn + 1,
            reason="is missing: the head that was kept is no entry's, so entries were cut off",
            torn=torn,
            mode=mode,
        )
    return AuditReport(entries=count, head=last, torn=torn, mode=mode)


def entries(file: Path) -> Iterator[Entry]:
    """What the log tells, oldest first.

    Raises:
        DataError: where the chain breaks, after the entries before the break.
        ProjectError: where the file cannot be read.
    """
    for step in _walk(file):
        if step.reason:
            raise DataError(
                f"line {step.line} of {file} {step.reason}",
                remedy="`assay audit verify` tells more; a backup may hold the log as it was",
            )
        if step.entry is not None:
            yield Entry(
                number=step.entry["number"],
                at=datetime.fromisoformat(step.entry["at"]),
                what=step.entry["what"],
                details=step.entry["details"],
            )


def loose_mode(file: Path) -> int | None:
    """The file's mode where others than its owner may use it, None where it is as it should be."""
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ProjectError(f"{file} cannot be read: {error.strerror}") from None
    return mode if mode & 0o177 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One whole entry, a break, or torn lines at the end."""

    line: int
    entry: dict[str, Any] | None = None
    hash: str = ""
    torn: int = 0
    reason: str = ""


def _walk(file: Path) -> Iterator[_Step]:
    """Entry by entry, until the chain breaks."""
    before, expected = START, 1
    strange: list[bytes] = []
    for number, line in enumerate(_lines_of(file), 1):
        entry = _parsed(line)
        if entry is None:
            strange.append(line)
            continue
        first = number - len(strange)
        if strange and entry.get("torn") != _hash(b"\n".join(strange)):
            yield _Step(line=first, reason="is no entry, and no later one says that it was torn")
            return
        if not strange and "torn" in entry:
            yield _Step(line=number, reason="follows torn lines that are no longer there")
            return
        if entry["before"] != before or entry["number"] != expected:
            told = f"has number {entry['number']} and expected is {expected}, or it"
            yield _Step(
                line=number,
                reason=f"{told} does not follow the entry before it: one of them was altered, "
                "removed, inserted or moved",
            )
            return
        before, expected = _hash(line), expected + 1
        yield _Step(line=number, entry=entry, hash=before, torn=len(strange))
        strange = []
    if strange:
        yield _Step(line=number, torn=len(strange))


def _lines_of(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH)
            left = os.fstat(opened.fileno()).st_size
            fcntl.flock(opened, fcntl.LOCK_UN)
            while left > 0 and (line := opened.readline(left)):
                left -= len(line)
                yield line.removesuffix(b"\n")
    except FileNotFoundError:
        return
    except OSError as error:
        raise ProjectError(f"{file} cannot be read: {error.strerror}") from None


def _append(opened: BufferedRandom, entry: dict[str, Any]) -> str:
    *lines, rest = _end_of(opened)
    whole = _parsed(rest)
    head = b"\n" if rest else b""
    strange: list[bytes] = []
    if whole is not None:
        last: bytes | None = rest
    else:
        while lines and _parsed(lines[-1]) is None:
            strange.insert(0, lines.pop())
        strange += [rest] if rest else []
        last = lines[-1] if lines else None
    found = None if last is None else _parsed(last)
    line: dict[str, Any] = {"number": 1 if found is None else found["number"] + 1, **entry}
    if strange:
        line["torn"] = _hash(b"\n".join(strange))
    line["before"] = START if last is None else _hash(last)
    body = json.dumps(line, separators=(",", ":")).encode()
    opened.seek(0, os.SEEK_END)
    opened.write(head + body + b"\n")
    opened.flush()
    os.fsync(opened.fileno())
    return _hash(body)


def _end_of(opened: BufferedRandom) -> list[bytes]:
    """The last lines, at least one whole entry where there is any; the last one is not ended."""
    size = opened.seek(0, os.SEEK_END)
    reach = _TAIL
    while True:
        start = max(0, size - reach)
        opened.seek(start)
        lines = opened.read().split(b"\n")
        if start > 0:
            lines = lines[1:]
        if start == 0 or any(_parsed(line) is not None for line in lines):
            return lines
        reach *= 16


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or entry.keys() - {"torn"} != _FIELDS:
        return None
    try:
        sound = isinstance(entry["details"], dict) and isinstance(entry["number"], int)
        return entry if sound and datetime.fromisoformat(entry["at"]).tzinfo else None
    except (TypeError, ValueError):
        return None


def _checked(what: str, details: dict[str, Scalar], now: datetime) -> dict[str, Any]:
    if not 0 < len(what) <= _LONGEST_NAME:
        raise ParameterError(f"an entry of the audit log needs a short name, not {what!r}")
    if now.tzinfo is None:
        raise ParameterError(f"the moment {now} has no time zone, expected one")
    for name, value in details.items():
        fine = value is None or isinstance(value, str | int | float)
        if not fine or (isinstance(value, float) and not math.isfinite(value)):
            raise ParameterError(
                f"detail {name!r} of an audit entry is {type(value).__name__}, expected one text, "
                "finite number, truth value or null",
                remedy="log counts and names of columns, one by one",
            )
        if isinstance(value, str) and len(value) > _LONGEST:
            raise ParameterError(
                f"detail {name!r} of an audit entry has {len(value)} characters, expected at most "
                f"{_LONGEST}",
                remedy="log a count or a hash in its place",
            )
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    return {"at": at, "what": what, "details": details}


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
