"""Set up `.venv` from a hash-locked requirements file, quietly and with progress.

Usage: python tools/setup.py runtime|dev|spark
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
LOCKS = {
    "runtime": "requirements.lock",
    "dev": "requirements-dev.lock",
    "spark": "requirements-spark.lock",
}
INCLUDED = {"dev": ("runtime",)}

UNREACHABLE = re.compile(
    r"NewConnectionError|NameResolution|ConnectTimeout|ReadTimeout|ProxyError|SSLError|"
    r"Connection (?:refused|reset|broken|aborted)|Failed to establish|Network is unreachable"
)


def main(kind: str) -> int:
    """Make the environment and install what the lock file names; 0 when all went well."""
    began = time.monotonic()
    lock = ROOT / LOCKS[kind]
    total = len(re.findall(r"^[A-Za-z0-9].*==", lock.read_text(), flags=re.MULTILINE))
    say(f"Setting up .venv (Python {sys.version.split()[0]}, up to {total} packages) …")
    try:
        if not usable(VENV / "bin" / "python"):
            venv.EnvBuilder(with_pip=True, clear=True).create(VENV)
        pip_install("--require-hashes", "-r", str(lock), total=total)
        pip_install("--no-deps", "--no-build-isolation", "-e", str(ROOT), total=1)
    except subprocess.CalledProcessError as error:
        return explain(error)
    except KeyboardInterrupt:
        say("\nStopped. Nothing is lost: the next make goes on from here.")
        return 130
    for stamp in (kind, *INCLUDED.get(kind, ())):
        (VENV / f".{stamp}").touch()
    say(f"Set up in {time.monotonic() - began:.0f} s.")
    return 0


def usable(python: Path) -> bool:
    """Whether the environment was made to its end, of a Python that Assay takes."""
    look = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return not subprocess.run([python, "-c", look], capture_output=True, check=False).returncode
    except OSError:
        return False


def pip_install(*arguments: str, total: int) -> None:
    """Run pip, showing how many packages have been looked at; its words only if it fails."""
    command = [VENV / "bin" / "python", "-m", "pip", "install", "--progress-bar=off", *arguments]
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_RETRIES": "2"}
    lines: list[str] = []
    with subprocess.Popen(
        command,
        env={**os.environ, **quiet},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        found = 0
        for line in pip.stdout or ():
            lines.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                found += 1
                progress(f"  {min(found, total)} of {total} packages found")
            elif line.startswith("Installing collected packages"):
                progress("  installing …")
    progress("")
    if pip.returncode:
        raise subprocess.CalledProcessError(pip.returncode, command, output="".join(lines))


def explain(error: subprocess.CalledProcessError) -> int:
    """Say in one line what went wrong, then what pip said of it."""
    output = error.output or ""
    if isinstance(output, bytes):
        output = output.decode(errors="replace")
    if "ensurepip" in " ".join(map(str, error.cmd)):
        what = "this Python has no venv/ensurepip (on Debian and Ubuntu: apt install python3-venv)"
    elif UNREACHABLE.search(output):
        what = "the package index cannot be reached; check the network, PIP_INDEX_URL and proxies"
    elif "DO NOT MATCH THE HASHES" in output:
        what = "a package is not the one that was locked; clear pip's cache and any local mirror"
    elif "No space left" in output:
        what = "the disk is full"
    else:
        what = "a package could not be installed"
    said = [line for line in output.splitlines() if "ERROR" in line][-3:] or output.splitlines()[
        -5:
    ]
    sys.stderr.write("\n".join([f"Set-up failed: {what}.", *(f"  pip: {s}" for s in said), ""]))
    sys.stderr.write("Nothing is lost: the next make goes on from here.\n")
    return 1


def say(text: str) -> None:
    """One line that stays."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def progress(text: str) -> None:
    """One line that is overwritten, on a terminal only."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\033[K{text}")
        sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.exit(f"usage: {Path(__file__).name} {'|'.join(LOCKS)}")
    sys.exit(main(sys.argv[1]))
