"""Grids against combinations that were written out by hand."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import ParameterError
from assay.workbench.grids import grid_of

FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def named(**content: Any) -> dict[str, dict[str, Any]]:
    return grid_of(content, "x.yaml, matrix").named("x.yaml, matrix")


def test_combinations_are_in_order_and_named_by_their_values() -> None:
    assert named(model=["a", "b"], n=[1, 2]) == {
        "a--1": {"model": "a", "n": 1},
        "a--2": {"model": "a", "n": 2},
        "b--1": {"model": "b", "n": 1},
        "b--2": {"model": "b", "n": 2},
    }


def test_excluded_is_what_has_all_pairs_of_an_entry() -> None:
    found = named(
        model=["a", "b"], n=[1, 2], exclude=[{"model": "a", "n": 2}, {"model": "b", "n": 1}]
    )
    assert list(found) == ["a--1", "b--2"]


def test_included_is_added_where_it_overwrites_nothing_of_the_matrix() -> None:
    """The example by which GitHub explains its own matrix, with its answer."""
    found = named(
        fruit=["apple", "pear"],
        animal=["cat", "dog"],
        include=[
            {"color": "green"},
            {"color": "pink", "animal": "cat"},
            {"fruit": "apple", "shape": "circle"},
            {"fruit": "banana"},
            {"fruit": "banana", "animal": "cat"},
        ],
    )
    assert list(found.values()) == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]
    assert list(found)[-2:] == ["banana", "banana--cat"]


def test_what_was_excluded_may_be_included_with_more() -> None:
    found = named(n=[1, 2], exclude=[{"n": 2}], include=[{"n": 2, "slow": True}])
    assert found == {"1": {"n": 1}, "2--true": {"n": 2, "slow": True}}


def test_without_dimensions_each_entry_is_a_set() -> None:
    assert list(named(include=[{"a": 1}, {"a": 2, "b": 3}])) == ["1", "2--3"]


def test_names_are_folders_whatever_the_values() -> None:
    found = named(
        v=["../etc", "a/b", "Grün 1", None, True, 2.5, ["x", "y"], {"from": "2026-01-01"}, "…"]
    )
    assert list(found)[:8] == [
        "etc", "a-b", "Grun-1", "null", "true", "2.5", "x_y", "2026-01-01",
    ]  # fmt: skip
    assert all(FOLDER.fullmatch(name) for name in found)


def test_names_that_would_be_one_get_a_hash_and_keep_it() -> None:
    found = named(v=["a/b", "a b", "A-b", "c"])
    assert sum(re.fullmatch(r"[aA]-b-[0-9a-f]{6}", name) is not None for name in found) == 3
    assert "c" in found
    fewer = named(v=["A-b", "a/b"])
    assert set(fewer) < set(found)


def test_long_names_are_cut_with_a_hash() -> None:
    (name,) = named(v=["x" * 300])
    assert re.fullmatch(r"x{48}-[0-9a-f]{6}", name)


def test_a_template_names_the_sets() -> None:
    found = named(model=["a", "b"], n=[1], include=[{"k": 7}], name="{model}_of-{n}.{k}")
    assert list(found) == ["a_of-1.7", "b_of-1.7"]
    assert [name[:2] for name in named(model=["a", "b"], name="m")] == ["m-", "m-"]
    with pytest.raises(ParameterError, match=r"speaks of 'modl'(.|\n)*'model'"):
        named(model=["a"], name="{modl}")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"n": 3}, r"n is 3, expected a list of values"),
        ({"n": []}, r"n is \[\], expected a list"),
        ({"n": [1, 2, 1]}, "n has 1 twice"),
        ({"n": [1], "exclude": [{"m": 1}]}, "exclude: 'm' is no name of the matrix"),
        ({"n": [1], "exclude": [{"n": 2}]}, "exclude: n is never 2"),
        ({"n": [1], "exclude": [{"n": 1}]}, "makes no set"),
        ({"n": [1], "include": {"n": 1}}, "include is .* expected a list of tables"),
        ({"n": list(range(40)), "m": list(range(40))}, "makes up to 1,600 sets.*1,000"),
        ({"n": [1, 2], "limit": 1}, "makes up to 2 sets, expected at most 1\n.*limit: 2"),
    ],
)
def test_a_grid_that_cannot_be_meant_is_refused(content: dict[str, Any], told: str) -> None:
    with pytest.raises(ParameterError, match=f"x.yaml, matrix.*{told}"):
        named(**content)


def test_the_limit_can_be_raised() -> None:
    assert len(named(n=list(range(40)), m=list(range(40)), limit=1600)) == 1600


VALUES = st.one_of(st.none(), st.text(max_size=60), st.integers(), st.lists(st.text(max_size=5)))


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c.d"]),
        st.lists(VALUES, min_size=1, max_size=4, unique_by=repr),
        min_size=1,
    )
)
def test_every_combination_has_one_name_that_is_a_folder(content: Mapping[str, list[Any]]) -> None:
    found = named(**content)
    size = 1
    for values in content.values():
        size *= len(values)
    assert len({name.lower() for name in found}) == len(found) == size
    assert all(FOLDER.fullmatch(name) for name in found)
