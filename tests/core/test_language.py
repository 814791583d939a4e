"""Numbers and days as each language writes them."""

from datetime import date

import pytest

from assay.core.language import LANGUAGES, VARIABLE, current, language

babel_dates = pytest.importorskip("babel.dates", reason="babel is not installed")
babel_numbers = pytest.importorskip("babel.numbers", reason="babel is not installed")


@pytest.mark.parametrize("tag", ["de", "fr", "es"])
@pytest.mark.parametrize("value", [0.5, 12.25, 999.0, 1234.5, 12345.75, 1234567.0])
def test_numbers_are_those_of_the_common_locale_data(tag: str, value: float) -> None:
    expected = babel_numbers.format_decimal(value, format="#,##0.00", locale=tag)
    if tag == "es" and value < 10_000:  # minimumGroupingDigits is 2 there, which babel leaves out
        expected = expected.replace(".", "")
    assert language(tag).digits(value, 2) == expected


@pytest.mark.parametrize("tag", sorted(LANGUAGES))
@pytest.mark.parametrize("month", range(1, 13))
def test_months_are_those_of_the_common_locale_data(tag: str, month: int) -> None:
    day = date(2026, month, 9)
    found = language(tag)
    assert found.months[month - 1] == babel_dates.format_date(day, "MMMM", locale=tag)
    assert found.short_months[month - 1] == babel_dates.format_date(day, "MMM", locale=tag)


def test_week_begins_on_sunday() -> None:
    for tag, found in LANGUAGES.items():
        assert found.days[0] == babel_dates.format_date(date(2026, 11, 22), "EEEE", locale=tag)


def test_run_has_the_language_of_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert current().tag == "en"
    monkeypatch.setenv(VARIABLE, "de-CH")
    assert current().tag == "de"
    monkeypatch.setenv(VARIABLE, "ja")
    assert current().tag == "en"
