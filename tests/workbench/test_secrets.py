"""Secrets are planted wherever a run could let them out, and then looked for in every file."""

import json
from pathlib import Path
from typing import Any

import pytest

from assay.core.errors import AssayError, ParameterError
from assay.workbench.annotations import declarations
from assay.workbench.catalogue import find_report
from assay.workbench.notebook import Cell
from assay.workbench.parameters import Form
from assay.workbench.plan import given_parameters, plan
from assay.workbench.runs import digests_of, run_report
from assay.workbench.secrets import Mask, names_in

SECRET = 'pä"<ss>\\w&rd'  # noqa: S105  planted, and a secret of nothing
CELL = """token: Secret
wrapped: SecretStr = "env:TOKEN"
port: int = 5432
rate: float | None = None
on: bool = False
day: date = date(2026, 1, 1)
mode: Literal["fast", "slow"] = "slow"
hosts: list[str] = []
by_name: dict[str, int] = {}
window: Window | None = None
keys: list[Secret] = []
"""


def form_of(source: str) -> Form:
    cell = Cell(number=1, kind="code", source=source, tags=("parameters",))
    return Form(report="x", declared=declarations(cell, notebook="x.ipynb"))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"TOKEN": SECRET, "PORT": "6543", "RATE": "0.25", "ON": "true", "DAY": "2026-02-03"}
    for name, value in (told | {"MODE": "fast", "LONG": "987654321"}).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environment")
def test_what_is_resolved_has_names_and_no_values() -> None:
    given = {
        "token": "env:TOKEN",
        "port": "env:PORT",
        "rate": "env:RATE",
        "on": "env:ON",
        "day": "env:DAY",
        "mode": "env:MODE",
        "hosts": ["a", "env:TOKEN"],
        "by_name": {"a": 1, "b": "env:PORT"},
        "window": {"from": "env:DAY", "to": None},
        "keys": ["env:TOKEN", "env:MODE"],
    }
    assert form_of(CELL).resolve(given) == {**given, "wrapped": "env:TOKEN"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"token": SECRET}, "parameter token is a secret, expected env:NAME"),
        ({}, "parameter token has no value, expected env:NAME"),
        ({"token": "env:ABSENT"}, "token is env:ABSENT, but the environment has no ABSENT"),
        ({"port": "env:TOKEN"}, "port is env:TOKEN, whose value is not a whole number"),
        ({"mode": "env:TOKEN"}, "mode is env:TOKEN, whose value is not fast or slow"),
        ({"hosts": "env:TOKEN"}, "hosts is env:TOKEN, expected a list"),
        ({"keys": ["env:TOKEN", SECRET]}, r"parameter keys\[1\] is a secret"),
        ({"window": ["env:DAY", "env:DAY"]}, "window: env: cannot stand in this form"),
        ({"window": {"from": "env:DAY", "to": "2020-01-01"}}, "window with env:DAY is not as"),
    ],
)
@pytest.mark.usefixtures("environment")
def test_mistakes_are_told_without_the_value(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ParameterError, match=told) as caught:
        form_of(CELL).resolve({"token": "env:TOKEN"} | given if given else {})
    assert SECRET not in str(caught.value)
    assert "2026-02-03" not in str(caught.value)


def test_a_secret_that_is_typed_is_refused_before_it_is_kept() -> None:
    form = form_of("token: Secret | None = None")
    assert form.parse(["token=env:TOKEN"]) == {"token": "env:TOKEN"}
    assert form.parse(["token=null"]) == {"token": None}
    with pytest.raises(ParameterError, match="token is a secret") as caught:
        form.parse([f"token={SECRET}"])
    assert SECRET not in str(caught.value)


def test_an_input_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERE", "data.csv")
    with pytest.raises(ParameterError, match="data is an input, whose path is kept"):
        form_of("data: Input").resolve({"data": "env:WHERE"})


