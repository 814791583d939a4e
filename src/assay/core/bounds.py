"""Numbers and names of parameters that have bounds, whatever report asks for them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from assay.core.sections import known_zone

Alpha = Annotated[float, Field(ge=0.0001, le=0.5)]
"""One minus the confidence of intervals: they hold what they say from 50 to 99.99 %."""

Margin = Annotated[float, Field(gt=0, lt=1)]
"""A loss, as a share, that is too small to matter."""

Days = Annotated[int, Field(ge=1, le=3660)]
"""How many days count: one, up to ten years of them."""

TimeZone = Annotated[str, AfterValidator(known_zone)]
"""Name of a time zone, `Europe/Berlin` for example."""
