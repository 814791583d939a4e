"""The next item is made while the last one is worked on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


def ahead(items: Iterator[T], *, depth: int = 1) -> Iterator[T]:
    """The same items in the same order, made by a thread that is at most `depth` items ahead.

    An error of the source is raised where the items are taken, after those that came before it. A
    source that is a generator is closed when no more is wanted of it.
    """
    waiting: queue.Queue[tuple[T | None, BaseException | None, bool]] = queue.Queue(depth)
    stopped = threading.Event()

    def make() -> None:
        try:
            for item in items:
                _put(waiting, (item, None, False), stopped)
                if stopped.is_set():
                    return
        except BaseException as error:  # noqa: BLE001  handed over, raised by the reader
            _put(waiting, (None, error, True), stopped)
        else:
            _put(waiting, (None, None, True), stopped)
        finally:
            if isinstance(items, Generator):
                items.close()

    thread = threading.Thread(target=make, name="reading ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, error, last = waiting.get()
            if error is not None:
                raise error
            if last:
                return
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        thread.join()


def _put(
    waiting: queue.Queue[tuple[T | None, BaseException | None, bool]],
    item: tuple[T | None, BaseException | None, bool],
    stopped: threading.Event,
) -> None:
    while not stopped.is_set():
        try:
            waiting.put(item, timeout=0.1)
        except queue.Full:
            continue
        return
