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


def written(workshop, committed: str, local: str = "") -> dict[str, dict[str, object]]:
    workshop.write("params/x.yaml", committed)
    if local:
        workshop.write("params/local/x.yaml", local)
    return {name: dict(values) for name, values in sets_of(workshop.project, "x").items()}


def test_what_is_local_is_laid_over_what_is_committed(workshop) -> None:
    committed = """
base: {n: 1, window: {from: 2026-01-01, to: 2026-01-31}, names: [a, b]}
sets:
  one: {n: 2}
  two:
"""
    local = """
base: {window: {to: 2026-02-28}, names: [c]}
sets: {two: {n: 9}, mine: {extends: one, more: 1}}
"""
    shared = {"window": {"from": "2026-01-01", "to": "2026-02-28"}, "names": ["c"]}
    assert written(workshop, committed, local) == {
        "one": {"n": 2, **shared},
        "two": {"n": 9, **shared},
        "mine": {"n": 2, "more": 1, **shared},
    }


def test_a_local_file_may_stand_alone_or_be_lines_only(workshop) -> None:
    assert written(workshop, "n: 1\nm: 2", "n: 3") == {"default": {"n": 3, "m": 2}}
    (workshop.root / "params/x.yaml").unlink()
    assert sets_of(workshop.project, "x") == {"default": {"n": 3}}


def test_a_set_that_extends_others_has_their_values_below_its_own(workshop) -> None:
    assert written(
        workshop,
        """
base: {a: 0, b: 0, c: 0, d: {x: 0, y: 0}}
sets:
  last: {extends: [middle, other], c: 3}
  middle: {extends: first, b: 2, d: {y: 2}}
  other: {b: 5}
  first: {a: 1, b: 1, d: {x: 1}}
""",
    )["last"] == {"a": 1, "b": 5, "c": 3, "d": {"x": 1, "y": 2}}


def test_a_dotted_name_reaches_into_a_table(workshop) -> None:
    assert written(workshop, "base: {w: {a: 1, b: 2}, v: }\nsets: {s: {w.b: 3, v.a: 4}}") == {
        "s": {"w": {"a": 1, "b": 3}, "v": {"a": 4}}
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sets: {a: {extends: b}, b: {extends: a}}", "x.yaml: set 'a' extends itself: a → b → a"),
        ("sets: {a: {extends: a}}", "set 'a' extends itself: a → a"),
        (
            "sets: {alpha: , b: {extends: alpa}}",
            "set b: extends 'alpa', which is no set.*\n.*alpha",
        ),
        ("sets: {a: {extends: 3}}", "set a: extends is 3, expected the name of a set"),
        ("sets: {a: {w: 3, w.b: 4}}", "set a: w.b goes into w, which is 3"),
        ("sets: {a: {matrix: 3}}", "set a, matrix is 3"),
        ("sets: {a: , A: }", "set A and set a both make the set 'A'"),
        ("matrix: {n: [1]}\nm: 2", "has 'm' beside matrix"),
        ("sets: {a: {matrix: {n: [1]}}, a--1: }", "both make the set 'a--1'"),
    ],
)
def test_sets_that_cannot_be_meant_are_refused(workshop, text: str, told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        written(workshop, text)


def test_a_mistake_in_the_local_file_names_it(workshop) -> None:
    with pytest.raises(ParameterError, match=r"local/x.yaml: the key 'a' stands here twice"):
        written(workshop, "a: 1", "a: 1\na: 2")
    with pytest.raises(ParameterError, match=r"x.yaml with local/x.yaml, set s: extends 'q'"):
        written(workshop, "sets: {r: }", "sets: {s: {extends: q}}")


def test_a_matrix_beside_the_base_is_every_combination(workshop) -> None:
    assert written(
        workshop, "base: {k: 1, w: {a: 0, b: 0}}\nmatrix: {model: [a, b], w.b: [1, 2.5]}"
    ) == {
        "a--1": {"k": 1, "model": "a", "w": {"a": 0, "b": 1}},
        "a--2.5": {"k": 1, "model": "a", "w": {"a": 0, "b": 2.5}},
        "b--1": {"k": 1, "model": "b", "w": {"a": 0, "b": 1}},
        "b--2.5": {"k": 1, "model": "b", "w": {"a": 0, "b": 2.5}},
    }


def test_a_matrix_within_a_set_and_one_for_all_sets(workshop) -> None:
    found = written(
        workshop,
        """
matrix: {n: [1, 2]}
sets:
  every:
  own: {matrix: {m: [3]}}
  heir: {extends: own, k: 1}
  none: {matrix: {}}
  plain: {extends: own, matrix: {}}
""",
    )
    assert found == {
        "every--1": {"n": 1},
        "every--2": {"n": 2},
        "own--3": {"m": 3},
        "heir--3": {"m": 3, "k": 1},
        "none": {},
        "plain": {},
    }


def test_a_table_of_a_matrix_takes_the_whole_place(workshop) -> None:
    assert written(workshop, "base: {w: {a: 1, b: 2}}\nmatrix: {w: [{a: 3}, last_week]}") == {
        "3": {"w": {"a": 3}},
        "last_week": {"w": "last_week"},
    }
