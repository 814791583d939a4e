"""Assignment is a pure function: uniform, stable, exclusive, and the same in every release."""

import subprocess
import sys
from datetime import UTC, datetime
from hashlib import blake2b

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assay.assignment import POINTS, SLOTS, Allocation, Epoch, assign, free_slots
from assay.core.errors import ParameterError

UNITS = [f"user-{number}" for number in range(40_000)]


def allocation(name: str = "greeting", layer: str = "", share: float = 1.0, **split: float):
    split = split or {"control": 0.5, "variant": 0.5}
    epoch = Epoch(split=split, slots=((0, round(share * SLOTS)),))
    return Allocation(experiment=name, layer=layer or name, epochs=(epoch,))


def oracle(name: str, layer: str, unit: str, share: float, cuts: list[tuple[float, str]]):
    """The rule as it is written down, with exact fractions."""

    def draw(kind: str, salt: str) -> float:
        text = f"assay-1:{kind}:{salt}:{unit}".encode()
        return int.from_bytes(blake2b(text, digest_size=8).digest()[:4], "big") / 2**32

    if draw("layer", layer) >= share:
        return None
    return next(arm for end, arm in cuts if draw("arm", name) < end)


def test_every_release_gives_the_arms_that_the_first_one_gave():
    three = allocation("price", "checkout", 0.3, control=0.5, low=0.3, high=0.2)
    found = [assign(three, unit) for unit in (*map(str, range(100, 124)), "ü", "", 101)]
    assert found == GOLDEN


GOLDEN = [None, "low", None, None, None, None, None, None, None, None, None, None, None, None, "high", None, None, None, None, None, "control", None, "control", None, None, None, "low"]  # fmt: skip


@given(st.text(max_size=40))
def test_the_rule_is_the_one_written_down(unit):
    found = assign(allocation("e", "l", 0.4, control=0.25, b=0.75), unit)
    assert found == oracle("e", "l", unit, 0.4, [(0.25, "control"), (1.0, "b")])


def test_a_column_gets_the_arms_that_its_units_get_one_by_one():
    half = allocation(share=0.5, control=0.2, b=0.3, c=0.5)
    one_by_one = [assign(half, unit) for unit in UNITS[:3000]]
    for column in (UNITS[:3000], np.array(UNITS[:3000]), pl.Series(UNITS[:3000])):
        assert half.arms_of(column) == one_by_one
    assert half.arms_of([]) == []
    assert half.arms_of(np.arange(5)) == [assign(half, number) for number in range(5)]


@pytest.mark.parametrize("kind", ["names", "numbers", "e-mails"])
def test_arms_and_slots_are_uniform(kind):
    units = {
        "names": UNITS,
        "numbers": list(range(40_000)),
        "e-mails": [f"{n:05d}@example.org" for n in range(40_000)],
    }[kind]
    whole = allocation(control=0.1, b=0.2, c=0.7)
    arms = whole.arms_of(units)
    seen = [arms.count(arm) for arm in ("control", "b", "c")]
    assert stats.chisquare(seen, [4000, 8000, 28_000]).pvalue > 0.001
    fifty = tuple(
        Epoch(split={"a": 1.0}, slots=((low, low + 200),)) for low in range(0, SLOTS, 200)
    )
    slots = Allocation(experiment="x", layer="y", epochs=fifty).epochs_of(units)
    assert stats.chisquare(np.bincount(slots, minlength=50)).pvalue > 0.001


def test_experiments_are_independent_of_each_other_and_arms_of_the_slots():
    one, other = allocation("one").arms_of(UNITS), allocation("other").arms_of(UNITS)
    together = [[sum(p == pair for p in zip(one, other, strict=True)) for pair in row] for row in (
        (("control", "control"), ("control", "variant")),
        (("variant", "control"), ("variant", "variant")),
    )]  # fmt: skip
    assert stats.chi2_contingency(together).pvalue > 0.001
    narrow = allocation("one", share=0.2).arms_of(UNITS)
    inside = [unit for unit, arm in zip(UNITS, narrow, strict=True) if arm is not None]
    assert stats.binomtest(len(inside), len(UNITS), 0.2).pvalue > 0.001
    arms = allocation("one").arms_of(inside)
    assert stats.binomtest(arms.count("control"), len(inside), 0.5).pvalue > 0.001


