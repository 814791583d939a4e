"""A PostgreSQL server of the tests' own: in a private folder, on a free port of loopback."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PROGRAMS = ("initdb", "pg_ctl")


@dataclass(frozen=True)
class Server:
    """`app` may log in without a password, `guarded` only with it."""

    port: int
    password: str

    def url(self, database: str = "postgres", user: str = "app", options: str = "") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}{options}"


def programs() -> dict[str, str]:
    """Where the server's programs are; on Debian they are not in PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    found = {name: shutil.which(name, path=path) for name in PROGRAMS}
    return {name: place for name, place in found.items() if place}


def why_not() -> str:
    """Why there can be no server here; empty where there can."""
    if missing := [name for name in PROGRAMS if name not in programs()]:
        return f"PostgreSQL's {' and '.join(missing)} not found (apt-get install postgresql)"
    if os.geteuid() == 0 and _other_user() is None:
        return "PostgreSQL refuses to run as root, and there is no user postgres or nobody"
    return ""


def _other_user() -> str | None:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running() -> Iterator[Server]:
    user = _other_user() if os.geteuid() == 0 else None
    found, password, port = programs(), secrets.token_hex(8), _free_port()
    with TemporaryDirectory(prefix="assay-pg-") as name:
        folder = Path(name)

        def run(*command: str) -> None:
            done = subprocess.run(
                command, user=user, group=None if user is None else pwd.getpwnam(user).pw_gid,
                extra_groups=None if user is None else [], cwd=folder, capture_output=True,
                text=True, check=False, env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"},
            )  # fmt: skip
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

        if user is not None:
            shutil.chown(folder, user)
        database = folder / "db"
        secret = folder / "secret"
        secret.write_text(password)
        secret.chmod(0o644)
        run(found["initdb"], "-D", str(database), "-U", "app", "-A", "scram-sha-256",
            f"--pwfile={secret}", "-E", "UTF8", "--no-sync", "--no-locale")  # fmt: skip
        (database / "pg_hba.conf").write_text(
            "host all guarded 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
        )
        settings = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off "
            "-c shared_buffers=16MB -c max_connections=20"
        )
        run(found["pg_ctl"], "-D", str(database), "-o", settings, "-l", str(folder / "log"),
            "-w", "-t", "30", "start")  # fmt: skip
        try:
            yield Server(port=port, password=password)
        finally:
            run(found["pg_ctl"], "-D", str(database), "-m", "immediate", "-w", "stop")
