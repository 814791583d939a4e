"""Where something was measured: the machine, its system, and the state of the code."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from assay.core.tags import tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HASH: Final = 8
"""Longer ones hold telephone numbers now and then, as far as anybody can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A machine, as far as it decides how fast something is.

    Attributes:
        governor: of the processors' clock; "" where the system does not tell.
        load: processes that were waiting for a processor or had one, on average of a minute.
    """

    system: str
    machine: str
    processor: str
    cores: int
    usable_cores: int
    memory_gb: float
    governor: str
    python: str
    load: float

    @property
    def label(self) -> str:
        """One word by which measurements of different machines are told apart."""
        told = asdict(self)
        del told["load"]
        version = ".".join(self.python.split()[-1].split(".")[:2])
        system = self.system.split()[0].lower()
        return f"{system}-{self.machine}-{self.usable_cores}cpu-py{version}-{tag(told)}"

    def told(self) -> dict[str, object]:
        """All of it, for the record beside the measurements."""
        return {"label": self.label, **asdict(self)}


def environment() -> Environment:
    """This machine, now."""
    load = 0.0
    with suppress(OSError):
        load = os.getloadavg()[0]
    return Environment(
        system=f"{platform.system()} {platform.release()}",
        machine=platform.machine() or "unknown",
        processor=_processor(),
        cores=os.cpu_count() or 1,
        usable_cores=_usable(),
        memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
        governor=_first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        load=round(load, 2),
    )


def revision_of(root: Path, *, besides: Sequence[Path] = ()) -> str:
    """The state of the code: the commit, and what lies uncommitted over it; "" without git.

    Two different uncommitted states of one commit have different names.

    Args:
        root: the project's folder.
        besides: files and folders that are no code, such as where measurements are kept.
    """
    commit = _git(root, "rev-parse", "HEAD")
    if commit is None:
        return ""
    name = commit.decode().strip()[:_HASH]
    inside = [path.relative_to(root) for path in besides if path.is_relative_to(root)]
    where = (".", *(f":(exclude){path.as_posix()}" for path in inside))
    status = _git(root, "status", "--porcelain", "--untracked-files=all", "--", *where) or b""
    if not status.strip():
        return name
    changes = _git(root, "diff", "HEAD", "--", *where)
    return f"{name}-dirty.{tag([status, changes, _new(root, where)])}"


def _new(root: Path, where: Sequence[str]) -> Mapping[str, tuple[int, int]]:
    """Size and time of files that git does not have yet."""
    listed = _git(root, "ls-files", "-z", "--others", "--exclude-standard", "--", *where) or b""
    found = {}
    for name in filter(None, listed.decode(errors="replace").split("\0")):
        with suppress(OSError):
            about = (root / name).stat()
            found[name] = (about.st_size, about.st_mtime_ns)
    return found


def _git(root: Path, *arguments: str) -> bytes | None:
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(  # noqa: S603  fixed arguments
        [git, "-C", str(root), *arguments], capture_output=True, check=False
    )
    return done.stdout if done.returncode == 0 else None


def _processor() -> str:
    with suppress(OSError):
        for line in (
            Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        ):
            name, _, value = line.partition(":")
            if name.strip() in {"model name", "Model", "Hardware"}:
                return value.strip()
    return platform.processor() or platform.machine()


def _usable() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def _first_line(path: str) -> str:
    with suppress(OSError):
        return Path(path).read_text(encoding="utf-8").strip()
    return ""
