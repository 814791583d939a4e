"""From printed numbers to entries of a result."""

import pytest

from assay.workbench.trace.entries import constants_of, entries_of, matches
from assay.workbench.trace.printed import numbers_in
from assay.workbench.trace.sources import Sources

RESULT = {
    "schema": {"kind": "ab-test", "version": 1},
    "n": 5890,
    "alpha": 0.05,
    "first": "2026-10-09",
    "last": "2026-11-19",
    "comparisons": [
        {
            "metric": "Task success",
            "n": 2907,
            "n_control": 2983,
            "value": 0.73363,
            "value_control": 0.70106,
            "lift": {"value": 0.04645, "low": 0.02852, "high": 0.06473},
            "p_value": 0.00000026,
        },
        {
            "metric": "Latency",
            "n": 2907,
            "n_control": 2983,
            "value": 2.0061,
            "value_control": 1.9511,
            "lift": {"value": 0.0282, "low": -0.0071, "high": 0.0632},
            "p_value": 0.1234,
        },
        {
            "metric": "Cost",
            "n": 2907,
            "n_control": 2983,
            "value": 0.0027308,
            "value_control": 0.002892,
            "lift": {"value": -0.0557, "low": -0.0772, "high": -0.0338},
            "p_value": 0.00002,
        },
    ],
    "findings": [],
    "reason": "the region too small to matter (±1 %)",
    "units": {"/n": "count", "/alpha": "probability"}
    | {
        f"/comparisons/{i}/{name}": unit
        for i, own in enumerate(("share", "s", "USD"))
        for name, unit in {
            "n": "count",
            "n_control": "count",
            "value": own,
            "value_control": own,
            "lift/value": "share",
            "lift/low": "share",
            "lift/high": "share",
            "p_value": "probability",
        }.items()
    },
    "brief": None,
}
MANIFEST = {"parameters": {"margin": 0.25, "window": {"from": "2026-10-09"}, "k": 37}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It rises by 2.9 to 6.5 %.", [(2.9, "%"), (6.5, "%")]),
        ("+4.6 % [+2.9, +6.5], n = 5\u202f890", [(4.6, "%"), (2.9, "%"), (6.5, "%"), (5890, "")]),
        ("from 70.1 and 73.4 %", [(70.1, "%"), (73.4, "%")]),
        ("±1 % and 20 better", [(1, "%"), (20, "")]),
        ("−0.7 points", [(-0.7, "%")]),
        ("$2.89 per 1\u202f000", [(2.89, "$")]),
        ("48 210 rows", [(48210, "?")]),
        ("48,210 rows", [(48210, "?")]),
        ("1.5e-3 s", [(0.0015, "s")]),
        ("3.1× as many, 250 ms", [(3.1, "×"), (250, "ms")]),
        ("9 October to 19 November 2026, 2026-11-19T06:00:00Z, 19 Nov 2026, 14:30", []),
        ("Figure 3, Table 2 and version 1.2.0", []),
        ("greeting-v2, gpt-5.4, p50 and user_7", []),
        ("Welch (1947), Biometrika 34; Kay et al. (2016)", []),
        ("Schultzberg et al. (2024), arXiv 2402.11609. Lindon and Malek (2022), NeurIPS 35.", []),
        ("Chung & Romano (2013), Annals of Statistics 41 (permuted units)", []),
        ("it's 3-fold, see 1/2", []),
        ("2e+03 of 1.5e-300 and 0e+00", [(2000, "?"), (1.5e-300, "?"), (0, "?")]),
        ("2026-11-22 0e301867", []),  # the name of a version: a day and a key in hexadecimal
        ("(7e301867), 12345e67, 12345e678901, 9e999, 0e400", []),
        (f"1{'0' * 400} of about 1{'0' * 400}", []),
    ],
)
def test_numbers_are_read_with_their_units(text: str, found: list[tuple[float, str]]) -> None:
    assert [(each.value, each.scale) for each in numbers_in(text)] == found


@pytest.mark.parametrize(
    ("text", "half"),
    [("70 %", 0.5), ("70.1 %", 0.05), ("about 6\u202f700 more", 50), ("6700", 0.5)],
)
def test_a_number_stands_for_all_that_round_to_it(text: str, half: float) -> None:
    assert numbers_in(text)[0].half == pytest.approx(half)


