"""Declared numbers with a range."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from assay.core.guesses import Amount, Guess


def test_a_number_alone_is_without_doubt() -> None:
    assert Guess.model_validate(0.08).ends == (0.08, 0.08)
    assert Guess.model_validate({"likely": 2, "low": 1, "high": 5}).ends == (1, 5)


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"likely": 2, "low": 1}, "low and high, or neither"),
        ({"likely": 2, "low": 3, "high": 5}, "3 … 2 … 5, expected low ≤ likely ≤ high"),
        ({"likely": float("inf")}, "finite"),
        ({"likely": 2, "most": 3}, "most"),
        (True, "valid"),
    ],
)
def test_a_range_out_of_order_is_refused(told: Any, fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        Guess.model_validate(told)


def test_a_cost_is_never_negative() -> None:
    with pytest.raises(ValidationError, match="Upkeep: -1 USD, expected 0 or more"):
        Amount.model_validate({"name": "Upkeep", "likely": 3, "low": -1, "high": 5})