def test_a_changed_secret_changes_no_key_and_another_variable_does(
    workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.notebook("x", "1", parameters="word: Secret = 'env:ONE'")

    def key(**given: str) -> str:
        report = find_report(workshop.project, "x")
        return plan(workshop.project, report, given, digests=digests_of(workshop.project)).key

    monkeypatch.setenv("ONE", "first value")
    monkeypatch.setenv("TWO", "first value")
    first = key()
    monkeypatch.setenv("ONE", "second value")
    assert first == key() != key(word="env:TWO")


def test_a_missing_variable_stops_before_a_kernel_starts(workshop) -> None:
    workshop.notebook("x", "1", parameters="token: Secret = 'env:NOT_SET_ANYWHERE'")
    asked = given_parameters(workshop.project, find_report(workshop.project, "x"))
    with pytest.raises(ParameterError, match=r"parameter token .*NOT_SET_ANYWHERE"):
        run_report(workshop.project, "x", asked)
    assert not (workshop.root / "runs").exists()


PARAMETERS = """from datetime import date
from pydantic import SecretStr
token: str
wrapped: SecretStr = "env:TOKEN"
port: int = 1
on: bool = False
day: date = date(2026, 1, 1)
keys: list[str] = []
"""
CHECKS = """import os, sys
assert token == os.environ["TOKEN"] == keys[1] == wrapped.get_secret_value()
assert (port, on, str(day), type(day).__name__) == (6543, True, "2026-02-03", "date")
print(token, [token], {"a": token})
print(token, file=sys.stderr)
os.write(2, token.encode())
"""
SHOWN = """import html, json
from IPython.display import HTML, JSON, display
display(HTML(f"<b title='{html.escape(token)}'>{token}</b>"), JSON({"a": [token], token: 1}))
display({"text/plain": json.dumps(token)}, raw=True, metadata={"note": token})
token
"""
LEFT = """import json, os
from pathlib import Path
empty = {"schema": {"kind": "notebook", "version": 1}, "findings": [], "units": {}, "brief": None}
left = {**empty, "sources": [], "note": [token, {token: f"<{token}>"}]}
Path(os.environ["ASSAY_RUN_DIR"], "result.json").write_text(json.dumps(left))
"""
SET = "token: env:TOKEN\nport: env:PORT\non: env:ON\nday: env:DAY\nkeys: [a, 'env:TOKEN']\n"


def leaks(root: Path, secret: str = SECRET) -> list[str]:
    """Files that hold the secret, as it is or as JSON or HTML spell it."""
    shapes = {shape.encode() for shape, _ in Mask.of({"x": "env:TOKEN"}).shown} | {secret.encode()}
    files = [path for path in root.rglob("*") if path.is_file()]
    return [
        str(path.relative_to(root))
        for path in files
        if any(shape in path.read_bytes() for shape in shapes)
    ]


@pytest.mark.usefixtures("environment")
def test_nothing_that_is_published_holds_the_secret(workshop) -> None:
    workshop.notebook("x", CHECKS, SHOWN, LEFT, parameters=PARAMETERS)
    workshop.write("params/x.yaml", SET)
    (outcome,) = workshop.publish()
    assert (outcome.state, outcome.error) == ("published", None)
    assert leaks(workshop.root) == []
    (folder,) = workshop.versions("x")
    text = (folder / "notebook.ipynb").read_text()
    assert text.count("[env:TOKEN]") >= 9
    assert "_environ['TOKEN']" in text
    assert json.loads((folder / "manifest.json").read_text())["parameters"]["port"] == "env:PORT"
    note = json.loads((folder / "result.json").read_text())["note"]
    assert note == ["[env:TOKEN]", {"[env:TOKEN]": "<[env:TOKEN]>"}]
    assert SECRET not in json.dumps(workshop.pages[0].notebook)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    "cell",
    [
        "raise ValueError(token)",
        "from assay.core.errors import DataError\nraise DataError(f'no {token}', remedy=token)",
        "import os\nos.write(2, token.encode() + b'\\n')\nos._exit(3)",
    ],
)
def test_nothing_that_a_failure_leaves_holds_the_secret(workshop, cell: str) -> None:
    workshop.notebook("x", CHECKS, cell, parameters=PARAMETERS)
    workshop.write("params/x.yaml", SET)
    (outcome,) = workshop.publish()
    assert outcome.state == "failed"
    assert "[env:TOKEN]" in str(outcome.error)
    assert SECRET not in str(outcome.error)
    assert leaks(workshop.root) == []
    assert list((workshop.root / "runs").rglob("error.json"))


@pytest.mark.usefixtures("environment")
def test_a_result_that_holds_a_secret_as_a_number_is_refused(workshop) -> None:
    left = LEFT.replace("[token, {token: f'<{token}>'}]", "n").replace('"note": [token', '"n": [n')
    workshop.notebook("x", left.replace("token", "n"), parameters="n: int = 1")
    with pytest.raises(AssayError, match="the result holds the value of env:LONG as a number"):
        run_report(workshop.project, "x", {"n": "env:LONG"})
    assert not list((workshop.root / "runs").rglob("result.json"))


def test_short_values_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORT", "abcde")
    assert Mask.of({"x": ["env:SHORT"]}).over("abcdefg") == "abcdefg"
    assert names_in({"a": ["env:SHORT", "env:not a name"], "b": 3}) == {"SHORT"}
