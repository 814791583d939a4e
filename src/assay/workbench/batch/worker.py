"""The process of a worker: carries out one call after the other, and ends with who started it."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.batch.task import Bench, Task

if TYPE_CHECKING:
    from types import FrameType

    from assay.workbench.batch.outcome import Outcome

_PATIENCE: Final = 10.0
"""Seconds until a worker that nobody listens to any more ends in the middle of what it does."""

BENCH: Final = Bench()


def work(task: Task) -> Outcome:
    """Carries out one item on this process's bench."""
    return BENCH.do(task)


def main() -> None:
    """Serve the line whose number is the only argument."""
    line = Connection(int(sys.argv[1]))
    calls: SimpleQueue[bytes | None] = SimpleQueue()
    busy = threading.Event()
    signal.signal(signal.SIGINT, _ignore)
    signal.signal(signal.SIGTERM, _interrupt)
    threading.Thread(target=_listen, args=(line, calls, busy), daemon=True).start()
    code = 0
    try:
        while (call := calls.get()) is not None:
            busy.set()
            answer = _answer(call)
            busy.clear()
            line.send(answer)
    except (KeyboardInterrupt, OSError):
        code = 1
    finally:
        with suppress(KeyboardInterrupt):
            BENCH.close()
        sys.stdout.flush()
        sys.stderr.flush()
        # Libraries that render keep threads of their own, which may not end.
        os._exit(code)


def _answer(call: bytes) -> tuple[bool, Any]:
    try:
        function, arguments = pickle.loads(call)  # noqa: S301  from the process that started us
        return True, function(*arguments)
    except BaseException as error:  # noqa: BLE001  whatever it is, the caller is to know
        return False, error


def _listen(line: Connection, calls: SimpleQueue[bytes | None], busy: threading.Event) -> None:
    try:
        while True:
            calls.put(line.recv_bytes())
    except (EOFError, OSError):
        calls.put(None)
    if busy.is_set():
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(_PATIENCE)
        os._exit(1)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """A terminal's Ctrl-C is for who started this process; unlike SIG_IGN, no child inherits it."""


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    # Functions are told by the module's own name, and there is to be one bench.
    from assay.workbench.batch.worker import main as serve

    serve()
