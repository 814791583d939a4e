"""A mapping tells which counts include others, per source, and the counts become disjoint."""

from pathlib import Path

import polars as pl
import pytest

from assay.core.errors import ParameterError
from assay.data.mapping import read_mapping
from assay.data.read import read

COLUMNS = """columns:
  interaction_id: id
  occurred_at: at
  input_tokens: input
  cache_read_tokens: cached
  cache_write_tokens: {from: kept, more: [kept_1h]}
  output_tokens: output
  reasoning_tokens: thought
"""
ROWS = pl.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "at": "2026-06-01T12:00:00Z",
        "tool": ["Codex ", "claude", "gemini", "other"],
        "input": [1000, 100, 500, 300],
        "cached": [800, 7000, None, 0],
        "kept": [None, 50, 20, None],
        "kept_1h": [0, 30, 80, None],
        "output": [90, 40, 30, 20],
        "thought": [60, None, 70, 5],
    }
)


def mapped(folder: Path, tokens: str, rows: pl.DataFrame = ROWS, *, csv: bool = False):
    (folder / "mapping.yaml").write_text(f"{COLUMNS}{tokens}\n", encoding="utf-8")
    path = folder / ("rows.csv" if csv else "rows.parquet")
    rows.write_csv(path) if csv else rows.write_parquet(path)
    return read(path, table="interactions", mapping=folder / "mapping.yaml", max_rejected=1.0)


def counts(checked) -> dict[str, tuple[int | None, ...]]:
    names = ("input", "cache_read", "cache_write", "output", "reasoning")
    rows = checked.valid.collect().select("interaction_id", *(f"{name}_tokens" for name in names))
    return {row[0]: row[1:] for row in rows.rows()}


BY_TOOL = (
    'tokens: {by: tool, cached: {codex: inside, claude: beside, "*": inside}, '
    "reasoning: {gemini: beside, '*': inside}}"
)


@pytest.mark.parametrize("csv", [False, True])
def test_each_source_has_its_own_habit(tmp_path: Path, *, csv: bool) -> None:
    found = mapped(tmp_path, BY_TOOL, csv=csv)
    assert found.rejected.is_empty()
    assert counts(found) == {
        "a": (200, 800, 0, 90, 60),
        "b": (100, 7000, 80, 40, None),
        "c": (400, None, 100, 100, 70),
        "d": (300, 0, None, 20, 5),
    }


def test_one_word_holds_for_all_rows(tmp_path: Path) -> None:
    rows = ROWS.filter(pl.col("tool") != "claude")
    found = counts(mapped(tmp_path, "tokens: {cached: inside, reasoning: beside}", rows))
    assert {key: one[0] for key, one in found.items()} == {"a": 200, "c": 400, "d": 300}
    assert {key: one[3] for key, one in found.items()} == {"a": 150, "c": 100, "d": 25}


def test_an_input_smaller_than_what_should_be_inside_is_rejected_with_the_reason(
    tmp_path: Path,
) -> None:
    found = mapped(tmp_path, "tokens: {cached: inside, reasoning: beside}")
    assert sorted(counts(found)) == ["a", "c", "d"]
    reasons = " ".join(map(str, found.rejected.rows()[0]))
    assert "fewer than the cached tokens that the mapping says are inside" in reasons
    assert "100" in reasons


def test_a_source_without_a_habit_is_rejected_only_where_it_matters(tmp_path: Path) -> None:
    tokens = "tokens: {by: tool, cached: {codex: inside, claude: beside}, reasoning: beside}"
    found = mapped(tmp_path, tokens)
    assert sorted(counts(found)) == ["a", "b", "d"]  # d has nothing cached
    reasons = " ".join(map(str, found.rejected.rows()[0]))
    assert "of a tool whose habit the mapping does not tell" in reasons


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tokens: {cached: {codex: inside}}", "need `by`"),
        ("tokens: {by: tool, cached: inside}", "`by` needs habits by value"),
        ("tokens: {cached: within}", "inside"),
        ("tokens: {cache: inside}", "unknown key"),
    ],
)
def test_a_wrong_habit_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=message):
        read_mapping(tmp_path / "mapping.yaml")


def test_only_a_table_with_tokens_has_habits(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text("tokens: {cached: inside}", encoding="utf-8")
    with pytest.raises(ParameterError, match="expected no `tokens`"):
        read_mapping(tmp_path / "mapping.yaml", table="scores")


def test_a_column_that_tells_the_source_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="has no column 'tol'"):
        mapped(tmp_path, "tokens: {by: tol, cached: {codex: inside}}")
