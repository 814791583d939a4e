from datetime import date

import polars as pl
import pytest

from assay.core.errors import DataError
from assay.data.expenses import read_expenses

RATES = """\
rates:
  CHF:
    - {from: 2026-05-01, usd: 1.10, source: invented}
    - {from: 2026-06-01, usd: 1.20, source: invented}
"""


@pytest.fixture
def book(tmp_path):
    (tmp_path / "prices").mkdir()
    (tmp_path / "prices/rates.yaml").write_text(RATES)
    return tmp_path / "prices"


def written(path, **changed):
    table = {
        "day": [date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 2)],
        "category": ["data", "data", "people", "credit"],
        "amount": [100.0, 100.0, 100.0, -5.0],
        "currency": ["CHF", "CHF", "CHF", "USD"],
    }
    pl.DataFrame(table | changed).write_parquet(path)
    return path


def test_amounts_are_converted_at_the_rate_of_their_day_or_not_at_all(tmp_path, book):
    found = read_expenses(written(tmp_path / "expenses.parquet"), prices=book)
    assert found["usd"].to_list() == [None, pytest.approx(110), pytest.approx(120), -5.0]


def test_a_table_with_wrong_rows_is_refused_and_none_is_left_out(tmp_path, book):
    wrong = written(tmp_path / "expenses.parquet", currency=["CHF", "francs", "CHF", "USD"])
    with pytest.raises(DataError, match="1 of 4 rows"):
        read_expenses(wrong, prices=book)
