"""Processes that measure, asked line by line; whatever they started ends with them."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import IO, TYPE_CHECKING, Any, Final, Protocol, Self

from assay.core.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from assay.workbench.benchmarks.declared import Trial

_CHILD: Final = Path(__file__).with_name("child.py")
_PATIENCE: Final = 5.0
_LONGEST_ANSWER: Final = 1 << 20
_TAIL: Final = 2_000
_TIMES: Final = 25
FLOOR: Final = 1.05
"""Peak memory within this ratio of what starts commands cannot be told from it."""


class FailedError(Exception):
    """A workload did not do its work.

    Attributes:
        what: how it ended.
        told: the end of what it printed about it.
        over: whether nothing more can be asked of it in this run.
    """

    def __init__(self, what: str, told: str, *, over: bool = False) -> None:
        super().__init__(what)
        self.what, self.told, self.over = what, told, over


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What one round took: seconds of the clock and of processors; bytes, where told per round."""

    seconds: float
    cpu: float
    memory: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """Seconds that measuring adds: to each call, to each round of calls, to each command."""

    call: float
    round: float
    command: float

    def share(self, trial: Trial, number: int, seconds: float) -> float:
        """The part of a round's time that is measuring."""
        own = self.command if trial.command else self.round + number * self.call
        return own / seconds if seconds > 0 else 1.0


class Hand(Protocol):
    """One workload in one run."""

    def fit(self, seconds: float) -> int:
        """How many times it is done in a round that lasts so long."""
        ...

    def round(self, number: int) -> Took:
        """One round.

        Raises:
            FailedError: where it did not do its work.
        """
        ...

    def peak(self) -> float | None:
        """Most memory that it held in this run, bytes; None where rounds tell it."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class Hands(Protocol):
    """What measures."""

    def take(self, trial: Trial) -> Hand:
        """A workload, made ready.

        Raises:
            FailedError: where it cannot be made ready.
        """
        ...

    def overhead(self) -> Overhead:
        """What measuring adds."""
        ...

    def loop(self) -> float:
        """Seconds that always the same arithmetic takes."""
        ...


class Processes:
    """Commands are started by one small process; each callable has a process of its own per run."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = tempfile.TemporaryDirectory(prefix="assay-bench-")
        self._launcher = _Line(root, Path(self._folder.name), {}, small=True)
        self._open: list[_Call] = []
        self.floor = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for call in self._open:
            call.close()
        self._launcher.end()
        self._folder.cleanup()

    def take(self, trial: Trial) -> Hand:
        """See `Hands`."""
        if trial.command:
            return _Command(self._launcher, trial, self)
        call = _Call(self._root, Path(self._folder.name), trial)
        self._open.append(call)
        call.begin()
        return call

    def overhead(self) -> Overhead:
        """See `Hands`; also learns how little memory of a command can be told."""
        call = self._launcher.ask({"do": "empty call", "times": _TIMES}, 60)
        empty = which("true")
        if empty is None:
            return Overhead(call=call["call"], round=call["round"], command=0.0)
        request = self._launcher.command_request((empty,), {}, 10.0)
        told = self._launcher.ask({**request, "do": "empty command", "times": _TIMES}, 60)
        self.floor = float(told["memory"])
        more = max(told["measured"] - told["bare"], 0.0)
        return Overhead(call=call["call"], round=call["round"], command=more)

    def loop(self) -> float:
        """See `Hands`."""
        return float(self._launcher.ask({"do": "loop", "times": 7}, 60)["seconds"])


class _Line:
    """A process that measures, and the line to it."""

    def __init__(
        self, root: Path, folder: Path, environment: Mapping[str, str], *, small: bool
    ) -> None:
        self._told = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  `end` closes it
        self._stderr = str(folder / "stderr")
        self._process = subprocess.Popen(  # noqa: S603  this Python, and a file of ours
            [sys.executable, *(("-I", "-S") if small else ("-P",)), str(_CHILD)],
            cwd=root,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
            start_new_session=True,
        )

    def command_request(
        self, command: tuple[str, ...], environment: Mapping[str, str], timeout: float
    ) -> dict[str, Any]:
        return {
            "do": "command",
            "command": list(command),
            "environment": dict(environment),
            "timeout": timeout,
            "stderr": self._stderr,
        }

    def ask(self, request: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """One answer.

        Raises:
            FailedError: where there is none in time, or the process is gone.
        """
        out, into = self._process.stdout, self._process.stdin
        if out is None or into is None:
            raise ProjectError("a process that measures has no line to it")
        with suppress(BrokenPipeError):
            into.write(json.dumps(request).encode() + b"\n")
            into.flush()
        if not select.select([out], [], [], timeout)[0]:
            self.end()
            raise FailedError(
                f"took more than {timeout:g} s and was ended", _tail_of(self._told), over=True
            )
        line = out.readline(_LONGEST_ANSWER)
        if not line:
            code = self._process.wait()
            how = f"was ended by signal {-code}" if code < 0 else f"ended its process with {code}"
            raise FailedError(how, _tail_of(self._told), over=True)
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            raise FailedError(answer["failed"], answer["told"])
        return answer

    def end(self) -> None:
        """The process, and all that it started."""
        if self._process.poll() is None:
            self._process.terminate()  # lets it end the command that it waits for
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for line in (self._process.stdin, self._process.stdout, self._told):
            if line is not None:
                with suppress(OSError):
                    line.close()


class _Command:
    """A command, started anew in each round."""

    def __init__(self, launcher: _Line, trial: Trial, processes: Processes) -> None:
        self._launcher, self._processes = launcher, processes
        self._timeout = trial.timeout
        self._request = launcher.command_request(trial.command, trial.environment, trial.timeout)

    def fit(self, seconds: float) -> int:  # noqa: ARG002  a round of commands is one command
        return 1

    def round(self, number: int) -> Took:  # noqa: ARG002
        told = self._launcher.ask(self._request, self._timeout + 10 * _PATIENCE)
        memory = told["memory"] if told["memory"] > FLOOR * self._processes.floor else None
        return Took(seconds=told["seconds"], cpu=told["cpu"], memory=memory)

    def peak(self) -> float | None:
        return None

    def close(self) -> None:
        """Nothing of it is left."""


class _Call:
    """A callable in a process of its own."""

    def __init__(self, root: Path, folder: Path, trial: Trial) -> None:
        self._trial = trial
        self._root = root
        self._line = _Line(root, folder, trial.environment, small=False)

    def begin(self) -> None:
        trial = self._trial
        request = {
            "do": "open",
            "root": str(self._root),
            "call": trial.call,
            "prepare": trial.prepare,
            "arguments": dict(trial.arguments),
            "items": trial.items,
        }
        try:
            self._line.ask(request, trial.timeout)
        except FailedError as failed:
            self.close()
            raise FailedError(failed.what, failed.told, over=True) from None

    def fit(self, seconds: float) -> int:
        answer = self._line.ask({"do": "fit", "seconds": seconds}, self._trial.timeout)
        return int(answer["number"])

    def round(self, number: int) -> Took:
        told = self._line.ask({"do": "round", "number": number}, self._trial.timeout)
        return Took(seconds=told["seconds"], cpu=told["cpu"])

    def peak(self) -> float | None:
        return float(self._line.ask({"do": "peak"}, _PATIENCE)["memory"])

    def close(self) -> None:
        self._line.end()


def _tail_of(file: IO[bytes]) -> str:
    if file.closed:
        return ""
    file.seek(0, os.SEEK_END)
    file.seek(max(file.tell() - _TAIL, 0))
    return file.read().decode("utf-8", "replace").strip()
