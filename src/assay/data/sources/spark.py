"""Tables and Parquet files of a Spark cluster, as frames of PySpark that stay where they are."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from assay.core.addresses import without_credentials
from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

_FORMS: Final = "spark://HOST:PORT/TABLE or spark://HOST:PORT/?parquet=PATH"


def spark_frame(address: str) -> Any:  # noqa: ANN401  a pyspark DataFrame; pyspark is an extra
    """The rows behind `spark://HOST:PORT/TABLE` or `spark://HOST:PORT/?parquet=PATH`.

    `local` in place of the host runs Spark within this process: `spark://local/?parquet=PATH`, or
    `spark://local[4]/…` on four cores. A running session is used again where there is one.

    Raises:
        DataError: without PySpark, where the cluster cannot be reached, or has no such table or
            path.
    """
    shown = without_credentials(address)
    parts = urlsplit(address.replace("[", "%5B").replace("]", "%5D"))
    table, paths = parts.path.strip("/"), parse_qs(parts.query).get("parquet", [])
    if not parts.netloc or bool(table) == bool(paths):
        raise DataError(f"{shown} names no table, expected {_FORMS}")
    host = parts.netloc.replace("%5B", "[").replace("%5D", "]")
    session = _told(shown, lambda: _session(host))
    if table:
        return _told(shown, lambda: session.table(table))
    return _told(shown, lambda: session.read.parquet(*paths))


def _session(host: str) -> Any:  # noqa: ANN401
    try:
        sql = import_module("pyspark.sql")  # an extra, and slow to load
    except ImportError:
        raise DataError(
            "reading from Spark needs PySpark, which is not installed",
            remedy="pip install 'assay[spark]' (and Java 17 or newer)",
        ) from None
    master = host if host.startswith("local") else f"spark://{host}"
    return sql.SparkSession.builder.master(master).appName("assay").getOrCreate()


def _told(shown: str, read: Callable[[], Any]) -> Any:  # noqa: ANN401
    try:
        return read()
    except (OSError, RuntimeError, ValueError) as error:
        raise _unreachable(shown, error) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in {"pyspark", "py4j"}:
            raise
        raise _unreachable(shown, error) from error


def _unreachable(shown: str, error: Exception) -> DataError:
    first = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return DataError(
        f"{shown} cannot be read: {first}",
        remedy="check that the cluster answers, and the name of the table or path",
    )
