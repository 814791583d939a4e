"""Units live in the type: `cost: Usd` is a float that records, prints and draws as dollars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

SHARE: Final = "share"
USD: Final = "USD"
SECONDS: Final = "s"
COUNT: Final = "count"
PROBABILITY: Final = "probability"
NONE: Final = "1"


@dataclass(frozen=True, slots=True)
class UnitOf:
    """The unit stands in a sibling field: `value: Annotated[float, UnitOf("unit")]`."""

    field: str


Share = Annotated[float, SHARE]
"""Part of a whole, 0–1; printed as a percentage."""
Probability = Annotated[float, PROBABILITY]
Usd = Annotated[float, USD]
Seconds = Annotated[float, SECONDS]
Count = Annotated[int, COUNT]
Number = Annotated[float, NONE]
