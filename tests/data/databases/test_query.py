"""Rows of databases: all of them, typed, within bounds, and never a password."""

import os
import sqlite3
import tracemalloc
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from assay.core.errors import AssayError, DataError, ParameterError
from assay.core.settings import NamedSource
from assay.data.databases import open_database, query_piece
from assay.data.databases.address import Address
from assay.data.sources import pieces_of, scan
from data.databases.postgres_server import Server

CALLS = (
    "CREATE TABLE calls (id integer PRIMARY KEY, model text, cost numeric, updated_at text)",
    """INSERT INTO calls VALUES (1, 'a', 0.5, '2026-06-01'), (2, NULL, 1, '2026-06-02'),
    (3, 'ü ''q''', NULL, NULL)""",
)


def with_option(url: str, option: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{option}"


def read(url: str, **asked: str) -> pl.DataFrame:
    return pl.concat(query_piece(url, **asked).batches(1000))


def refused(url: str, **asked: str) -> str:
    with pytest.raises(AssayError) as caught:
        list(query_piece(url, **asked).batches(10))
    return str(caught.value)


def test_a_table_and_a_query_give_the_same_rows(database: str, execute) -> None:
    execute(*CALLS)
    expected = [(1, "a", 0.5), (2, None, 1.0), (3, "ü 'q'", None)]
    for asked in ({"table": "calls"}, {"query": "SELECT * FROM calls ORDER BY id;"}):
        found = read(database, **asked).select("id", "model", "cost")
        assert sorted(found.rows()) == expected
        assert found.schema["cost"] == pl.Float64
    frame = scan(with_option(database, "table=calls"))
    assert sorted(frame.select("id", "model", "cost").collect().rows()) == expected
    assert frame.filter(pl.col("cost") > 0.7).select("model", "id").collect().rows() == [(None, 2)]
    assert frame.head(2).collect().height == 2


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 1000])
def test_batches_hold_every_row_once(database: str, execute, rows: int) -> None:
    values = ", ".join(f"({i}, '{i * 7}')" for i in range(500))
    execute("CREATE TABLE n (i integer, t text)", f"INSERT INTO n VALUES {values}")  # noqa: S608
    found = list(query_piece(database, table="n").batches(rows))
    assert [len(frame) for frame in found] == [rows] * (500 // rows) + [500 % rows] * (
        500 % rows > 0
    )
    assert sorted(pl.concat(found).rows()) == [(i, str(i * 7)) for i in range(500)]


def test_an_empty_table_has_no_batches_and_cannot_be_scanned(database: str, execute) -> None:
    execute("CREATE TABLE n (i integer)")
    assert list(query_piece(database, table="n").batches(10)) == []
    with pytest.raises(DataError, match="has no rows"):
        open_database(with_option(database, "table=n"))


def test_what_is_asked_for_wrongly_is_told(database: str, execute) -> None:
    execute(*CALLS)
    assert "there is no table 'call'\n  → did you mean 'calls'?" in refused(database, table="call")
    assert "syntax error" in refused(database, query="SELEC 1")
    if database.startswith("postgresql"):  # SQLite names the second one itself
        assert "several columns 'id'" in refused(database, query="SELECT id, id FROM calls")
    assert "names no table and no query" in refused(database)
    assert "nope" in refused(database, query="SELECT nope FROM calls")


@pytest.mark.parametrize(
    "query",
    ["DELETE FROM calls RETURNING id", "SELECT 1; DROP TABLE calls", "DROP TABLE calls",
     "SELECT 1) AS a; DROP TABLE calls; --"],
)  # fmt: skip
def test_reading_changes_nothing(database: str, execute, query: str) -> None:
    execute(*CALLS)
    with suppress(DataError):
        list(query_piece(database, query=query).batches(10))
    assert read(database, table="calls").height == 3


def test_the_digest_changes_with_the_rows(database: str, execute) -> None:
    execute(*CALLS)
    piece = query_piece(database, table="calls")
    first = piece.digest()
    assert piece.digest() == first
    assert query_piece(database, query="SELECT * FROM calls").digest() != first
    execute("UPDATE calls SET cost = 9, updated_at = '2026-07-01' WHERE id = 1")
    second = piece.digest()
    execute("INSERT INTO calls VALUES (4, 'b', 1, '2026-01-01')")
    assert len({first, second, piece.digest()}) == 3


