"""Addresses of Spark, and what is told before any cluster is asked."""

import socket
from pathlib import Path

import pytest

from assay.core.errors import DataError, ParameterError
from assay.data import spark
from assay.data.spark import SparkPlace, java_version, open_spark


@pytest.mark.parametrize(
    ("url", "master", "table", "parquet"),
    [
        ("spark://host:7099/events", "spark://host:7099", "events", None),
        ("spark://host/lake.events", "spark://host:7077", "lake.events", None),
        ("spark://[::1]:7099/t", "spark://[::1]:7099", "t", None),
        ("spark://h:1/?parquet=/a/b%20c/*.parquet", "spark://h:1", None, "/a/b c/*.parquet"),
        ("spark://h:1/?parquet=s3a://bucket/x", "spark://h:1", None, "s3a://bucket/x"),
        ("spark://local/?parquet=x", "local[*]", None, "x"),
        ("spark://local[2]/t", "local[2]", "t", None),
    ],
)
def test_an_address_names_a_master_and_rows(
    url: str, master: str, table: str | None, parquet: str | None
) -> None:
    place = SparkPlace.of(url)
    assert (place.master, place.table, place.parquet) == (master, table, parquet)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("spark://host:7077/", "neither one table nor one path"),
        ("spark://host:7077/t?parquet=x", "neither one table nor one path"),
        ("spark://host:7077/?parquet=a&parquet=b", "neither one table nor one path"),
        ("spark://host:7077/?parquet=", "neither one table nor one path"),
        ("spark://host:port/t", "no proper port"),
        ("spark:///t", "no address of Spark's"),
        ("spark://host/t?format=csv", "no address of Spark's"),
        ("hdfs://host/t", "no address of Spark's"),
    ],
)
def test_what_is_no_address_is_told_with_one_that_is(url: str, told: str) -> None:
    with pytest.raises(ParameterError, match=told) as error:
        SparkPlace.of(url)
    assert "spark://HOST:PORT/TABLE" in error.value.remedy


def test_credentials_are_refused_and_not_repeated() -> None:
    with pytest.raises(ParameterError, match="holds credentials") as error:
        SparkPlace.of("spark://me:geheim@host/t")
    assert "geheim" not in str(error.value)


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda _: None)
    with pytest.raises(DataError, match="needs PySpark") as error:
        open_spark("spark://127.0.0.1:1/t")
    assert "assay[spark]" in error.value.remedy


def _java(folder: Path, version: str) -> None:
    (folder / "bin").mkdir()
    program = folder / "bin" / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)


@pytest.mark.parametrize(("version", "major"), [("17.0.15", 17), ("1.8.0_402", 8), ("25", 25)])
def test_the_version_of_java_is_its_own_word(
    version: str, major: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _java(tmp_path, version)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java_version() == major


def test_no_java_and_an_old_one_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda name: name)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(DataError, match="needs Java, and there is none"):
        open_spark("spark://127.0.0.1:1/t")
    _java(tmp_path, "11.0.2")
    with pytest.raises(DataError, match="finds Java 11, expected 17 or newer"):
        open_spark("spark://127.0.0.1:1/t")


def test_a_master_that_does_not_answer_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda name: name)
    _java(tmp_path, "17.0.1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]  # bound, but nobody listens
        with pytest.raises(DataError, match=f"no Spark master answers at spark://127.0.0.1:{port}"):
            open_spark(f"spark://127.0.0.1:{port}/t")
