"""What happened to an experiment: one JSON object a line, each bound to the line before by a hash.

The file lies beside the registration, in `params/experiments/`, and is committed with it: it is the
project's memory, not this machine's. Lines are only ever added, and a line is there in full or not
at all.
"""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import ProjectError
from assay.workbench.files import write_atomically
from assay.workbench.lease import shared_clock, take
from assay.workbench.schedule.ledger import ledger_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assay.workbench.project import Project

Event = dict[str, Any]

_LONGEST_WAIT: Final = 30.0
_POLL: Final = 0.05


def read_record(file: Path) -> tuple[Event, ...]:
    """The events of an experiment, oldest first; none where it never started.

    Raises:
        ProjectError: where a line is no event, or was changed, taken out or put in later.
    """
    try:
        lines = file.read_bytes().split(b"\n")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ProjectError(f"{file.name} cannot be read: {error}") from None
    events: list[Event] = []
    before = ""
    for number, line in enumerate((line for line in lines if line.strip()), 1):
        try:
            event = json.loads(line)
            is_next = event["seq"] == number and event["previous"] == before
        except (ValueError, KeyError, TypeError):
            event, is_next = None, False
        if event is None or not is_next:
            raise ProjectError(
                f"{file.name}:{number} does not follow from the line before",
                remedy="lines are only ever added; restore the file as it was committed",
            )
        events.append(event)
        before = _hash(line)
    return tuple(events)


def append(file: Path, event: Event, *, now: datetime) -> Event:
    """Adds an event; the file is replaced at once, so that none is ever half there.

    The caller holds `exclusively`.

    Raises:
        ProjectError: where the record is not as it should be, or cannot be written.
    """
    events = read_record(file)
    text = file.read_bytes() if events else b""
    if text and not text.endswith(b"\n"):
        text += b"\n"
    last = [line for line in text.split(b"\n") if line.strip()]
    whole = {
        "seq": len(events) + 1,
        "at": now.astimezone(UTC).isoformat(timespec="seconds"),
        **event,
        "previous": _hash(last[-1]) if last else "",
    }
    line = json.dumps(whole, ensure_ascii=False, allow_nan=False).encode()
    write_atomically(file, text + line + b"\n")
    return whole


@contextmanager
def exclusively(project: Project) -> Iterator[None]:
    """Holds the right to write records: one process at a time, of all that share the state.

    Raises:
        ProjectError: where another process does not let go of it.
    """
    ledger = ledger_of(project)
    place = ledger.folder / "experiments" / "turn"
    clock = shared_clock(ledger.folder)
    end = time.monotonic() + _LONGEST_WAIT
    while (claim := take(place, {}, span=timedelta(seconds=60), now=clock)) is None:
        if time.monotonic() > end:
            raise ProjectError(
                "another process is changing an experiment", remedy="try again in a minute"
            )
        time.sleep(_POLL)
    try:
        yield
    finally:
        claim.close()


def _hash(line: bytes) -> str:
    return hashlib.sha256(line.strip()).hexdigest()
