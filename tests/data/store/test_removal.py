"""Retention, forgetting a person, new keys, quarantine, and the inbox of live events."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from assay.core.errors import ParameterError
from assay.data.store import Counts, Store, drop_segment
from assay.data.store.backup import backup, restore
from assay.features.daily import daily_lines
from assay.privacy import KeyRing, Pseudonyms
from data.store.store_cases import START, bring, frame, held, interaction, moment, record

ONE = KeyRing((bytes(range(32)),))
TWO = KeyRing((bytes(range(32)), bytes(range(32, 64))))
ANNA, BERT = (Pseudonyms(ONE).of(name) for name in ("anna", "bert"))


def store_with(tmp_path, **tables) -> Store:
    store = Store.create(tmp_path / "store")
    with store.writing() as writer:
        for table, rows in tables.items():
            writer.stage(table).add(frame(rows, table))
        writer.commit(record("first"), ring=ONE.id)
    return store


def keys(store: Store, table: str) -> list[str]:
    return store.scan(table).select(pl.first()).collect().to_series().sort().to_list()


def rejected(*hashes: str, excerpt: str = "…") -> pl.DataFrame:
    return pl.DataFrame({
        "row": list(range(1, len(hashes) + 1)),
        "hash": list(hashes),
        "reasons": [["cost_usd is below 0"]] * len(hashes),
        "excerpt": [excerpt] * len(hashes),
    })  # fmt: skip


def files_holding(store: Store, text: str) -> list[str]:
    found = []
    for path in store.folder.rglob("*"):
        if path.suffix == ".parquet":
            whole = str(pl.read_parquet(path).to_dicts())
            if text in whole:
                found.append(path.name)
        elif path.is_file() and text.encode() in path.read_bytes():
            found.append(path.name)
    return found


def test_a_person_is_removed_with_what_hangs_on_their_rows_and_nothing_else(tmp_path) -> None:
    store = store_with(
        tmp_path,
        interactions=[
            interaction("i1", 0, user_id=ANNA, session_id="s1"),
            interaction("i2", 1, session_id="s1"),
            interaction("i3", 2, user_id=ANNA, session_id="s2"),
            interaction("i4", 3, user_id=BERT, session_id="s2"),
            interaction("i5", 30, user_id=BERT, session_id="s3", ctx_seller=ANNA),
            interaction("i6", 31, user_id=BERT),
        ],
        sessions=[
            {"session_id": "s1", "started_at": moment(0), "user_id": ANNA},
            {"session_id": "s2", "started_at": moment(0)},
        ],
        scores=[
            {"score_id": "q1", "interaction_id": "i1", "name": "n", "value": 1.0},
            {"score_id": "q2", "session_id": "s1", "name": "n", "value": 1.0},
            {"score_id": "q3", "interaction_id": "i4", "name": "n", "value": 1.0},
            {
                "score_id": "q4",
                "interaction_id": "i4",
                "name": "n",
                "value": 1.0,
                "judge_id": ANNA,
                "source": "human",
            },
        ],
        calls=[
            {
                "call_id": "c1",
                "interaction_id": "i2",
                "integration": "crm",
                "started_at": moment(0),
            },
            {
                "call_id": "c2",
                "interaction_id": "i6",
                "integration": "crm",
                "started_at": moment(0),
            },
        ],
        learners=[{"learner_id": ANNA}, {"learner_id": BERT}],
    )
    with store.writing() as writer:
        writer.quarantine(
            rejected("h1", excerpt=f"user_id={ANNA}"),
            table="interactions",
            source="x",
            key="x",
            at=START,
        )
        writer.quarantine(rejected("h2"), table="interactions", source="x", key="x", at=START)
        writer.commit(record("x"))
        removal = writer.forget_person(ANNA, length=1)
    assert removal.rows == {
        "interactions": 4,
        "sessions": 1,
        "scores": 3,
        "calls": 1,
        "learners": 1,
        "quarantine": 1,
    }
    assert keys(store, "interactions") == ["i4", "i6"]
    assert keys(store, "sessions") == ["s2"]
    assert keys(store, "scores") == ["q3"]
    assert keys(store, "calls") == ["c2"]
    assert keys(store, "learners") == [BERT]
    assert files_holding(store, ANNA) == []
    marks = store.forgotten()
    assert marks.has(ANNA, 1)
    assert marks.has_id("i1", "interaction_id")
    assert not marks.has(BERT, 1)
    assert not marks.has_id("s2", "session_id")


def test_forgetting_somebody_who_is_not_there_still_marks_them(tmp_path) -> None:
    store = store_with(tmp_path, interactions=[interaction("i1", 0, user_id=BERT)])
    with store.writing() as writer:
        assert writer.forget_person(ANNA, length=1).rows == {}
    assert store.forgotten().has(ANNA, 1)
    assert keys(store, "interactions") == ["i1"]


def test_rows_past_their_time_leave_their_daily_lines_and_are_not_taken_back(tmp_path) -> None:
    rows = [
        interaction(
            f"i{n}", n, user_id=f"p{n % 12}", agent_id="a", cost_usd=0.5, latency_s=1.0 + n % 7
        )
        for n in range(24 * 6)
    ]
    store = store_with(tmp_path, interactions=rows)
    before = store.scan("interactions")
    expected = daily_lines(before.filter(pl.col("occurred_at") < moment(48)))
    with store.writing() as writer:
        removal = writer.forget_older({"interactions": date(2026, 1, 3)}, k=10)
    assert removal.rows == {"interactions": 48}
    assert removal.suppressed == {}
    lines = store.rollups("interactions")
    assert lines.select("day", "rows", "cost_usd").equals(
        expected.select("day", "rows", "cost_usd")
    )
    assert lines["latency_m2"].to_list() == pytest.approx(expected["latency_m2"].to_list())
    assert bring(store, "late", frame(rows)) == Counts(unchanged=96, expired=48)
    assert store.scan("interactions").collect()["occurred_at"].min() == moment(48)
    with store.writing() as writer:
        writer.forget_older({"interactions": date(2026, 1, 2)})
    assert bring(store, "later", frame(rows)) == Counts(unchanged=96, expired=48)
    with store.writing() as writer:
        assert writer.forget_older({"interactions": date(2026, 1, 5)}).rows == {"interactions": 48}
    assert len(store.rollups("interactions")) == 4


def test_lines_of_too_few_persons_are_merged_or_left_out(tmp_path) -> None:
    rows = [interaction(f"a{n}", 0, user_id=f"p{n}", agent_id="a") for n in range(3)]
    rows += [interaction(f"b{n}", 0, user_id=f"q{n}", agent_id="b") for n in range(2)]
    rows += [interaction(f"c{n}", 0, user_id=f"r{n}", agent_id="c") for n in range(6)]
    rows += [interaction(f"d{n}", 24, user_id=f"p{n}", agent_id="a") for n in range(2)]
    rows += [interaction(f"e{n}", 24, agent_id="machine") for n in range(2)]
    rows += [interaction(f"f{n}", 48, user_id=f"p{n}", agent_id="a") for n in range(4)]
    rows += [interaction("g0", 48, user_id="q", agent_id="b")]
    store = store_with(tmp_path, interactions=rows)
    with store.writing() as writer:
        removal = writer.forget_older({"interactions": date(2026, 2, 1)}, k=4)
    lines = store.rollups("interactions").select("day", "agent_id", "rows").rows()
    day = date(2026, 1, 1)
    assert lines == [
        (day, "(other)", 5),
        (day, "c", 6),
        (day + timedelta(1), "machine", 2),
        (day + timedelta(2), "(other)", 5),
    ]
    assert removal.suppressed == {"interactions": 2}


def test_a_table_without_time_has_no_age(tmp_path) -> None:
    store = store_with(tmp_path, learners=[{"learner_id": ANNA}])
    with store.writing() as writer, pytest.raises(ParameterError, match="no time"):
        writer.forget_older({"learners": date(2026, 1, 1)})
    assert keys(store, "learners") == [ANNA]


def test_new_keys_reach_every_pseudonym_in_one_step(tmp_path) -> None:
    store = store_with(
        tmp_path,
        interactions=[
            interaction("i1", 0, user_id=ANNA, workspace_id=BERT, model="m", ctx_x=ANNA),
            interaction("i2", 0),
        ],
        attempts=[
            {
                "attempt_id": "t",
                "learner_id": ANNA,
                "attempted_at": moment(0),
                "skills": [BERT, "x"],
            }
        ],
        learners=[{"learner_id": ANNA}, {"learner_id": BERT}],
    )
    later = Pseudonyms(TWO)
    with store.writing() as writer:
        writer.rekey(lambda values: later.advanced(values, 1), TWO.id)
    assert store.ring == TWO.id
    assert files_holding(store, ANNA) + files_holding(store, BERT) == []
    row = held(store)[0]
    assert (row["user_id"], row["workspace_id"], row["model"], row["ctx_x"]) == (
        later.of("anna"),
        later.of("bert"),
        "m",
        later.of("anna"),
    )
    assert store.scan("attempts").collect()["skills"].to_list() == [[later.of("bert"), "x"]]
    assert keys(store, "learners") == sorted([later.of("anna"), later.of("bert")])
    found = store.scan("interactions").join(
        store.scan("learners"), left_on="user_id", right_on="learner_id", how="semi"
    )
    assert found.collect().height == 1


def test_quarantine_keeps_a_row_once_and_tells_which_are_of_an_earlier_import(tmp_path) -> None:
    store = store_with(tmp_path, interactions=[interaction("i1", 0)])

    def reject(key: str, source: str, *hashes: str) -> None:
        with store.writing() as writer:
            writer.quarantine(
                rejected(*hashes), table="interactions", source=source, key=key, at=START
            )
            writer.quarantine(
                rejected(*hashes), table="interactions", source=source, key=key, at=START
            )
            writer.commit(record(key, source))

    reject("a", "one.csv", "h1", "h2")
    reject("b", "two.csv", "h1")
    assert sorted(store.quarantine().select("source", "hash").collect().rows()) == [
        ("one.csv", "h1"), ("one.csv", "h2"), ("two.csv", "h1"),
    ]  # fmt: skip
    reject("c", "one.csv", "h2")
    columns = ("source", "hash", "import", pl.col("superseded_at").is_not_null())
    assert sorted(store.quarantine().select(*columns).collect().rows()) == [
        ("one.csv", "h1", "a", True), ("one.csv", "h2", "a", True), ("one.csv", "h2", "c", False),
        ("two.csv", "h1", "b", False),
    ]  # fmt: skip
    for number in range(12):
        reject(f"n{number}", f"n{number}.csv", "h")
    assert len(store.manifest().quarantine) <= 9
    assert store.quarantine().collect().height == 16


def test_segments_are_merged_once_and_counted(tmp_path) -> None:
    store = store_with(tmp_path, interactions=[interaction("i1", 0)])
    drop_segment(
        store.folder,
        "interactions",
        frame([interaction("i2", 0), interaction("i1", 0)]),
        rejected("h"),
        ring=ONE.id,
    )
    drop_segment(store.folder, "interactions", frame([interaction("i3", 0)]))
    (store.folder / "inbox" / "interactions.-.x.valid.parquet").write_bytes(b"damaged")
    assert store.absorb_if_free() == 3
    assert keys(store, "interactions") == ["i1", "i2", "i3"]
    assert store.quarantine().collect().height == 2
    (aside,) = (store.folder / "inbox").iterdir()
    assert aside.suffix == ".unreadable", "what cannot be read is kept, in case it was acknowledged"
    assert store.ring == ONE.id
    assert store.absorb_if_free() == 0
    drop_segment(store.folder, "interactions", frame([interaction("i4", 0)]))
    assert store.absorb_if_free() == 1
    live = [each for each in store.imports() if each.label == "live"]
    assert [(each.read, each.rejected) for each in live] == [(6, 2)]


def test_segments_wait_while_somebody_writes(tmp_path) -> None:
    store = store_with(tmp_path, interactions=[interaction("i1", 0)])
    drop_segment(store.folder, "interactions", frame([interaction("i2", 0)]))
    with store.writing():
        assert store.absorb_if_free() == 0
    assert keys(store, "interactions") == ["i1"]
    assert store.absorb_if_free() == 1


def test_segments_of_the_forgotten_and_of_older_keys(tmp_path) -> None:
    store = store_with(tmp_path, interactions=[interaction("i1", 0, user_id=ANNA)])
    drop_segment(
        store.folder, "interactions", frame([interaction("i2", 0, user_id=ANNA)]), ring=ONE.id
    )
    later = Pseudonyms(TWO)
    with store.writing() as writer:
        assert writer.forget_person(ANNA, length=1).rows == {"interactions": 2}
        writer.rekey(lambda values: later.advanced(values, 1), TWO.id)
    drop_segment(
        store.folder, "interactions", frame([interaction("i3", 0, user_id=BERT)]), ring=ONE.id
    )
    assert store.absorb_if_free() == 0
    with store.writing() as writer:
        assert (
            writer.absorb(lambda values, ring: later.advanced(values, TWO.ids.index(ring) + 1)) == 1
        )
    assert [row["user_id"] for row in held(store)] == [later.of("bert")]


def test_pseudonyms_under_newer_keys_wait_until_the_store_has_those_keys(tmp_path) -> None:
    store = store_with(tmp_path, learners=[{"learner_id": ANNA}])
    later = Pseudonyms(TWO)

    def advance(values: pl.Series, ring: str) -> pl.Series:
        return later.advanced(values, TWO.ids.index(ring) + 1)

    rows = frame([{"learner_id": later.of("anna")}], "learners")
    drop_segment(store.folder, "learners", rows, ring=TWO.id)
    assert store.absorb_if_free(advance, ring=TWO.id) == 0
    with store.writing() as writer:
        writer.rekey(lambda values: later.advanced(values, 1), TWO.id)
        assert writer.absorb(advance, ring=TWO.id) == 1
    assert keys(store, "learners") == [later.of("anna")]


def test_pseudonyms_in_lists_of_a_segment_are_advanced(tmp_path) -> None:
    store = Store.create(tmp_path / "store")
    later = Pseudonyms(TWO)
    row = {"attempt_id": "t", "learner_id": ANNA, "attempted_at": moment(0), "skills": [BERT, "x"]}
    drop_segment(store.folder, "attempts", frame([row], "attempts"), ring=ONE.id)
    with store.writing() as writer:
        writer.absorb(lambda values, _: later.advanced(values, 1), ring=TWO.id)
    assert store.scan("attempts").collect()["skills"].to_list() == [[later.of("bert"), "x"]]


def test_who_was_forgotten_under_newer_keys_goes_from_an_older_backup(tmp_path) -> None:
    store = store_with(tmp_path, learners=[{"learner_id": ANNA}, {"learner_id": BERT}])
    backup(store.folder, tmp_path / "old.tar")
    later = Pseudonyms(TWO)
    with store.writing() as writer:
        writer.rekey(lambda values: later.advanced(values, 1), TWO.id)
        writer.forget_person(later.of("anna"), length=2)
    restore(tmp_path / "old.tar", store.folder, replace=True)
    with store.writing() as writer:
        writer.rekey(lambda values: later.advanced(values, 1), TWO.id)
    assert keys(store, "learners") == [later.of("bert")]
    assert files_holding(store, later.of("anna")) == []


def test_who_was_forgotten_does_not_come_back_in_lists_and_context(tmp_path) -> None:
    store = store_with(tmp_path, learners=[{"learner_id": ANNA}])
    with store.writing() as writer:
        writer.forget_person(ANNA, length=1)
    rows = [
        {"attempt_id": str(n), "learner_id": BERT, "attempted_at": moment(0), **more}
        for n, more in enumerate(
            [{"skills": ["x", ANNA]}, {"skills": ["x"]}, {"ctx_seller": ANNA}, {}]
        )
    ]
    drop_segment(store.folder, "attempts", frame(rows, "attempts"), ring=ONE.id)
    store.absorb_if_free()
    assert keys(store, "attempts") == ["1", "3"]


def test_refusals_of_running_applications_are_withdrawals(tmp_path) -> None:
    store = store_with(tmp_path, interactions=[interaction("i1", 0), interaction("i2", 0)])
    refused = pl.DataFrame({"interaction_id": ["i1", "i7"]})
    drop_segment(store.folder, "interactions", pl.DataFrame(), refused=refused, ring=ONE.id)
    with store.writing() as writer:
        assert writer.absorb() == 0, "without the number of keys it waits"
        writer.absorb(length=1)
        assert writer.withdrawn == {"interactions": 1}
    assert keys(store, "interactions") == ["i2"]
    assert store.forgotten().has_id("i1", "interaction_id")
    assert not list((store.folder / "inbox").iterdir())


def test_a_name_given_for_a_pseudonym_leaves_no_mark(tmp_path) -> None:
    store = store_with(tmp_path, interactions=[interaction("i1", 0, user_id=BERT)])
    with store.writing() as writer:
        writer.forget_person("anna@example.org", length=1)
    assert not store.forgotten()


def test_a_session_of_several_persons_is_not_forgotten_with_one_of_them(tmp_path) -> None:
    rows = [
        interaction("i1", 0, user_id=ANNA, session_id="s1"),
        interaction("i2", 0, user_id=BERT, session_id="s1"),
        interaction("i3", 0, user_id=ANNA, session_id="s2"),
    ]
    sessions = [
        {"session_id": name, "started_at": moment(0), "user_id": ANNA} for name in ("s1", "s2")
    ]
    store = store_with(tmp_path, interactions=rows, sessions=sessions)
    backup(store.folder, tmp_path / "old.tar")
    with store.writing() as writer:
        writer.forget_person(ANNA, length=1)
    assert keys(store, "interactions") == ["i2"]
    assert not store.forgotten().has_id("s1", "session_id")
    assert store.forgotten().has_id("s2", "session_id")
    restore(tmp_path / "old.tar", store.folder, replace=True)
    assert keys(store, "interactions") == ["i2"]
    assert keys(store, "sessions") == []
