import pytest

from assay.core.errors import ParameterError
from assay.workbench.sets import read_sets, sets_of


def test_without_a_file_there_is_one_set_of_defaults(workshop) -> None:
    assert sets_of(workshop.project, "x") == {"default": {}}


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        ("", {"default": {}}),
        ("a: 1\nb: yes\n", {"default": {"a": 1, "b": "yes"}}),
        (
            "base: {a: 1, b: 2}\nsets: {x: {b: 3}, y: }\n",
            {"x": {"a": 1, "b": 3}, "y": {"a": 1, "b": 2}},
        ),
        ("sets: {x: {a: 1}}", {"x": {"a": 1}}),
        ("base: {a: 1}", {"default": {"a": 1}}),
    ],
)
def test_flat_and_named_sets(workshop, text: str, sets: dict[str, dict[str, object]]) -> None:
    workshop.write("params/x.yaml", text)
    assert sets_of(workshop.project, "x") == sets


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a\n", r"x.yaml is \['a'\], expected lines of name: value"),
        ("sets: {../../x: {}}", "'../../x' cannot be the name of a set"),
        ("sets: {.x: {}}", "cannot be the name of a set"),
        ("sets: {x: 3}", "x.yaml, set x is 3"),
        ("base: 3\nsets: {}", "x.yaml, base is 3"),
        ("bse: {}\nsets: {}", "has 'bse' beside sets.*\n.*did you mean 'base'"),
        ("a: 1\na: 2", "x.yaml: the key 'a' stands here twice at line 2"),
        ("a: [", "x.yaml: .* at line"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(workshop, text: str, told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        read_sets(workshop.write("params/x.yaml", text))


def test_a_missing_file_is_named(workshop) -> None:
    with pytest.raises(ParameterError, match=r"there is no parameters file .*x.yaml"):
        read_sets(workshop.root / "x.yaml")
