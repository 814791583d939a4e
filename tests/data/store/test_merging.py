"""What a store holds after any imports, beside a dictionary that does the same row by row."""

from __future__ import annotations

import tempfile
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import DataError, ParameterError
from assay.data.store import Counts, Store, merge, rewrite, spool
from assay.schema import TABLES, schema_of
from data.store.store_cases import Oracle, bring, frame, held, interaction, moment

rows = st.builds(
    lambda key, hours, late, cost, team: interaction(
        f"i{key}",
        hours,
        updated_at=None if late is None else moment(hours + late),
        cost_usd=cost,
        ctx_team=team,
    ),
    st.integers(0, 12),
    st.sampled_from([0, 1, 23, 24, 30, 50, 100]),
    st.sampled_from([None, 0, 1, 30]),
    st.sampled_from([None, 0.5, 2.0]),
    st.sampled_from([None, "a", "b"]),
)
imports = st.lists(st.lists(st.lists(rows, min_size=1, max_size=6), max_size=3), max_size=4)


@pytest.mark.parametrize("small", [False, True], ids=["as it is", "in small steps"])
def test_any_imports_leave_what_a_dictionary_holds(small) -> None:
    @settings(max_examples=12)
    @given(imports)
    def check(several) -> None:
        oracle = Oracle()
        with tempfile.TemporaryDirectory() as folder:
            store = Store.create(Path(folder) / "store")
            for number, chunks in enumerate(several):
                counts = bring(store, str(number), *map(frame, chunks))
                assert counts == oracle.bring([row for chunk in chunks for row in chunk])
                assert held(store) == oracle.held()
            files = store.manifest().files()
            assert sum(file.rows for file in files) == len(oracle.rows)
            for file in files:
                days = pl.read_parquet(store.folder / file.path)["occurred_at"].dt.date()
                assert set(days.cast(pl.String)) == {file.day}
                assert file.rows == len(days)

    with pytest.MonkeyPatch.context() as patch:
        if small:
            patch.setattr(spool, "WHOLE_DAY", 2)
            patch.setattr(merge, "BUCKET", 3)
            patch.setattr(merge, "SCANNED", 2)
            patch.setattr(rewrite, "TOGETHER", 3)
            patch.setattr(rewrite, "MOST_FILES", 2)
        check()


@settings(max_examples=5)
@given(
    st.lists(
        rows,
        min_size=3,
        max_size=12,
        unique_by=lambda r: (r["interaction_id"], r["updated_at"] or r["occurred_at"]),
    )
)
def test_order_of_imports_does_not_matter_where_versions_differ(given_rows) -> None:
    third = len(given_rows) // 3
    parts = [given_rows[:third], given_rows[third : 2 * third], given_rows[2 * third :]]
    seen = []
    for order in list(permutations(parts))[::2]:
        with tempfile.TemporaryDirectory() as folder:
            store = Store.create(Path(folder) / "store")
            for number, part in enumerate(order):
                bring(store, str(number), frame(part))
            seen.append(held(store))
    assert seen[0] == seen[1] == seen[2]