@pytest.mark.parametrize(
    ("text", "row", "at"),
    [
        ("Task success rises by 2.9 to 6.5 %.", "", ["0/lift/low", "0/lift/high"]),
        ("Task success goes from 70.1 to 73.4 %.", "", ["0/value_control", "0/value"]),
        ("Latency went from 1.95 to 2.01 s", "", ["1/value_control", "1/value"]),
        ("Latency is 2\u202f006 ms", "", ["1/value"]),
        ("$2.73", "Cost per 1\u202f000", ["2/value"]),
        ("+2.8 % [−0.7, +6.3]", "Latency", ["1/lift/value", "1/lift/low", "1/lift/high"]),
        ("falls by 5.6 %", "Cost", ["2/lift/value"]),
        ("0.123", "Latency p", ["1/p_value"]),
        ("< 0.0001", "Task success p", ["0/p_value"]),
    ],
)
def test_a_number_leads_to_its_entry(text: str, row: str, at: list[str]) -> None:
    found = Sources(RESULT, MANIFEST).quoted(text, row=row)
    assert [each.entry and each.entry.at for each in found] == [f"/comparisons/{a}" for a in at]


@pytest.mark.parametrize("text", ["3 tests", "6 %", "73.9 %", "Latency ±3 %", "Latency 3 %"])
def test_where_nothing_tells_it_leads_nowhere(text: str) -> None:
    assert [each.entry for each in Sources(RESULT, MANIFEST).quoted(text)] == [None]


@pytest.mark.parametrize(
    ("text", "founded"),
    [
        ("95 % intervals", True),  # one minus alpha
        ("±1 %", True),  # the result says so in words
        ("a margin of 25 %", True),  # a declared parameter
        ("no more than 37 rows of a kind", True),
        ("over 42 days", True),  # from the first to the last
        ("2 of 3 metrics", True),  # the length of a list, and so many of its rows
        ("73.9 %", False),  # 73.4 would be right
        ("5\u202f891 users", False),
        ("$2.79 per 1\u202f000", False),
        ("2.5 s", False),
    ],
)
def test_what_may_be_quoted(text: str, founded: object) -> None:
    assert all(each.known is founded for each in Sources(RESULT, MANIFEST).quoted(text))


def test_the_confidence_that_a_family_has_may_be_quoted() -> None:
    family = RESULT | {"families": [{"role": "primary", "interval_alpha": 0.025}]}
    for result, known in ((RESULT, False), (family, True)):
        assert [q.known for q in Sources(result, MANIFEST).quoted("97.5 %")] == [known]


def test_prose_of_the_result_is_no_source() -> None:
    claimed = RESULT | {"findings": [{"key": "x", "title": "It is 48.7 %", "n": 5}]}
    assert [each.known for each in Sources(claimed, MANIFEST).quoted("48.7 %")] == [False]


def test_units_decide_the_scale() -> None:
    (printed,) = numbers_in("2.0 %")
    latency = next(e for e in entries_of(RESULT) if e.at == "/comparisons/1/value")
    assert not matches(printed, latency)  # 2.0 s are no 2.0 %
    assert {entry.unit for entry in constants_of(RESULT, MANIFEST)} == {"declared"}


def test_the_interval_and_the_n_stand_beside_the_value() -> None:
    found = {entry.at: entry for entry in entries_of(RESULT)}
    lift = found["/comparisons/0/lift/value"]
    assert (lift.low, lift.high, lift.n) == (0.02852, 0.06473, 2907)
    assert found["/comparisons/0/value_control"].n == 2983


TOKENS = {
    "n": 5890,
    "gain": {"value": 1_237.4, "low": 43.2, "high": 2_431.9},
    "share": 0.2134,
    "units": {"/n": "count", "/gain": "tokens", "/share": "share"},
}


@pytest.mark.parametrize(
    ("text", "founded"),
    [
        (
            "Tokens rise by 40 to 2\u202f430, to 1\u202f240 or 1\u202f200 on average of all.",
            [True] * 4,
        ),
        ("Tokens rise by 1\u202f300 on average over all days.", [False]),
        ("Tokens rise by 50 to 2\u202f450 on average over all days.", [False, False]),
        ("Counts are whole: 5\u202f900 units were counted on all days.", [False]),
        ("Percent are round by nature, so 20 % is not 21.34 %.", [False, True]),
        ("Tokens rise by 1\u202f000 on average over all days.", [False]),
    ],
)
def test_what_prose_rounds_to_tens_or_hundreds_is_founded(text: str, founded: list[bool]) -> None:
    quoted = Sources(TOKENS, {}).quoted(text)
    assert [each.known for each in quoted] == founded
