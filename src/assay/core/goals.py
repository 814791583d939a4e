"""What a project wants to reach: one entry of `params/goals.yaml`."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Goal(BaseModel):
    """What is to be reached, by when, and of whom: one entry of `params/goals.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    name: str = Field(min_length=1, description="how the report calls it")
    metric: str = Field(min_length=1, description="name of a score, or a metric of metrics.yaml")
    target: float = Field(allow_inf_nan=False, description="in the metric's own unit")
    by: date = Field(description="last day of the week that has to reach it")
    better: Literal["up", "down"] = Field("up", description="down: at most the target")
    whom: dict[str, str] = Field({}, alias="for", description="column: value; absent = everybody")

    @field_validator("by", mode="before")
    @classmethod
    def _day(cls, value: object) -> object:
        return date.fromisoformat(value) if isinstance(value, str) else value
