"""Exports: what the store holds, no more and no less, whatever was there before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.data.databases import PublishedResult, export_store, init_database
from assay.data.databases.address import Address
from assay.data.databases.results import result_rows
from assay.data.databases.session import session
from assay.schema import TABLES
from data.databases.postgres_server import Server
from data.databases.test_query import read, with_option

DAY = timedelta(days=1)
START = datetime(2026, 6, 1, 9, 30, 0, 7, tzinfo=UTC)
RESULT = {
    "schema": {"kind": "ab-test", "version": 1},
    "n": 100,
    "level": 0.95,
    "rate": 0.5, "rate_low": 0.4, "rate_high": 0.6,
    "arms": [{"name": "a", "n": 40, "effect": {"value": 1.5, "low": None, "high": 2}}],
    "note": "text",
    "units": {"/n": "count", "/level": "share", "/rate": "share", "/rate_low": "share",
              "/arms/0/n": "count", "/arms/0/effect/value": "USD", "/arms/0/effect/high": "USD"},
    "brief": {"title": "Ship", "state": "ship"},
}  # fmt: skip


def interactions(days: int, cost: float = 1.0, per_day: int = 3) -> pl.LazyFrame:
    rows = days * per_day
    return pl.LazyFrame(
        {
            "interaction_id": [f"i{i}" for i in range(rows)],
            "occurred_at": [START + DAY * (i % days) for i in range(rows)],
            "model": [None if i % 2 else "m'1" for i in range(rows)],
            "cost_usd": [cost] * rows,
            "succeeded": [i % 2 == 0 for i in range(rows)],
            "ctx_team": ["red"] * rows,
        }
    ).with_columns(pl.col("occurred_at").cast(pl.Datetime("us", "UTC")))


def published(version: str = "v1") -> PublishedResult:
    return PublishedResult(
        report="ab-test", set_name="default", version=version, key="k", created=START, result=RESULT
    )


def content(url: str) -> dict[str, list]:
    names = ["interactions", "attempts", "assay_reports", "assay_results", "assay_days"]
    found = {}
    for name in names:
        frames = list(_piece(url, name))
        found[name] = sorted(map(str, pl.concat(frames).to_dicts())) if frames else []
    return found


def _piece(url: str, table: str):
    from assay.data.databases import query_piece  # noqa: PLC0415

    return query_piece(url, table=table).batches(1000)


def test_every_table_is_made_once(database: str) -> None:
    made = init_database(database)
    assert set(TABLES) <= set(made)
    assert init_database(database) == made


def test_rows_arrive_as_they_are(database: str) -> None:
    done = export_store({"interactions": lambda: interactions(2)}, [published()], database)
    assert (done.rows["interactions"], done.written["interactions"]) == (6, 6)
    assert (done.versions, done.numbers) == (1, 5)
    found = read(database, table="interactions").sort("interaction_id")
    assert found["ctx_team"].to_list() == ["red"] * 6
    assert found["model"].to_list()[:2] == ["m'1", None]
    assert found["cost_usd"].to_list() == [1.0] * 6
    if database.startswith("sqlite"):
        assert found["occurred_at"][0] == "2026-06-01T09:30:00.000007Z"
        assert scan_time(database) == START
    else:
        assert found["occurred_at"][0] == START
    assert [bool(x) for x in found["succeeded"]] == [True, False] * 3


def scan_time(url: str) -> datetime:
    from assay.data.sources import scan  # noqa: PLC0415

    frame = scan(with_option(url, "table=interactions"))
    return frame.select(pl.col("occurred_at").min()).collect().item()


def test_twice_the_same_is_once(database: str) -> None:
    scans = {"interactions": lambda: interactions(3)}
    export_store(scans, [published()], database)
    before = content(database)
    again = export_store(scans, [published()], database)
    assert content(database) == before
    assert again.written["interactions"] == 0
    assert again.rows["interactions"] == 9


def test_only_days_that_changed_are_written_again(database: str) -> None:
    export_store({"interactions": lambda: interactions(3)}, [], database)
    late = pl.col("interaction_id") == "i1"

    def changed() -> pl.LazyFrame:
        return interactions(3).with_columns(
            pl.when(late).then(9.0).otherwise("cost_usd").alias("cost_usd")
        )

    done = export_store({"interactions": changed}, [], database)
    assert done.written["interactions"] == 3
    found = read(database, table="interactions")
    assert found.height == 9
    assert found.filter(late)["cost_usd"].to_list() == [9.0]


def test_rows_that_the_store_has_no_more_vanish(database: str) -> None:
    export_store(
        {"interactions": lambda: interactions(3)}, [published(), published("v2")], database
    )
    done = export_store({"interactions": lambda: interactions(2)}, [published("v2")], database)
    assert done.removed["interactions"] == 1
    assert read(database, table="interactions").height == 6
    assert set(read(database, table="assay_results")["version"]) == {"v2"}
    export_store({}, [], database)
    assert content(database) == {name: [] for name in content(database)}


def test_nothing_of_rows_that_vanished_is_left_in_the_file(tmp_path) -> None:
    file = tmp_path / "copy.db"
    person = pl.format("p_{}_", pl.col("interaction_id").str.slice(-1))
    rows = interactions(1, per_day=2_000).with_columns(person.alias("user_id"))
    export_store({"interactions": lambda: rows}, [], f"sqlite:///{file}")
    assert b"p_7_" in file.read_bytes()
    others = rows.filter(pl.col("user_id") != "p_7_")
    export_store({"interactions": lambda: others}, [], f"sqlite:///{file}")
    assert b"p_7_" not in file.read_bytes()


def test_what_others_changed_in_our_tables_is_mended(database: str, execute) -> None:
    scans = {"interactions": lambda: interactions(3)}
    export_store(scans, [], database)
    before = content(database)
    execute("DELETE FROM interactions WHERE interaction_id = 'i4'")
    export_store(scans, [], database)
    assert content(database) == before


def test_a_mistake_leaves_everything_as_it_was(database: str) -> None:
    export_store({"interactions": lambda: interactions(2)}, [published()], database)
    before = content(database)
    double = pl.concat([interactions(2, cost=5.0)] * 2)
    with pytest.raises(DataError) as caught:
        export_store({"interactions": lambda: double}, [], database)
    assert "i0" not in str(caught.value)
    assert content(database) == before


def test_tables_of_others_are_left_alone(database: str, execute) -> None:
    execute("CREATE TABLE theirs (a integer)", "INSERT INTO theirs VALUES (1)")
    export_store({"interactions": lambda: interactions(1)}, [], database)
    assert read(database, table="theirs").rows() == [(1,)]


def test_a_table_of_others_with_our_name_stops_the_export(database: str, execute) -> None:
    execute("CREATE TABLE sessions (a integer)", "INSERT INTO sessions VALUES (1)")
    with pytest.raises(DataError, match="has the table sessions, which Assay did not make"):
        export_store({}, [], database)
    assert read(database, table="sessions").rows() == [(1,)]
    with pytest.raises(DataError, match="there is no table"):
        read(database, table="interactions")


def test_columns_of_the_user_are_added_as_they_appear(database: str) -> None:
    export_store({"interactions": lambda: interactions(1).drop("ctx_team")}, [], database)
    export_store({"interactions": lambda: interactions(1)}, [], database)
    assert read(database, table="interactions")["ctx_team"].to_list() == ["red"] * 3


def test_lists_and_tables_without_a_time_arrive(database: str) -> None:
    attempts = pl.LazyFrame(
        {
            "attempt_id": ["a", "b"],
            "learner_id": ["l", "l"],
            "task_id": ["t", "t"],
            "attempted_at": [START, START],
            "succeeded": [True, False],
            "skills": [["x", 'y"'], None],
        }
    )
    learners = pl.LazyFrame({"learner_id": ["l"], "team_id": [None], "role": ["r"]})
    scans = {"attempts": lambda: attempts, "learners": lambda: learners}
    done = export_store(scans, [], database)
    assert (done.written["attempts"], done.written["learners"]) == (2, 1)
    assert export_store(scans, [], database).written["learners"] == 0
    skills = read(database, table="attempts").sort("attempt_id")["skills"].to_list()
    assert skills == (['["x","y\\""]', None] if "sqlite" in database else [["x", 'y"'], None])


def test_two_exports_at_once_take_turns(server: Server) -> None:
    with session(Address.of(server.url()), write=True) as open_session:
        open_session.run("CREATE SCHEMA shared")
        open_session.commit()
    url = server.url(options="?options=-csearch_path%3Dshared")
    with ThreadPoolExecutor(3) as pool:
        done = list(
            pool.map(
                lambda days: export_store({"interactions": lambda: interactions(days)}, [], url),
                [3, 3, 3],
            )
        )
    assert sorted(each.written["interactions"] for each in done) == [0, 0, 9]
    assert read(url, table="interactions").height == 9


def test_an_address_with_a_table_is_none_of_a_database(database: str) -> None:
    with pytest.raises(ParameterError, match="names a table"):
        init_database(with_option(database, "table=x"))


def test_every_number_with_a_unit_is_a_row_with_its_interval() -> None:
    rows = result_rows([published()]).select("pointer", "value", "low", "high", "unit", "n").rows()
    assert sorted(rows) == [
        ("/arms/0/effect", 1.5, None, 2.0, "USD", 40),
        ("/arms/0/n", 40.0, None, None, "count", 40),
        ("/level", 0.95, None, None, "share", 100),
        ("/n", 100.0, None, None, "count", 100),
        ("/rate", 0.5, 0.4, 0.6, "share", 100),
    ]
