"""The process that writes for this one: started when there is something to write, not before.

It is another process for three reasons: a program that forks after Polars was used in it hangs its
children; importing it would stop the application's threads for a moment; and making rows private
and checking them takes many times longer than recording them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DESK: Final = "assay.data.live.desk"
PREFIX: Final = 8
"""Bytes of the number that goes before every message: its length."""
_NO_SIGNAL: Final = getattr(socket, "MSG_NOSIGNAL", 0)
_AT_ONCE: Final = 1 << 16
_LEAVE_SECONDS: Final = 5.0


class ClerkError(Exception):
    """The process that writes could not be started, ended, or does not answer."""


class Clerk:
    """A handle on the process that writes. One thread at a time uses it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._said: IO[bytes] | None = None

    def deliver(self, content: bytes, *, seconds: float) -> Mapping[str, Any]:
        """Hands a message over and waits for the answer.

        Raises:
            ClerkError: where there is none within so many seconds; the next delivery starts anew.
        """
        until = time.monotonic() + seconds
        try:
            line = self._line or self._started()
            _send(line, content, until)
            answer = orjson.loads(_received(line, until))
        except (OSError, ValueError, subprocess.SubprocessError, RuntimeError) as error:
            late = isinstance(error, TimeoutError)
            told = "no answer in time" if late else self._last_words() or str(error)
            self.dismiss(at_once=True)
            raise ClerkError(f"the process that writes for the application: {told}") from None
        if not isinstance(answer, dict):
            raise ClerkError("the process that writes for the application answered nonsense")
        return answer

    def dismiss(self, *, at_once: bool = False) -> None:
        """Ends the process, if there is one; it has nothing in hand unless a delivery failed."""
        process = self._let_go()
        if process is None:
            return
        with suppress(OSError):
            if at_once:
                process.kill()
            try:
                process.wait(_LEAVE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def disown(self) -> None:
        """In a child of a fork: lets go of a process that is the parent's, without ending it."""
        process = self._let_go()
        if process is not None:
            process.returncode = 0  # not ours to wait for

    def _let_go(self) -> subprocess.Popen[bytes] | None:
        process, line, said = self._process, self._line, self._said
        self._process = self._line = self._said = None
        for each in (line, said):
            if each is not None:
                with suppress(OSError):
                    each.close()
        return process

    def _last_words(self) -> str:
        """The last line that a process wrote before it ended by itself."""
        if self._process is None or self._said is None:
            return ""
        with suppress(OSError, subprocess.TimeoutExpired):
            self._process.wait(1.0)
            self._said.seek(0)
            lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""

    def _started(self) -> socket.socket:
        line, far = socket.socketpair()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  as long as the process
        try:
            with far:
                self._process = subprocess.Popen(  # noqa: S603
                    [_python(), "-P", "-W", "ignore", "-m", DESK],
                    stdin=far.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=self._said,
                    env={**os.environ, **dict(_environment())},
                    start_new_session=True,
                )
        except BaseException:
            line.close()
            raise
        self._line = line
        return line


def _environment() -> Iterator[tuple[str, str]]:
    """What the process needs to find the same packages, and to take one core at most."""
    yield "PYTHONPATH", os.pathsep.join(part for part in sys.path if part)
    yield "POLARS_MAX_THREADS", "1"


def _python() -> str:
    """The interpreter; in a server that embeds Python `sys.executable` is the server."""
    given = Path(sys.executable or "")
    if given.name.startswith(("python", "pypy")):
        return str(given)
    for name in (f"python{sys.version_info[0]}.{sys.version_info[1]}", "python3", "python"):
        candidate = Path(sys.prefix) / "bin" / name
        if candidate.exists():
            return str(candidate)
    return sys.executable or "python3"


def _send(line: socket.socket, content: bytes, until: float) -> None:
    line.settimeout(_left(until))
    line.sendall(len(content).to_bytes(PREFIX, "big") + content, _NO_SIGNAL)


def _received(line: socket.socket, until: float) -> bytes:
    return _exactly(line, int.from_bytes(_exactly(line, PREFIX, until), "big"), until)


def _exactly(line: socket.socket, size: int, until: float) -> bytes:
    parts: list[bytes] = []
    while size > 0:
        line.settimeout(_left(until))
        part = line.recv(min(size, _AT_ONCE))
        if not part:
            raise ConnectionError("ended without an answer")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
