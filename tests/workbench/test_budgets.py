"""Budgets and scenarios: what is read, and every mistake with its line."""

import re
from datetime import date
from pathlib import Path

import pytest

from assay.core.errors import ParameterError
from assay.workbench.budgets import read_budgets

GOOD = """\
owners:
  support: {agent_id: [bob, ada]}
rates: {EUR: 1.1}
budgets:
  - {name: Everything, amount: 3000}
  - name: Support
    owner: support
    for: {provider: openai}
    amount: 100
    currency: EUR
    per: week
    thresholds: [0.5, 1]
    from: 2026-06-01
    to: 2026-12-31
scenarios:
  - {name: more traffic, traffic: 0.2, from: 2026-12-01}
  - name: cheaper
    models: {big: small, other: openai/tiny}
    prices: {tiny: -0.3}
    for: {agent_id: ada}
"""


def read(tmp_path: Path, text: str):
    path = tmp_path / "budgets.yaml"
    path.write_text(text)
    return read_budgets(path)


def test_budgets_have_owners_currencies_and_places(tmp_path: Path) -> None:
    whole, support = read(tmp_path, GOOD).budgets
    assert (whole.usd, whole.per, whole.scope) == (3000, "month", ())
    assert whole.thresholds == (0.75, 0.9, 1.0)
    assert support.scope == (("agent_id", ("ada", "bob")), ("provider", ("openai",)))
    assert support.usd == pytest.approx(110)
    assert (support.amount, support.currency, support.owner) == (100, "EUR", "support")
    assert (support.first, support.last) == (date(2026, 6, 1), date(2026, 12, 31))
    assert support.place == "budgets.yaml:6"


def test_scenarios_say_what_changes(tmp_path: Path) -> None:
    plans = read(tmp_path, GOOD)
    more, cheaper = plans.scenarios
    assert (more.traffic, more.first) == (1.2, date(2026, 12, 1))
    assert cheaper.replace == (("big", ("", "small")), ("other", ("openai", "tiny")))
    assert cheaper.prices == (("tiny", 0.7),)
    assert cheaper.scope == (("agent_id", ("ada",)),)
    assert plans.columns == ("agent_id", "provider")


def test_no_path_and_an_empty_file_declare_nothing(tmp_path: Path) -> None:
    assert read_budgets(None).budgets == ()
    assert read(tmp_path, "").budgets == ()


MISTAKES = [
    ("budgets:\n  - {name: A, amount: 1, owner: suport}", "budgets.yaml:2.*no owner 'suport'"),
    ("budgets:\n  - {name: A, amount: 1, currency: EUR}", "budgets.yaml:2.*no rate for EUR"),
    ("budgets:\n  - name: A\n    amount: 1\n    currency: euro", "budgets.yaml:4.*three letters"),
    ("budgets:\n  - {name: A}", r"budgets.yaml:2: 'budgets\.0\.amount' is missing"),
    ("budgets:\n  - {name: A, amount: -5}", "budgets.yaml:2.*greater than 0"),
    ("budgets:\n  - {name: A, amount: yes}", "budgets.yaml:2.*amount = 'yes'"),
    ("budgets:\n  - {name: A, amount: 1, per: year}", "budgets.yaml:2.*per = 'year'"),
    ("budgets:\n  - {name: A, amount: 1, form: 2026-01-01}", "unknown key .*form"),
    ("budgets:\n  - {name: A, amount: 1, thresholds: [1, 0.5]}", "thresholds that rise"),
    ("budgets:\n  - {name: A, amount: 1, from: 2026-02-01, to: 2026-01-01}", "not before from"),
    ("budgets:\n  - {name: A, amount: 1, from: soon}", "a day such as"),
    ("budgets:\n  - {name: A, amount: 1}\n  - {name: A, amount: 2, per: day}", "already the name"),
    (
        "budgets:\n  - {name: A, amount: 1, to: 2026-05-31}\n  - {name: B, amount: 2, from: 2026-05-31}",
        "budgets.yaml:3: budget 'B' overlaps 'A' of budgets.yaml:2",
    ),
    (
        "owners: {s: {provider: x}}\nbudgets:\n  - {name: A, amount: 1, owner: s, for: {provider: y}}",
        "budgets.yaml:3.*both for and its owner",
    ),
    ("scenarios:\n  - {name: S}", "nothing would change"),
    ("scenarios:\n  - {name: S, traffic: -1}", "budgets.yaml:2.*traffic"),
    ("scenarios:\n  - {name: S, models: {a: a}}", "expected another model"),
    ("budget: []", "budgets.yaml:1: unknown key 'budget'.*budgets"),
    ("rates: {eur: 1.1}", "three letters"),
]


@pytest.mark.parametrize(("text", "named"), MISTAKES)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ParameterError) as raised:
        read(tmp_path, text)
    assert re.search(named, f"{raised.value.message} {raised.value.remedy}")


def test_budgets_that_follow_each_other_do_not_overlap(tmp_path: Path) -> None:
    text = "budgets:\n  - {name: A, amount: 1, to: 2026-05-31}\n  - {name: B, amount: 2, from: 2026-06-01}"
    assert len(read(tmp_path, text).budgets) == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="there is no"):
        read_budgets(tmp_path / "none.yaml")


def test_a_column_that_the_data_lack_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "budgets.yaml"
    path.write_text("budgets:\n  - {name: A, amount: 1, for: {agent: ada}}")
    with pytest.raises(ParameterError, match=r"budgets.yaml:2: 'A' names the column 'agent'"):
        read_budgets(path, columns=["agent_id", "model"])
    assert read_budgets(path, columns=["agent"]).columns == ("agent",)