def test_without_a_time_of_change_the_rows_themselves_count(database: str, execute) -> None:
    execute(*CALLS, "ALTER TABLE calls DROP COLUMN updated_at")
    piece = query_piece(database, table="calls")
    first = piece.digest()
    assert piece.digest() == first
    execute("UPDATE calls SET cost = 9 WHERE id = 1")
    assert piece.digest() != first


def test_names_of_any_kind_are_names(database: str, execute) -> None:
    execute('CREATE TABLE "a ""b"" Ü" ("select" integer, "x y" text)',
            """INSERT INTO "a ""b"" Ü" VALUES (1, 'z')""")  # fmt: skip
    assert read(database, table='a "b" Ü').to_dicts() == [{"select": 1, "x y": "z"}]


def test_a_named_source_reads_a_database(database: str, execute) -> None:
    execute(*CALLS)
    source = NamedSource(url=database, query="SELECT id FROM calls WHERE id > 1")
    (piece,) = pieces_of("calls", sources={"calls": source})
    assert sorted(next(piece.batches(10))["id"]) == [2, 3]
    (piece,) = pieces_of("calls", sources={"calls": source}, table="calls")
    assert next(piece.batches(10)).height == 3


def test_sqlite_values_of_several_types_keep_their_value(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE m (a, b, c, d, e, f)")
    rows = [(None,) * 6] * 2000 + [
        (1, 1, "x", b"\x00\xff", None, 1),
        (2, 2.5, 3, "t", None, "word"),
    ]
    connection.executemany("INSERT INTO m VALUES (?,?,?,?,?,?)", rows)
    connection.commit()
    connection.close()
    found = pl.concat(query_piece(f"sqlite:///{tmp_path}/x.db?table=m").batches(500))
    assert found.height == 2002
    assert found.tail(2).rows() == [
        (1, 1.0, "x", "00FF", None, "1"),
        (2, 2.5, "3", "t", None, "word"),
    ]


def test_sqlite_text_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE m (a text)")
    connection.execute("INSERT INTO m VALUES (CAST(x'fffe41' AS text))")
    connection.commit()
    connection.close()
    assert "x.db?table=m" in refused(f"sqlite:///{tmp_path}/x.db?table=m")


def test_sqlite_files_are_told_by_name_only(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("no database, but long enough to look like one" * 9)
    told = refused(f"sqlite:///{tmp_path}/x.db?table=m")
    assert "sqlite:///x.db?table=m: the file is no SQLite database" in told
    assert "there is no such file" in refused(f"sqlite:///{tmp_path}/y.db?table=m")
    assert str(tmp_path) not in told
    assert not (tmp_path / "y.db").exists()
    assert "is no address of an SQLite file" in refused("sqlite://x.db")


def test_every_type_of_postgresql_has_one_here(server: Server) -> None:
    query = (
        "SELECT 1::smallint AS a, 2::bigint AS b, 1.5::numeric AS c, 'NaN'::numeric AS d, "
        "'x'::varchar(9) AS e, true AS f, '2026-06-01'::date AS g, "
        "'2026-06-01 12:00+02'::timestamptz AS h, '2026-06-01 12:00'::timestamp AS i, "
        "'{\"k\": 1}'::jsonb AS j, '00000000-0000-0000-0000-000000000001'::uuid AS k, "
        "'1 day'::interval AS l, array['x', NULL] AS m, array[1.5] AS n, '10:00'::time AS o, "
        "'\\x00ff'::bytea AS p, '10.0.0.1'::inet AS q, NULL AS r, 'ab'::char(3) AS s"
    )
    (row,) = read(server.url(), query=query).to_dicts()
    assert row.pop("d") != row.get("d")
    assert row == {
        "a": 1, "b": 2, "c": 1.5, "e": "x", "f": True, "g": date(2026, 6, 1),
        "h": datetime(2026, 6, 1, 10, tzinfo=UTC), "i": datetime(2026, 6, 1, 12),  # noqa: DTZ001
        "j": '{"k": 1}', "k": "00000000-0000-0000-0000-000000000001", "l": "1 day",
        "m": ["x", None], "n": [1.5], "o": "10:00:00", "p": "\\x00ff", "q": "10.0.0.1/32",
        "r": None, "s": "ab",
    }  # fmt: skip


def test_a_large_result_comes_in_bounded_memory(server: Server) -> None:
    query = "SELECT i, repeat(md5(i::text), 8) AS t FROM generate_series(1, 400000) AS i"
    tracemalloc.start()
    rows = largest = 0
    for batch in query_piece(server.url(), query=query).batches(20_000):
        rows += len(batch)
        largest = max(largest, batch.estimated_size())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == 400_000
    assert largest < 10e6
    assert peak < 50e6


def test_a_password_comes_from_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_guard = server.url(user="guarded", options="?query=SELECT+1+AS+a")
    from assay.data.databases.session import session  # noqa: PLC0415

    with session(Address.of(server.url()), write=True) as open_session:
        open_session.run("DROP ROLE IF EXISTS guarded")
        open_session.run(f"CREATE ROLE guarded LOGIN PASSWORD '{server.password}'")
        open_session.commit()
    assert "set PGPASSWORD" in refused(with_guard)
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    told = refused(with_guard)
    assert "password authentication failed" in told
    assert "hunter2" not in told
    monkeypatch.setenv("PGPASSWORD", server.password)
    assert read(with_guard).rows() == [(1,)]
    monkeypatch.delenv("PGPASSWORD")
    (tmp_path / "pass").write_text(f"*:*:*:guarded:{server.password}\n")
    (tmp_path / "pass").chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pass"))
    assert read(with_guard).rows() == [(1,)]
    monkeypatch.delenv("PGPASSFILE")
    monkeypatch.setenv("LOGS_PASSWORD", server.password)
    named = with_guard.replace("guarded@", "guarded:${LOGS_PASSWORD}@")
    piece = query_piece(named)
    assert next(piece.batches(1)).rows() == [(1,)]
    assert server.password not in repr(piece) + piece.label
    monkeypatch.setenv("LOGS_PASSWORD", "p@ss/w:rd?#%&")
    told = refused(named)
    assert "authentication failed" in told
    assert "p@ss" not in told


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://me@127.0.0.1:1/x?table=t", "check that the server runs"),
        ("postgresql://me@nowhere.invalid/x?table=t", "check the name of the host"),
        ("postgresql://me@127.0.0.1:1/x?table=t&query=q", "both a table and a query"),
        ("postgresql://me:${NO_SUCH_NAME}@127.0.0.1:1/x?table=t", "variable NO_SUCH_NAME"),
        ("mysql://h/x?table=t", "is no address of a database"),
    ],
)
def test_what_cannot_be_reached_is_told(url: str, told: str) -> None:
    message = refused(url)
    assert told in message
    assert "me@" not in message


@pytest.mark.parametrize("password", ["hunter2", "hun/ter2", "hun@ter2", "hun%20ter2"])
def test_a_password_in_an_address_is_refused_and_not_repeated(password: str) -> None:
    for url in (f"postgresql://me:{password}@127.0.0.1:1/x?table=t",
                f"postgresql://127.0.0.1:1/x?table=t&password={password}"):  # fmt: skip
        for ask in (query_piece, scan, pieces_of):
            with pytest.raises(ParameterError) as caught:
                ask(url)
            assert "ter2" not in str(caught.value)
            assert "PGPASSWORD" in caught.value.remedy


def test_an_unknown_database_is_told(server: Server) -> None:
    assert 'database "nope" does not exist' in refused(server.url("nope", options="?table=t"))


def test_no_path_of_this_machine_is_shown(tmp_path: Path) -> None:
    label = Address.of(f"sqlite:///{tmp_path}/deep/logs.db?table=t").label
    assert label == "sqlite:///logs.db?table=t"
    assert os.sep + "tmp" not in label
