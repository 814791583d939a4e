import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import DataError, ParameterError
from assay.privacy.disclosure import Withheld, feasible, merge_small, suppress, withheld


def ranges_by_trying(counts: np.ndarray, hidden: Withheld, most: int) -> dict[tuple, tuple]:
    """Every table of whole numbers that the published numbers allow, tried one by one.

    Only cells are tried: totals follow from them. A withheld number is at least 1.
    """
    shape = counts.shape if counts.ndim == 2 else (1, *counts.shape)
    grid, cells = counts.reshape(shape), hidden.cells.reshape(shape)
    places = [tuple(map(int, place)) for place in np.argwhere(cells)]
    found: dict[tuple, list] = {place: [] for place in places}
    for guess in itertools.product(range(1, most + 1), repeat=len(places)):
        table = grid.copy()
        for place, number in zip(places, guess, strict=True):
            table[place] = number
        if counts.ndim == 2:
            fits = all(
                hidden.row_totals[i] or table[i].sum() == grid[i].sum() for i in range(shape[0])
            ) and all(
                hidden.column_totals[j] or table[:, j].sum() == grid[:, j].sum()
                for j in range(shape[1])
            )
        else:
            fits = True
        if fits and (hidden.total or table.sum() == grid.sum()):
            for place, number in zip(places, guess, strict=True):
                found[place].append(number)
    return {place: (min(numbers), max(numbers)) for place, numbers in found.items()}


@settings(max_examples=60)
@given(
    counts=st.lists(st.integers(0, 14), min_size=1, max_size=4),
    k=st.integers(2, 5),
)
def test_no_cell_of_one_way_can_be_deduced(counts: list[int], k: int) -> None:
    table = np.array(counts)
    hidden = withheld(table, k)
    check_cells(table, hidden, k)
    if hidden.cells.sum() <= 3:
        for low, high in ranges_by_trying(table, hidden, 2 * sum(counts) + k + 1).values():
            assert high - low >= k


@settings(max_examples=40)
@given(
    counts=st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=2, max_size=3),
    k=st.integers(2, 3),
)
def test_no_cell_of_two_ways_can_be_deduced(counts: list[list[int]], k: int) -> None:
    table = np.array(counts)
    hidden = withheld(table, k)
    check_cells(table, hidden, k)
    if hidden.cells.sum() <= 4:
        for low, high in ranges_by_trying(table, hidden, 11).values():
            assert high - low >= k


def check_cells(table: np.ndarray, hidden: Withheld, k: int) -> None:
    small = (table > 0) & (table < k)
    assert hidden.cells[small].all()
    assert not hidden.cells[table == 0].any()
    if 0 < table.sum() < k:
        assert hidden.total
    if not small.any():
        assert not hidden.cells.any()
    if table.ndim == 2:
        for totals, told in (
            (table.sum(1), hidden.row_totals),
            (table.sum(0), hidden.column_totals),
        ):
            assert told[(totals > 0) & (totals < k)].all()


def test_a_single_small_cell_takes_a_companion() -> None:
    assert withheld(np.array([3, 40, 20, 0]), 10).cells.tolist() == [True, False, True, False]


def test_a_companion_is_large_enough_to_hide_behind() -> None:
    # 1 and 10 leave 1…10 for the small one: a range shorter than 10, so a third one goes.
    assert withheld(np.array([1, 10, 30]), 10).cells.tolist() == [True, True, True]
    assert withheld(np.array([2, 10, 30]), 10).cells.tolist() == [True, True, False]


def test_a_table_without_small_cells_is_published_whole() -> None:
    hidden = withheld(np.array([[10, 0], [25, 12]]), 10)
    assert not hidden.cells.any()
    assert not hidden.row_totals.any()
    assert not hidden.total


def test_one_small_cell_in_two_ways_takes_a_rectangle() -> None:
    hidden = withheld(np.array([[3, 50, 60], [40, 20, 70], [80, 30, 90]]), 10)
    assert hidden.cells.sum() == 4
    assert hidden.cells[0, 0]
    assert not hidden.row_totals.any()


def test_bounds_equal_those_found_by_trying() -> None:
    counts = np.array([[2, 5, 4], [3, 6, 1]])
    mask = np.array([[True, True, False], [True, True, False]])
    hidden = Withheld(mask, np.zeros(2, bool), np.zeros(3, bool), False)
    table = np.vstack([counts, counts.sum(0)])
    table = np.hstack([table, table.sum(1, keepdims=True)])
    full = np.zeros(table.shape, bool)
    full[:2, :3] = mask
    for place, (low, high) in ranges_by_trying(counts, hidden, 15).items():
        assert feasible(table, full, place) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize("shape", [(12, 8), (30, 4)])