def test_nobody_moves_when_the_traffic_grows():
    small, large = allocation(share=0.1).arms_of(UNITS), allocation(share=0.2).arms_of(UNITS)
    was_in = [(a, b) for a, b in zip(small, large, strict=True) if a is not None]
    assert len(was_in) > 3000
    assert all(a == b for a, b in was_in)
    assert sum(b is not None for b in large) > 1.8 * len(was_in)


def test_a_new_epoch_leaves_whoever_was_in():
    first = Epoch(split={"a": 0.5, "b": 0.5}, slots=((0, 1000),))
    second = Epoch(split={"a": 0.1, "b": 0.9}, slots=((1000, 3000),))
    before = Allocation(experiment="x", layer="l", epochs=(first,))
    after = Allocation(experiment="x", layer="l", epochs=(first, second))
    old, new = before.arms_of(UNITS), after.arms_of(UNITS)
    assert all(a == b for a, b in zip(old, new, strict=True) if a is not None)
    epochs = after.epochs_of(UNITS)
    late = [arm for arm, epoch in zip(new, epochs, strict=True) if epoch == 1]
    assert stats.binomtest(late.count("b"), len(late), 0.9).pvalue > 0.001
    assert epochs[:50].tolist() == [
        -1 if (number := after.epoch_of(unit)) is None else number for unit in UNITS[:50]
    ]


def test_where_time_decides_the_first_exposure_does():
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    early = Epoch(split={"a": 1.0}, slots=((0, SLOTS),), since=noon)
    late = Epoch(split={"b": 1.0}, slots=((0, SLOTS),), since=noon.replace(hour=15))
    timed = Allocation(experiment="x", layer="l", epochs=(early, late), by_time=True)
    hours = [noon.replace(hour=hour) for hour in (11, 12, 14, 15, 20)]
    assert [assign(timed, "u", first_seen=at) for at in hours] == [None, "a", "a", "b", "b"]
    assert timed.arms_of(["u"] * 5, hours) == [None, "a", "a", "b", "b"]
    assert assign(timed, "u") == "b"


def test_what_does_not_run_exposes_nobody_and_forgets_nothing():
    stopped = allocation().stopped()
    assert assign(stopped, "ada") is None
    assert assign(stopped.resumed(), "ada") == stopped.arm_of("ada") is not None
    assert Allocation.of(stopped.as_json()) == stopped


def test_slots_are_shared_out_without_overlap_and_without_the_holdout():
    first = free_slots((), 0.3)
    second = free_slots(first, 0.5, holdout=0.1)
    assert (first, second) == (((0, 3000),), ((3000, 8000),))
    assert free_slots([(1000, 2000)], 0.2) == ((0, 1000), (2000, 3000))
    with pytest.raises(ParameterError, match=r"20\.00% .* asked for, 10\.00% are free"):
        free_slots([*first, *second], 0.2, holdout=0.1)


@pytest.mark.parametrize("unit", [None, 1.5, True, b"x"])
def test_what_is_no_unit_is_refused(unit):
    with pytest.raises(ParameterError, match="expected text or a whole number"):
        assign(allocation(), unit)


def test_what_is_no_split_is_refused():
    with pytest.raises(ParameterError, match=r"adds up to 0\.9"):
        Epoch(split={"a": 0.5, "b": 0.4}, slots=((0, 1),))
    with pytest.raises(ParameterError, match="expected ranges within"):
        Epoch(split={"a": 1.0}, slots=((0, SLOTS + 1),))
    with pytest.raises(ParameterError, match="without a colon"):
        allocation("a:b")


def test_the_arms_fill_the_scale_whatever_their_shares():
    thirds = allocation(control=1 / 3, b=1 / 3, c=1 / 3)
    assert thirds._cuts[0][-1] == (POINTS, "c")
    assert None not in thirds.arms_of(UNITS[:2000])


def test_importing_it_brings_nothing_heavy():
    code = (
        "import sys, assay.assignment; "
        "print({'numpy', 'polars', 'pydantic', 'scipy'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
