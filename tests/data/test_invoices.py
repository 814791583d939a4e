"""Bills out of a file; what is not understood is told with its line."""

from pathlib import Path

import pytest

from assay.core.errors import ParameterError
from assay.data.invoices import read_invoices


def written(folder: Path, text: str) -> Path:
    path = folder / "invoices.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_bills_are_read_in_usd(tmp_path: Path) -> None:
    found = read_invoices(
        written(
            tmp_path,
            "invoices:\n"
            "  - {month: 2026-05, provider: openai, amount: 1234.5}\n"
            "  - {month: 2026-05, provider: mistral, amount: 870, currency: EUR, usd: 1017.8}\n"
            "  - {month: 2026-06, provider: openai, amount: -20, note: credit}\n",
        )
    )
    assert [(one.month, one.provider, one.usd) for one in found] == [
        ("2026-05", "openai", 1234.5),
        ("2026-05", "mistral", 1017.8),
        ("2026-06", "openai", -20.0),
    ]
    assert (found[1].currency, found[1].amount) == ("EUR", 870.0)


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        (
            "month: 2026-05, provider: x, amount: 1, currency: EUR",
            r":2: .* in EUR, .*2026-05",
            "usd",
        ),
        ("month: 2026-05, provider: x, amount: 1, currency: eu", r":2: currency 'eu'", "invoices:"),
        ("month: 2026-05-01, provider: x, amount: 1", r":2: month 2026-05-01 is a day", "2026-05"),
        ("month: 2026-13, provider: x, amount: 1", r":2: month 2026-13 is no month", "2026-05"),
        ("month: 2026-05, provider: x, amount: much", r":2: .*number", "amount"),
        ("month: 2026-05, provider: x, amount: .inf", r":2: .*finite", "amount"),
        ("month: 2026-05, provider: x, amuont: 1", r":2: ", ""),
        ("month: 2026-05, provider: '', amount: 1", r":2: .*character", ""),
    ],
)
def test_a_wrong_line_is_told(tmp_path: Path, text: str, message: str, remedy: str) -> None:
    path = written(tmp_path, f"invoices:\n  - {{{text}}}\n")
    with pytest.raises(ParameterError, match=message) as error:
        read_invoices(path)
    assert remedy in (error.value.remedy or "")


def test_no_bills_at_all_are_told(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no invoices at"):
        read_invoices(tmp_path / "none.yaml")
    with pytest.raises(ParameterError, match="invoices"):
        read_invoices(written(tmp_path, "invoices: []\n"))
    with pytest.raises(ParameterError, match="unknown key 'bills'"):
        read_invoices(
            written(tmp_path, "invoices: [{month: 2026-05, provider: a, amount: 1}]\nbills: 1\n")
        )