def test_larger_tables_are_guarded_without_losing_most(shape: tuple[int, int]) -> None:
    counts = np.random.default_rng(3).negative_binomial(1, 0.01, shape)
    hidden = withheld(counts, 10)
    check_cells(counts, hidden, 10)
    assert hidden.cells.mean() < 0.4


def test_a_frame_gets_its_totals_and_loses_what_must_not_be_told() -> None:
    table = pl.DataFrame(
        {
            "agent": ["a", "a", "b", "b", "c"],
            "team": ["x", "y", "x", "y", "x"],
            "persons": [3, 40, 30, 25, 50],
            "cost": [1.5, 2.0, 3.0, 4.0, 5.0],
        }
    )
    told = suppress(table, ["agent", "team"], persons="persons", values=["cost"])
    assert told.height == 4 * 3
    cells = {(row["agent"], row["team"]): row for row in told.iter_rows(named=True)}
    assert cells["a", "x"] == {
        "agent": "a",
        "team": "x",
        "persons": None,
        "cost": None,
        "suppressed": True,
    }
    assert cells["c", "y"]["persons"] == 0
    assert cells["(total)", "(total)"]["persons"] == 148
    assert cells["(total)", "(total)"]["cost"] == pytest.approx(15.5)
    assert cells["a", "(total)"]["persons"] == 43
    assert sum(row["suppressed"] for row in cells.values()) == 4
    one = suppress(
        table.group_by("agent", maintain_order=True).agg(pl.sum("persons")),
        ["agent"],
        persons="persons",
        k=45,
    )
    assert one.to_dicts() == [
        {"agent": "a", "persons": None, "suppressed": True},
        {"agent": "b", "persons": 55, "suppressed": False},
        {"agent": "c", "persons": None, "suppressed": True},
        {"agent": "(total)", "persons": 148, "suppressed": False},
    ]


@pytest.mark.parametrize(
    ("table", "by", "error"),
    [
        ({"a": ["x", "x"], "n": [1, 2]}, ["a"], DataError),
        ({"a": ["x"], "n": [-1]}, ["a"], DataError),
        ({"a": ["x"], "n": [None]}, ["a"], DataError),
        ({"a": ["x"], "n": [1]}, [], ParameterError),
    ],
)
def test_what_is_no_table_of_persons_is_refused(table: dict, by: list, error: type) -> None:
    with pytest.raises(error):
        suppress(pl.DataFrame(table, schema_overrides={"n": pl.Int64}), by, persons="n")


@pytest.mark.parametrize("k", [0, -3])
def test_k_is_at_least_one_person(k: int) -> None:
    with pytest.raises(ParameterError, match="k is"):
        withheld(np.array([1, 2]), k)
    with pytest.raises(ParameterError, match="3 ways"):
        withheld(np.zeros((2, 2, 2), np.int64), 10)


@given(
    pairs=st.lists(
        st.tuples(st.sampled_from([*"abcdef", None]), st.integers(0, 25) | st.none()),
        min_size=1,
        max_size=80,
    ),
    k=st.integers(1, 6),
)
def test_merged_groups_count_at_least_k_different_persons(pairs: list, k: int) -> None:
    rows = pl.DataFrame(pairs, schema={"group": pl.String, "user": pl.Int64}, orient="row")
    everyone = {user for _, user in pairs if user is not None}
    if len(everyone) < k:
        with pytest.raises(DataError, match="persons"):
            merge_small(rows, "group", person="user", k=k)
        return
    merged = merge_small(rows, "group", person="user", k=k)
    persons: dict = {}
    for group, user in merged.rows():
        persons.setdefault(group, set()).update({user} - {None})
    assert all(len(found) >= k for found in persons.values())
    assert merged["user"].to_list() == rows["user"].to_list()
    for before, after in zip(rows["group"], merged["group"], strict=True):
        assert after in {before, "(other)"}


def test_groups_large_enough_keep_their_names() -> None:
    rows = pl.DataFrame({"g": ["a"] * 3 + ["b"] * 2 + ["c"], "u": [1, 2, 3, 4, 5, 6]})
    merged = merge_small(rows, "g", person="u", k=2)
    assert merged["g"].to_list() == ["a", "a", "a", "(other)", "(other)", "(other)"]
    assert merge_small(rows, "g", person="u", k=1).equals(rows)
