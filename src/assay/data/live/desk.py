"""The process that writes: makes events private, checks them, and leaves them in the inbox.

Run as a module with a socket as its standard input. It answers every message only when all rows
of it are safely on the disk, and ends with the application that started it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from assay.core.errors import AssayError, ProjectError, nearest
from assay.data.adapters import Broken
from assay.data.intake.admit import Admitted, Door
from assay.data.intake.conform import conform
from assay.data.intake.imports import open_store
from assay.data.live.clerk import PREFIX
from assay.data.live.rows import found_of, shown, sorted_events
from assay.data.live.terms import terms_around
from assay.data.shown import told_context
from assay.data.store import drop_segment
from assay.privacy import Pseudonyms, excerpt
from assay.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.data.intake.account import Terms
    from assay.data.live.events import Event
    from assay.data.store import Store
    from assay.privacy import KeyRing

_OURS: Final = "ASSAY_"
_LOOK_SECONDS: Final = 5.0
_TRIES: Final = 3
_TRY_SECONDS: Final = 0.1
Row = tuple[int, "Mapping[str, Any]"]


class Desk:
    """Keeps events on the terms of their project; remembers pseudonyms from batch to batch."""

    def __init__(self) -> None:
        self._pseudonyms: Pseudonyms | None = None

    def keep(self, head: Mapping[str, Any], events: Sequence[Event]) -> dict[str, Any]:
        """Leaves the events in the inbox; what became of them.

        Settings, keys and marks of the forgotten are read anew, since an application may run for
        months.

        Raises:
            AssayError: where they cannot be kept now; some of them may be in the inbox all the
                same, where it does no harm when they come again.
        """
        environ = dict(head["environ"])
        terms = terms_around(head["project"], Path(head["start"]), environ)
        for name in [name for name in os.environ if name.startswith(_OURS)]:
            del os.environ[name]
        os.environ.update(environ)
        store, ring = _opened(terms)
        if store.ring not in {None, *ring.ids}:
            raise ProjectError(
                f"the store was made with the keys {store.ring}, the key given is {ring.id}",
                remedy="give the application the key that the store was made with",
            )
        if self._pseudonyms is None or self._pseudonyms.ring != ring:
            self._pseudonyms = Pseudonyms(ring)
        door = Door(terms.policy, self._pseudonyms, store.forgotten())
        found = sorted_events(events)
        rejected = withheld = 0
        told = [_unknown(table, name) for table, name in sorted(found.unknown)]
        for table in sorted({*found.tables, *found.broken}):
            broken = found.broken[table]
            admitted = _admitted(door, table, found.tables[table], broken)
            valid = [each.valid for each in admitted if each.valid.height]
            rejects = pl.concat([*(each.rejected for each in admitted), door.broken(broken)])
            drop_segment(
                store.folder,
                table,
                pl.concat(valid, how="diagonal_relaxed") if valid else pl.DataFrame(),
                rejects,
                refused=_refused(admitted),
                ring=ring.id,
            )
            rejected += rejects.height
            withheld += sum(sum(each.dropped.values()) for each in admitted)
            told += _told(table, admitted, broken)
        return {"rejected": rejected, "withheld": withheld, "told": [*dict.fromkeys(told)]}


def answer(desk: Desk, message: bytes) -> dict[str, Any]:
    """What to answer to a message; never an exception."""
    try:
        head, _, events = message.partition(b"\n")
        rows = [(at, key, table, fields, said) for at, key, table, fields, said in _read(events)]
        return desk.keep(orjson.loads(head), rows)
    except AssayError as error:
        return {"error": str(error).replace("\n  → ", "; ")}
    except Exception as error:  # noqa: BLE001  told to the application, which goes on
        return {"error": f"{type(error).__name__}: {excerpt(str(error))}"}


def main() -> None:
    """Answers messages until the application ends or hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)
    line = socket.socket(fileno=os.dup(0))
    parent = os.getppid()
    desk = Desk()
    with suppress(OSError):
        while (message := _message(line, parent)) is not None:
            reply = orjson.dumps(answer(desk, message))
            line.sendall(len(reply).to_bytes(PREFIX, "big") + reply)


def _opened(terms: Terms) -> tuple[Store, KeyRing]:
    """The project's store and keys; several processes may be making them at the same moment."""
    for _ in range(_TRIES):
        with suppress(ProjectError):
            return open_store(terms)[:2]
        time.sleep(_TRY_SECONDS)
    return open_store(terms)[:2]


def _message(line: socket.socket, parent: int) -> bytes | None:
    """The next message; None where the application is gone."""
    size = _exactly(line, PREFIX, parent)
    return None if size is None else _exactly(line, int.from_bytes(size, "big"), parent)


def _exactly(line: socket.socket, size: int, parent: int) -> bytes | None:
    content = bytearray()
    line.settimeout(_LOOK_SECONDS)
    while len(content) < size:
        try:
            part = line.recv(min(size - len(content), 1 << 20))
        except TimeoutError:
            if os.getppid() != parent:  # a fork of it may hold the line open
                return None
            continue
        if not part:
            return None
        content += part
    line.settimeout(None)
    return bytes(content)


def _read(events: bytes) -> Any:  # noqa: ANN401
    return orjson.loads(events)


def _admitted(door: Door, table: str, rows: Sequence[Row], broken: list[Broken]) -> list[Admitted]:
    """The rows as they may be kept; one that cannot even be looked at is set apart, alone."""
    if not rows:
        return []
    try:
        return [door.admit(conform(found_of(table, rows)))]
    except AssayError:
        raise
    except Exception as error:  # noqa: BLE001  one event must not hold up all others
        if len(rows) == 1:
            why = f"it cannot be read as a row ({type(error).__name__})"
            broken.append(Broken(row=rows[0][0], reason=why, text=""))
            return []
        half = len(rows) // 2
        return [
            *_admitted(door, table, rows[:half], broken),
            *_admitted(door, table, rows[half:], broken),
        ]


def _refused(admitted: Sequence[Admitted]) -> pl.DataFrame | None:
    """Ids of rows whose consent is refused; what the store has of them is to go."""
    refused = [each.refused for each in admitted if len(each.refused)]
    return pl.concat(refused).unique().alias("interaction_id").to_frame() if refused else None


def _unknown(table: str, name: str) -> str:
    return (
        f"a recorded field {shown(name)} is no column of {table} and is not kept; "
        f"{nearest(name, schema_of(table).column_names())}; columns of your own begin with ctx_"
    )


def _told(table: str, admitted: Sequence[Admitted], broken: Sequence[Broken]) -> list[str]:
    """What the application's log should say, in words that are the same for the same matter."""
    reasons = Counter(each.reason for each in broken)
    context: set[str] = set()
    for each in admitted:
        reasons.update(each.reasons)
        context.update(each.context_dropped)
    names, others = told_context(context)
    return [
        *(f"recorded {table} are rejected: {reason}" for reason in sorted(reasons)),
        *(
            f'recorded column {name} is not kept; allow it: context = ["{name}"] under [privacy]'
            for name in names
        ),
        *(["recorded columns of other names are not kept"] if others else []),
    ]


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
