"""Lines of OTLP as columns of plain values, here or in processes of their own.

A process that parses knows nothing of frames: it takes lines and gives back lists, so that several
of them keep up with what is done to the rows afterwards.
"""

from __future__ import annotations

import gc
import marshal
import subprocess
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self, cast

from assay.data.adapters.json_records import BLANK, object_of
from assay.data.adapters.otel.spans import Tally, Wishes, add_document
from assay.data.adapters.stream import latin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assay.data.adapters.values import Given

Columns = tuple[tuple[Any, ...], ...]
Parsed = tuple[
    int,
    Columns,
    Columns,
    Columns,
    dict[str, dict[int, Any]],
    list[Any],
    dict[str, int],
    dict[str, int],
]
"""Records read; columns of interactions, calls and scores; context; broken; skipped; warnings."""

_ALONE: Final = 6
"""Blocks that are parsed before other processes are worth their start."""
_LENGTH: Final = 8
_PROGRAM: Final = "from assay.data.adapters.otel.blocks import serve; serve()"
_EXCERPT: Final = 2_000


def parse(lines: Iterable[bytes], wishes: Wishes) -> Parsed:
    """The spans of some lines, as columns."""
    collecting = gc.isenabled()
    gc.disable()  # nothing here is cyclic, and there is a great deal of it
    try:
        return parsed(_counted(lines, wishes))
    finally:
        if collecting:
            gc.enable()


def _counted(lines: Iterable[bytes], wishes: Wishes) -> Tally:
    tally = Tally()
    for line in lines:
        document = object_of(line)
        if type(document) is dict:
            add_document(document, tally, wishes)
        elif line.strip(BLANK):
            tally.read += 1
            tally.broken.append((tally.read, str(document), latin(line[:_EXCERPT])))
    return tally


def parsed(tally: Tally) -> Parsed:
    """What was counted, by columns."""
    return (
        tally.read,
        tuple(zip(*tally.interactions, strict=True)),
        tuple(zip(*tally.calls, strict=True)),
        tuple(zip(*tally.scores, strict=True)),
        tally.context,
        tally.broken,
        tally.skipped,
        tally.warnings,
    )


def parse_all(blocks: Iterator[list[bytes]], wishes: Wishes, workers: int) -> Iterator[Parsed]:
    """Every block in its order; large files by several processes."""
    for number, lines in enumerate(blocks, 1):
        yield parse(lines, wishes)
        if number == _ALONE and workers > 1:
            break
    else:
        return
    with _Pool(workers, wishes) as pool:
        waiting: deque[Future[Parsed]] = deque()
        for lines in blocks:
            waiting.append(pool.submit(lines))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Pool:
    """Processes that parse; a thread waits for each. Where one dies, this process does its work."""

    def __init__(self, workers: int, wishes: Wishes) -> None:
        self._wishes = wishes
        self._idle: SimpleQueue[subprocess.Popen[bytes] | None] = SimpleQueue()
        self._processes = [
            subprocess.Popen(  # noqa: S603  ourselves
                [sys.executable, "-P", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(workers)
        ]
        for process in self._processes:
            self._idle.put(process)
        self._threads = ThreadPoolExecutor(workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                _close(cast("BinaryIO", pipe))

    def submit(self, lines: list[bytes]) -> Future[Parsed]:
        """Parse some lines, when a process is free."""
        return self._threads.submit(self._parse, lines)

    def _parse(self, lines: list[bytes]) -> Parsed:
        process = self._idle.get()
        try:
            if process is not None:
                wishes = (self._wishes.cached, self._wishes.agent_totals)
                _send(cast("BinaryIO", process.stdin), ([bytes(line) for line in lines], wishes))
                return cast("Parsed", _receive(cast("BinaryIO", process.stdout)))
        except (OSError, EOFError, ValueError):
            process = None
        finally:
            self._idle.put(process)
        return parse(lines, self._wishes)


def _close(pipe: BinaryIO) -> None:
    try:
        pipe.close()
    except OSError:
        return


def serve() -> None:
    """Parse what comes in until nothing comes any more."""
    while True:
        try:
            lines, (cached, agent_totals) = _receive(sys.stdin.buffer)
        except EOFError:
            return
        _send(sys.stdout.buffer, parse(lines, Wishes(cached, agent_totals)))


def _send(pipe: BinaryIO, value: Given) -> None:
    content = marshal.dumps(value, 2)
    pipe.write(len(content).to_bytes(_LENGTH, "little"))
    pipe.write(content)
    pipe.flush()


def _receive(pipe: BinaryIO) -> Given:
    length = int.from_bytes(pipe.read(_LENGTH), "little")
    content = pipe.read(length)
    if not length or len(content) < length:
        raise EOFError
    return marshal.loads(content)  # noqa: S302  from our own process
