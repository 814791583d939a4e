"""The process that measures: commands one after another, or one Python callable over and over.

It is run as a file, by a Python without site-packages where it starts commands, so that it is
small: the system counts what a process took before it became a command as that command's memory.
Nothing of Assay is imported here. Requests and answers are lines of JSON on its standard input and
output.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import inspect
import json
import os
import signal
import sys
import time
import traceback
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, TextIO

    Request = dict[str, Any]
    Answer = dict[str, Any]

TAIL = 2_000
"""Characters of what a failure printed that are told."""
_MOST = 1 << 30
_KIB = 1 if sys.platform == "darwin" else 1024
"""Bytes that the system counts peak memory in."""
_OPEN, _READ, _WRITE = 0, os.O_RDONLY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def main() -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGTERM, _end)
    _serve(sys.stdin, answers)


def _serve(requests: TextIO, answers: TextIO) -> None:
    calls = Calls()
    does: dict[str, Callable[[Request], Answer]] = {
        "command": run_command,
        "empty command": empty_command,
        "loop": loop,
        "open": calls.open,
        "fit": calls.fit,
        "round": calls.round,
        "empty call": empty_call,
        "peak": lambda _: {"memory": peak()},
    }
    for line in requests:
        request = json.loads(line)
        answers.write(json.dumps(does[request["do"]](request)) + "\n")
        answers.flush()


# Commands

_running: list[int] = []


class _OverTimeError(Exception):
    """A command took longer than it may."""


def run_command(request: Request) -> Answer:
    """One command from its start to its end, with all the processes that it waited for."""
    told = request["stderr"]
    argv, environment = request["command"], {**os.environ, **request["environment"]}
    actions = [
        (_OPEN, 0, os.devnull, _READ, 0),
        (_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (_OPEN, 2, told, _WRITE, 0o600),
    ]
    signal.signal(signal.SIGALRM, _over_time)
    status, used, late = 0, None, False
    began = time.perf_counter()
    try:
        process = os.posix_spawnp(
            argv[0], argv, environment, file_actions=actions, setpgroup=0, setsigmask=()
        )
    except OSError as error:
        return {"failed": f"{argv[0]} cannot be started: {error.strerror}", "told": ""}
    _running.append(process)
    try:
        signal.setitimer(signal.ITIMER_REAL, request["timeout"])
        _, status, used = os.wait4(process, 0)
        seconds = time.perf_counter() - began
        signal.setitimer(signal.ITIMER_REAL, 0)
    except _OverTimeError:
        late = used is None
        seconds = time.perf_counter() - began
    _kill(process)
    if used is None:
        _, status, used = os.wait4(process, 0)
    _running.clear()
    if late:
        failed = f"took more than {request['timeout']:g} s and was ended"
        return {"failed": failed, "told": _tail(told)}
    code = os.waitstatus_to_exitcode(status)
    if code:
        failed = f"ended with {code}" if code > 0 else f"was ended by signal {-code}"
        return {"failed": failed, "told": _tail(told)}
    cpu = used.ru_utime + used.ru_stime
    return {"seconds": seconds, "cpu": cpu, "memory": used.ru_maxrss * _KIB}


def empty_command(request: Request) -> Answer:
    """What a command that does nothing takes, measured as workloads are, and bare.

    The fastest of several times: what else the machine does only ever adds.
    """
    bare, ours, memory = [], [], 0
    command = request["command"]
    for _ in range(request["times"]):
        began = time.perf_counter()
        os.waitpid(os.posix_spawn(command[0], command, os.environ), 0)
        bare.append(time.perf_counter() - began)
        answer = run_command(request)
        ours.append(answer["seconds"])
        memory = max(memory, answer["memory"])
    return {"bare": min(bare), "measured": min(ours), "memory": memory}


def _over_time(_number: int, _frame: FrameType | None) -> None:
    raise _OverTimeError


def _end(_number: int, _frame: FrameType | None) -> None:
    for process in _running:
        _kill(process)
    os._exit(1)


def _kill(group: int) -> None:
    """End whatever of a command is left."""
    with contextlib.suppress(OSError):
        os.killpg(group, signal.SIGKILL)


def _tail(path: str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123  pathlib would make the process larger
        file.seek(0, os.SEEK_END)
        file.seek(max(file.tell() - TAIL, 0))
        return file.read().decode("utf-8", "replace").strip()


# Callables


class Calls:
    """One callable with its arguments, called a number of times per round."""

    def __init__(self) -> None:
        self._call: Callable[..., object] = empty
        self._given: tuple[object, ...] = ()
        self._named: dict[str, object] = {}

    def open(self, request: Request) -> Answer:
        """Import the callable and prepare what it works on."""
        sys.path.insert(0, request["root"])
        named, items = dict(request["arguments"]), request["items"]
        try:
            self._call = _found(request["call"])
            if request["prepare"] is not None:
                prepare = _found(request["prepare"])
                own = _with_items(prepare, named, items)
                self._given, named = (prepare(**own),), {}
            self._named = _with_items(self._call, named, items)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001  a user's code, whatever it raises
            return _failure(error)
        return {}

    def fit(self, request: Request) -> Answer:
        """How many calls a round takes to last as long as it should."""
        number = 1
        while number < _MOST:
            answer = self.round({"number": number})
            if "failed" in answer:
                return answer
            if answer["seconds"] >= request["seconds"] / 2:
                break
            scale = request["seconds"] / max(answer["seconds"], 1e-9)
            number = min(_MOST, max(2 * number, int(number * min(scale, 100))))
        return {"number": number}

    def round(self, request: Request) -> Answer:
        """So many calls after a collection of garbage; the answer is of all of them together."""
        gc.collect()
        below = getrusage(RUSAGE_CHILDREN)
        cpu = time.process_time()
        try:
            seconds = timed(self._call, self._given, self._named, request["number"])
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001  a user's code, whatever it raises
            return _failure(error)
        cpu = time.process_time() - cpu
        after = getrusage(RUSAGE_CHILDREN)
        cpu += after.ru_utime + after.ru_stime - below.ru_utime - below.ru_stime
        return {"seconds": seconds, "cpu": cpu}


def timed(
    call: Callable[..., object],
    given: tuple[object, ...],
    named: dict[str, object],
    number: int,
) -> float:
    """Seconds that so many calls take, with the little that counting them costs."""
    rounds = [None] * number
    if given or named:
        began = time.perf_counter()
        for _ in rounds:
            call(*given, **named)
        return time.perf_counter() - began
    began = time.perf_counter()
    for _ in rounds:
        call()
    return time.perf_counter() - began


def empty(*_given: object, **_named: object) -> None:
    """A workload without work."""


def empty_call(request: Request) -> Answer:
    """What the measuring adds to a round and to a call: an empty workload beside bare calls of it.

    The bare calls stand one after another in the text of a function, so that nothing counts them.
    """
    written, many = 200, 1000
    body = "def bare(call, given, named):\n" + " call(*given, **named)\n" * written
    names: dict[str, Callable[..., None]] = {}
    exec(body, names)  # noqa: S102  our own text
    bare, once, often = [], [], []
    given: tuple[object, ...] = (None,)
    named: dict[str, object] = {"a": None}
    for _ in range(request["times"]):
        began = time.perf_counter()
        for _ in range(5):
            names["bare"](empty, given, named)
        bare.append((time.perf_counter() - began) / (5 * written))
        often.append(timed(empty, given, named, many) / many)
        once.append(timed(empty, given, named, 1))
    each = min(often) - min(bare)
    return {"call": max(each, 0.0), "round": max(min(once) - min(often), 0.0)}


def _found(place: str) -> Callable[..., object]:
    module, _, name = place.partition(":")
    found: object = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{place} is {type(found).__name__}, expected something to call")
    if inspect.iscoroutinefunction(found):
        raise TypeError(f"{place} is a coroutine function: measure a plain one that runs it")
    return found


def _with_items(
    call: Callable[..., object], named: dict[str, object], items: int | None
) -> dict[str, object]:
    """The arguments, with the number of items where the callable takes it."""
    if items is None or "items" in named:
        return named
    try:
        takes = "items" in inspect.signature(call).parameters
    except (TypeError, ValueError):  # of C, without a signature
        takes = False
    return {**named, "items": items} if takes else named


def _failure(error: BaseException) -> Answer:
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    told = "".join(traceback.format_exception(type(error), error, trace))[-TAIL:].strip()
    return {"failed": f"raised {type(error).__name__}: {error}"[:TAIL], "told": told}


def peak() -> int:
    """Most memory that this process held, or one that it waited for, bytes.

    `getrusage` counts what the process that started this one held as well, so it is not asked where
    the system knows better.
    """
    own = getrusage(RUSAGE_SELF).ru_maxrss * _KIB
    with contextlib.suppress(OSError), open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123
        own = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
    return max(own, getrusage(RUSAGE_CHILDREN).ru_maxrss * _KIB)


def loop(request: Request) -> Answer:
    """Seconds that the same arithmetic takes, the median of several times."""
    taken = []
    for _ in range(request["times"]):
        began = time.perf_counter()
        total = 0
        for i in range(20_000):
            total += i * i % 7
        taken.append(time.perf_counter() - began)
    return {"seconds": median(taken)}


if __name__ == "__main__":
    main()
