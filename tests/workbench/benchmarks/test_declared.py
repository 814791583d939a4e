"""`params/benchmarks.yaml`: workloads, variants and sizes, and mistakes told with their line."""

import sys
from pathlib import Path

import pytest

from assay.core.errors import ParameterError
from assay.workbench.benchmarks.declared import Suite, read_suite

FILE = """
suite: mine
seed: 7
sizes: {quick: {rounds: 2}}
workloads:
  parse:
    call: json:loads
    items: {quick: 3, batch: 1000}
    arguments: {s: "[1]"}
    variants:
      json: {}
      other: {call: "orjson:loads", arguments: {s: "[2]"}}
      cli: {command: "{python} -c 'print({items})'"}
  import:
    command: ["{python}", -c, pass]
    sizes: [standard]
    environment: {A: b}
"""


def suite(tmp_path: Path, text: str = FILE, size: str = "quick", *only: str) -> Suite:
    path = tmp_path / "benchmarks.yaml"
    path.write_text(text)
    return read_suite(path, size, only)


def test_variants_take_what_they_do_not_say_from_the_workload(tmp_path: Path) -> None:
    found = suite(tmp_path)
    assert (found.name, found.seed) == ("mine", 7)
    assert (found.effort.rounds, found.effort.runs) == (2, 3)
    json, other, cli = found.trials
    assert (json.call, json.arguments, json.items) == ("json:loads", {"s": "[1]"}, 3)
    assert (other.call, other.arguments) == ("orjson:loads", {"s": "[2]"})
    assert cli.command == (sys.executable, "-c", "print(3)")
    assert (cli.call, cli.arguments, cli.label, cli.name) == ("", {}, "parse · cli", "parse/quick")


def test_sizes_choose_workloads(tmp_path: Path) -> None:
    assert len(suite(tmp_path, FILE, "standard").trials) == 4
    (only,) = suite(tmp_path, FILE, "standard", "import").trials
    assert (only.provider, only.environment) == ("", {"A": "b"})
    with pytest.raises(ParameterError, match="declares no workload of these for --workload quick"):
        suite(tmp_path, FILE, "quick", "import")
    with pytest.raises(ParameterError, match=r"no workload 'prase'(.|\n)*did you mean 'parse'"):
        suite(tmp_path, FILE, "quick", "prase")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("workloads:\n  a: {cal: x:y}", r"yaml:2: unknown key 'workloads.a.cal'\n.*'call'"),
        ("workloads:\n  a: {call: xy}", "expected MODULE:NAME"),
        ("workloads:\n  a: {call: x:y, command: z}", "a command or a call"),
        ("workloads:\n  a: {items: 3}", "a has neither a command nor a call"),
        ("workloads:\n  a: {command: z, items: 0}", "greater than or equal to 1"),
        ("workloads:\n  a b: {command: z}", "the name 'a b', expected up to 40"),
        ("workloads:\n  a: {command: z, variants: {v: {arguments: {x: 1}}}}", "takes no arguments"),
        ("workloads: {}", "at least 1"),
        ("suite: x", "'workloads' is missing"),
        ("metrics: [speed]\nworkloads:\n  a: {command: z}", "not speed"),
        ("sizes: {quick: {run: 2}}\nworkloads:\n  a: {command: z}", "did you mean 'runs'"),
        ("- 1", "= "),
        ("", "'workloads' is missing"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        suite(tmp_path, text)


def test_there_may_be_no_file(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"there is no benchmarks\.yaml"):
        read_suite(tmp_path / "benchmarks.yaml", "quick")
