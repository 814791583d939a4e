import hashlib
import hmac

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import ParameterError
from assay.privacy import remembered
from assay.privacy.forgotten import Forgotten
from assay.privacy.keys import KeyRing
from assay.privacy.pseudonym import Pseudonyms

KEYS = (bytes(range(32)), bytes(range(50, 90)), bytes(range(200, 232)))
RINGS = [KeyRing(KEYS[:n]) for n in (1, 2, 3)]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def by_hand(key: bytes, message: bytes) -> bytes:
    """HMAC as RFC 2104 writes it, from SHA-256 alone."""
    key = hashlib.sha256(key).digest() if len(key) > 64 else key
    key = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in key) + inner).digest()


def chain_by_hand(keys: tuple[bytes, ...], value: str) -> str:
    for key in keys:
        value = "p_" + by_hand(key, value.encode()).hex()[:26]
    return value


@pytest.mark.parametrize(
    ("key", "message", "digest"),
    [  # RFC 4231, test cases 4 and 7: the key of case 4 is random enough for a ring
        (
            bytes(range(1, 26)),
            b"\xcd" * 50,
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        (
            b"\xaa" * 131,
            b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ],
)
def test_the_oracle_knows_the_published_vectors(key: bytes, message: bytes, digest: str) -> None:
    assert by_hand(key, message).hex() == digest
    assert hmac.digest(key, message, "sha256").hex() == digest


@given(value=texts)
@pytest.mark.parametrize("ring", RINGS)
def test_a_pseudonym_is_a_chain_of_hmacs(ring: KeyRing, value: str) -> None:
    pseudonyms = Pseudonyms(ring)
    assert pseudonyms.of(value) == chain_by_hand(ring.keys, value)
    assert pseudonyms.stages(value) == tuple(
        chain_by_hand(ring.keys[:n], value) for n in range(1, len(ring) + 1)
    )


@given(
    values=st.lists(st.none() | texts, max_size=30), more=st.lists(st.none() | texts, max_size=30)
)
@pytest.mark.parametrize("remembered", [0, 2, 1000])
def test_columns_are_replaced_value_by_value(values: list, more: list, remembered: int) -> None:
    pseudonyms = Pseudonyms(RINGS[1], remembered=remembered)
    for column in (values, more, values):
        new = pseudonyms.replace(pl.Series("user_id", column, dtype=pl.String))
        assert new.name == "user_id"
        assert new.to_list() == [None if v is None else pseudonyms.of(v) for v in column]


@given(values=st.lists(st.none() | texts, max_size=20))
def test_rotation_keeps_one_pseudonym_per_person(values: list) -> None:
    column = pl.Series("user_id", values, dtype=pl.String)
    replaced = [Pseudonyms(ring).replace(column) for ring in RINGS]
    newest = Pseudonyms(RINGS[2])
    for length, old in enumerate(replaced, 1):
        assert newest.advanced(old, length).to_list() == replaced[2].to_list()


def test_ids_that_were_never_replaced_do_not_advance() -> None:
    column = pl.Series("session_id", ["s-1", None, "550e8400-e29b-41d4-a716-446655440000"])
    assert Pseudonyms(RINGS[1]).advanced(column, 1).to_list() == column.to_list()


@pytest.mark.parametrize("length", [0, 3, -1])
def test_a_ring_cannot_be_advanced_to_a_shorter_one(length: int) -> None:
    with pytest.raises(ParameterError, match="cannot be advanced"):
        Pseudonyms(RINGS[1]).advanced(pl.Series(["p_x"]), length)


def test_another_key_gives_other_pseudonyms() -> None:
    assert Pseudonyms(KeyRing(KEYS[:1])).of("anna") != Pseudonyms(KeyRing(KEYS[1:2])).of("anna")


def test_values_are_taken_to_the_letter() -> None:
    values = ["anna", "Anna", "anna ", "", "Änna", "A\u0308nna"]
    assert Pseudonyms(RINGS[0]).replace(pl.Series(values)).n_unique() == len(values)


def test_those_who_are_forgotten_are_told_whatever_is_remembered() -> None:
    pseudonyms = Pseudonyms(RINGS[1])
    column = pl.Series("user_id", ["anna", "ben", None, "anna"])
    _, gone = pseudonyms.checked(column, Forgotten.none())
    assert gone.to_list() == [False] * 4
    anna = Forgotten.none().plus([pseudonyms.of("anna")], length=2)
    new, gone = pseudonyms.checked(column, anna)
    assert gone.to_list() == [True, False, False, True]
    assert new.to_list() == pseudonyms.replace(column).to_list()
    _, gone = pseudonyms.checked(
        column, anna | Forgotten.none().plus([pseudonyms.of("ben")], length=2)
    )
    assert gone.to_list() == [True, True, False, True]
    _, gone = pseudonyms.checked(column, Forgotten.none())
    assert gone.to_list() == [True, True, False, True]  # as it was checked last


def test_an_equal_hash_never_makes_two_persons_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_hashes", lambda values: np.zeros(len(values), np.uint64))
    pseudonyms = Pseudonyms(RINGS[0])
    for column in (["anna"], ["ben", "anna"], ["anna", "ben", "cleo"]):
        new = pseudonyms.replace(pl.Series(column)).to_list()
        assert new == [pseudonyms.of(value) for value in column]
