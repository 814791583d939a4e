"""Who does a thing: one process at a time, on any machine that shares the folder.

A claim is a folder with one file for each time it was taken: `000001.json`, `000002.json`, … The
highest number has it. A file is put there complete, by a hard link, which is refused where the name
is taken on every file system that people share; so of two that take a claim at once, one has it.
Whoever has it writes to its own file only, and looks for a higher number before it does anything
that others see: who slept until the claim was taken over finds that out there, and stops.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import socket
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil

from assay.workbench.files import json_text, staging_beside, sync, write_atomically, writing

if TYPE_CHECKING:
    from collections.abc import Iterator

Content = dict[str, Any]
Clock = Callable[[], datetime]

_BEATS: Final = 4
"""How often a claim is renewed in the time after which it would lapse."""
_KEPT: Final = 3
"""Files of a claim that stay: the newest, and what tells of the takeover."""
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


class LeaseLostError(Exception):
    """Another process has taken over what this one slept on."""


@dataclass(frozen=True, slots=True)
class Fence:
    """Asks whether claims are still ours; other processes may be given it to ask, too."""

    claims: tuple[tuple[Path, int], ...]

    def __call__(self) -> None:
        """Does nothing while they are.

        Raises:
            LeaseLostError: where another has taken one over.
        """
        for folder, number in self.claims:
            if (_numbers(folder) or [0])[-1] > number:
                raise LeaseLostError(f"{folder.name} was taken over")


class Lease:
    """A claim that this process has, until it lets go of it or sleeps too long."""

    def __init__(self, folder: Path, number: int, content: Content, now: Clock) -> None:
        self._folder = folder
        self._number = number
        self._content = content
        self._now = now
        self._mutex = threading.Lock()

    @property
    def content(self) -> Content:
        """What is written in it."""
        return dict(self._content)

    @property
    def span(self) -> timedelta:
        """After how long without a sign it lapses."""
        return timedelta(seconds=self._content["span"])

    @property
    def fence(self) -> Fence:
        """What asks whether the claim is ours."""
        return Fence(((self._folder, self._number),))

    def insist(self) -> None:
        """Does nothing while the claim is ours.

        Raises:
            LeaseLostError: where another has taken it over.
        """
        self.fence()

    def write(self, **changes: Any) -> None:  # noqa: ANN401  any JSON
        """Notes how far the work is, and that it goes on.

        Raises:
            LeaseLostError: where another has taken it over; nothing is written then.
        """
        with self._mutex:
            self.insist()
            self._content |= changes | {"beat": _stamp(self._now())}
            write_atomically(_file(self._folder, self._number), json_text(self._content))

    def close(self, **changes: Any) -> None:  # noqa: ANN401  any JSON
        """Lets go of it."""
        self.write(**{**changes, "held": False})

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renews the claim from a thread while the work goes on."""
        done = threading.Event()
        thread = threading.Thread(target=self._beat, args=(done,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _beat(self, done: threading.Event) -> None:
        while not done.wait(self.span.total_seconds() / _BEATS):
            try:
                self.write()
            except LeaseLostError:
                return
            except Exception:  # noqa: BLE001, S112  a full disk may have room again at the next
                continue


def take(
    folder: Path,
    first: Content,
    *,
    span: timedelta,
    now: Clock,
    unless: Callable[[Content], bool] = lambda _content: False,
) -> Lease | None:
    """Takes the claim where it is free, lapsed, or its owner is dead; None where it is not.

    Args:
        folder: of the claim; made where it is not there.
        first: what is written in it when it is taken for the first time; later what is there stays.
        span: how long without a sign it is another's.
        now: the time, the same for all that share the folder.
        unless: tells from its content that there is nothing left to do.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    numbers = _numbers(folder)
    number = numbers[-1] if numbers else 0
    content = _read(_file(folder, number)) if number else None
    if number and content is None:
        return None
    if content is not None and (unless(content) or _is_held(content, now())):
        return None
    mine = (
        (first if content is None else content)
        | _owner()
        | {"span": span.total_seconds(), "beat": _stamp(now()), "held": True}
    )
    if not _create(_file(folder, number + 1), json_text(mine)):
        return None
    if _numbers(folder)[-1] > number + 1:
        return None
    taken = Lease(folder, number + 1, mine, now)
    last_word = _read(_file(folder, number)) if number else None
    if last_word is not None and unless(last_word):
        taken.close(**last_word)
        return None
    for old in numbers[:-_KEPT]:
        with suppress(OSError):
            _file(folder, old).unlink(missing_ok=True)
    return taken


def look(folder: Path) -> Content | None:
    """What is written in a claim; None where nobody ever took it."""
    numbers = _numbers(folder)
    return _read(_file(folder, numbers[-1])) if numbers else None


def shared_clock(folder: Path) -> Clock:
    """The time of the file system, which is the same for all machines that share it."""

    def now() -> datetime:
        probe = staging_beside(folder / "clock")
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            probe.touch()
            try:
                return datetime.fromtimestamp(probe.stat().st_mtime, UTC)
            finally:
                probe.unlink(missing_ok=True)

    return now


def _is_held(content: Content, now: datetime) -> bool:
    """A sign from the future counts as old: the clock was set back, and no sign came since."""
    if not content.get("held"):
        return False
    if content["machine"] == _machine() and not _runs(content["process"], content["started"]):
        return False
    age = abs(now - datetime.fromisoformat(content["beat"]))
    return age <= timedelta(seconds=content["span"])


def _owner() -> Content:
    process = os.getpid()
    return {
        "owner": f"process {process} on {socket.gethostname()}",
        "machine": _machine(),
        "process": process,
        "started": psutil.Process(process).create_time(),
    }


def _runs(process: int, started: float) -> bool:
    try:
        found = psutil.Process(process)
        is_same = abs(found.create_time() - started) < 1
        return is_same and bool(found.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


@cache
def _machine() -> str:
    """What tells apart where process numbers mean the same: the start of a machine, a container."""
    told = [socket.gethostname()]
    for place in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        path = Path(place)
        with suppress(OSError):
            told.append(str(path.readlink()) if path.is_symlink() else path.read_text())
    if len(told) == 1:
        told.append(str(int(psutil.boot_time())))
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _create(path: Path, text: str) -> bool:
    """Puts a file there, complete; False where there is one."""
    beside = staging_beside(path)
    with writing(path):
        try:
            write_atomically(beside, text)
            try:
                os.link(beside, path)
            except FileExistsError:
                # A server's answer may have got lost, and the link asked for a second time.
                return beside.stat().st_nlink > 1
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                return _create_by_name(path, text)
            sync(path.parent)
            return True
        finally:
            beside.unlink(missing_ok=True)


def _create_by_name(path: Path, text: str) -> bool:
    """As above, where there are no links; a reader may find it half-written, and waits."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def _numbers(folder: Path) -> list[int]:
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    found = (name.removesuffix(".json") for name in names if name.endswith(".json"))
    return sorted(int(name) for name in found if name.isdigit())


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.json"


def _read(path: Path) -> Content | None:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and "beat" in content else None


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
