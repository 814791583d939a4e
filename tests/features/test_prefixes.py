"""Starts of prompts: lengths and block sizes that are known, inferred, or unknown."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.features.prefixes import prefixes_of

START = datetime(2026, 6, 1, tzinfo=UTC)


def calls(hashes: list[str | None], **columns: list[object]) -> pl.DataFrame:
    n = len(hashes)
    usual = {
        "at": [START + timedelta(minutes=i) for i in range(n)],
        "provider": ["a"] * n,
        "model": ["m"] * n,
        "prompt_tokens": [2000] * n,
        "cache_read_tokens": [0] * n,
        "cache_write_tokens": [0] * n,
    }
    return pl.DataFrame(usual | {"prefix_hash": hashes} | columns, strict=False).with_columns(
        pl.col("prefix_hash").cast(pl.String)
    )


@pytest.mark.parametrize("form", ["{} {} {}", "[{}, {}, {}]", '["{}","{}","{}"]'])
def test_blocks_are_read_in_any_writing_and_sized_by_the_prompts(form: str) -> None:
    """Three blocks of 512 hold 1025 to 1536 tokens."""
    found = prefixes_of(
        calls([form.format(1, 2, 3), form.format(1, 2, 4)], prompt_tokens=[1500, 1100])
    )
    assert found is not None
    assert found.block == 512
    assert found.held_for(120).tolist() == [0, 1024]
    assert found.held_for(30).tolist() == [0, 0]


def test_the_last_block_is_only_as_long_as_its_prompt() -> None:
    found = prefixes_of(calls(["1 2 3", "1 2 3"], prompt_tokens=[1100, 1100]))
    assert found is not None
    assert found.held_for(1e9).tolist() == [0, 1100]


def test_providers_and_models_keep_their_caches_apart() -> None:
    found = prefixes_of(
        calls(["x", "x", "x"], provider=["a", "b", "a"], cache_write_tokens=[1800] * 3)
    )
    assert found is not None
    assert found.held_for(1e9).tolist() == [0, 0, 1800]


def test_a_start_is_as_long_as_what_was_written_else_read() -> None:
    written = prefixes_of(calls(["x", "x"], cache_write_tokens=[1800, 0]))
    read = prefixes_of(calls(["x", "x"], cache_read_tokens=[0, 1500]))
    assert written is not None
    assert read is not None
    assert written.start.tolist() == [1800, 1800]
    assert read.start.tolist() == [1500, 1500]


def test_a_start_that_was_never_cached_has_no_length_but_a_bound() -> None:
    found = prefixes_of(calls(["x", "x", "y"], prompt_tokens=[900, 700, 0]))
    assert found is not None
    assert np.isnan(found.start).all()
    assert found.at_most.tolist() == [700, 700, 0]


def test_calls_without_a_hash_have_none() -> None:
    assert prefixes_of(calls([None, None])) is None
    assert prefixes_of(calls(["[]"])) is None