def test_the_same_export_twice_changes_nothing(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    log = frame([interaction(f"i{n}", n) for n in range(100)])
    assert bring(store, "a", log) == Counts(new=100)
    before = store.fingerprint("interactions")
    assert bring(store, "b", log) == Counts(unchanged=100)
    assert store.fingerprint("interactions") == before


def test_what_was_imported_is_known_again_and_refused(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    bring(store, "a", frame([interaction("i", 0)]))
    with store.writing() as writer:
        assert writer.has("a")
        assert not writer.has("b")
    with pytest.raises(DataError, match="imported already"):
        bring(store, "a", frame([interaction("i", 0)]))


def test_a_row_whose_day_changed_is_there_once(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    bring(store, "a", frame([interaction("i", 0), interaction("j", 0)]))
    counts = bring(store, "b", frame([interaction("i", 50, updated_at=moment(60))]))
    assert counts == Counts(replaced=1)
    assert [(row["interaction_id"], row["occurred_at"]) for row in held(store)] == [
        ("i", moment(50)),
        ("j", moment(0)),
    ]


def test_the_users_own_columns_take_a_type_that_holds_all_values(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    bring(store, "a", frame([interaction("i", 0, ctx_a=1, ctx_b=1, ctx_c=True)]))
    bring(store, "b", frame([interaction("j", 0, ctx_a=0.5, ctx_b="x", ctx_d="y")]))
    found = store.scan("interactions").sort("interaction_id").collect()
    assert found["ctx_a"].to_list() == [1.0, 0.5]
    assert found["ctx_b"].to_list() == ["1", "x"]
    assert found["ctx_c"].to_list() == [True, None]
    assert found["ctx_d"].to_list() == [None, "y"]
    assert (
        found.columns[: len(schema_of("interactions").column_names())]
        == schema_of("interactions").column_names()
    )


def test_every_table_can_be_read_before_it_has_rows(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    for table in TABLES:
        assert store.scan(table).collect().columns == schema_of(table).column_names()
    assert store.tables() == ()
    with pytest.raises(ParameterError, match="unknown"):
        store.scan("interaction")


def test_tables_without_a_key_hold_equal_rows_once(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    one = {"day": moment(0).date(), "category": "people", "amount": 5.0, "currency": "EUR"}
    two = {**one, "owner": "p"}
    assert bring(store, "a", frame([one, two, one], "expenses"), table="expenses") == Counts(
        new=2, repeated=1
    )
    assert bring(store, "b", frame([one, two], "expenses"), table="expenses") == Counts(unchanged=2)


def test_what_a_rule_holds_once_is_the_key_where_there_is_none(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    change = {"agent_id": "a", "version": "1", "parameter": "t", "changed_at": moment(0)}
    bring(
        store, "a", frame([{**change, "new_value": "1"}], "configurations"), table="configurations"
    )
    counts = bring(
        store,
        "b",
        frame([{**change, "new_value": "2", "changed_at": moment(1)}], "configurations"),
        table="configurations",
    )
    assert counts == Counts(replaced=1)


def test_undated_rows_have_a_place(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    roles = [{"role": "r", "skill": f"s{n}", "required_level": 0.5} for n in range(3)]
    assert bring(store, "a", frame(roles, "roles"), table="roles") == Counts(new=3)
    unit = {"experiment_id": "e", "unit_id": "u", "variant": "x"}
    dated = {**unit, "unit_id": "v", "assigned_at": moment(0)}
    assert bring(store, "b", frame([dated, unit], "assignments"), table="assignments") == Counts(
        new=2
    )
    assert {file.day for file in store.files("assignments")} == {"none", "2026-01-01"}


def test_keys_of_several_columns_and_equal_hashes_are_told_apart(tmp_path, monkeypatch) -> None:
    for module in (merge, spool):
        monkeypatch.setattr(
            module,
            "key_hash",
            lambda _table, _seed: (
                pl.col("interaction_id").str.len_bytes().cast(pl.UInt64) * pl.lit(2**60, pl.UInt64)
            ),
        )
    store = Store.create(tmp_path / "store")
    assert bring(store, "a", frame([interaction(f"i{n}", n) for n in range(5)])) == Counts(new=5)
    counts = bring(store, "b", frame([interaction(f"i{n}", n) for n in range(3, 8)]))
    assert counts == Counts(new=3, unchanged=2)
    assert len(held(store)) == 8


def test_rows_of_another_type_are_refused_by_column(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    with store.writing() as writer:
        with pytest.raises(DataError, match="cost_usd is String"):
            writer.stage("interactions").add(
                frame([interaction("i", 0)]).with_columns(cost_usd=pl.lit("1"))
            )
        with pytest.raises(DataError, match="occurred_at is missing"):
            writer.stage("interactions").add(pl.DataFrame({"interaction_id": ["i"]}))


def test_a_day_of_many_small_imports_has_few_files(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    for number in range(20):
        bring(store, str(number), frame([interaction(f"i{number}", number / 10)]))
    assert len(store.files("interactions")) <= rewrite.MOST_FILES
    assert len(held(store)) == 20
