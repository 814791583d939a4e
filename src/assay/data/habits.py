"""Which counts of tokens include others, by source: what makes a mapped table's counts disjoint.

    tokens:
      by: tool                                     # a column of the file that tells the source
      cached: {codex: inside, claude-code: beside, "*": inside}
      reasoning: {gemini: beside, "*": inside}

`cached` says whether the input includes what was read from and written to the provider's cache, and
`reasoning` whether the output includes reasoning. One word holds for all rows; `"*"` for values of
the column that are not named. Rows of a value without a habit are rejected where it matters.
"""

from __future__ import annotations

from typing import Final, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

Habit = Literal["inside", "beside"]

ELSE: Final = "*"
"""The key of all values that are not named."""


class TokenHabits(BaseModel):
    """Where cached and reasoning tokens are counted, in all rows or by a column of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    by: str | None = Field(None, min_length=1, description="column of the file that tells which")
    cached: Habit | dict[str, Habit] = Field("beside", description="of the input")
    reasoning: Habit | dict[str, Habit] = Field("inside", description="of the output")

    @model_validator(mode="after")
    def _by_a_column(self) -> Self:
        of_values = [isinstance(habit, dict) for habit in (self.cached, self.reasoning)]
        if any(of_values) and self.by is None:
            raise ValueError("habits by value need `by`: the column of the file that has the value")
        if self.by is not None and not any(of_values):
            raise ValueError("`by` needs habits by value: cached: {one: inside, another: beside}")
        return self


def made_disjoint(
    values: dict[str, pl.Expr], typed: dict[str, str], habits: TokenHabits, given: str
) -> None:
    """Takes cached tokens off the input and adds reasoning to the output, where habits say so.

    A count that cannot be made disjoint becomes null, and its misfit says why.

    Args:
        values: expressions by column of the table; changed in place.
        typed: what a value is called that did not fit; changed in place.
        habits: of the mapping.
        given: prefix of the column that tells a value before it was given its type.
    """
    source = None if habits.by is None else _named(pl.col(habits.by))
    if "input_tokens" in values:
        cached = _sum(values, "cache_read_tokens", "cache_write_tokens")
        before = values["input_tokens"]
        inside, told = _is(habits.cached, "inside", source), _told(habits.cached, source)
        fits = (~inside | (cached <= before)) & told
        values.setdefault(f"{given}input_tokens", before)
        values["input_tokens"] = (
            pl.when((cached == 0) | (fits & ~inside))
            .then(before)
            .otherwise(pl.when(fits).then(before - cached))
        )
        typed["input_tokens"] = _misfit(
            typed,
            "input_tokens",
            "fewer than the cached tokens that the mapping says are inside",
            habits.cached,
            habits.by,
        )
    if "output_tokens" in values:
        reasoning = _sum(values, "reasoning_tokens")
        before = values["output_tokens"]
        beside, told = _is(habits.reasoning, "beside", source), _told(habits.reasoning, source)
        values.setdefault(f"{given}output_tokens", before)
        values["output_tokens"] = (
            pl.when((reasoning == 0) | (told & ~beside))
            .then(before)
            .otherwise(pl.when(told).then(before + reasoning))
        )
        typed["output_tokens"] = _misfit(typed, "output_tokens", None, habits.reasoning, habits.by)


def _named(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.String).str.strip_chars().str.to_lowercase().fill_null("")


def _is(habit: Habit | dict[str, Habit], wanted: Habit, source: pl.Expr | None) -> pl.Expr:
    """Whether the habit of a row is the wanted one."""
    if source is None or not isinstance(habit, dict):
        return pl.lit(habit == wanted)
    names = {name.strip().lower(): one for name, one in habit.items() if name != ELSE}
    found = source.is_in([name for name, one in names.items() if one == wanted])
    return found | ~source.is_in(list(names)) if habit.get(ELSE) == wanted else found


def _told(habit: Habit | dict[str, Habit], source: pl.Expr | None) -> pl.Expr:
    """Whether a row's habit is known."""
    if source is None or not isinstance(habit, dict) or ELSE in habit:
        return pl.lit(value=True)
    return source.is_in([name.strip().lower() for name in habit])


def _sum(values: dict[str, pl.Expr], *names: str) -> pl.Expr:
    there = [values[name].fill_null(0).clip(0) for name in names if name in values]
    return pl.sum_horizontal(there) if there else pl.lit(0)


def _misfit(
    typed: dict[str, str],
    name: str,
    short: str | None,
    habit: Habit | dict[str, Habit],
    by: str | None,
) -> str:
    """What a value is called that could not be made disjoint, after what it was called before."""
    said = [typed.get(name, f"{name} is not a whole number")]
    if short is not None and (habit == "inside" or isinstance(habit, dict)):
        said.append(short)
    if isinstance(habit, dict) and ELSE not in habit:
        said.append(f"of a {by} whose habit the mapping does not tell (tokens)")
    return ", or ".join(said)
