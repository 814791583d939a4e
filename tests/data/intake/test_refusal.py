"""What is said of a piece that is refused: reasons, masked examples, and what helps."""

import re
from pathlib import Path

import pytest

from assay.core.errors import DataError
from assay.data.intake.account import Request, Terms
from assay.data.intake.imports import import_source

MAPPING = "columns: {interaction_id: id, occurred_at: at, cost_usd: cost, succeeded: %s}\n"


def refused(folder: Path, name: str, text: str, mapping: str | None = None) -> DataError:
    path, terms = folder / name, Terms(store=folder / "s", audit=folder / "a", key=folder / "k")
    path.write_text(text, encoding="utf-8")
    if mapping is not None:
        (folder / "m.yaml").write_text(mapping, encoding="utf-8")
        mapping = str(folder / "m.yaml")
    with pytest.raises(DataError) as raised:
        import_source(Request(source=str(path), format="table", mapping=mapping), terms)
    return raised.value


def test_each_reason_has_its_first_row_and_what_helps(tmp_path: Path) -> None:
    text = (
        "id,at,cost,ok\n"
        "anna@example.org,2026-06-01,1,yes\n"
        "b,13.05.2026 Anna,1,yes\n"
        'c,14.05.2026,"1,5",jawohl\n'
    )
    error = refused(tmp_path, "a.csv", text, MAPPING % "{from: ok, values: {yes: true}}")
    told = re.sub(r"99.99.9999", "DAY", error.message)
    assert "occurred_at is not a time (2026-05-24T10:00:00Z) (2 rows), first row 2: " in told
    assert re.search(r"cost_usd is not a number \(1 rows\), first row 3: .*cost_usd=9,9", told)
    assert re.search(r"succeeded is a value that .* \(1 rows\), first row 3: ", told)
    assert all(f"`{word}`" in error.remedy for word in ("unit", "format", "decimal", "values"))
    assert not re.search("nna|example|jawohl|13|14", error.message.partition("occurred_at")[2])


def test_examples_go_over_broken_records_and_chunks(tmp_path: Path) -> None:
    text = '{"interaction_id":"a","occurred_at":"2026-06-01"}\n{broken Anna\n'
    error = refused(tmp_path, "a.jsonl", text)
    assert "is no JSON (1 rows), first row 2: " in error.message
    assert "Anna" not in error.message
    assert "`unit`" not in error.remedy
