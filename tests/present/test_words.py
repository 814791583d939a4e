"""Lists, plurals, and how a change is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.present.format import PERCENT, level
from assay.present.prose.words import (
    agreed,
    capital,
    counted,
    in_words,
    inside,
    is_plural,
    joined,
    moves,
    noun_of,
    plural_of,
)


@pytest.mark.parametrize(
    ("items", "printed"),
    [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_joined(items, printed):
    assert joined(items) == printed


def test_joined_by_another_word():
    assert joined(["a", "b"], word="or") == "a or b"


@pytest.mark.parametrize(
    ("number", "printed"), [(0, "no"), (1, "one"), (12, "twelve"), (13, "13"), (1200, "1\u202f200")]
)
def test_small_numbers_are_words(number, printed):
    assert in_words(number) == printed


def test_counted_agrees():
    assert counted(0, "check") == "no checks"
    assert counted(1, "check") == "one check"
    assert counted(3, "check") == "three checks"
    assert counted(2, "datum", "data") == "two data"


@pytest.mark.parametrize(
    ("noun", "plural"),
    [("user", "users"), ("company", "companies"), ("day", "days"), ("search", "searches")],
)
def test_plural_of(noun, plural):
    assert plural_of(noun) == plural


@pytest.mark.parametrize(
    ("column", "noun"),
    [
        ("user_id", "user"),
        ("row", "row"),
        ("work_space_id", "work space"),
        ("impressions", "impression"),
        ("_id", "unit"),
    ],
)
def test_a_unit_is_called_after_its_column(column, noun):
    assert noun_of(column) == noun


def test_names_inside_a_sentence():
    assert inside("Task success") == "task success"
    assert inside("CSAT") == "CSAT"
    assert inside("x") == "x"
    assert capital("task success") == "Task success"


@pytest.mark.parametrize(
    ("name", "plural"),
    [
        ("Escalations", True),
        ("Sessions per user", True),
        ("Task success", False),
        ("Cost per solved tasks", False),
        ("Status", False),
        ("Analysis", False),
        ("Spend", False),
    ],
)
def test_names_that_take_a_plural_verb(name, plural):
    assert is_plural(name) is plural
    assert agreed("rises", name) == ("rise" if plural else "rises")
    assert agreed("is", name) == ("are" if plural else "is")


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.029, 0.061, "rises by 2.9 to 6.1 %"),
        (-0.109, -0.026, "falls by 2.6 to 10.9 %"),
        (-0.006, 0.034, "may be anything from 0.6 % lower to 3.4 % higher"),
        (0.0, 0.034, "rises by 0.0 to 3.4 %"),
        (-0.034, 0.0, "falls by 0.0 to 3.4 %"),
    ],
)
def test_moves(low, high, said):
    found = moves("Task success", low, high, notation=PERCENT, decimals=1)
    assert found.replace("\u00a0", " ") == said


def test_moves_agrees_with_a_plural_name():
    assert moves("Escalations", 1, 2, notation=level("1"), decimals=0) == "rise by 1 to 2"


@given(st.floats(-1, 1), st.floats(-1, 1), st.sampled_from(["association", "before-after", "rule"]))
def test_without_randomised_assignment_no_change_is_worded_as_an_effect(one, other, evidence):
    low, high = min(one, other), max(one, other)
    said = moves("Rating", low, high, notation=PERCENT, decimals=1, evidence=evidence)
    assert not any(word in said for word in ("rises", "falls", "because", "effect"))
    assert "higher" in said or "lower" in said
