"""Rows that a Spark cluster holds, as a frame that stays there."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

from assay.core.errors import DataError, ParameterError, nearest, without_values
from assay.core.project import resolve_path

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX: Final = "spark://"
OLDEST_JAVA: Final = 17
REACH: Final = 5.0
"""Seconds within which a master has to answer."""
WORKERS: Final = 60.0
"""Seconds within which the first worker has to take up work."""
_PORT: Final = 7077
_LOCAL: Final = re.compile(r"^spark://(local(?:\[(?:\d+|\*)\])?)(?=/)")
_SHOWN: Final = "expected spark://HOST:PORT/TABLE or spark://HOST:PORT/?parquet=PATH"


@dataclass(frozen=True, slots=True)
class SparkPlace:
    """Which rows of which cluster an address names.

    Attributes:
        host: of the master; `local`, or `local[4]` for four cores, is this process itself.
        port: None where there is no cluster.
        table: as the cluster's catalogue knows it; None where `parquet` is given.
        parquet: path or URL that all workers can read.
    """

    host: str
    port: int | None
    table: str | None
    parquet: str | None

    @classmethod
    def of(cls, url: str) -> Self:
        """What an address says.

        Raises:
            ParameterError: where it is not one of Spark's.
        """
        local = _LOCAL.match(url)
        parts = urlsplit(url if local is None else f"spark://local{url[local.end() :]}")
        try:
            port = None if local else parts.port or _PORT
        except ValueError as error:
            raise ParameterError(f"{url} has no proper port", remedy=_SHOWN) from error
        asked = parse_qs(parts.query, keep_blank_values=True)
        table, parquet = unquote(parts.path.strip("/")), asked.pop("parquet", [])
        if parts.username or parts.password:
            raise ParameterError(
                f"the address of {parts.hostname} holds credentials, expected none",
                remedy="put them into Spark's own configuration (SPARK_CONF_DIR)",
            )
        alone = len(parquet) == 1 and bool(parquet[0]) and not table
        if parts.scheme != "spark" or not parts.hostname or asked:
            raise ParameterError(f"{url} is no address of Spark's", remedy=_SHOWN)
        if not (alone or (table and not parquet)):
            raise ParameterError(f"{url} names neither one table nor one path", remedy=_SHOWN)
        host = local[1] if local else parts.hostname
        return cls(host, port, table or None, parquet[0] if alone else None)

    @property
    def master(self) -> str:
        """The cluster's own address, as Spark takes it."""
        if self.port is None:
            return "local[*]" if self.host == "local" else self.host
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{PREFIX}{host}:{self.port}"


def open_spark(url: str) -> Any:  # noqa: ANN401  a PySpark DataFrame, where PySpark is installed
    """The rows that an address names, unread; the session tells times in UTC.

    A path without a scheme is this machine's, and the workers' too: they read it themselves.
    Memory, cores and catalogues are Spark's own settings (`spark-defaults.conf`).

    Raises:
        ParameterError: where the address is none of Spark's.
        DataError: where PySpark or Java is missing, the master does not answer in time or has no
            workers, or there is no such table or path.
    """
    place = SparkPlace.of(url)
    _check_installed()
    _check_reachable(place)
    session = _session(place)
    if place.table is not None:
        return _named(lambda: session.table(place.table), f"table {place.table!r}", place, session)
    path = str(place.parquet)
    if not re.match(r"^[a-z][a-z0-9+.-]*:", path, re.IGNORECASE):
        path = str(resolve_path(path).absolute())
    return _named(lambda: session.read.parquet(path), f"Parquet at {path}", place, session)


def _check_installed() -> None:
    if find_spec("pyspark") is None:
        raise DataError(
            "spark:// needs PySpark, which is not installed",
            remedy="install Assay with its extra: pip install 'assay[spark]'",
        )
    version = java_version()
    if version is None:
        raise DataError(
            "spark:// needs Java, and there is none",
            remedy=f"install Java {OLDEST_JAVA} or newer, or set JAVA_HOME to where it is",
        )
    if version < OLDEST_JAVA:
        raise DataError(
            f"spark:// finds Java {version}, expected {OLDEST_JAVA} or newer",
            remedy="set JAVA_HOME to a newer one",
        )


def java_version() -> int | None:
    """Major version of the Java that Spark would start; None without one."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not Path(java).is_file():
        return None
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found[1]) if found else None


def _check_reachable(place: SparkPlace) -> None:
    if place.port is None:
        return
    try:
        socket.create_connection((place.host, place.port), timeout=REACH).close()
    except OSError as error:
        raise DataError(
            f"no Spark master answers at {place.master} within {REACH:.0f} s ({error})",
            remedy="start it, or check host and port: its log says `Starting Spark master at …`",
        ) from error


def _session(place: SparkPlace) -> Any:  # noqa: ANN401
    SparkSession = import_module("pyspark.sql").SparkSession  # noqa: N806  an extra
    running = SparkSession.getActiveSession()
    if running is not None and running.conf.get("spark.master") != place.master:
        raise DataError(
            f"this process already works with {running.conf.get('spark.master')}, expected"
            f" {place.master}: Spark has one cluster per process",
            remedy="give all inputs of a report from one cluster",
        )
    builder = (
        SparkSession.builder.master(place.master)
        .appName("assay")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
    )
    if place.port is None or _is_loopback(place.host):
        builder = builder.config("spark.driver.host", "127.0.0.1")
        builder = builder.config("spark.driver.bindAddress", "127.0.0.1")
    try:
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
    except Exception as error:  # of py4j, of the Java side, of the operating system
        raise DataError(
            f"{place.master} does not take a session: {_first_line(error)}",
            remedy="check that master and PySpark have the same version of Spark",
        ) from error
    if place.port is not None:
        _wait_for_workers(session, place)
    return session


def _wait_for_workers(session: Any, place: SparkPlace) -> None:  # noqa: ANN401
    """Without workers a job of Spark's waits for ever."""
    tracker = session.sparkContext._jsc.sc().statusTracker()  # noqa: SLF001  no other way from Python
    end = time.monotonic() + WORKERS
    while len(tracker.getExecutorInfos()) < 2:  # the first is the driver itself
        if time.monotonic() > end:
            session.stop()
            raise DataError(
                f"{place.master} gives no worker within {WORKERS:.0f} s",
                remedy="start workers, or ask for less (spark.executor.memory, spark.cores.max)",
            )
        time.sleep(0.1)


def _named(opened: Callable[[], Any], what: str, place: SparkPlace, session: Any) -> Any:  # noqa: ANN401
    refusal: type[Exception] = import_module("pyspark.errors").PySparkException
    try:
        frame = opened()
        frame.schema  # noqa: B018  asks the cluster
    except refusal as error:
        tables = [] if place.table is None else [t.name for t in session.catalog.listTables()]
        raise DataError(
            f"{place.master} has no {what}: {_first_line(error)}",
            remedy=nearest(place.table, tables)
            if place.table
            else "name a file or folder that this machine and all workers can read",
        ) from error
    return frame


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _first_line(error: Exception) -> str:
    lines = without_values(str(error)).strip().splitlines() or [type(error).__name__]
    return lines[0][:300]
