"""A polite end is an interrupt, whoever asks for it: a person, a service manager, a closed door."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_POLITE: Final = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Iterator[None]:
    """Lets SIGTERM and SIGHUP end a run as Ctrl-C does: kernel killed, cause kept, nothing torn.

    Only the main thread may set this up; elsewhere nothing changes. A signal that is ignored
    (`nohup`) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.getsignal(number)
        for number in _POLITE
        if signal.getsignal(number) == signal.SIG_DFL
    }
    for number in before:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)
