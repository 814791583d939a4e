import enum
import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.data.live.packing import UNUSABLE, packed


class Mood(enum.Enum):
    GOOD = "good"


class Hostile:
    def __hash__(self) -> int:
        raise RuntimeError("no")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


def back(value: Any) -> Any:
    content = orjson.loads(packed([(1, "k", "interactions", {"value": value}, None)]))
    assert len(content) == 1
    return content[0][3]["value"]


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (1.5, 1.5),
        ("ü", "ü"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, None),
        (2**63 - 1, 2**63 - 1),
        (2**64, "about 2^64"),
        (-(2**70), "about -2^70"),
        pytest.param(1 << 20_000, "about 2^20000", id="more digits than Python writes"),
        ("\ud800", "?"),
        (Mood.GOOD, "good"),
        (Decimal("1.25"), "1.25"),
        (timedelta(seconds=1.5), 1.5),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00+00:00"),
        (UUID(int=1), str(UUID(int=1))),
        (PurePosixPath("a/b"), "a/b"),
        (np.float64(2.5), 2.5),
        (np.int32(7), 7),
        (np.bool_(1), True),
        (np.float64("inf"), "inf"),
        (np.float32("-inf"), "-inf"),
        (["a", 1], ["a", 1]),
        (["a", math.inf], ["a", "inf"]),
        (("a", 1), ["a", 1]),
        ({"a"}, ["a"]),
    ],
)
def test_a_value_keeps_its_meaning(given_value: Any, expected: Any) -> None:
    assert back(given_value) == expected


@pytest.mark.parametrize("value", [object(), b"bytes", 1j, Hostile(), len, Hostile])
def test_what_has_no_meaning_says_what_it_is(value: Any) -> None:
    assert back(value) == {UNUSABLE: type(value).__name__}


def test_one_odd_value_leaves_the_other_events_as_they_are() -> None:
    events = [(n, f"k{n}", "interactions", {"value": n}, {"user_id": "u"}) for n in range(5)]
    events[2][3]["value"] = 2**80
    content = orjson.loads(packed(events))
    assert [row[3]["value"] for row in content] == [0, 1, "about 2^80", 3, 4]
    assert all(row[4] == {"user_id": "u"} for row in content)


def test_what_contains_itself_ends() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert isinstance(back(endless), list)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | st.complex_numbers()
    | st.text(st.characters()) | st.datetimes() | st.decimals() | st.builds(object)
    | st.builds(Hostile),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(st.lists(st.dictionaries(st.text(), anything, max_size=5), max_size=5))
def test_whatever_was_recorded_each_event_is_there(recorded: list[dict[str, Any]]) -> None:
    events = [(n, n, "interactions", fields, None) for n, fields in enumerate(recorded)]
    content = orjson.loads(packed(events))
    assert [row[0] for row in content] == list(range(len(recorded)))
