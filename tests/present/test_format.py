"""Numbers as they are printed: units, digits, signs, bounds."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assay.present.format import (
    GROUP,
    MINUS,
    PERCENT,
    POINTS,
    SPACE,
    Notation,
    about,
    amount,
    as_printed,
    chance,
    change,
    count,
    day,
    days,
    declared,
    level,
    loss,
    p_value,
    period,
    share,
)

plain = str.maketrans({SPACE: " ", GROUP: " ", MINUS: "-"})


def read(printed: str) -> float:
    """The number that a reader sees."""
    return float("".join(c for c in printed.translate(plain) if c in "-0123456789."))


@pytest.mark.parametrize(
    ("unit", "value", "decimals", "printed"),
    [
        ("share", 0.701, 1, "70.1 %"),
        ("USD", 0.118, 3, "$0.118"),
        ("USD", -0.118, 3, "-$0.118"),
        ("s", 2.14, 2, "2.14 s"),
        ("count", 48_210, 0, "48 210"),
        ("1", 0.71, 2, "0.71"),
        ("tokens", 1_234.5, 1, "1 234.5 tokens"),
    ],
)
def test_level_prints_the_unit(unit, value, decimals, printed):
    assert level(unit).number(value, decimals).translate(plain) == printed


def test_amounts_below_a_cent_are_told_per_thousand():
    notation = level("USD", size=0.00285)
    assert notation.number(0.00285, 2).translate(plain) == "$2.85 per 1 000"
    assert notation.span(0.00285, 0.00281, 2).translate(plain) == "$2.85 to $2.81 per 1 000"
    assert notation.brief.number(0.00285, 2) == "$2.85"


def test_differences_of_shares_are_points():
    assert change("share").number(0.032, 1, signed=True) == f"+3.2{SPACE}points"
    assert change("USD").number(-0.008, 3, signed=True) == f"{MINUS}$0.008"


def test_minus_is_a_minus_and_zero_has_no_sign():
    assert PERCENT.bare(-0.068, 1) == f"{MINUS}6.8"
    assert PERCENT.bare(-0.0001, 1, signed=True) == "0.0"
    assert PERCENT.bare(0.0, 1, signed=True) == "0.0"


def test_no_number_is_a_dash():
    assert PERCENT.number(None, 1) == "–"


@pytest.mark.parametrize(
    ("low", "high", "decimals"),
    [
        (0.029, 0.061, 1),  # half width 1.6 %: two digits are one decimal
        (0.0292, 0.0324, 2),  # 0.16 %
        (0.2, 0.6, 0),  # 20 %
        (20.0, 60.0, -2),  # 2000 %: hundreds
        (0.0003, 0.035, 2),  # one decimal would print the low end as zero
        (-0.0004, 0.035, 2),
        (-0.000001, 0.035, 1),  # hopeless: two more would not show its side of zero
        (0.0, 0.035, 1),  # is zero
    ],
)
def test_decimals_are_two_digits_of_the_half_width_and_show_the_side_of_zero(low, high, decimals):
    assert PERCENT.decimals(low, high) == decimals


def test_what_is_nearer_to_zero_than_any_reader_asks_is_zero():
    usd = level("USD")
    places = usd.decimals(0.0, 2.5e-24)
    assert (places, usd.number(1e-25, places), usd.decimals_of(-3e-20)) == (0, "$0", 0)
    assert usd.decimals(0.0, 2.5e-9) > 8


def test_decimals_show_the_side_of_a_declared_bound():
    assert PERCENT.decimals(0.0096, 0.05) == 1
    assert PERCENT.decimals(0.0096, 0.05, apart_from=(0.01,)) == 2


ends = st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-9)


@given(ends, ends)
def test_printed_ends_are_the_ends_to_within_their_last_digit(one, other):
    low, high = min(one, other), max(one, other)
    assume(high - low > 1e-6 * max(abs(low), abs(high)))
    notation = Notation()
    decimals = notation.decimals(low, high)
    for end in (low, high):
        assert read(notation.bare(end, decimals)) == pytest.approx(
            end, abs=0.5000001 * 10.0**-decimals
        )
    assert (high - low) / 2 * 10.0**decimals < 10_000  # two digits, and at most two more
    assert (high - low) / 2 * 10.0**decimals >= 9.99  # and never fewer
    assert notation.decimals(-high, -low) == decimals


@given(ends, ends)
def test_no_more_than_seven_significant_digits(one, other):
    low, high = min(one, other), max(one, other)
    decimals = Notation().decimals(low, high)
    largest = max(abs(low), abs(high))
    whole = len(f"{largest:.0f}")
    digits = [c for c in Notation().bare(largest, decimals) if c.isdigit()]
    assert len("".join(digits).lstrip("0")) <= max(8, whole)  # rounding may carry into an eighth


def test_levels_need_steps_no_longer_than_the_half_width():
    assert PERCENT.level_decimals(0.0238, 0.0402) == 1  # half width 0.82 points
    assert PERCENT.level_decimals(-0.0118, 0.0118) == 1  # 1.18 points
    assert Notation().level_decimals(-0.0147, 0.0147) == 2
    assert Notation().level_decimals(-4.0, 4.0) == 0
    assert Notation().bare(12_345.6, Notation().level_decimals(-1000.0, 1000.0)) == f"12{GROUP}300"
    assert Notation().level_decimals(1.0, 1.0) == 0
    assert Notation().level_decimals(None, None) == 0


@pytest.mark.parametrize(
    ("low", "high", "printed"),
    [
        (0.029, 0.061, "[+2.9, +6.1]"),
        (-0.006, 0.034, f"[{MINUS}0.6, +3.4]"),
        (None, None, "[unbounded]"),
        (0.029, None, "[+2.9, unbounded]"),
    ],
)
def test_interval(low, high, printed):
    assert PERCENT.interval(low, high, 1) == printed


def test_span_names_the_unit_once():
    assert PERCENT.span(0.029, 0.061, 1) == f"2.9 to 6.1{SPACE}%"
    assert level("USD").span(0.118, 0.110, 3, word="→") == "$0.118 → $0.110"
    assert PERCENT.span_signed(-0.006, 0.034, 1) == f"{MINUS}0.6 to +3.4{SPACE}%"


@pytest.mark.parametrize(
    ("p", "printed"),
    [
        (None, "–"),
        (0.0, "under 0.01 %"),
        (0.00005, "under 0.01 %"),
        (0.0022, "0.22 %"),
        (0.284, "28.4 %"),
        (0.9976, "99.76 %"),
        (0.99996, "over 99.99 %"),
        (1.0, "over 99.99 %"),
    ],
)
def test_a_chance_is_neither_impossible_nor_certain(p, printed):
    assert chance(p).translate(plain) == printed


@pytest.mark.parametrize(
    ("p", "printed"),
    [(None, "–"), (2e-21, "< 0.0001"), (0.00052, "0.0005"), (0.0412, "0.041"), (1.0, "1.000")],
)
def test_p_value(p, printed):
    assert p_value(p) == printed


@pytest.mark.parametrize(
    ("part", "whole", "printed"),
    [(12, 48_222, "0.025 %"), (0, 10, "0 %"), (1, 0, "0 %"), (3, 10, "30.0 %"), (1, 1, "100.0 %")],
)
def test_share(part, whole, printed):
    assert share(part, whole).translate(plain) == printed


def test_a_loss_far_below_its_estimate_is_bounded():
    assert loss(7e-18, POINTS, 2) == f"under 0.001{SPACE}points"
    assert loss(0.00083, POINTS, 2) == f"0.083{SPACE}points"
    assert loss(None, POINTS, 2) == "–"
    assert loss(0.0, level("USD"), 3) == "under $0.0001"


def test_amounts_and_guesses_have_two_digits():
    assert amount(0.0321, POINTS) == f"3.2{SPACE}points"
    assert amount(None, POINTS) == "–"
    assert amount(0.0, POINTS) == f"0{SPACE}points"
    assert about(13_270).translate(plain) == "13 000"
    assert about(7) == "7"


@pytest.mark.parametrize(
    ("bound", "printed"), [(0.01, "1 %"), (0.005, "0.5 %"), (0.95, "95 %"), (0.0125, "1.25 %")]
)
def test_a_declared_bound_is_printed_as_typed(bound, printed):
    assert declared(bound).translate(plain) == printed


def test_counts_have_narrow_groups():
    assert count(1_234_567) == f"1{GROUP}234{GROUP}567"
    assert count(999) == "999"


@pytest.mark.parametrize(
    ("first", "last", "printed", "length"),
    [
        ("2026-10-09", "2026-11-19", "9 October to 19 November 2026", 42),
        ("2026-10-09", "2026-10-19", "9 to 19 October 2026", 11),
        ("2025-12-30", "2026-01-02", "30 December 2025 to 2 January 2026", 4),
        ("2026-10-09", "2026-10-09", "9 October 2026", 1),
        ("2026-10-09T23:59:59+00:00", date(2026, 10, 10), "9 to 10 October 2026", 2),
    ],
)
def test_period(first, last, printed, length):
    assert period(first, last).translate(plain) == printed
    assert days(first, last) == length


def test_day_takes_moments_too():
    assert day(datetime(2026, 3, 1, 12, tzinfo=UTC)).translate(plain) == "1 March 2026"


def test_a_run_in_another_language_writes_its_numbers_and_days(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASSAY_LANG", "de")
    assert PERCENT.number(0.0451, 1, signed=True) == f"+4,5{SPACE}%"
    assert PERCENT.interval(0.029, 0.0612, 1) == "[+2,9; +6,1]"
    assert count(48210) == "48.210"
    assert chance(0.99998) == f"over 99,99{SPACE}%"
    assert p_value(0.00004) == "< 0,0001"
    assert declared(0.005) == f"0,5{SPACE}%"
    assert period("2026-10-09", "2026-10-19").replace(SPACE, " ") == "9. bis 19. Oktober 2026"
    assert as_printed("1,453 of 2.5 in 1.10.2").startswith("1.453 of 2,5 in 1.10.2")
    monkeypatch.setenv("ASSAY_LANG", "es")
    told = period("2026-10-09", "2026-11-19").replace(SPACE, " ")
    assert told == "9 de octubre al 19 de noviembre de 2026"
