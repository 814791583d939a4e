import hashlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import DataError
from assay.privacy.forgotten import Forgotten
from assay.privacy.keys import KeyRing
from assay.privacy.policy import Policy
from assay.privacy.pseudonym import Pseudonyms
from assay.privacy.treat import treat

KEYS = (bytes(range(32)), bytes(range(50, 90)), bytes(range(200, 232)))
values = st.lists(
    st.sampled_from(
        ["p_" + hashlib.sha256(bytes([n])).hexdigest()[:26] for n in range(20)] + ["s-1", "abc"]
    )
)


def log(users: list) -> pl.DataFrame:
    return pl.DataFrame(
        {"interaction_id": [f"i-{n}" for n in range(len(users))], "user_id": users},
        schema={"interaction_id": pl.String, "user_id": pl.String},
    )


def test_a_mark_is_a_hash_of_what_was_stored() -> None:
    stored = Pseudonyms(KeyRing(KEYS[:2])).of("anna")
    marks = Forgotten.none().plus([stored, "s-1", None], length=2, of="session_id")
    assert marks.marks == {
        2: frozenset([hashlib.sha256(stored.encode()).digest()[:16]]),
        -1: frozenset([hashlib.sha256(b"session_id\0s-1").digest()[:16]]),
    }
    assert len(marks) == 2
    assert stored.encode() not in marks.to_bytes()


@given(one=values, other=values)
def test_marks_are_kept_as_bytes(one: list, other: list) -> None:
    marks = Forgotten.none().plus(one, length=1, of="session_id")
    marks |= Forgotten.none().plus(other, length=3, of="session_id")
    again = Forgotten.from_bytes(marks.to_bytes())
    assert again.to_bytes() == marks.to_bytes()
    assert len(again) == len(marks)
    assert bool(marks) == bool(one or other)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"version":1}',
        b'{"version":1,"marks":{"x":[]}}',
        b'{"version":1,"marks":{"1":["zz"]}}',
        b'{"version":1,"marks":[]}',
        b"\xff",
    ],
)
def test_what_holds_no_marks_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        Forgotten.from_bytes(content)


def test_marks_of_a_later_version_are_refused() -> None:
    with pytest.raises(DataError, match="version 2"):
        Forgotten.from_bytes(b'{"version":2,"marks":{}}')


@pytest.mark.parametrize("at", [1, 2, 3])
def test_who_was_forgotten_stays_away_after_rotations(at: int) -> None:
    stored = Pseudonyms(KeyRing(KEYS[:at])).of("anna@x.org")
    marks = Forgotten.from_bytes(Forgotten.none().plus([stored], length=at).to_bytes())
    for length in range(at, 4):
        pseudonyms = Pseudonyms(KeyRing(KEYS[:length]))
        treated = treat(
            log(["anna@x.org", "ben", None]), "interactions", Policy(), pseudonyms, marks
        )
        assert treated.frame["interaction_id"].to_list() == ["i-1", "i-2"]
        assert treated.dropped == {"forgotten": 1}


def test_rows_of_forgotten_ids_stay_away_from_tables_without_persons() -> None:
    pseudonyms = Pseudonyms(KeyRing(KEYS[:1]))
    drawn, named = "550e8400-e29b-41d4-a716-446655440000", "anna's first talk"
    ids = [drawn, pseudonyms.of(named)]
    marks = Forgotten.none().plus(ids, length=1, of="session_id")
    scores = pl.DataFrame({"score_id": ["1", "2", "3"], "session_id": [drawn, named, "s-7"]})
    later = Pseudonyms(KeyRing(KEYS))
    treated = treat(scores, "scores", Policy(), later, marks)
    assert treated.frame["score_id"].to_list() == ["3"]
    assert treated.dropped == {"forgotten": 2}


def test_nobody_is_covered_by_no_marks() -> None:
    ids = pl.Series("session_id", ["a", None, "b"])
    assert Forgotten.none().covers(ids).to_list() == [False] * 3
    assert Forgotten.none().covers_ids(ids).to_list() == [False] * 3
    marks = Forgotten.none().plus(["a"], length=1, of="session_id")
    assert marks.covers_ids(ids).to_list() == [True, False, False]
    assert marks.covers(ids).to_list() == [False] * 3


def test_an_id_is_forgotten_in_its_own_column_alone() -> None:
    marks = Forgotten.none().plus(["17"], length=1, of="interaction_id")
    for column in ("interaction_id", "parent_id", "retry_of"):
        assert marks.covers_ids(pl.Series(column, ["17", "18"])).to_list() == [True, False]
    assert marks.covers_ids(pl.Series("session_id", ["17"])).to_list() == [False]
    scores = pl.DataFrame({"score_id": ["17", "1"], "interaction_id": ["1", "17"]})
    done = treat(scores, "scores", Policy(), Pseudonyms(KeyRing(KEYS[:1])), marks)
    assert done.frame["score_id"].to_list() == ["17"]


def test_ids_that_were_marked_without_their_column_are_still_known() -> None:
    old = hashlib.sha256(b"17").digest()[:16].hex()
    marks = Forgotten.from_bytes(f'{{"version":1,"marks":{{"0":["{old}"]}}}}'.encode())
    assert marks.covers_ids(pl.Series("session_id", ["17", "18"])).to_list() == [True, False]
    assert Forgotten.from_bytes(marks.to_bytes()).has_id("17", "session_id")


def test_a_name_that_was_given_for_a_pseudonym_is_not_marked() -> None:
    assert not Forgotten.none().plus(["anna@x.org", "anna"], length=1)


@pytest.mark.parametrize("column", ["workload", "ctx_owner"])
def test_rows_with_a_label_that_names_somebody_forgotten_stay_away(column: str) -> None:
    pseudonyms = Pseudonyms(KeyRing(KEYS))
    marks = Forgotten.none().plus([Pseudonyms(KeyRing(KEYS[:2])).of("Anna Muster")], length=2)
    rows = pl.DataFrame({"run_id": ["1", "2", "3"], column: ["Anna Muster", "Ben Bird", None]})
    policy = Policy(context=frozenset({"ctx_owner"}))
    done = treat(rows, "measurements", policy, pseudonyms, marks)
    assert done.frame["run_id"].to_list() == ["2", "3"]
    assert done.dropped == {"forgotten": 1}


def test_rows_with_somebody_forgotten_in_a_list_stay_away() -> None:
    pseudonyms = Pseudonyms(KeyRing(KEYS))
    marks = Forgotten.none().plus([pseudonyms.of("Anna Muster")], length=3)
    lists = [["sql"], None, [], ["sql", "Anna Muster", "Anna Muster"], ["Ben Bird"]]
    rows = pl.DataFrame({"attempt_id": ["1", "2", "3", "4", "5"], "skills": lists})
    done = treat(rows, "attempts", Policy(), pseudonyms, marks)
    assert done.frame["attempt_id"].to_list() == ["1", "2", "3", "5"]
