"""A real cluster on loopback: one master, two workers, one session."""

import os
import re
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from assay.data.spark import OLDEST_JAVA, java_version, open_spark

SETTINGS = """
spark.executor.memory           512m
spark.executor.cores            1
spark.driver.memory             768m
spark.sql.shuffle.partitions    4
spark.default.parallelism       4
spark.eventLog.enabled          false
spark.sql.warehouse.dir         {folder}/warehouse
spark.local.dir                 {folder}/local
spark.driver.extraJavaOptions   {quick} -Dderby.system.home={folder}/derby
spark.executor.extraJavaOptions {quick}
"""
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""For programs that end before an optimising compiler has paid."""
START = 60.0
"""Seconds that a master or worker may take to start."""


def _why_not():
    if find_spec("pyspark") is None:
        return "pyspark is not installed (requirements-spark.lock)"
    found = java_version()
    if found is None or found < OLDEST_JAVA:
        return f"Java {OLDEST_JAVA} or newer is not found (found: {found})"
    return None


def pytest_collection_modifyitems(items):
    folder = f"{Path(__file__).parent}{os.sep}"
    here = [item for item in items if str(item.path).startswith(folder)]
    if here and (reason := _why_not()):
        for item in here:
            item.add_marker(pytest.mark.skip(reason=reason))


class Daemons:
    """Masters and workers, each with a log of its own; all end together."""

    def __init__(self, folder, environment):
        self.folder, self.environment, self.running = folder, environment, []

    def start(self, kind, *arguments):
        """Start one; the file that it writes its log to."""
        import pyspark  # noqa: PLC0415  an extra

        log = self.folder / f"{kind.rsplit('.', 1)[1]}-{len(self.running)}.log"
        spark_class = Path(pyspark.__file__).parent / "bin" / "spark-class"
        with log.open("wb") as out:
            command = ["bash", str(spark_class), kind, "--host", "127.0.0.1", *arguments]
            process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, env=self.environment,
                cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        self.running.append(process)
        return log

    def told(self, log, said):
        """What a log says, once it does."""
        process, end = self.running[int(log.stem.rsplit("-", 1)[1])], time.monotonic() + START
        while time.monotonic() < end and process.poll() is None:
            if found := re.search(said, log.read_text(errors="replace")):
                return found[1]
            time.sleep(0.1)
        raise RuntimeError(f"{log.stem} did not start:\n{log.read_text(errors='replace')[-2000:]}")

    def stop(self):
        for process in reversed(self.running):
            process.terminate()
        for process in self.running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)


@pytest.fixture(scope="session")
def settings_of_spark(tmp_path_factory):
    """Environment in which all of Spark runs: its files in a folder of the tests, on loopback."""
    folder = tmp_path_factory.mktemp("spark")
    (folder / "conf").mkdir()
    (folder / "conf" / "spark-defaults.conf").write_text(
        SETTINGS.format(folder=folder, quick=QUICK)
    )
    return folder, {
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": QUICK,
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_HOME": "",
    }


@pytest.fixture(scope="session")
def daemons(settings_of_spark):
    folder, environment = settings_of_spark
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    mine = {name: value for name, value in environment.items() if value}
    before = {name: os.environ.get(name) for name in environment}
    for name in environment:
        os.environ.pop(name, None)
    os.environ.update(mine)
    found = Daemons(folder, kept | mine)
    yield found
    found.stop()
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


@pytest.fixture(scope="session")
def master(daemons):
    """Address of a standalone master that has two workers of one core each."""
    log = daemons.start(
        "org.apache.spark.deploy.master.Master", "--port", "0", "--webui-port", "0"
    )  # fmt: skip
    url = daemons.told(log, r"Starting Spark master at (spark://127\.0\.0\.1:\d+)")
    logs = [
        daemons.start(
            "org.apache.spark.deploy.worker.Worker",
            "--port", "0", "--webui-port", "0", "--cores", "1", "--memory", "640m", url,
        )
        for _ in range(2)
    ]  # fmt: skip
    for log in logs:
        daemons.told(log, "(Successfully registered with master)")
    return url


@pytest.fixture(scope="session")
def on_spark(master, tmp_path_factory):
    """Puts a Polars frame where the workers read it, and opens it by its address."""
    folder = tmp_path_factory.mktemp("rows")

    def put(frame, *, parts=3):
        place = folder / f"{len(list(folder.iterdir()))}"
        place.mkdir()
        for i, part in enumerate(frame.iter_slices(max(1, -(-frame.height // parts)))):
            part.write_parquet(place / f"{i}.parquet")
        if not frame.height:
            frame.write_parquet(place / "0.parquet")
        return open_spark(f"{master}/?parquet={place}")

    yield put
    from pyspark.sql import SparkSession  # noqa: PLC0415  an extra

    if session := SparkSession.getActiveSession():
        session.stop()
