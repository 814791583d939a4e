"""Processes that parse lines of OTLP, in order and within bounded memory.

They are this interpreter started anew on one module, so that nothing depends on the program that
imports. Each ends when its input does: none outlives the process that started it, however that
ends. Ctrl-C is that process's business alone.
"""

from __future__ import annotations

import json
import marshal
import signal
import subprocess
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, BinaryIO, Final, Self, cast

from assay.data.adapters.lines import CutLine
from assay.data.adapters.otel.blocks import Parsed, parse
from assay.data.adapters.otel.tally import Wishes

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

Process = subprocess.Popen[bytes]

STOPPED: Final = (
    "a process that was reading spans was stopped from outside, as by a lack of memory; what it "
    "had was read again and nothing is missing"
)
"""A warning: the answer is the same, but the import is slower."""

_ALONE: Final = 6
"""Blocks that are parsed before other processes are worth their start."""
_LENGTH: Final = 8
_PIPE: Final = 1 << 20
_PROGRAM: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from assay.data.adapters.otel.workers import serve; serve()"
)


def parse_all(
    blocks: Iterator[list[bytes]], wishes: Wishes, workers: int
) -> Generator[Parsed, None, None]:
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
        self._idle: SimpleQueue[Process | None] = SimpleQueue()
        self._processes: list[Process] = []
        with suppress(OSError):  # where none can be started, this process does it all
            while len(self._processes) < workers:
                self._processes.append(_started(wishes))
        for process in self._processes:
            self._idle.put(process)
        if not self._processes:
            self._idle.put(None)
        self._threads = ThreadPoolExecutor(len(self._processes) or 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    cast("BinaryIO", pipe).close()

    def submit(self, lines: list[bytes]) -> Future[Parsed]:
        """Parse some lines, when a process is free."""
        return self._threads.submit(self._parse, lines)

    def _parse(self, lines: list[bytes]) -> Parsed:
        process = self._idle.get()
        died = False
        try:
            if process is not None and not any(type(line) is CutLine for line in lines):
                _send(cast("BinaryIO", process.stdin), b"".join(lines))
                content = _receive(cast("BinaryIO", process.stdout))
                return cast("Parsed", marshal.loads(content))  # noqa: S302  from our own process
        except (OSError, EOFError, ValueError):
            process, died = None, True
        finally:
            self._idle.put(process)
        parsed = parse(lines, self._wishes)
        if died:
            parsed[-1][STOPPED] = 1
        return parsed


def _started(wishes: Wishes) -> Process:
    said = json.dumps((wishes.cached, wishes.agent_totals))
    return subprocess.Popen(  # noqa: S603  ourselves
        [sys.executable, "-P", "-c", _PROGRAM, json.dumps(sys.path), said],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pipesize=_PIPE,
    )


def serve() -> None:
    """Parse what comes in until nothing comes any more."""
    wishes = Wishes(*json.loads(sys.argv[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError):
        while True:
            lines = _receive(sys.stdin.buffer).splitlines(keepends=True)
            _send(sys.stdout.buffer, marshal.dumps(parse(lines, wishes), 2))


def _send(pipe: BinaryIO, content: bytes) -> None:
    pipe.write(len(content).to_bytes(_LENGTH, "little"))
    pipe.write(content)
    pipe.flush()


def _receive(pipe: BinaryIO) -> bytes:
    length = int.from_bytes(pipe.read(_LENGTH), "little")
    content = pipe.read(length)
    if not length or len(content) < length:
        raise EOFError
    return content
